package call

// switzerland follows the plan of the OFCOM (E.164/2002): closed, nine digits, no local
// dialling, two digits for the region. Some boxes still report seven digits; they mean
// their own region.
var switzerland = &nation{
	iso: "CH", code: "41", trunk: "0",
	short:    publicShort,
	local:    func(d string) bool { return len(d) == 7 },
	carrier:  func(d string) int { return carrierBefore(d, 5, "107", "108") },
	national: never,
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
