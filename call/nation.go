package call

import (
	"strings"
)

// nation is a national numbering plan. Germany, Austria and Switzerland are known in detail,
// other countries by their calling code and trunk prefix alone.
type nation struct {
	iso   string
	code  string // calling code
	trunk string // before a national number: "0", ""
	codes string // table of area codes and mobile prefixes; "" where they are not known
	zero  bool   // national numbers may begin with 0, though there is no trunk 0
	// short gives the reason of digits that reach a public service dialled as they are,
	// ReasonUnknown for all others.
	short func(digits string) NumberReason
	// local tells whether digits without trunk prefix can be a subscriber's number
	// that lacks its area code.
	local func(digits string) bool
	// carrier returns how many digits of a dialled number choose a carrier.
	carrier func(dialled string) int
	// whole tells whether digits without trunk prefix are a national number
	// already, as in countries without area codes.
	national func(digits string) bool
}

// classify classifies a national number without the trunk prefix. It is no function value,
// so that a number put together for it can stay on the stack.
func (n *nation) classify(nsn string) class {
	switch n.iso {
	case "DE":
		return classifyGermany(n.codes, nsn)
	case "AT":
		return classifyAustria(n.codes, nsn)
	case "CH":
		return classifySwitzerland(n.codes, nsn)
	}
	if nsn == "" || nsn[0] == '0' && !n.zero {
		return class{kind: Invalid, reason: ReasonUnassignedPrefix, noE164: true}
	}
	return class{}
}

// class is the kind of a national number and its parts.
type class struct {
	kind   NumberKind
	reason NumberReason
	code   int    // leading digits set off for reading: the area code or service
	place  string // of the area code
	// noE164 marks digits that reach nobody from abroad.
	noE164 bool
}

func never(string) bool { return false }

// fromTable classifies a number by its longest prefix in a table of codes. It is not ok if
// none fits.
func fromTable(table, nsn string) (class, bool) {
	n, line := lookup(table, nsn)
	if n == 0 {
		return class{}, false
	}
	letter, place, _ := strings.Cut(line, " ")
	c := class{code: n, place: place, kind: Fixed, reason: ReasonOK}
	if letter == "m" {
		c.kind = Mobile
	}
	return c, true
}

// otherNation is a country whose plan is not known in detail. Its numbers are completed, but
// not classified.
func otherNation(iso string, c country) *nation {
	return &nation{
		iso: iso, code: c.code, trunk: c.trunk, zero: c.zero && c.trunk != "0",
		short:    func(string) NumberReason { return ReasonUnknown },
		local:    func(d string) bool { return len(d) >= 3 },
		carrier:  func(string) int { return 0 },
		national: func(d string) bool { return c.trunk != "0" && len(d) >= c.min && len(d) <= c.max },
	}
}

// neighbour returns the detailed plan of a calling code, nil if there is none.
func neighbour(code string) *nation {
	switch code {
	case germany.code:
		return germany
	case austria.code:
		return austria
	case switzerland.code:
		return switzerland
	}
	return nil
}

// publicShort tells short numbers of Austria or Switzerland: three to six digits that begin
// with 1.
func publicShort(d string) NumberReason {
	if len(d) >= 3 && len(d) <= 6 && d[0] == '1' {
		return ReasonShortCode
	}
	return ReasonUnknown
}

// carrierBefore returns n if the first n characters of d choose a carrier: they
// begin with one of the prefixes and a national number with its 0 follows.
func carrierBefore(d string, n int, prefixes ...string) int {
	if len(d) <= n+1 || d[n] != '0' {
		return 0
	}
	for _, p := range prefixes {
		if strings.HasPrefix(d, p) {
			return n
		}
	}
	return 0
}
