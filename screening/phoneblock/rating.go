package phoneblock

import (
	"strings"

	"github.com/callporter/callporter/call"
)

// Rating is what sort of call people report.
type Rating uint8

// The ratings of PhoneBlock, from the zero value "not said" on.
const (
	Unrated Rating = iota
	Legitimate
	Missed
	Ping
	Poll
	Advertising
	Gamble
	Fraud
)

var ratingNames = [...]string{"", "A_LEGITIMATE", "B_MISSED", "C_PING", "D_POLL", "E_ADVERTISING", "F_GAMBLE", "G_FRAUD"}

var ratingTexts = [...]call.Text{
	{},
	{"legitimate", "seriös"},
	{"missed call", "entgangener Anruf"},
	{"ping call", "Ping-Anruf"},
	{"survey", "Umfrage"},
	{"advertising", "Werbung"},
	{"gambling", "Gewinnspiel"},
	{"fraud", "Betrug"},
}

// String returns the word of PhoneBlock, "" for Unrated.
func (r Rating) String() string {
	if int(r) >= len(ratingNames) {
		return ""
	}
	return ratingNames[r]
}

// Text returns the rating for people, empty for Unrated.
func (r Rating) Text() call.Text {
	if int(r) >= len(ratingTexts) {
		return call.Text{}
	}
	return ratingTexts[r]
}

// UnmarshalText reads the word of PhoneBlock. Its documents also spell a word with another
// letter ("C_POLL"), so what follows the letter counts. Any other word is Unrated: there
// may be new ones.
func (r *Rating) UnmarshalText(text []byte) error {
	*r = Unrated
	_, word, _ := strings.Cut(string(text), "_")
	for i, name := range ratingNames {
		if i > 0 && name[2:] == word {
			*r = Rating(i)
		}
	}
	return nil
}

// MarshalText returns the String.
func (r Rating) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
