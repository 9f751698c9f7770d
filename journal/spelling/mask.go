package spelling

import (
	"regexp"
	"strings"

	"github.com/callporter/callporter/call"
)

// numberLike is what may be a telephone number in a text: digits with the separators
// people write between them, up to three at a time.
var numberLike = regexp.MustCompile(`\+?\(?\d(?:[ \t/.()\x{a0}-]{0,3}\d)*`)

// dateLike looks like a number and is a date.
var dateLike = regexp.MustCompile(`(?:^|\b)(?:(?:19|20)\d\d-[01]\d-[0-3]\d(?:[ T][0-2]\d)?|[0-3]?\d\.[01]?\d\.(?:19|20)\d\d(?: [0-2]\d)?)\b`)

// MaskText replaces the last three digits of everything in a text that looks like a
// telephone number of six digits or more with "xxx". It leaves alone a date, and what
// is masked already.
func MaskText(text string) string {
	var out strings.Builder
	from := 0
	for _, at := range dateLike.FindAllStringIndex(text, -1) {
		out.WriteString(maskNumbers(text[from:at[0]]))
		out.WriteString(text[at[0]:at[1]])
		from = at[1]
	}
	out.WriteString(maskNumbers(text[from:]))
	return out.String()
}

// maskNumbers masks a text without dates.
func maskNumbers(text string) string {
	var out strings.Builder
	from := 0
	for _, at := range numberLike.FindAllStringIndex(text, -1) {
		out.WriteString(text[from:at[0]])
		s := text[at[0]:at[1]]
		from = at[1]
		for next := secondNumber(s); next > 0; next = secondNumber(s) {
			out.WriteString(maskNumber(s[:next]))
			s = s[next:]
		}
		if strings.HasPrefix(text[from:], "xxx") {
			out.WriteString(s)
		} else {
			out.WriteString(maskNumber(s))
		}
	}
	out.WriteString(text[from:])
	return out.String()
}

func maskNumber(s string) string {
	if len(call.Digits(s)) < minDigits {
		return s
	}
	return call.Mask(s)
}

// secondNumber is where the second of several numbers begins that stand side by side.
// Each has six digits or more. The second has its prefix, or there is no separator
// within either of them. 0 means that there is but one.
func secondNumber(s string) int {
	for i := 1; i < len(s); i++ {
		before, after := s[:i], s[i:]
		if isDigit(before[i-1]) || len(call.Digits(before)) < minDigits || len(call.Digits(after)) < minDigits {
			continue
		}
		head := strings.TrimRight(before, separators)
		if strings.IndexByte("+0", strings.TrimLeft(after, "(")[0]) >= 0 || leadingDigits(after) >= minDigits && trailingDigits(head) >= minDigits {
			return i
		}
	}
	return 0
}

// separators stand between the digits of a number.
const separators = " \t/.()-\u00a0"
