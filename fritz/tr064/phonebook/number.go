package phonebook

import (
	"strings"

	"github.com/callporter/callporter/call"
)

// SameNumber reports whether two spellings are one number on this line.
func SameNumber(p *call.Plan, a, b string) bool {
	if a = strings.TrimSpace(a); a == strings.TrimSpace(b) {
		return true
	}
	if strings.HasSuffix(a, "*") != strings.HasSuffix(b, "*") {
		return false
	}
	if strings.HasSuffix(a, "*") {
		x, y := parseWildcard(p, a), parseWildcard(p, b)
		return x.digits != "" && x == y
	}
	if strings.Contains(a, "@") || strings.Contains(b, "@") {
		return false // in a SIP address dots and dashes count
	}
	x, y := p.Number(a), p.Number(b)
	if x.E164 == "" || y.E164 == "" {
		return x.E164 == y.E164 && StripMarks(a) == StripMarks(b)
	}
	return x.E164 == y.E164
}

// StripMarks removes what people write between the digits of a number.
func StripMarks(number string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '/', '(', ')', '.', '\t', '\u00a0':
			return -1
		}
		return r
	}, number)
}
