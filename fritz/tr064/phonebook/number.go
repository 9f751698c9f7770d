package phonebook

import (
	"cmp"
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
	x, y := p.Dialled(a), p.Dialled(b)
	if x.E164 == "" || y.E164 == "" {
		return x.E164 == y.E164 && spelling(cmp.Or(x.Raw, a)) == spelling(cmp.Or(y.Raw, b))
	}
	return x.E164 == y.E164
}

// spelling is the one form of a number without an E.164 form. In a SIP address dots and
// dashes count, capitals do not.
func spelling(raw string) string {
	if strings.Contains(raw, "@") {
		return strings.ToLower(strings.TrimSpace(raw))
	}
	return call.StripMarks(raw)
}
