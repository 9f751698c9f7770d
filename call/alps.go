package call

import "strings"

// austria follows the plan of the RTR (KEM-V): area codes of one to four digits,
// national numbers of at most 13. Public short numbers begin with 1, which no
// subscriber does.
var austria = &nation{
	iso: "AT", code: "43", trunk: "0",
	short:   publicShort,
	local:   func(d string) bool { return len(d) >= 3 && d[0] != '1' },
	carrier: func(d string) int { return carrierBefore(d, 4, "10") },
	whole:   never,
}

func classifyAustria(nsn string) class {
	if len(nsn) < 4 || len(nsn) > 13 || nsn[0] == '0' {
		return class{kind: Invalid, noE164: len(nsn) < 4 || nsn[0] == '0'}
	}
	if c, ok := fromTable(austrianCodes, nsn); ok {
		switch {
		case len(nsn)-c.code < 3:
			return class{kind: Invalid, noE164: true}
		case c.kind == Fixed && nsn[c.code] == '0':
			return class{kind: Invalid, code: c.code}
		}
		return c
	}
	switch nsn[:3] {
	case "900", "901", "930", "931", "939":
		return class{kind: Premium, code: 3}
	}
	switch nsn[:2] {
	case "50", "51", "57", "59", // private networks; 0512 Innsbruck is in the table
		"71", "72", "74", "78", // dial-in, location independent, convergent
		"80", "81", "82":
		return class{kind: Service, code: 3}
	}
	return class{kind: Invalid}
}

// switzerland follows the plan of the OFCOM (E.164/2002): closed, nine digits, no
// local dialling, two digits for the region. A box that still reports seven digits
// means its own region.
var switzerland = &nation{
	iso: "CH", code: "41", trunk: "0",
	short:   publicShort,
	local:   func(d string) bool { return len(d) == 7 },
	carrier: func(d string) int { return carrierBefore(d, 5, "107", "108") },
	whole:   never,
}

func classifySwitzerland(nsn string) class {
	if len(nsn) < 3 || nsn[0] == '0' {
		return class{kind: Invalid, noE164: true}
	}
	if nsn[:3] == "860" && len(nsn) == 12 { // a subscriber's mailbox
		return class{kind: Service, code: 3}
	}
	if c, ok := fromTable(swissCodes, nsn); ok {
		if len(nsn) != 9 {
			return class{kind: Invalid, code: c.code}
		}
		return c
	}
	c := class{kind: Invalid}
	switch {
	case len(nsn) != 9:
	case nsn[:2] == "90":
		c = class{kind: Premium, code: 3}
	case nsn[:2] == "51", nsn[:2] == "58", nsn[:2] == "74":
		c = class{kind: Service, code: 2}
	case nsn[:2] == "84", nsn[:3] == "800", nsn[:3] == "878":
		c = class{kind: Service, code: 3}
	}
	return c
}

// publicShort knows the short numbers of Austria and Switzerland: three to six
// digits that begin with 1.
func publicShort(d string) bool { return len(d) >= 3 && len(d) <= 6 && d[0] == '1' }

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
