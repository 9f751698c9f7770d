package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
)

// Finding is one thing a check has found out. Check, State and Code are stable
// English words, the rest is for people, in the configured language.
type Finding struct {
	Check   string `json:"check"` // what was looked at: one of Checks
	Box     string `json:"box"`   // the id of the box; "" where it concerns none
	State   State  `json:"state"`
	Code    string `json:"code"`    // one of Codes
	Message string `json:"message"` // what is
	Cause   string `json:"cause"`   // why, probably; "" where that goes without saying
	Hint    string `json:"hint"`    // what to do; "" where there is nothing
}

// State is how bad a finding is.
type State uint8

// The states of a finding.
const (
	Unknown State = iota
	OK
	Warning // callporter works, but not all of it or not as meant
	Problem // something will not work
)

var stateNames = [...]string{"unknown", "ok", "warning", "problem"}

// String returns "ok", "warning" or "problem".
func (s State) String() string {
	return stateNames[min(int(s), len(stateNames)-1)]
}

// MarshalText returns the String.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Checks are what a check looks at, in the order in which it tells of it.
var Checks = []string{"config", "data", "journal", "clock", "box", "monitor", "access", "calls", "broker", "web"}

// Codes are all codes a finding of this check can have, sorted.
func Codes(check string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(findingTexts)), func(code string) bool { return findingTexts[code].check != check })
}

// checkText is what a finding says, in English and German. {word} is replaced.
type findingText struct {
	check                string
	state                State
	message, cause, hint [2]string
}

// say picks the language and fills in what stands in braces.
func (c *checker) format(text [2]string, with []string) string {
	s := c.language().Pick(text[0], text[1])
	for i := 0; i+1 < len(with); i += 2 {
		s = strings.ReplaceAll(s, "{"+with[i]+"}", with[i+1])
	}
	return s
}

// find makes a finding: its texts in the configured language, with what stands in
// braces replaced. Texts of others are made fit for a terminal by the caller.
func (c *checker) finding(code string, with ...string) Finding {
	t := findingTexts[code]
	f := Finding{Check: t.check, State: t.state, Code: code}
	for i := 0; i < len(with); i += 2 {
		if with[i] == "box" {
			f.Box = with[i+1]
		}
	}
	f.Message, f.Cause, f.Hint = c.format(t.message, with), c.format(t.cause, with), c.format(t.hint, with)
	return f
}

// in puts a finding under another check than its usual one.
func (f Finding) in(check string) Finding { f.Check = check; return f }

func (c *checker) language() call.Language { return c.config.Language }
