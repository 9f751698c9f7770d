package site_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/site"
)

// A wrong option is found when the site is made, and named.
func TestOptionErrors(t *testing.T) {
	good := site.Options{URL: "https://example.com/{digits}", Score: "css:b"}
	for name, change := range map[string]func(*site.Options){
		"url http":            func(o *site.Options) { o.URL = "http://example.com/{digits}" },
		"url without number":  func(o *site.Options) { o.URL = "https://example.com/" },
		"url other place":     func(o *site.Options) { o.URL = "https://example.com/{number}" },
		"url open place":      func(o *site.Options) { o.URL = "https://example.com/{digits}/{" },
		"url host":            func(o *site.Options) { o.URL = "https://{digits}.example.com/" },
		"url host and query":  func(o *site.Options) { o.URL = "https://n{digits}?x" },
		"url user":            func(o *site.Options) { o.URL = "https://a:b@example.com/{digits}" },
		"url long":            func(o *site.Options) { o.URL += strings.Repeat("x", 2048) },
		"encoding unknown":    func(o *site.Options) { o.Encoding = "klingon" },
		"scale unknown":       func(o *site.Options) { o.Scale = "hearts" },
		"scale of no counts":  func(o *site.Options) { o.Scale = "counts:" },
		"scale out of range":  func(o *site.Options) { o.Scale = "counts: 9, 10" },
		"scale without score": func(o *site.Options) { o.Scale = "words: bad" },
		"scale of no word":    func(o *site.Options) { o.Scale = "words: =8" },
		"scale with too much": func(o *site.Options) { o.Scale = "counts: 1" + strings.Repeat(", 1", 32) },
		"unknown selector":    func(o *site.Options) { o.Unknown = "css:[" },
		"score selector":      func(o *site.Options) { o.Score = "css:div[" },
		"score missing":       func(o *site.Options) { o.Score = "" },
		"ratings selector":    func(o *site.Options) { o.Ratings = "xpath://[" },
		"label selector":      func(o *site.Options) { o.Label = "regex:(" },
		"comment selector":    func(o *site.Options) { o.Comment = "json:x" },
		"caller_name":         func(o *site.Options) { o.CallerName = "h1" },
	} {
		o := good
		change(&o)
		_, err := site.New(o)
		wrong, ok := errors.AsType[*site.OptionError](err)
		if key, _, _ := strings.Cut(name, " "); !ok || wrong.Key != key {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := site.New(good); err != nil {
		t.Error(err)
	}
}

// ask serves a page to a site of these options.
func ask(t *testing.T, o site.Options, page string) (site.Entry, error) {
	t.Helper()
	o.URL = "https://example.com/{digits}"
	s, err := site.New(o)
	if err != nil {
		t.Fatal(err)
	}
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(page)) })
	e, _, err := s.Ask(t.Context(), client, plan.Number(secret))
	return e, err
}

func TestScales(t *testing.T) {
	const words = "words: negative=8, neutral=5, positive=2, very positive=1, unknown=-"
	for _, test := range []struct {
		scale, page string
		want        float64 // 0 = nobody has rated
		fails       bool
	}{
		{"", "<b>7</b>", 7, false},
		{"tellows", "<b>1</b>", 1, false},
		{"tellows", "<b>0</b>", 0, false},
		{"tellows", "<b>10</b>", 0, true},
		{"tellows", "<b>gut</b>", 0, true},
		{"tellows", "<b>8</b><b>9</b>", 8.5, false},
		{"stars", "<b>5</b>", 1, false},
		{"stars", "<b>1 von 5</b>", 9, false},
		{"stars", "<b>1,9</b>", 7.2, false},
		{"stars", "<b>0.0</b>", 0, false},
		{"stars", "<b>0.5</b>", 0, true},
		{"stars", "<b>6</b>", 0, true},
		{"percent", "<b>0 %</b>", 1, false},
		{"percent", "<b>100%</b>", 9, false},
		{"percent", "<b>50</b>", 5, false},
		{"percent", "<b>101</b>", 0, true},
		{"ten", "<b>0</b>", 9, false},
		{"ten", "<b>10</b>", 1, false},
		{"ten", "<b>8.5</b>", 2.2, false},
		{"counts: 9, 1", "<b>3</b><b>1</b>", 7, false},
		{"counts: 9, 1", "<b>1.003 mal</b><b>0</b>", 9, false},
		{"counts: 9, 1", "<b>0</b><b>0</b>", 0, false},
		{"counts: 9, 1", "<b>3</b>", 0, true},
		{"counts: 9, 1", "<b>3</b><b>x</b>", 0, true},
		{words, "<b>score negative</b>", 8, false},
		{words, "<b>Score-Positive</b>", 2, false},
		{words, "<b>very positive!</b>", 1, false},
		{words, "<b>unknown</b>", 0, false},
		{words, "<b>positively</b>", 0, true},
	} {
		e, err := ask(t, site.Options{Score: "css:b", Scale: test.scale}, test.page)
		if (err != nil) != test.fails || e.Score < test.want-0.001 || e.Score > test.want+0.001 || e.Known != (test.want != 0) {
			t.Errorf("%s of %s: %+v, %v; want %v", test.scale, test.page, e, err, test.want)
		}
		if _, ok := errors.AsType[*site.ReadError](err); test.fails && !ok {
			t.Errorf("%s of %s: %v", test.scale, test.page, err)
		}
	}
}

// What a page says is not quoted in an error, which may be logged: it may be the number.
func TestErrorsDoNotQuote(t *testing.T) {
	for _, scale := range []string{"tellows", "stars", "percent", "ten", "counts: 1, 2", "words: bad=8"} {
		for _, page := range []string{"<b>" + secret + "</b>", "<b>Nummer " + secret + "</b><b>x</b>", "<b>23125123</b>"} {
			if _, err := ask(t, site.Options{Score: "css:b", Scale: scale}, page); err == nil || strings.Contains(err.Error(), "23125") {
				t.Errorf("%s of %s: %v", scale, page, err)
			}
		}
	}
}

func TestRatings(t *testing.T) {
	for _, test := range []struct {
		ratings, page string
		want          int
		fails         bool
	}{
		{"", "<b>7</b><b>9</b>", 2, false},
		{"100", "<b>7</b>", 100, false},
		{"css:i", "<b>7</b><i>1.234 Bewertungen</i>", 1234, false},
		{"css:i", "<b>7</b><i>1'234</i>", 1234, false},
		{"css:i", "<b>7</b><i>99999999999999999999</i>", 1_000_000, false},
		{"css:i", "<b>7</b><i>0</i>", 0, false},
		{"css:i", "<b>7</b><i>viele</i>", 0, true},
		{"css:i", "<b>7</b>", 0, true},
	} {
		e, err := ask(t, site.Options{Score: "css:b", Ratings: test.ratings}, test.page)
		if (err != nil) != test.fails || e.Ratings != test.want || e.Known != (test.want > 0) {
			t.Errorf("%q of %s: %+v, %v; want %d", test.ratings, test.page, e, err, test.want)
		}
	}
}

// What strangers write is made fit to be shown; where it is missing, that is no failure.
func TestTexts(t *testing.T) {
	o := site.Options{Score: "css:b", Label: "css:i", Comment: "css:p", CallerName: "css:h1"}
	e, err := ask(t, o, "<b>7</b>")
	if want := (site.Entry{Known: true, Score: 7, Ratings: 1}); err != nil || e != want {
		t.Errorf("%+v, %v", e, err)
	}
	e, err = ask(t, o, "<b>7</b><i></i><i>Um\u202efrage\x07\n am <u>Abend</u></i><p>"+strings.Repeat("ä", 500)+"</p><h1> Beispiel &amp; Söhne </h1>")
	if err != nil || e.Label != "Umfrage am Abend" || e.Name != "Beispiel & Söhne" || e.Comment != strings.Repeat("ä", 159)+"…" {
		t.Errorf("%+v, %v", e, err)
	}
	e, err = ask(t, site.Options{Score: "json:$.score", Ratings: "json:$.n", CallerName: "json:$.name"}, `{"score": 8, "n": 12, "name": "Beispiel"}`)
	if want := (site.Entry{Known: true, Score: 8, Ratings: 12, Name: "Beispiel"}); err != nil || e != want {
		t.Errorf("JSON: %+v, %v", e, err)
	}
	if e, err = ask(t, site.Options{Score: "json:$.score"}, "<p>no object"); err == nil || e.Known {
		t.Errorf("no JSON: %+v, %v", e, err)
	}
}

// A directory without a name for a number has another layout, or says that it has none.
func TestDirectory(t *testing.T) {
	o := site.Options{CallerName: "css:h1", Unknown: "css:.none"}
	for page, want := range map[string]string{"<h1>Beispiel</h1>": "Beispiel", "<p class=none>": "", "<h1>A</h1><p class=none>": ""} {
		if e, err := ask(t, o, page); err != nil || e.Name != want || e.Known != (want != "") || e.Score != 0 {
			t.Errorf("%s: %+v, %v", page, e, err)
		}
	}
	if _, err := ask(t, o, "<h1> </h1>"); err == nil || !strings.Contains(err.Error(), "caller_name: css:h1") {
		t.Errorf("an empty name: %v", err)
	}
}

// A site in Germany takes a Swiss number with one 0 in front for a German one.
func TestNational(t *testing.T) {
	swiss, err := call.NewPlan("CH", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		number  call.Number
		country string
		want    string
	}{
		{plan.Number("01713920010"), "", "01713920010"},
		{plan.Number("0044 7700 900123"), "", "00447700900123"},
		{plan.Number("23125123"), "", secret},
		{plan.Number("23125123"), "DE", secret},
		{plan.Number("0044 7700 900123"), "DE", "00447700900123"},
		{plan.Number("23125123"), "CH", "00493023125123"},
		{plan.Number("0041442345678"), "CH", "0442345678"},
		{swiss.Number("0442345678"), "", "0442345678"},
		{swiss.Number("0442345678"), "DE", "0041442345678"},
		{swiss.Number("00493023125123"), "DE", secret},
		{swiss.Number("00493023125123"), "", "00493023125123"},
	} {
		if got := site.National(test.number, test.country); got != test.want {
			t.Errorf("%s is spelled %s in %q, want %s", test.number, got, test.country, test.want)
		}
	}
	for _, p := range site.Presets() {
		if p.Country != "DE" {
			t.Errorf("%s has the country %q", p.Name, p.Country)
		}
	}
}
