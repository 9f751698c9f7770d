package screen

import (
	"strings"

	"github.com/callporter/callporter/call"
)

// subject is a number to judge.
type subject struct {
	input string
	line  *line        // that it calls; nil = the usual one
	want  *expectation // nil = nobody has said what is right
}

// line is a telephone line whose country and area code complete numbers.
type line struct{ country, area string }

// with returns the line with another country and, where it is known or the country is another
// one, another area code.
func (l line) with(country, area string, areaKnown bool) *line {
	if country != "" && !strings.EqualFold(country, l.country) {
		l = line{country: country}
	}
	if areaKnown {
		l.area = area
	}
	return &l
}

// expectation is what the number plan is to say of a number, in the words of JSON.
type expectation struct{ class, reason string }

// met reports whether a class and a reason are those expected. What is empty is not compared.
func (e *expectation) met(class, reason string) bool {
	return (e.class == "" || e.class == class) && (e.reason == "" || e.reason == reason)
}

// plans are the number plans of lines.
type plans struct {
	codes *call.AreaCodes // nil = those callporter knows
	made  map[line]*call.Plan
}

func (p *plans) of(l line) (*call.Plan, error) {
	if found := p.made[l]; found != nil {
		return found, nil
	}
	made, err := p.codes.NewPlan(l.country, l.area, nil)
	if err == nil {
		if p.made == nil {
			p.made = map[line]*call.Plan{}
		}
		p.made[l] = made
	}
	return made, err
}
