package journal

import (
	"strings"

	"github.com/callporter/callporter/call"
)

// spelling finds a number in a text however it is written: "+493023125123",
// "030 / 231 25-123", "0049 (0)30 23125123", digits in the middle of JSON.
type spelling struct {
	digits string // what all spellings end with: "3023125123"
	code   string // the country's: "49"; "" for a number that has none
	whole  bool   // too short to be told from a part of another number
}

// minEnding is how many digits must agree for the end of a number to stand for it.
const minEnding = 6

func spellingOf(n call.Number) (spelling, bool) {
	full, national := spelled(n)
	s := spelling{digits: strings.TrimLeft(full, "+*#")}
	if rest, ok := strings.CutPrefix(full, "+"); ok {
		nsn := strings.TrimPrefix(national, "0")
		if code, ok := strings.CutSuffix(rest, nsn); ok && code != "" && nsn != "" {
			s.digits, s.code = nsn, code
		}
	}
	s.digits = onlyDigits(s.digits)
	if s.code == "" {
		s.digits = strings.TrimLeft(s.digits, "0")
	}
	s.whole = len(s.digits) < minEnding
	return s, s.digits != ""
}

// Finder returns what tells whether a text holds the number in whatever spelling;
// false where the number has no digits. Of a number of fewer than six digits only
// those that stand for themselves count, as they do in "ring_seconds": 110.
func Finder(n call.Number) (holds func(text string) bool, ok bool) {
	s, ok := spellingOf(n)
	return s.in, ok
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// in reports whether the text holds the number.
func (s spelling) in(text string) bool {
	_, _, found := s.find(text)
	return found
}

// find returns where the number's own digits begin and end.
func (s spelling) find(text string) (from, to int, found bool) {
	for i := 0; i < len(text); i++ {
		if text[i] != s.digits[0] {
			continue
		}
		if end, ok := s.at(text, i); ok && s.begins(text[:i]) {
			return i, end, true
		}
	}
	return 0, 0, false
}

// at reports whether the digits stand at i, with separators between them at most,
// and no digit right behind them.
func (s spelling) at(text string, i int) (end int, ok bool) {
	gap := 0
	for n := 0; n < len(s.digits); i++ {
		switch {
		case i >= len(text):
			return 0, false
		case text[i] == s.digits[n]:
			n++
			gap = 0
		case n > 0 && gap < 3 && !s.whole && strings.IndexByte(" -/.()\\\t", text[i]) >= 0:
			gap++
		case n > 0 && gap < 3 && !s.whole && text[i] == '\xc2' && i+1 < len(text) && text[i+1] == '\xa0': // no-break space
			i++
			gap++
		default:
			return 0, false
		}
	}
	return i, i == len(text) || text[i] < '0' || text[i] > '9'
}

// begins reports whether what stands right before the digits is the beginning of
// the same number, rather than digits of another one.
func (s spelling) begins(before string) bool {
	n := len(before)
	for n > 0 && before[n-1] >= '0' && before[n-1] <= '9' {
		n--
	}
	switch d := before[n:]; {
	case d == "":
		return true
	case s.whole:
		return false
	default:
		return strings.HasSuffix(d, "0") || s.code != "" && strings.HasSuffix(d, s.code)
	}
}

// mask replaces the last three digits of the number wherever it stands.
func (s spelling) mask(text string) string {
	for rest := 0; rest < len(text); {
		from, to, found := s.find(text[rest:])
		if !found {
			break
		}
		text = text[:rest+from] + call.Mask(text[rest+from:rest+to]) + text[rest+to:]
		rest += to
	}
	return text
}
