package call

import (
	"log/slog"
	"slices"
	"strings"
)

// LogValue masks the numbers in logs; a name alone is shown.
func (p Party) LogValue() slog.Value {
	attrs := make([]slog.Attr, 0, 3)
	attrs = append(attrs, slog.Any("number", p.Number))
	if !p.Network.Withheld() {
		attrs = append(attrs, slog.Any("network", p.Network))
	}
	if p.Name != "" {
		attrs = append(attrs, slog.String("name", p.Name))
	}
	return slog.GroupValue(attrs...)
}

// Caller reads the calling number. With CLIP no screening it is a pair, the number
// the caller sent and in brackets the one the network vouches for, with a blank
// between them or without: "0800234567(03023125900)". Network stays zero where
// there is no pair or both are the same.
func (p *Plan) Caller(raw string) Party { return p.caller(raw, p.area()) }

// CallerAt is Caller for a call to the own number given: a caller without area
// code is in the area of that number, which may be another one than the Plan's.
func (p *Plan) CallerAt(raw string, own Number) Party { return p.caller(raw, p.areaOf(own)) }

func (p *Plan) caller(raw, area string) Party {
	user, network, ok := splitPair(raw)
	if !ok {
		return Party{Number: p.number(raw, area)}
	}
	party := Party{Number: p.number(user, area), Network: p.number(network, area)}
	if n := party.Network; n.Withheld() || n.E164 != "" && n.E164 == party.Number.E164 {
		party.Network = Number{}
	}
	return party
}

// splitPair cuts "user(network)". The "(0)" and "(030)" of a number written for
// people make no pair: digits follow them, or nothing is before them.
func splitPair(raw string) (user, network string, ok bool) {
	if strings.IndexByte(raw, ')') < 0 {
		return "", "", false
	}
	s := strings.TrimRight(raw, "# \t")
	i := strings.LastIndexByte(s, '(')
	if i < 0 || s[len(s)-1] != ')' {
		return "", "", false
	}
	user, network = strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+1:len(s)-1])
	return user, network, user != "" && network != ""
}

// areaOf returns the area code an own number stands for. One without area code
// (a mobile, one that could not be completed) stands for that of the Plan, a
// foreign one for none.
func (p *Plan) areaOf(own Number) string {
	if own.E164 == "" {
		return p.area()
	}
	home := p.nation()
	nsn, ok := strings.CutPrefix(own.E164[1:], home.code)
	if !ok {
		return ""
	}
	if c := home.classify(nsn); c.kind == Fixed {
		return nsn[:c.code]
	}
	return p.area()
}

// Dialled reads a number as it was dialled. What chose the carrier (010xy, 0100xy;
// 10xx in Austria; 107xx, 108xx in Switzerland) or the line ("*121#") is taken off
// the front and everything from a '#' on off the end. Raw keeps all of it. A code
// with no number behind it is Internal.
func (p *Plan) Dialled(raw string) Number {
	all, whole := clean(raw)
	if !whole {
		return invalid(all)
	}
	s := all
	for strings.HasPrefix(s, "*") {
		_, behind, _ := strings.Cut(s, "#")
		if behind = strings.TrimLeft(behind, "# "); behind == "" {
			return p.Number(all)
		}
		s = behind
	}
	if strings.HasPrefix(s, "#") {
		return p.Number(all)
	}
	s, _, _ = strings.Cut(s, "#")
	n := p.Number(s[p.nation().carrier(s):])
	if n.E164 != "" { // a short number is what is left of it
		n.Raw = all
	}
	return n
}

// Own reads an own number, which a box reports with or without its area code, and
// gives it the name it has in the Plan. The second result is what the number is
// called as an MSN: its E.164 digits without plus, or the digits as they stand in
// the Plan or on the line where there is no such form; "" if there are none.
func (p *Plan) Own(raw string) (Party, string) {
	if i, ok := p.spelled[raw]; ok && i >= 0 {
		return p.own(i, raw)
	}
	n := p.Number(raw)
	if i := p.find(n); i >= 0 {
		return p.own(i, n.Raw)
	}
	return Party{Number: n}, bare(n)
}

// Dialler reads the number an outgoing call is made from, like Own. A box that
// passes a call on can say the outside caller's there, also as a pair: a number that
// is complete, country and area, and none of those in the Plan has "" as its MSN. A
// Plan without own numbers cannot tell.
func (p *Plan) Dialler(raw string) (Party, string) {
	if party := p.Caller(raw); !party.Network.Withheld() {
		return party, ""
	}
	own, msn := p.Own(raw)
	if len(p.MSNs) > 0 && own.Number.E164 != "" && !p.lists(own.Number) && p.number(raw, "").E164 != "" {
		msn = ""
	}
	return own, msn
}

// lists reports whether a number is, or could be, one of the own numbers.
func (p *Plan) lists(n Number) bool {
	return slices.ContainsFunc(p.MSNs, func(m MSN) bool { return same(m.Number, n) })
}

func (p *Plan) own(i int, raw string) (Party, string) {
	m := p.MSNs[i]
	msn := bare(m.Number)
	m.Number.Raw = raw
	return Party{Number: m.Number, Name: m.Name}, msn
}

// find returns the index of the own number that n is, -1 if it is none or could be
// two of them.
func (p *Plan) find(n Number) int {
	if n.Withheld() || n.Kind == Internal {
		return -1
	}
	found := -1
	for i, m := range p.MSNs {
		if m.Number.E164 != "" && m.Number.E164 == n.E164 {
			return i
		}
		if !same(m.Number, n) {
			continue
		}
		if found >= 0 {
			return -1
		}
		found = i
	}
	return found
}
