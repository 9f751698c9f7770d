package boxscript

import (
	"cmp"
	"fmt"
	"slices"
)

// events are the words that a script may expect: the event types of the MQTT
// contract.
var events = []string{"ring", "dial", "answer", "voicemail", "screened", "ringing", "reject", "end", "miss", "block", "lost"}

// Expectation is what a call of a script must lead to, as the script declares
// it. It is not derived from what the box does, so that a comparison can fail.
type Expectation struct {
	Name     string   // of the call in the script
	Outgoing bool     // the call was dialled in the house
	Caller   string   // as in the line; "" = withheld; of an outgoing call the own number
	Called   string   // as in the line
	Events   []string // event types of the MQTT contract in order, the closing one last
}

// Expectations returns what the script expects, in the order in which the calls
// begin.
func (s *Script) Expectations() []Expectation {
	list := slices.Clone(s.expectations)
	for i := range list {
		list[i].Events = slices.Clone(list[i].Events)
	}
	return list
}

// beginning is where and how a call of a script begins.
type beginning struct {
	line           int
	outgoing       bool
	caller, called string
	lines          []int // every line that gives a call this name
	repeated       bool
}

// expectLine is one expect command.
type expectLine struct {
	line   int
	name   string
	events []string
}

// begins notes the call that a command with these arguments begins under a name.
func (p *parser) begins(a args) {
	name, ok := a["as"]
	if !ok {
		return
	}
	b, known := p.begun[name]
	if !known {
		b = beginning{line: p.line, outgoing: a.has("DIALLED") && !a.has("CALLER")}
		b.caller, b.called = a.number("CALLER"), a.number("OWN")
		if b.outgoing {
			b.caller, b.called = a.number("OWN"), a.number("DIALLED")
		}
	}
	b.lines = append(b.lines, p.line)
	b.repeated = b.repeated || len(p.blocks) > 1
	p.begun[name] = b
}

func (p *parser) expect(name string, list []string) error {
	if len(p.blocks) > 1 {
		return fmt.Errorf("it cannot stand in a repeat")
	}
	for _, e := range p.expects {
		if e.name == name {
			return fmt.Errorf("call %s is expected in line %d already", name, e.line)
		}
	}
	p.expects = append(p.expects, expectLine{p.line, name, slices.Clone(list)})
	return nil
}

// expectations joins the expect commands with the calls that they name.
func (p *parser) expectations() error {
	for _, e := range p.expects {
		b, ok := p.begun[e.name]
		var err error
		switch {
		case !ok:
			err = fmt.Errorf("expect: no command begins a call as %s", e.name)
		case len(b.lines) > 1:
			err = fmt.Errorf("expect: lines %d and %d both begin a call as %s; an expected call needs a name of its own", b.lines[0], b.lines[1], e.name)
		case b.repeated:
			err = fmt.Errorf("expect: call %s begins in a repeat", e.name)
		}
		if err != nil {
			return &Error{p.script.name, e.line, err}
		}
	}
	slices.SortFunc(p.expects, func(x, y expectLine) int { return cmp.Compare(p.begun[x.name].line, p.begun[y.name].line) })
	for _, e := range p.expects {
		b := p.begun[e.name]
		p.script.expectations = append(p.script.expectations, Expectation{e.name, b.outgoing, b.caller, b.called, e.events})
	}
	return nil
}
