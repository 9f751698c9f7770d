package call

// switzerland follows the plan of the OFCOM (E.164/2002): closed, nine digits, no local
// dialling, two digits for the region. Some boxes still report seven digits; they mean
// their own region.
var switzerland = &nation{
	iso: "CH", code: "41", trunk: "0", codes: swissCodes,
	short:    publicShort,
	local:    func(d string) bool { return len(d) == 7 },
	carrier:  func(d string) int { return carrierBefore(d, 5, "107", "108") },
	national: never,
}

func classifySwitzerland(codes, nsn string) class {
	switch {
	case nsn != "" && nsn[0] == '0':
		return nobody(ReasonUnassignedPrefix)
	case len(nsn) < 3:
		return nobody(ReasonTooShort)
	case nsn[:3] == "860" && len(nsn) == 12: // a subscriber's mailbox
		return class{kind: Service, reason: ReasonOK, code: 3}
	}
	c, ok := fromTable(codes, nsn)
	if !ok {
		c = swissService(nsn)
	}
	switch {
	case c.kind == Invalid:
	case len(nsn) < 9:
		c.kind, c.reason, c.place = Invalid, ReasonTooShort, ""
	case len(nsn) > 9:
		c.kind, c.reason, c.place = Invalid, ReasonTooLong, ""
	}
	return c
}

// swissService classifies what is neither a region nor a mobile.
func swissService(nsn string) class {
	switch {
	case nsn[:2] == "90":
		return class{kind: Premium, reason: ReasonPremium, code: 3}
	case nsn[:2] == "51", nsn[:2] == "58": // companies
		return class{kind: Service, reason: ReasonOK, code: 2}
	case nsn[:2] == "74":
		return class{kind: Service, reason: ReasonPager, code: 2}
	case nsn[:2] == "84" && nsn[2] != '9', nsn[:3] == "800", nsn[:3] == "860", nsn[:3] == "878":
		return class{kind: Service, reason: ReasonOK, code: 3}
	}
	return class{kind: Invalid, reason: ReasonUnassignedAreaCode}
}
