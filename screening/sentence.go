package screening

import (
	"cmp"
	"unicode"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
)

// Codes of verdicts without a finding against the caller.
const (
	CodeNothingKnown = "nothing_known"
	CodeWithheld     = "withheld"
	CodeNoAnswer     = "no_answer" // of a source, as evidence
)

var (
	nothingKnown = call.Text{"Nothing is known against this number", "Gegen diese Nummer ist nichts bekannt"}
	withheld     = call.Text{"The caller withholds the number", "Der Anrufer unterdrückt seine Nummer"}
)

// reason is the sentence and the code of a verdict with its cause; nil = it has none.
func (s *Screener) reason(n call.Number, cause *Finding) (text, code string) {
	switch {
	case cause != nil:
		return capital(cmp.Or(cause.Sentence, cause.Detail)), cause.Reason
	case n.Withheld():
		return withheld.In(s.language), CodeWithheld
	}
	return nothingKnown.In(s.language), CodeNothingKnown
}

// counted is the text for one or, with the count filled in, for any other number of things.
func counted(n int, one, several call.Text) call.Text {
	if n == 1 {
		return one
	}
	return several.With(n)
}

// capital is a text that begins as a sentence does.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	upper := unicode.ToUpper(first)
	if size == 0 || upper == first {
		return s
	}
	return string(upper) + s[size:]
}
