package call

// germany follows the number space of the Bundesnetzagentur (plan of 2016, order
// 44/2022, list of area codes). A national number has at most 13 digits, as E.164
// leaves them; landline numbers given out since 2011 have 11 (10 in 030, 040, 069,
// 089), older ones may be much shorter, so that length alone excludes little.
var germany = &nation{
	iso: "DE", code: "49", trunk: "0",
	short: germanShort,
	// Subscriber numbers begin neither with 0 nor with 11.
	local:    func(d string) bool { return len(d) >= 3 && d[:2] != "11" },
	carrier:  germanCarrier,
	national: never,
}

func classifyGermany(nsn string) class {
	if len(nsn) < 3 || len(nsn) > 13 || nsn[0] == '0' {
		return class{kind: Invalid, noE164: len(nsn) < 3 || nsn[0] == '0'}
	}
	if nsn[0] == '1' {
		return classifyGerman1(nsn)
	}
	switch nsn[:3] {
	case "310", "311": // announcements to test the choice of a carrier
		if len(nsn) == 3 {
			return class{kind: Service, code: 3, noE164: true}
		}
	case "700", "800":
		return germanService(Service, nsn, 3)
	case "900":
		return germanService(Premium, nsn, 3)
	}
	if nsn[:2] == "32" { // national subscriber numbers
		return germanService(Service, nsn, 2)
	}
	c, ok := fromTable(germanCodes, nsn)
	switch {
	case !ok:
		return class{kind: Invalid}
	case len(nsn)-c.code < 3:
		return class{kind: Invalid, noE164: true}
	case nsn[c.code] == '0':
		return class{kind: Invalid, code: c.code}
	}
	return c
}

// germanService is a number of a service. None has less than seven digits.
func germanService(kind NumberKind, nsn string, code int) class {
	if len(nsn) < 7 {
		return class{kind: Invalid, noE164: true}
	}
	return class{kind: kind, code: code}
}

// classifyGerman1 classifies national numbers that begin with 1: mobiles, services, and
// many that are reserved or closed.
func classifyGerman1(nsn string) class {
	if germanShort(nsn) {
		return class{kind: Short, noE164: true}
	}
	switch nsn[:2] {
	case "10", "11": // carrier selection, short codes with something behind them
		return class{kind: Invalid, noE164: true}
	case "13": // mass traffic; 0130 is closed
		if nsn[2] == '7' {
			return germanService(Premium, nsn, 4)
		}
	case "18":
		if nsn[2] == '0' { // shared cost, by its tariff digit
			return germanService(Service, nsn, 4)
		}
		return germanService(Service, nsn, 3)
	case "19": // data services; 0190 is closed, 0195 to 0199 never leave the network
		if nsn[2] >= '1' && nsn[2] <= '4' {
			return class{kind: Service, code: 3}
		}
	case "16":
		if nsn[2] == '4' || nsn[2] == '8' || nsn[2] == '9' { // paging
			return class{kind: Service, code: 3}
		}
	}
	c, ok := fromTable(germanCodes, nsn)
	if !ok {
		return class{kind: Invalid}
	}
	shortest := 10
	if nsn[1] == '5' {
		shortest = 11
	}
	switch {
	case len(nsn) < shortest:
		c.kind = Invalid
	case len(nsn) > 11:
		// Mailboxes are reached by two digits more; no subscriber has them.
		c.kind = NumberUnknown
	}
	return c
}

// germanShort reports whether digits are a German short number: the emergency calls 110 and
// 112, the authorities' 115, the harmonised services 116xyz, or directory enquiry 118xy and
// 1180xy.
func germanShort(d string) bool {
	switch len(d) {
	case 3:
		return d == "110" || d == "112" || d == "115"
	case 5:
		return d[:3] == "118"
	case 6:
		return d[:3] == "116" || d[:4] == "1180"
	}
	return false
}

// germanCarrier returns the length of a call-by-call prefix, 010xy or 0100xy.
func germanCarrier(d string) int {
	if len(d) < 6 || d[:3] != "010" {
		return 0
	}
	n := 3
	if d[3] == '0' {
		n = 4
	}
	if d[n] < '1' || d[n] > '9' || len(d) <= n+2 || !isDigit(d[n+1]) {
		return 0
	}
	return n + 2
}
