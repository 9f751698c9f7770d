package call

// germany follows the number space of the Bundesnetzagentur (plan of 2016, order
// 44/2022, list of area codes). A national number has at most 13 digits, as E.164
// leaves them; landline numbers given out since 2011 have 11 (10 in 030, 040, 069,
// 089), older ones may be much shorter, so that length alone excludes little.
var germany = &nation{
	iso: "DE", code: "49", trunk: "0", codes: germanCodes,
	short: germanShort,
	// Subscriber numbers begin neither with 0 nor with 11.
	local:    func(d string) bool { return len(d) >= 3 && d[:2] != "11" },
	carrier:  germanCarrier,
	national: never,
}

func classifyGermany(codes, nsn string) class {
	switch {
	case nsn == "":
		return nobody(ReasonTooShort)
	case nsn[0] == '0':
		return nobody(ReasonUnassignedPrefix)
	case len(nsn) < 3:
		return nobody(ReasonTooShort)
	case nsn[0] == '1':
		return classifyGerman1(codes, nsn)
	}
	switch nsn[:3] {
	case "310", "311": // announcements to test the choice of a carrier
		if len(nsn) == 3 {
			return class{kind: Service, reason: ReasonTestNumber, code: 3, noE164: true}
		}
	case "700":
		return germanService(nsn, 3, 11)
	case "800":
		return germanService(nsn, 3, 9)
	case "900":
		return germanPremium(nsn, 3)
	}
	if nsn[:2] == "32" { // national subscriber numbers
		return germanService(nsn, 2, 9)
	}
	c, ok := fromTable(codes, nsn)
	if !ok {
		return class{kind: Invalid, reason: ReasonUnassignedAreaCode}
	}
	shortest := 6
	if c.code == 2 {
		shortest = 5
	}
	switch {
	case len(nsn) > c.code && nsn[c.code] == '0':
		return class{kind: Invalid, reason: ReasonSubscriberLeadingZero, code: c.code, noE164: len(nsn) < shortest}
	case len(nsn) < shortest:
		return nobody(ReasonTooShort)
	case len(nsn) > germanLongest:
		return class{kind: Invalid, reason: ReasonTooLong}
	}
	return c
}

// germanLongest is how many digits E.164 leaves for a national number.
const germanLongest = 13

// nobody is a number that has no E.164 form.
func nobody(r NumberReason) class { return class{kind: Invalid, reason: r, noE164: true} }

// germanService is a number of a service with the least digits that such a number has.
func germanService(nsn string, code, shortest int) class {
	switch {
	case len(nsn) < shortest:
		return class{kind: Invalid, reason: ReasonTooShort, noE164: len(nsn) < 7}
	case len(nsn) > germanLongest:
		return class{kind: Invalid, reason: ReasonTooLong}
	}
	return class{kind: Service, reason: ReasonOK, code: code}
}

// germanPremium is a number that must never be shown, whatever its length.
func germanPremium(nsn string, code int) class {
	return class{kind: Premium, reason: ReasonForbiddenCallerID, code: code, noE164: len(nsn) < 7}
}

// classifyGerman1 classifies national numbers that begin with 1: mobiles, services, and
// many that are reserved or closed.
func classifyGerman1(codes, nsn string) class {
	if r := germanShort(nsn); r != ReasonUnknown {
		return class{kind: Short, reason: r, noE164: true}
	}
	switch nsn[:2] {
	case "10", "11": // carrier selection, short codes with something behind them
		return nobody(ReasonUnassignedPrefix)
	case "13": // mass traffic; 0130 is closed
		if nsn[2] == '7' {
			return germanPremium(nsn, 4)
		}
	case "18":
		if nsn[2] == '0' { // shared cost, by its tariff digit
			return germanService(nsn, 4, 8)
		}
		return germanService(nsn, 3, 8)
	case "16":
		if nsn[2] == '4' || nsn[2] == '8' || nsn[2] == '9' {
			return class{kind: Service, reason: ReasonPager, code: 3}
		}
	}
	c, ok := fromTable(codes, nsn)
	if !ok {
		return class{kind: Invalid, reason: ReasonUnassignedPrefix}
	}
	shortest := 10
	if nsn[1] == '5' || nsn[:3] == "176" {
		shortest = 11
	}
	switch {
	case len(nsn) < shortest:
		c.kind, c.reason = Invalid, ReasonTooShort
	case len(nsn) > 11:
		// Mailboxes are reached by two digits more; no subscriber has them.
		c.kind, c.reason = NumberUnknown, ReasonTooLong
	case nsn[1] == '5' && unlisted(nsn):
		c.reason = ReasonUnlistedMobileBlock
	}
	return c
}

// germanShort tells German short numbers: the emergency calls 110 and 112, the authorities' 115,
// the harmonised services 116xyz, directory enquiry 118xy and 1180xy. All but two kinds must
// never be shown by a caller. The reason of anything else is unknown.
func germanShort(d string) NumberReason {
	switch {
	case d == "110", d == "112", len(d) == 5 && d[:3] == "118", len(d) == 6 && d[:4] == "1180":
		return ReasonForbiddenCallerID
	case d == "115", len(d) == 6 && d[:3] == "116":
		return ReasonShortCode
	}
	return ReasonUnknown
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
