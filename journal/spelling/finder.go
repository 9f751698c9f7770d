package spelling

import (
	"strings"

	"github.com/callporter/callporter/call"
)

// Finder finds one number in a text however it is written: "+493023125123",
// "030 / 231 25-123", "0049 (0)30 23125123", digits in the middle of JSON.
type Finder struct {
	digits string // what all spellings end with: "3023125123"
	code   string // the country's: "49"; "" for a number that has none
	short  bool   // too short to be told from a part of another number
}

// minDigits is how many digits make a number that is told from a part of another
// one. In a text, fewer are a house number, a score, a code of three digits with its
// extension.
const minDigits = 6

// NewFinder returns the Finder of a number; false where the number has no digits.
func NewFinder(n call.Number) (Finder, bool) {
	full := n.Full()
	f := Finder{digits: full}
	if rest, ok := strings.CutPrefix(full, "+"); ok {
		nsn := strings.TrimPrefix(Digits(n.National), "0")
		if code, ok := strings.CutSuffix(rest, nsn); ok && code != "" && nsn != "" {
			f.digits, f.code = nsn, code
		}
	}
	f.digits = call.Digits(f.digits)
	if f.code == "" {
		f.digits = strings.TrimLeft(f.digits, "0")
	}
	f.short = len(f.digits) < minDigits
	return f, f.digits != ""
}

// Short reports whether the number has fewer than six digits, as 110 has. Only
// those count that stand for themselves, as they do in "ring_seconds": 110.
func (f Finder) Short() bool { return f.short }

// In reports whether the text holds the number.
func (f Finder) In(text string) bool {
	_, _, found := f.find(text)
	return found
}

// Mask replaces the last three digits of the number with "xxx" wherever it stands.
func (f Finder) Mask(text string) string {
	for rest := 0; rest < len(text); {
		from, to, found := f.find(text[rest:])
		if !found {
			break
		}
		text = text[:rest+from] + call.Mask(text[rest+from:rest+to]) + text[rest+to:]
		rest += to
	}
	return text
}

// find returns where the number's own digits begin and end.
func (f Finder) find(text string) (from, to int, found bool) {
	for i := 0; i < len(text); i++ {
		if text[i] != f.digits[0] {
			continue
		}
		if end, ok := f.digitsAt(text, i); ok && f.beginsAfter(text[:i]) {
			return i, end, true
		}
	}
	return 0, 0, false
}

// digitsAt reports whether the digits stand at i, with separators between them at
// most, and no digit right behind them.
func (f Finder) digitsAt(text string, i int) (end int, ok bool) {
	gap := 0
	for n := 0; n < len(f.digits); i++ {
		switch {
		case i >= len(text):
			return 0, false
		case text[i] == f.digits[n]:
			n++
			gap = 0
		case n > 0 && gap < 3 && !f.short && strings.IndexByte(" -/.()\\\t", text[i]) >= 0:
			gap++
		case n > 0 && gap < 3 && !f.short && text[i] == '\xc2' && i+1 < len(text) && text[i+1] == '\xa0': // no-break space
			i++
			gap++
		default:
			return 0, false
		}
	}
	return i, i == len(text) || !isDigit(text[i])
}

// beginsAfter reports whether what stands right before the digits is the beginning
// of the same number, rather than digits of another one.
func (f Finder) beginsAfter(before string) bool {
	switch d := before[len(before)-trailingDigits(before):]; {
	case d == "":
		return true
	case f.short:
		return false
	default:
		return strings.HasSuffix(d, "0") || f.code != "" && strings.HasSuffix(d, f.code)
	}
}

// Digits takes everything out of a number but what can be dialled: digits, '+', '*'
// and '#'.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r == '+', r == '*', r == '#':
			return r
		}
		return -1
	}, s)
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func leadingDigits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

func trailingDigits(s string) int { return len(s) - len(strings.TrimRight(s, "0123456789")) }
