package screening

import "github.com/callporter/callporter/call"

// Codes of verdicts without a finding against the caller.
const (
	CodeNothingKnown = "nothing_known"
	CodeWithheld     = "withheld"
)

var (
	nothingKnown = call.Text{"nothing is known about this number", "über diese Nummer ist nichts bekannt"}
	withheld     = call.Text{"the caller withholds the number", "der Anrufer unterdrückt seine Nummer"}
)

// reason is the sentence and the code of a verdict with its cause; nil = it has none.
func (s *Screener) reason(n call.Number, cause *Finding) (text, code string) {
	switch {
	case cause != nil:
		return cause.Detail, cause.Reason
	case n.Withheld():
		return withheld.In(s.language), CodeWithheld
	}
	return nothingKnown.In(s.language), CodeNothingKnown
}
