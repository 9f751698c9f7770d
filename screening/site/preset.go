package site

import "slices"

// Preset is a configuration of a site that many ask.
type Preset struct {
	Title     string // as people know it
	Directory bool   // it tells whose number it is
	Options
}

// presets are the sites callporter can read. Selectors: those that fbcallrouter, PhoneBlock
// and others read, as of 2023 to 2026; none of the sites promises them.
var presets = []Preset{
	{Title: "werruft.info", Options: Options{
		Name:    "werruft",
		Country: "DE",
		URL:     "https://www.werruft.info/telefonnummer/{national}/",
		// Five counts: Negativ, Verwirrend, Unbekannte, Egal, Positiv.
		Score:   "css:i[class^=comop]",
		Scale:   "counts: 9, 7, 5, 3, 1",
		Label:   `css:title >> regex:\(([^():]+):`,
		Comment: "css:ul.commentslist > li",
	}},
	{Title: "Clever Dialer", Options: Options{
		Name:    "cleverdialer",
		Country: "DE",
		URL:     "https://www.cleverdialer.de/telefonnummer/{national}",
		Score:   `css:div.rating-text > span:first-of-type || css:body >> regex:([\d.,]+) von 5 Sternen`,
		Scale:   "stars",
		Ratings: `css:div.rating-text > span:nth-of-type(2) || css:body >> regex:von 5 Sternen\W+([\d.]+) Bewertung`,
		Comment: "css:table.recent-comments td",
	}},
	{Title: "Telefonspion", Options: Options{
		Name:    "telefonspion",
		Country: "DE",
		URL:     "https://www.telefonspion.de/{national}",
		Score:   `xpath:(//div[@class='count'])[2] || css:title >> regex:^.*? - .*? - \D*\d+\D+\d+\D+([\d.,]+)`,
		Scale:   "ten",
		Ratings: `xpath:(//div[@class='count'])[1] || css:title >> regex:^.*? - .*? - \D*\d+\D+(\d+)`,
	}},
	{Title: "WerHatAngerufen", Options: Options{
		Name:    "werhatangerufen",
		Country: "DE",
		URL:     "https://www.werhatangerufen.com/{national}",
		Score:   `css:span.rating >> regex:Bewertung: ([\d.,]+)`,
		Scale:   "stars",
		Ratings: `css:title >> regex:// ([\d.]+) Bewertung`,
	}},
	{Title: "tellows", Options: Options{
		Name:    "tellows_page",
		Country: "DE",
		URL:     "https://www.tellows.de/num/{national}",
		// Each comment has its score, and is one rating.
		Unknown: "xpath:boolean(//*[@id='singlecomments'] and not(//*[@id='singlecomments']/li))",
		Score:   "css:#singlecomments > li div.realscore@class >> regex:realscore([1-9])",
		Comment: "css:#singlecomments > li div.comment-body > p.mb-0",
	}},
	{Title: "Das Örtliche", Directory: true, Options: Options{
		Name:      "dasoertliche",
		Country:   "DE",
		URL:       "https://www.dasoertliche.de/rueckwaertssuche/?ph={national}",
		Countries: []string{"DE"},
		// With nonumber it offers an entry of a similar number.
		Unknown:    "css:div.nonumber01 || css:div.nonumber",
		CallerName: "css:div.addressblock div.name h1 || css:a.hitlnk_name",
	}},
}

// Presets returns the presets.
func Presets() []Preset { return slices.Clone(presets) }

// FindPreset returns the preset of that name.
func FindPreset(name string) (Preset, bool) {
	i := slices.IndexFunc(presets, func(p Preset) bool { return p.Name == name })
	if i < 0 {
		return Preset{}, false
	}
	return presets[i], true
}
