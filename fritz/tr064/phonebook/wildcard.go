package phonebook

import (
	"cmp"
	"strings"

	"github.com/callporter/callporter/call"
)

// prefix is what a wildcard entry means: the first digits of its numbers in E.164, without
// the plus.
type prefix struct {
	digits  string
	foreign bool // numbers of other countries alone: "00*" does not mean everybody
}

// parseWildcard reads a wildcard entry such as "0301234*". A plan only reads complete
// numbers. So digits are appended to the entry until it is one, and removed from the
// result.
func parseWildcard(p *call.Plan, entry string) prefix {
	text := call.StripMarks(strings.TrimSuffix(strings.TrimSpace(entry), "*"))
	if text == "" || strings.Trim(strings.TrimPrefix(text, "+"), "0123456789") != "" {
		return prefix{}
	}
	if foreign, ok := strings.CutPrefix(text, "+"); ok {
		text = "00" + foreign
	}
	if digits, ok := strings.CutPrefix(text, "00"); ok {
		switch code := homeCode(p); {
		case strings.HasPrefix(code, digits) && code != digits:
			return prefix{digits: digits, foreign: true}
		case !strings.HasPrefix(digits, code):
			if len(digits) > 15 {
				return prefix{}
			}
			return prefix{digits: digits}
		}
	}
	for _, suffix := range []string{"5555555", "55555", "555", "55", "5", "2222222", "22222", "222"} {
		if number, ok := strings.CutSuffix(p.Number(text+suffix).E164, suffix); ok && len(number) > 1 {
			return prefix{digits: number[1:]}
		}
	}
	return prefix{}
}

// homeCode returns the calling code of the plan's country, which the plan does not show
// directly. It is the shortest prefix of a national number in E.164 for which all numbers
// are in this country.
func homeCode(p *call.Plan) string {
	home := homeOf(p)
	for _, national := range []string{"0301234567", "301234567", "2101234567", "2015550123", "6512345678", "12345678"} {
		n := p.Number(national)
		if n.Country != home || n.E164 == "" {
			continue
		}
		for end := 2; end <= 4 && end < len(n.E164); end++ {
			same := true
			for _, rest := range []string{"2015550123", "5015550123", "7015550123"} {
				same = same && p.Number(n.E164[:end]+rest).Country == home
			}
			if same {
				return n.E164[1:end]
			}
		}
	}
	return ""
}

// homeOf returns the ISO code of the plan's country.
func homeOf(p *call.Plan) string {
	return cmp.Or(p.Country, "DE")
}
