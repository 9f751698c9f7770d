package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
)

// Finding is one result of a check. Check, State and Code are stable English words. The
// rest is for people, in the configured language.
type Finding struct {
	Check   string `json:"check"` // what was checked: one of Checks
	Box     string `json:"box"`   // the id of the box; "" if the finding concerns none
	State   State  `json:"state"`
	Code    string `json:"code"`    // one of Codes
	Message string `json:"message"` // what is the case
	Cause   string `json:"cause"`   // the probable reason; "" if it is obvious
	Hint    string `json:"hint"`    // what to do; "" if there is nothing to do
}

// State is how serious a finding is.
type State uint8

// The states of a finding.
const (
	Unknown State = iota
	OK
	Warning // callporter works, but not all of it or not as meant
	Problem // something will not work
)

var stateNames = [...]string{"unknown", "ok", "warning", "problem"}

// String returns "ok", "warning" or "problem", "unknown" for the zero value.
func (s State) String() string {
	return stateNames[min(int(s), len(stateNames)-1)]
}

// MarshalText returns the String.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Checks are the parts of a check, in the order of the findings.
var Checks = []string{"config", "data", "journal", "clock", "box", "monitor", "access", "softphone", "calls", "broker", "web"}

// Codes are all codes that findings of a part, one of [Checks], can have, sorted. Some
// findings appear under another part than the one that lists their code.
func Codes(check string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(findingTexts)), func(code string) bool { return findingTexts[code].check != check })
}

// findingText is the text of a finding, in English and German. A {word} in braces stands
// for a value.
type findingText struct {
	check                string
	state                State
	message, cause, hint [2]string
}

// format picks the language of a text and fills in the values: pairs of the word in braces
// and what replaces it.
func (c *checker) format(text [2]string, values []string) string {
	s := c.language().Pick(text[0], text[1])
	for i := 0; i+1 < len(values); i += 2 {
		s = strings.ReplaceAll(s, "{"+values[i]+"}", values[i+1])
	}
	return s
}

// finding makes a finding of its code and of the values for its texts. The caller makes
// values that come from outside fit for a terminal.
func (c *checker) finding(code string, values ...string) Finding {
	t := findingTexts[code]
	f := Finding{Check: t.check, State: t.state, Code: code}
	for i := 0; i < len(values); i += 2 {
		if values[i] == "box" {
			f.Box = values[i+1]
		}
	}
	f.Message, f.Cause, f.Hint = c.format(t.message, values), c.format(t.cause, values), c.format(t.hint, values)
	return f
}

// withCheck is the finding under another part than the one that lists its code.
func (f Finding) withCheck(check string) Finding { f.Check = check; return f }

func (c *checker) language() call.Language { return c.config.Language }
