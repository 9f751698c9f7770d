package call

import "strings"

// Plan says what a number means on this line: which country and area a number
// without them belongs to, and which numbers are our own. The zero Plan is a
// German line that knows no area code.
//
// Numbers come as the network or a finger gave them: national with the trunk 0
// (01713920055), foreign with 00, sometimes 0049 or +49 for national ones, local
// without an area code, with a '#' behind them. A number without any prefix is
// local, never international: behind 033051, 4923456 is +49 33051 4923456.
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

// MSN is an own number (multiple subscriber number) and what its owner calls it.
type MSN struct {
	Number Number
	Name   string
}

// Digits names the own number in topics and documents: E.164 without plus, such as
// "493023125732", or the digits as they were given where they lack an area code.
func (m MSN) Digits() string { return bare(m.Number) }

// Number reads a number of any spelling. It never fails: what is no number has
// Kind Invalid and its cleaned text, at most 64 bytes, as Raw. Kind Invalid is
// given only where the national plan certainly excludes the number, and E164 is
// set then too as long as the digits have that form. Own numbers and their names
// play no part here.
func (p *Plan) Number(raw string) Number { return p.number(raw, p.area()) }

// number reads raw; area completes local numbers.
func (p *Plan) number(raw, area string) Number {
	raw, whole := clean(raw)
	if saysWithheld(raw) {
		return Number{Kind: Withheld}
	}
	home := p.nation()
	if whole && (raw[0] == '*' || raw[0] == '#') {
		return Number{Raw: raw, National: raw, Kind: Internal}
	}
	d, plus, ok := digitsOf(raw)
	if !whole || !ok {
		return invalid(raw)
	}
	if !plus && strings.HasPrefix(d, "00") {
		d, plus = d[2:], true
	}
	switch {
	case plus && strings.HasPrefix(d, home.code):
		// Nobody's national number begins with the trunk prefix 0: it was kept by
		// mistake.
		nsn := d[len(home.code):]
		if home.trunk == "0" {
			nsn = strings.TrimPrefix(nsn, "0")
		}
		return domestic(raw, home, nsn)
	case plus:
		return foreign(raw, d)
	case home.short(d):
		return Number{Raw: raw, National: d, Kind: Short, Country: home.iso}
	case home.trunk != "" && strings.HasPrefix(d, home.trunk) && len(d) > len(home.trunk):
		return domestic(raw, home, d[len(home.trunk):])
	case home.whole(d):
		return domestic(raw, home, d)
	case area != "" && home.local(d):
		return domestic(raw, home, area+d)
	}
	return Number{Raw: raw, National: d, Kind: NumberUnknown}
}

// domestic makes a number of our own country from its national digits.
func domestic(raw string, home *nation, nsn string) Number {
	c := home.classify(nsn)
	n := Number{Raw: raw, National: raw, Kind: c.kind, Place: c.place, Country: home.iso}
	if !c.noE164 && fitsE164(home.code, nsn) {
		n.E164, n.National = spell(home.code, home.trunk, nsn, c.code)
	}
	return n
}

// foreign makes a number from its international digits. The neighbours are judged
// by their own plans, the others by what E.164 demands of all.
func foreign(raw, d string) Number {
	n := Number{Raw: raw, National: raw, Kind: Invalid}
	c, ok := countryOf(d)
	if !ok {
		if fitsE164("", d) {
			n.E164 = "+" + d
			n.National = n.E164
		}
		return n
	}
	nsn := d[len(c.code):]
	n.Country = c.main()
	var split int
	if other := neighbour(c.code); other != nil {
		class := other.classify(nsn)
		if class.noE164 {
			return n
		}
		split, n.Place = class.code, class.place
		if class.kind != Invalid {
			n.Kind = Foreign
		}
	} else if possible(c, nsn) {
		n.Kind = Foreign
	}
	if !fitsE164(c.code, nsn) {
		n.Kind = Invalid
		return n
	}
	n.E164, n.National = spell(c.code, "+", nsn, split)
	return n
}

// possible reports whether a foreign number is not excluded: seven digits in all
// are the fewest in use, a zero leads only where the plan has such numbers, and
// North America's ten digits follow a pattern everybody knows.
func possible(c country, nsn string) bool {
	switch {
	case len(c.code)+len(nsn) < 7, nsn[0] == '0' && !c.zero:
		return false
	case c.code == "1":
		return len(nsn) == 10 && nsn[0] >= '2' && nsn[3] >= '2'
	}
	return true
}

func invalid(raw string) Number { return Number{Raw: raw, National: raw, Kind: Invalid} }

// fitsE164 reports whether code and national number make an E.164 number: 4 to 15
// digits here, of which the first is no zero.
func fitsE164(code, nsn string) bool {
	n := len(code) + len(nsn)
	return n >= 4 && n <= 15 && (code != "" || nsn[0] != '0')
}

// spell writes a number in its two forms, with one allocation for both. The
// national form begins with the trunk prefix, or with the calling code if that is
// "+"; split digits are set off behind it.
func spell(code, trunk, nsn string, split int) (e164, national string) {
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

// nationOf finds the plan of an ISO code, nil if there is no such country.
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
		return other(iso, c)
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
