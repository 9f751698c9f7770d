package tr064

import (
	"strings"

	"github.com/callporter/callporter/call"
)

// beginning is what a wildcard entry means: the digits its numbers begin with
// behind the plus.
type beginning struct {
	digits string
	abroad bool // numbers of other countries alone: "00*" is not everybody
}

// prefixOf reads a wildcard entry such as "0301234*". A plan reads whole numbers,
// so the entry is filled up to one, and the filling taken off what comes out.
func prefixOf(p *call.Plan, entry string) beginning {
	text := stripMarks(strings.TrimSuffix(strings.TrimSpace(entry), "*"))
	if text == "" || strings.Trim(strings.TrimPrefix(text, "+"), "0123456789") != "" {
		return beginning{}
	}
	if foreign, ok := strings.CutPrefix(text, "+"); ok {
		text = "00" + foreign
	}
	if digits, ok := strings.CutPrefix(text, "00"); ok {
		switch code := homeCode(p); {
		case strings.HasPrefix(code, digits) && code != digits:
			return beginning{digits: digits, abroad: true}
		case !strings.HasPrefix(digits, code):
			if len(digits) > 15 {
				return beginning{}
			}
			return beginning{digits: digits}
		}
	}
	for _, filling := range []string{"5555555", "55555", "555", "55", "5", "2222222", "22222", "222"} {
		if whole, ok := strings.CutSuffix(p.Number(text+filling).E164, filling); ok && len(whole) > 1 {
			return beginning{digits: whole[1:]}
		}
	}
	return beginning{}
}

// homeCode is the calling code of the plan's country, which the plan does not tell
// by itself: what national numbers get in front, as far as everything behind it is
// in this country.
func homeCode(p *call.Plan) string {
	home := homeOf(p)
	for _, national := range []string{"0301234567", "301234567", "2101234567", "2015550123", "6512345678", "12345678"} {
		n := p.Number(national)
		if n.Country != home || n.E164 == "" {
			continue
		}
		for end := 2; end <= 4 && end < len(n.E164); end++ {
			within := true
			for _, behind := range []string{"2015550123", "5015550123", "7015550123"} {
				within = within && p.Number(n.E164[:end]+behind).Country == home
			}
			if within {
				return n.E164[1:end]
			}
		}
	}
	return ""
}

func homeOf(p *call.Plan) string {
	if p.Country == "" {
		return "DE"
	}
	return p.Country
}
