package call

import "strings"

// nation is what a national numbering plan says, as far as callporter knows it:
// Germany, Austria and Switzerland in detail, any other country by its calling
// code and trunk prefix alone.
type nation struct {
	iso   string
	code  string // calling code
	trunk string // before a national number: "0", ""
	zero  bool   // national numbers may begin with 0, though there is no trunk 0
	// short reports whether digits dialled as they are reach a public service.
	short func(digits string) bool
	// local tells whether digits without trunk prefix can be a subscriber's number
	// that lacks its area code.
	local func(digits string) bool
	// carrier returns how many digits of a dialled number choose a carrier.
	carrier func(dialled string) int
	// whole tells whether digits without trunk prefix are a national number
	// already, as in countries without area codes.
	whole func(digits string) bool
}

// classify judges a national number without the trunk prefix. It is no function
// value, so that a number put together for it can stay on the stack.
func (n *nation) classify(nsn string) class {
	switch n {
	case germany:
		return classifyGermany(nsn)
	case austria:
		return classifyAustria(nsn)
	case switzerland:
		return classifySwitzerland(nsn)
	}
	if nsn == "" || nsn[0] == '0' && !n.zero {
		return class{kind: Invalid, noE164: true}
	}
	return class{}
}

// class is what a national number turned out to be.
type class struct {
	kind  NumberKind
	code  int    // leading digits set off for reading: the area code or service
	place string // of the area code
	// noE164 marks digits that reach nobody from abroad.
	noE164 bool
}

func never(string) bool { return false }

// fromTable classifies by the longest prefix in a table of codes, "" if none fits.
func fromTable(table, nsn string) (class, bool) {
	n, line := lookup(table, nsn)
	if n == 0 {
		return class{}, false
	}
	letter, place, _ := strings.Cut(line, " ")
	c := class{code: n, place: place, kind: Fixed}
	if letter == "m" {
		c.kind = Mobile
	}
	return c, true
}

// other is a country without a plan of its own here. Its numbers are completed,
// and judged not at all.
func other(iso string, c country) *nation {
	return &nation{
		iso: iso, code: c.code, trunk: c.trunk, zero: c.zero && c.trunk != "0",
		short:   never,
		local:   func(d string) bool { return len(d) >= 3 },
		carrier: func(string) int { return 0 },
		whole:   func(d string) bool { return c.trunk != "0" && len(d) >= c.min && len(d) <= c.max },
	}
}

// neighbour returns the plan behind a calling code, nil where callporter knows none.
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
