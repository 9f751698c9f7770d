package listing

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/callporter/callporter/call"
)

// Lengths of names, in characters. A box takes 200 bytes; its telephones show far less.
const (
	maxTitle = 80
	maxName  = 60
)

// title fills in what an entry is called. A reason that is too long is cut, so that the date
// behind it is still there.
func title(template string, v *call.Verdict, day string) string {
	fill := func(reason string) string {
		return oneLine(strings.NewReplacer("{score}", strconv.Itoa(v.Score), "{reason}", reason, "{date}", day).Replace(template), 4*maxTitle)
	}
	reason := oneLine(cause(v), 4*maxTitle)
	whole := fill(reason)
	if excess := len([]rune(whole)) - maxTitle; excess > 0 {
		whole = fill(shorter(reason, max(len([]rune(reason))-excess, 1)))
	}
	return oneLine(whole, maxTitle)
}

// cause is what speaks most against a caller, as its source puts it: shorter than the
// sentence of the verdict.
func cause(v *call.Verdict) string {
	text, weight := v.Reason, 0
	for _, e := range v.Evidence {
		if e.Weight > weight && e.Detail != "" {
			text, weight = strings.Replace(e.Detail, ": ", " ", 1), e.Weight
		}
	}
	return text
}

// shorter cuts a reason, behind one of its parts if there is one that fits.
func shorter(reason string, most int) string {
	if i := strings.LastIndex(string([]rune(reason)[:most]), ", "); i > 0 {
		return reason[:i]
	}
	return oneLine(reason, most)
}

// oneLine returns a text in one line without control characters, cut to a number of
// characters. What comes from a web page may hold anything.
func oneLine(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return strings.TrimRight(string(r[:most-1]), " ,;:") + "…"
}

// IsTitle reports whether a box shows a name for what an entry was called: it may have cut it
// short, or changed blanks.
func IsTitle(shown, called string) bool {
	shown, called = oneLine(shown, maxTitle), oneLine(called, maxTitle)
	return shown != "" && (shown == called || len(shown) >= minCut && strings.HasPrefix(called, shown))
}

const minCut = 12 // bytes that a box leaves of a name
