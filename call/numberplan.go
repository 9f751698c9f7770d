package call

import "strings"

// Plan says what a number means on this line: which country and area a number without them
// belongs to, and which numbers are our own. The zero Plan is a German line whose area code
// is not known.
//
// Numbers come as the network sent them or as somebody dialled them: national with the
// trunk 0 (01713920055), foreign with 00, sometimes 0049 or +49 for national ones, local
// without an area code, with a '#' behind them. A number without any prefix is local, never
// international: behind 033051, 4923456 is +49 33051 4923456.
//
// Methods may run at the same time as long as nobody changes the fields.
type Plan struct {
	// Country is the ISO 3166-1 alpha-2 code in capitals; "" means "DE". Germany,
	// Austria and Switzerland are known in detail.
	Country string
	// Area is the area code without trunk prefix, "30"; "" leaves local numbers
	// without an E.164 form.
	Area string
	// MSNs are the own numbers, at most MaxMSNs.
	MSNs []MSN

	home    *nation        // of Country; nil in a Plan that NewPlan did not make
	spelled map[string]int // index into MSNs by every usual spelling
}

// Number reads a number in any form. It never fails: what is no number has Kind Invalid and
// its cleaned text, at most 64 bytes, as Raw. Kind Invalid also marks numbers that the
// national plan certainly excludes; they have E164 if the digits allow it. Own numbers and
// their names play no part here.
func (p *Plan) Number(raw string) Number { return p.number(raw, p.area()) }

// number reads raw; area completes local numbers.
func (p *Plan) number(raw, area string) Number {
	raw, complete := clean(raw)
	if meansWithheld(raw) {
		return Number{Kind: Withheld, Reason: ReasonAnonymous}
	}
	home := p.nation()
	if complete && (raw[0] == '*' || raw[0] == '#') {
		return Number{Raw: raw, National: raw, Kind: Internal, Reason: ReasonInternal}
	}
	d, plus, ok := digitsOf(raw)
	if !complete || !ok {
		return invalid(raw)
	}
	if !plus && strings.HasPrefix(d, "00") {
		d, plus = d[2:], true
	}
	short := ReasonUnknown
	if !plus {
		short = home.short(d)
	}
	switch {
	case plus && strings.HasPrefix(d, home.code):
		// Nobody's national number begins with the trunk prefix 0: it was kept by
		// mistake.
		nsn := d[len(home.code):]
		if home.trunk == "0" {
			nsn = strings.TrimPrefix(nsn, "0")
		}
		return domestic(raw, home, nsn, area)
	case plus:
		return foreign(raw, d)
	case short != ReasonUnknown:
		return Number{Raw: raw, National: d, Kind: Short, Country: home.iso, Reason: short}
	case home.trunk != "" && strings.HasPrefix(d, home.trunk) && len(d) > len(home.trunk):
		return domestic(raw, home, d[len(home.trunk):], area)
	case home.national(d):
		return domestic(raw, home, d, area)
	case area != "" && home.local(d):
		n := domestic(raw, home, area+d, area)
		if n.Reason == ReasonOK {
			n.Reason = ReasonLocalNumberCompleted
		}
		return n
	}
	n := Number{Raw: raw, National: d, Kind: NumberUnknown}
	if area != "" && len(d) < 3 {
		n.Reason = ReasonTooShort
	}
	return n
}

// domestic makes a number of our own country from its national digits.
func domestic(raw string, home *nation, nsn, area string) Number {
	c := home.classify(nsn)
	n := Number{Raw: raw, National: raw, Kind: c.kind, Place: c.place, Country: home.iso, Reason: c.reason}
	if c.reason == ReasonTooLong && veiled(home, nsn, area) {
		n.Reason = ReasonVeiledCellular
	}
	if !c.noE164 && fitsE164(home.code, nsn) {
		n.E164, n.National = formatNumber(home.code, home.trunk, nsn, c.code)
	}
	return n
}

// maxCountryCode is how many digits country codes have at most.
const maxCountryCode = 3

// foreign makes a number from its international digits. The plans of the neighbours are
// known; for other countries it applies the rules that E.164 has for all.
func foreign(raw, d string) Number {
	n := Number{Raw: raw, National: raw, Kind: Invalid}
	c, ok := countryOf(d)
	switch {
	case !ok && len(d) < maxCountryCode: // which code it was to be is not known
		n.Reason = ReasonForeignTooShort
		return n
	case !ok:
		n.Reason = ReasonUnknownCountryCode
		if fitsE164("", d) {
			n.E164 = "+" + d
			n.National = n.E164
		}
		return n
	}
	nsn := d[len(c.code):]
	n.Country = c.main()
	n.Reason = c.judge(nsn)
	var split int
	if other := neighbour(c.code); other != nil {
		class := other.classify(nsn)
		if n.Reason == ReasonOK {
			n.Reason = class.reasonAbroad()
		}
		if class.noE164 {
			return n
		}
		split, n.Place = class.code, class.place
		if class.kind != Invalid {
			n.Kind = Foreign
		}
	} else if !n.Reason.invalidates() {
		n.Kind = Foreign
	}
	if !fitsE164(c.code, nsn) {
		n.Kind = Invalid
		return n
	}
	n.E164, n.National = formatNumber(c.code, "+", nsn, split)
	return n
}

// judge applies the rules of E.164 to a national number of a country. No number in use has less
// than seven digits with its country code or more than fifteen, a zero leads only in some
// countries, and North America has ten digits of a fixed pattern.
func (c country) judge(nsn string) NumberReason {
	n := len(c.code) + len(nsn)
	switch {
	case c.code != "1" && nsn != "" && nsn[0] == '0' && !c.leadingZero(len(nsn)):
		return ReasonForeignLeadingZero
	case n < 7:
		return ReasonForeignTooShort
	case n > 15:
		return ReasonForeignTooLong
	case c.code == "1" && (len(nsn) != 10 || nsn[0] < '2' || nsn[3] < '2'):
		return ReasonForeignInvalidNumber
	case c.regions == "":
		return ReasonGlobalServiceCode
	}
	return ReasonOK
}

// reasonAbroad is the reason of a neighbour's class for a number seen from here.
func (c class) reasonAbroad() NumberReason {
	switch {
	case c.noE164 || c.reason.invalidates():
		return ReasonForeignInvalidNumber
	case c.kind == Premium:
		return ReasonPremium
	}
	return c.reason
}

// veiled reports whether national digits hide a mobile number: behind the own area code come the
// own country code and a whole mobile number, as if somebody had dialled it in that area.
func veiled(home *nation, nsn, area string) bool {
	mobile, ok := strings.CutPrefix(nsn, area+home.code)
	return ok && area != "" && home.classify(mobile).kind == Mobile
}

// Veiled returns the mobile number hidden in a number whose reason is ReasonVeiledCellular, the
// zero Number for any other.
func (p *Plan) Veiled(n Number) Number {
	if n.Reason != ReasonVeiledCellular {
		return Number{}
	}
	home := p.nation()
	d, _, _ := digitsOf(n.Raw)
	for length := 10; length <= 11 && length <= len(d); length++ {
		mobile := d[len(d)-length:]
		if strings.HasSuffix(d[:len(d)-length], home.code) && home.classify(mobile).kind == Mobile {
			return p.Number("+" + home.code + mobile)
		}
	}
	return Number{}
}

func invalid(raw string) Number {
	return Number{Raw: raw, National: raw, Kind: Invalid, Reason: ReasonNoNumber}
}

// fitsE164 reports whether code and national number make an E.164 number: 4 to 15
// digits here, of which the first is no zero.
func fitsE164(code, nsn string) bool {
	n := len(code) + len(nsn)
	return n >= 4 && n <= 15 && (code != "" || nsn[0] != '0')
}

// formatNumber writes a number in its two forms, with one allocation for both. The national
// form begins with the trunk prefix, or with the calling code if that is "+". A blank
// follows the first split digits.
func formatNumber(code, trunk, nsn string, split int) (e164, national string) {
	var buf [64]byte
	b := append(buf[:0], '+')
	b = append(b, code...)
	b = append(b, nsn...)
	end := len(b)
	if trunk == "+" {
		b = append(b, '+')
		b = append(b, code...)
		b = append(b, ' ')
	} else {
		b = append(b, trunk...)
	}
	if split > 0 && split < len(nsn) {
		b = append(b, nsn[:split]...)
		b = append(b, ' ')
		nsn = nsn[split:]
	}
	b = append(b, nsn...)
	both := string(b)
	return both[:end], both[end:]
}

// nation returns the plan of the country.
func (p *Plan) nation() *nation {
	if p.home != nil {
		return p.home
	}
	if n := nationOf(p.Country); n != nil {
		return n
	}
	return germany
}

// nationOf finds the plan of an ISO 3166-1 code, nil if there is no such country.
func nationOf(iso string) *nation {
	switch iso {
	case "", germany.iso:
		return germany
	case austria.iso:
		return austria
	case switzerland.iso:
		return switzerland
	}
	if c, ok := countryByISO(iso); ok {
		return otherNation(iso, c)
	}
	return nil
}

// area returns the area code without trunk prefix.
func (p *Plan) area() string {
	if p.nation().trunk == "0" {
		return strings.TrimPrefix(p.Area, "0")
	}
	return p.Area
}
