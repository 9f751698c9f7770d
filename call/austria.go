package call

// austria follows the plan of the RTR (KEM-V): area codes of one to four digits,
// national numbers of at most 13. Public short numbers begin with 1, which no
// subscriber does.
var austria = &nation{
	iso: "AT", code: "43", trunk: "0", codes: austrianCodes,
	short:    publicShort,
	local:    func(d string) bool { return len(d) >= 3 && d[0] != '1' },
	carrier:  func(d string) int { return carrierBefore(d, 4, "10") },
	national: never,
}

func classifyAustria(codes, nsn string) class {
	switch {
	case nsn != "" && nsn[0] == '0':
		return nobody(ReasonUnassignedPrefix)
	case len(nsn) < 4:
		return nobody(ReasonTooShort)
	}
	c, ok := fromTable(codes, nsn)
	shortest := c.code + 3
	if !ok {
		c, shortest = austrianService(nsn)
	}
	switch {
	case c.kind == Invalid:
	case c.kind == Fixed && len(nsn) > c.code && nsn[c.code] == '0':
		c.kind, c.reason, c.place = Invalid, ReasonSubscriberLeadingZero, ""
	case len(nsn) < shortest:
		return nobody(ReasonTooShort)
	case len(nsn) > 13:
		return class{kind: Invalid, reason: ReasonTooLong}
	}
	return c
}

// austrianService classifies what is neither a place nor a mobile, and says how many digits it
// has at least.
func austrianService(nsn string) (c class, shortest int) {
	switch nsn[:3] {
	case "900", "901", "930", "931", "939":
		return class{kind: Premium, reason: ReasonPremium, code: 3}, 9
	case "718", "720", "780", // dial-in, location independent, convergent
		"800", "810", "820", "821", "828":
		return class{kind: Service, reason: ReasonOK, code: 3}, 8
	}
	// Private networks. 0512 is Innsbruck and stands in the table.
	if p := nsn[:2]; p == "57" || p == "59" || p == "50" && nsn[2] != '0' || nsn[:3] == "517" {
		return class{kind: Service, reason: ReasonOK, code: 3}, 5
	}
	return class{kind: Invalid, reason: ReasonUnassignedAreaCode}, 0
}
