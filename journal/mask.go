package journal

import (
	"regexp"
	"strings"

	"github.com/callporter/callporter/call"
)

// minMasked is how many digits make a number in a text; fewer are a house number, a
// score, a code of three digits with its extension.
const minMasked = 6

// run is what may be a telephone number in a text: digits with the separators people
// write between them, up to three at a time.
var run = regexp.MustCompile(`\+?\(?\d(?:[ \t/.()\x{a0}-]{0,3}\d)*`)

// date is what looks like one and is none.
var date = regexp.MustCompile(`(?:^|\b)(?:(?:19|20)\d\d-[01]\d-[0-3]\d(?:[ T][0-2]\d)?|[0-3]?\d\.[01]?\d\.(?:19|20)\d\d(?: [0-2]\d)?)\b`)

// maskText replaces the last three digits of everything in a text that looks like a
// telephone number. A date does not, nor does what is masked already.
func maskText(text string) string {
	var out strings.Builder
	from := 0
	for _, at := range date.FindAllStringIndex(text, -1) {
		out.WriteString(maskRuns(text[from:at[0]]))
		out.WriteString(text[at[0]:at[1]])
		from = at[1]
	}
	out.WriteString(maskRuns(text[from:]))
	return out.String()
}

func maskRuns(text string) string {
	var out strings.Builder
	from := 0
	for _, at := range run.FindAllStringIndex(text, -1) {
		out.WriteString(text[from:at[0]])
		s := text[at[0]:at[1]]
		from = at[1]
		for next := border(s); next > 0; next = border(s) {
			out.WriteString(maskOne(s[:next]))
			s = s[next:]
		}
		if strings.HasPrefix(text[from:], "xxx") {
			out.WriteString(s)
		} else {
			out.WriteString(maskOne(s))
		}
	}
	out.WriteString(text[from:])
	return out.String()
}

func maskOne(s string) string {
	if len(onlyDigits(s)) < minMasked {
		return s
	}
	return call.Mask(s)
}

// border is where the second of several numbers begins that stand side by side: each
// long enough, the second with its prefix or both in one piece. 0 = there is but one.
func border(s string) int {
	for i := 1; i < len(s); i++ {
		before, after := s[:i], s[i:]
		if isDigit(before[i-1]) || len(onlyDigits(before)) < minMasked || len(onlyDigits(after)) < minMasked {
			continue
		}
		head := strings.TrimRight(before, separators)
		if strings.IndexByte("+0", strings.TrimLeft(after, "(")[0]) >= 0 || digitsAt(after) >= minMasked && digitsBefore(head) >= minMasked {
			return i
		}
	}
	return 0
}

// separators stand between the digits of a number.
const separators = " \t/.()-\u00a0"

func digitsAt(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

func digitsBefore(s string) int { return len(s) - len(strings.TrimRight(s, "0123456789")) }

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
