package config

// Screening is how callers are judged. What only looks at the own lists, the phonebooks and
// the number plan sends nothing anywhere; each source that does is off until it is switched
// on here.
type Screening struct {
	// false judges nobody.
	Enabled bool `yaml:"enabled"`

	// From which score, 1 to 100, a caller is spam. From 45 one is suspicious.
	Threshold int `yaml:"threshold" is:"score"`

	// true has callporter act on its verdict: spam is turned away where it can, and never
	// announced. Switch it on after some days, when "would_reject" was right every time.
	AutoReject bool `yaml:"auto_reject"`

	// The regulator's list of German area codes, a CSV file with the columns
	// Ortsnetzkennzahl;Ortsnetzname;KennzeichenAktiv, in place of the one inside
	// callporter. "" uses that one.
	AreaCodes string `yaml:"area_codes" is:"path?"`

	// PhoneBlock, a list of unwanted callers that its users keep: https://phoneblock.net
	PhoneBlock PhoneBlock `yaml:"phoneblock"`

	// tellows, ratings of callers: https://www.tellows.de
	Tellows Tellows `yaml:"tellows"`
}

// PhoneBlock is the source phoneblock.
type PhoneBlock struct {
	// true uses it. It needs a token.
	Enabled bool `yaml:"enabled"`

	// Token of your account, from the settings page of PhoneBlock.
	Token Secret `yaml:"token" is:"password?"`
}

// Tellows is the source tellows.
type Tellows struct {
	// true sends the number of each unknown caller to tellows.
	Enabled bool `yaml:"enabled"`

	// Your partner name and key.
	Partner string `yaml:"partner" is:"text?"`
	Key     Secret `yaml:"key" is:"password?"`
}

// DefaultScreening judges with what is known in the house.
func DefaultScreening() Screening {
	return Screening{Enabled: true, Threshold: 75}
}
