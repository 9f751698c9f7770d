package call

// austria follows the plan of the RTR (KEM-V): area codes of one to four digits,
// national numbers of at most 13. Public short numbers begin with 1, which no
// subscriber does.
var austria = &nation{
	iso: "AT", code: "43", trunk: "0",
	short:    publicShort,
	local:    func(d string) bool { return len(d) >= 3 && d[0] != '1' },
	carrier:  func(d string) int { return carrierBefore(d, 4, "10") },
	national: never,
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
