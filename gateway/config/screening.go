package config

// Screening is how callers are judged. What only looks at the own lists, the phonebooks and
// the number plan sends nothing anywhere; each source that does is off until it is switched
// on here.
type Screening struct {
	// false judges nobody.
	Enabled bool `yaml:"enabled"`

	// From which score, 1 to 100, a caller is spam. From 45 one is suspicious.
	Threshold int `yaml:"threshold" is:"score"`

	// true has callporter act on its verdict: spam is never announced, and turned away
	// where callporter can. Until then it only says "would_reject"; look at that for some
	// days first.
	AutoReject bool `yaml:"auto_reject"`

	// Callers who withhold their number: ring or reject.
	Withheld WithheldRule `yaml:"withheld" is:"withheld"`

	// Callers from abroad: screen judges them as any other, ring always lets them ring,
	// reject takes them for spam.
	Foreign ForeignRule `yaml:"foreign" is:"foreign"`

	// The same for single countries, by their letters, or for numbers with a beginning:
	// ["AT=ring", "+7=reject"]. The longest beginning counts.
	Countries []string `yaml:"countries" max:"64" is:"country_rule"`

	// Own numbers whose callers are judged, as in boxes.numbers. [] judges those of all.
	OwnNumbers []string `yaml:"own_numbers" max:"32" is:"number"`

	// Callers with such names, in a phonebook or told by a source, are always welcome: a
	// text with * for any letters, such as "Dr. *".
	AllowNames []string `yaml:"allow_names" max:"64" is:"name"`

	// Callers with such names are never welcome.
	BlockNames []string `yaml:"block_names" max:"64" is:"name"`

	// Who calls this often within so many minutes without being answered is let through
	// though the verdict would be spam, unless a person has listed the caller: on the own
	// block list, by name, in a phonebook of unwanted callers. 0 calls switch that off.
	RepeatCalls int `yaml:"repeat_calls" is:"repeat_calls"`

	// See repeat_calls.
	RepeatMinutes int `yaml:"repeat_minutes" is:"minutes"`

	// Whom the house has called in the last so many days is welcome; 0 switches that off.
	DialledDays int `yaml:"dialled_days" is:"days"`

	// Quiet hours, "22:00-07:00" by the clock of the box; "" has none. They switch "quiet"
	// on and off, which automations look at.
	QuietHours string `yaml:"quiet_hours" is:"hours?"`

	// true takes callers of whom nothing is known for spam while it is quiet.
	QuietRejects bool `yaml:"quiet_rejects"`

	// The regulator's list of German area codes, a CSV file with the columns
	// Ortsnetzkennzahl;Ortsnetzname;KennzeichenAktiv, in place of the one inside
	// callporter. "" uses that one.
	AreaCodes string `yaml:"area_codes" is:"path?"`

	// PhoneBlock, a list of unwanted callers that its users keep: https://phoneblock.net
	PhoneBlock PhoneBlock `yaml:"phoneblock"`

	// tellows, ratings of callers: https://www.tellows.de
	Tellows Tellows `yaml:"tellows"`

	// Web pages that rate callers, by name: werruft, cleverdialer, telefonspion,
	// werhatangerufen, tellows_page. Each gets the number of every unknown caller; look
	// at its terms of use first. "callporter screen --test-source NAME" shows whether one
	// can still be read.
	Pages []string `yaml:"pages" max:"16" is:"page"`

	// Web pages of your own choice, described by what stands where.
	Sources []WebSource `yaml:"sources" max:"16"`

	// Directories that know names: dasoertliche (Germany), searchch (Switzerland). Each
	// gets the number of every unknown caller of its country, and of whom the house calls.
	// The terms of both allow finding out whose a number is, and forbid collecting and
	// publishing; those of Das Örtliche also forbid reading it out for such purposes as
	// this one.
	Directories []string `yaml:"directories" max:"4" is:"directory"`

	// Key for searchch, which is free for own use: https://search.ch/tel/api/getkey
	SearchKey Secret `yaml:"search_key" is:"password?"`

	// Phonebook, by name or index, that takes the names which directories know; "" has
	// them only shown.
	NewPhonebook string `yaml:"new_phonebook" is:"name?"`

	// Writes the numbers of spam calls onto a list by itself.
	AutoBlock AutoBlock `yaml:"auto_block"`
}

// PhoneBlock is the source phoneblock.
type PhoneBlock struct {
	// true uses it. It needs a token.
	Enabled bool `yaml:"enabled"`

	// Token of your account, from the settings page of PhoneBlock.
	Token Secret `yaml:"token" is:"password?"`

	// Where PhoneBlock is.
	URL string `yaml:"url" is:"source_url"`

	// true keeps a copy of the list here and renews it once a day. No number leaves the
	// house for it.
	Mirror bool `yaml:"mirror"`

	// true also asks about callers who are not on that copy: with the first four digits
	// of a hash, which some hundred numbers share.
	Live bool `yaml:"live"`

	// true tells PhoneBlock which callers of whom it warns were turned away, so that it
	// keeps them listed. It sends the number.
	Report bool `yaml:"report"`
}

// Tellows is the source tellows.
type Tellows struct {
	// true sends the number of each unknown caller to tellows. It needs a key of your
	// own. On a German line a foreign number is also asked about without its first 0.
	Enabled bool `yaml:"enabled"`

	// Your partner name, from the shop of tellows; "" with a key that needs none.
	Partner string `yaml:"partner" is:"text?"`

	// Your key, likewise.
	Key Secret `yaml:"key" is:"password?"`

	// Where tellows is.
	URL string `yaml:"url" is:"source_url"`

	// true keeps a copy of the score list here, if your key allows that.
	Mirror bool `yaml:"mirror"`
}

// WebSource is a web page that says something of a number. It gets the number of every
// unknown caller.
type WebSource struct {
	// What it is called in evidence: a to z, 0 to 9 and _.
	Name string `yaml:"name" is:"id"`

	// Its address, https only, with the number in it: {national} 03023125123,
	// {e164} +493023125123, {digits} 493023125123, {international} 00493023125123.
	URL string `yaml:"url" is:"page_url"`

	// A header to send along, such as "Authorization: Bearer 12345".
	Header Secret `yaml:"header" is:"header?"`

	// Only numbers of these countries are asked about: ["DE", "AT"]. [] asks about all.
	Countries []string `yaml:"countries" max:"32" is:"country"`

	// What is there only if the page does not know the number: "css:", "xpath:", "regex:"
	// or "json:" and an expression of that kind. The status 404 says the same.
	Unknown string `yaml:"unknown" is:"selector?"`

	// Where the score stands, likewise.
	Score string `yaml:"score" is:"selector?"`

	// What the score means: tellows (1 good to 9 bad), stars (5 good to 1 bad), percent
	// (0 good to 100 bad), ten (10 good to 0 bad), "counts: 9, 5, 1" (so many ratings of
	// each of these scores), "words: bad=8, good=2".
	Scale string `yaml:"scale" is:"scale"`

	// Where the number of ratings stands, or a number to assume. "" counts the scores.
	Ratings string `yaml:"ratings" is:"ratings?"`

	// Where the name of the caller stands. A page with names and no scores is a
	// directory: who stands there is trusted a little, and it is also asked about the
	// numbers that the house calls.
	CallerName string `yaml:"caller_name" is:"selector?"`

	// Where the kind of caller stands, such as "advertising".
	Label string `yaml:"label" is:"selector?"`

	// Where the newest comment stands.
	Comment string `yaml:"comment" is:"selector?"`

	// Encoding of the page, such as windows-1252; "" is what the page says.
	Encoding string `yaml:"encoding" is:"encoding?"`
}

// AutoBlock is automatic listing.
type AutoBlock struct {
	// true writes the number of each spam call onto a list, so that it does not ring the
	// second time. "callporter undo" takes it off again.
	Enabled bool `yaml:"enabled"`

	// Where: own, barring, phonebook, or auto, as commands.block.
	Where BlockWhere `yaml:"where" is:"block_where"`

	// Phonebook for phonebook, by name or index; "" is commands.phonebook.
	Book string `yaml:"book" is:"name?"`

	// From which score, 1 to 100.
	MinScore int `yaml:"min_score" is:"score"`

	// For how many days; 0 is for ever.
	Days int `yaml:"days" is:"days"`

	// true also writes numbers that only the number plan excludes.
	Structure bool `yaml:"structure"`

	// true writes both numbers of a caller who sends one number and is known to the
	// network by another.
	Both bool `yaml:"both"`

	// What the entry is called: {score}, {reason} and {date} are filled in.
	Name string `yaml:"name" is:"name"`
}

// DefaultScreening judges with what is known in the house.
func DefaultScreening() Screening {
	return Screening{
		Enabled: true, Threshold: 75, RepeatCalls: 3, RepeatMinutes: 10, DialledDays: 180,
		PhoneBlock: PhoneBlock{URL: "https://phoneblock.net/phoneblock/api", Mirror: true},
		Tellows:    Tellows{URL: "https://www.tellows.de"},
		AutoBlock:  AutoBlock{MinScore: 75, Days: 90, Name: "SPAM {score}: {reason}, {date}"},
	}
}
