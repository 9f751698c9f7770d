package call

import (
	"log/slog"
	"strings"
)

// Party is one end of a call.
type Party struct {
	// Number is what the caller claims to be, or what was dialled.
	Number Number
	// Network is the number the network vouches for, where the caller sent a
	// different one of its own ("CLIP no screening"); else the zero Number.
	Network Number
	// Name is who it is: the label of an own number, the name in a phonebook.
	Name string
}

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

// Caller reads the calling number. With CLIP no screening it is a pair, the number that the
// caller sent and in brackets the one that the network vouches for, with or without a blank
// between them: "0800234567(03023125900)". Network is zero if there is no pair, or both are
// the same.
func (p *Plan) Caller(raw string) Party { return p.caller(raw, p.area()) }

// CallerAt is Caller for a call to one of the own numbers. A caller without area code is in
// the area of that number, which may be another one than the Plan's.
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

// splitPair cuts "user(network)". The "(0)" and "(030)" of a number written for people are no
// pair: digits follow them, or nothing stands before them.
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

// areaOf returns the area code of an own number. Without one (a mobile, or a number that is
// incomplete) it is that of the Plan; for a foreign number it is "".
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
