package call

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MSN is an own number (multiple subscriber number) with the name its owner gave it.
type MSN struct {
	Number Number
	Name   string
}

// Digits are the number in topics and documents: E.164 without plus, such as
// "493023125732". Without an area code they are the digits as they were given.
func (m MSN) Digits() string { return msnDigits(m.Number) }

// Title is the number as people know it, with its name: "Practice 030 23125732".
func (m MSN) Title() string {
	return strings.TrimSpace(m.Name + " " + cmp.Or(m.Number.National, m.Number.Full()))
}

// readMSN reads one entry. With an error too, Number.Raw is what was read.
func (p *Plan) readMSN(entry string) (MSN, error) {
	number, name, _ := strings.Cut(entry, "=")
	text, complete := clean(name)
	m := MSN{Number: p.Number(number), Name: text}
	switch {
	case m.Number.Withheld():
		return m, errors.New("no number in it; an entry is a number, with \"=\" and a name behind it if wanted")
	case m.Number.Kind == Internal || m.Number.Kind == Short:
		return m, fmt.Errorf("it is %s; a subscriber's number is needed", m.Number.Kind)
	case m.Number.E164 == "" && m.Number.Kind == Invalid:
		return m, errors.New("it is no telephone number of " + p.Country)
	case !complete:
		return m, fmt.Errorf("its name is too long, %d bytes are allowed", maxRaw)
	}
	return m, nil
}

// Own reads an own number, which a box reports with or without its area code, and gives it
// its name in the Plan. The second result is the number as an MSN: its E.164 digits without
// plus, or the digits as they stand in the Plan or on the line if it has no such form; ""
// if there are none.
func (p *Plan) Own(raw string) (Party, string) {
	if i, ok := p.spelled[raw]; ok && i >= 0 {
		return p.own(i, raw)
	}
	n := p.Number(raw)
	if i := p.find(n); i >= 0 {
		return p.own(i, n.Raw)
	}
	return Party{Number: n}, msnDigits(n)
}

// Dialler reads the number that makes an outgoing call, like Own. If a box forwards a call,
// this can be the number of the outside caller, also as a pair. So a complete number, with
// country and area, that is none of those in the Plan has "" as its MSN. A Plan without own
// numbers cannot tell them apart.
func (p *Plan) Dialler(raw string) (Party, string) {
	if party := p.Caller(raw); !party.Network.Withheld() {
		return party, ""
	}
	own, msn := p.Own(raw)
	if len(p.MSNs) > 0 && own.Number.E164 != "" && !p.Lists(own.Number) && p.number(raw, "").E164 != "" {
		msn = ""
	}
	return own, msn
}

// OwnName returns the name of an own number that is the other party of a call, "" for any
// other number.
func (p *Plan) OwnName(n Number) string {
	if i := p.find(n); i >= 0 && p.MSNs[i].Number.E164 == n.E164 {
		return p.MSNs[i].Name
	}
	return ""
}

// Lists reports whether a number is, or could be, one of the own numbers.
func (p *Plan) Lists(n Number) bool {
	return slices.ContainsFunc(p.MSNs, func(m MSN) bool { return sameNumber(m.Number, n) })
}

// own is the own number of an index, as raw was reported.
func (p *Plan) own(i int, raw string) (Party, string) {
	m := p.MSNs[i]
	msn := msnDigits(m.Number)
	m.Number.Raw = raw
	return Party{Number: m.Number, Name: m.Name}, msn
}

// find returns the index of the own number that n is. It is -1 if n is none of them, or could
// be two of them.
func (p *Plan) find(n Number) int {
	if n.Withheld() || n.Kind == Internal {
		return -1
	}
	found := -1
	for i, m := range p.MSNs {
		if m.Number.E164 != "" && m.Number.E164 == n.E164 {
			return i
		}
		if !sameNumber(m.Number, n) {
			continue
		}
		if found >= 0 {
			return -1
		}
		found = i
	}
	return found
}

// sameNumber reports whether two own numbers are, or could be, the same: by E.164, or by
// their last digits if one lacks its area code.
func sameNumber(a, b Number) bool {
	if a.E164 != "" && b.E164 != "" {
		return a.E164 == b.E164
	}
	return sameDigits(msnDigits(a), msnDigits(b))
}

// sameDigits reports whether two strings of digits are equal, or one is the end of the other.
func sameDigits(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	return a == b || len(b) >= minSuffix && strings.HasSuffix(a, b)
}

// msnDigits returns the digits of a number as an MSN: E.164 without plus, else as reported.
func msnDigits(n Number) string {
	if n.E164 != "" {
		return n.E164[1:]
	}
	if allDigits(n.Raw) {
		return n.Raw
	}
	var b strings.Builder
	for i := range len(n.Raw) {
		if isDigit(n.Raw[i]) {
			b.WriteByte(n.Raw[i])
		}
	}
	return b.String()
}
