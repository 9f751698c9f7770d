package call

import (
	"fmt"
	"strings"
)

// MaxMSNs is how many own numbers a Plan takes.
const MaxMSNs = 32

// minSuffix is how many digits must agree before two numbers count as the same if one of
// them lacks its area code. An MSN "1" is the end of many numbers.
const minSuffix = 5

// NewPlan makes the plan of a line. The country is an ISO 3166-1 code or a calling code
// ("DE", "de", "+49", "0049", "49"; "" means "DE"). The area is an area code with or without
// its 0, or "". At most MaxMSNs own numbers are allowed. They may lack their area code and
// have a name: "23125732=Practice", "03023125732", "+493023125732 = Büro". The error names
// an entry by its place in the list and shows no number in full.
func NewPlan(country, area string, own []string) (*Plan, error) {
	return (*AreaCodes)(nil).NewPlan(country, area, own)
}

// NewPlan is [NewPlan] with these area codes for a German line. A nil receiver stands for those
// that callporter knows.
func (a *AreaCodes) NewPlan(country, area string, own []string) (*Plan, error) {
	home, err := readNation(country)
	if err != nil {
		return nil, err
	}
	if a != nil && home == germany {
		home = a.nation()
	}
	p := &Plan{Country: home.iso, home: home}
	if p.Area, err = readArea(home, area); err != nil {
		return nil, err
	}
	if len(own) > MaxMSNs {
		return nil, fmt.Errorf("read own numbers: %d of them, %d are allowed", len(own), MaxMSNs)
	}
	for i, entry := range own {
		m, err := p.readMSN(entry)
		if err != nil {
			return nil, fmt.Errorf("read own number %d (%s): %w", i+1, Mask(m.Number.Raw), err)
		}
		for j, before := range p.MSNs {
			if sameNumber(before.Number, m.Number) {
				return nil, fmt.Errorf("read own number %d (%s): it is number %d again; "+
					"two numbers that differ only in the area code must both be given with it",
					i+1, Mask(m.Number.Raw), j+1)
			}
		}
		p.MSNs = append(p.MSNs, m)
	}
	p.indexSpellings()
	return p, nil
}

func readNation(country string) (*nation, error) {
	s := strings.ToUpper(strings.TrimSpace(country))
	code := strings.TrimPrefix(strings.TrimPrefix(s, "+"), "00")
	if code != "" && allDigits(code) {
		if c, ok := countryOf(code); ok && c.code == code && c.regions != "" {
			return nationOf(c.main()), nil
		}
	} else if len(s) == 2 || s == "" {
		if n := nationOf(s); n != nil {
			return n, nil
		}
	}
	text, _ := clean(country)
	return nil, fmt.Errorf("read country %q: neither an ISO 3166-1 code such as DE nor a calling code such as +49", text)
}

func readArea(home *nation, area string) (string, error) {
	text, complete := clean(area)
	if text == "" && complete {
		return "", nil
	}
	d, plus, ok := digitsOf(text)
	fail := func(why string) (string, error) {
		return "", fmt.Errorf("read area code %q: %s", text, why)
	}
	if !ok || !complete {
		return fail("digits are allowed, such as 030 or 30")
	}
	if !plus && strings.HasPrefix(d, "00") {
		d, plus = d[2:], true
	}
	if plus {
		if !strings.HasPrefix(d, home.code) {
			return fail("it belongs to another country than " + home.iso)
		}
		d = d[len(home.code):]
	}
	if home.trunk == "0" {
		d = strings.TrimPrefix(d, "0")
	}
	if len(d) < 1 || len(d) > 6 {
		return fail("one to six digits are allowed")
	}
	if home.codes != "" {
		// An area code is what the plan sets off in front of a subscriber's number.
		if c, ok := fromTable(home.codes, d); !ok || c.code != len(d) || c.kind != Fixed {
			return fail("no area code of " + home.iso)
		}
	}
	return d, nil
}

// indexSpellings fills in the usual spellings of the own numbers, so that Own finds them
// without parsing the number. A spelling that two of them share finds neither.
func (p *Plan) indexSpellings() {
	p.spelled = make(map[string]int, 7*len(p.MSNs))
	add := func(spelling string, i int) {
		if j, ok := p.spelled[spelling]; ok && j != i {
			i = -1
		}
		p.spelled[spelling] = i
	}
	for i, m := range p.MSNs {
		n := m.Number
		add(n.Raw, i)
		if n.E164 == "" {
			continue
		}
		add(n.E164, i)
		add("00"+n.E164[1:], i)
		// Not a guess at what a bare 49… means: these digits are ours.
		add(n.E164[1:], i)
		nsn, ok := strings.CutPrefix(n.E164[1:], p.home.code)
		if !ok {
			continue
		}
		add(p.home.trunk+nsn, i)
		add(nsn, i) // as some providers signal it
		if area := p.areaOf(n); area != "" {
			add(strings.TrimPrefix(nsn, area), i)
		}
	}
	if p.Area == "" {
		return
	}
	// What a bare number means is no question where the area is known.
	for i, m := range p.MSNs {
		if local, ok := strings.CutPrefix(m.Number.E164, "+"+p.home.code+p.Area); ok {
			p.spelled[local] = i
		}
	}
}
