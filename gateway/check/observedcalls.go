package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
)

// observedCalls are the calls that a box reported while a check listened, and what is odd
// about them. It belongs to one goroutine.
type observedCalls struct {
	plan  *call.Plan
	msns  []string // own numbers as Plan.Own names them
	lines int
	bad   int

	clockDiff     time.Duration // the box's stamps less our clock
	clockKnown    bool
	active        map[call.ConnectionID]call.Event // that ring or are dialled
	ownCaller     string                           // own number that rang as a caller, masked
	diverted      [2]string                        // whose call went on from which own number, masked
	notConfigured string                           // number that was called and is not configured, masked
	areaMissing   bool                             // numbers without area code came, and none is known
}

// diversionDelay is the longest time from the ring of a diverted call until the box dials.
const diversionDelay = 2 * time.Second

// maxObserved bounds the calls that are kept, since the port may be anybody's.
const maxObserved = 100

func newObservedCalls(plan *call.Plan) *observedCalls {
	o := &observedCalls{plan: plan, active: map[call.ConnectionID]call.Event{}}
	for _, m := range plan.MSNs {
		o.msns = append(o.msns, m.Digits())
		o.areaMissing = o.areaMissing || m.Number.E164 == ""
	}
	return o
}

// addLine adds one line of the call monitor, or the error it gave.
func (o *observedCalls) addLine(ev call.Event, err error) {
	o.lines++
	if err != nil {
		o.bad++
		return
	}
	if !ev.Stamp.IsZero() {
		o.clockDiff, o.clockKnown = ev.Stamp.Sub(ev.Received), true
	}
	switch ev.Kind {
	case call.Ring:
		o.ring(ev)
	case call.Dial:
		o.dial(ev)
	case call.Disconnect:
		delete(o.active, ev.Connection)
		return
	default:
		return
	}
	if len(o.active) < maxObserved {
		o.active[ev.Connection] = ev
	}
}

// own reports whether a number is one of ours.
func (o *observedCalls) own(raw string) bool {
	_, msn := o.plan.Own(raw)
	return msn != "" && slices.Contains(o.msns, msn)
}

// ring looks for an own number as the caller, other than in a call from one own
// number to another, and for a called number that is not configured.
func (o *observedCalls) ring(ev call.Event) {
	callee, caller := o.plan.Number(ev.Callee), o.plan.Number(ev.Caller)
	if len(o.msns) > 0 && !callee.Withheld() && !o.own(ev.Callee) {
		o.notConfigured = mask(callee)
	}
	o.areaMissing = o.areaMissing || o.lacksAreaCode(callee)
	if caller.Withheld() || !o.own(ev.Caller) && caller.Full() != callee.Full() {
		return
	}
	for _, c := range o.active {
		if c.Kind == call.Dial && o.plan.Number(c.Caller).Full() == caller.Full() {
			return // from one own number to another, by way of the provider
		}
	}
	o.ownCaller = mask(caller)
}

// dial looks for a call that the box diverts from an own number as soon as it comes. A box
// that passes on the caller's number has that number in the line instead.
func (o *observedCalls) dial(ev call.Event) {
	o.areaMissing = o.areaMissing || o.lacksAreaCode(o.plan.Number(ev.Caller))
	if !o.own(ev.Caller) {
		return
	}
	for id, c := range o.active {
		if c.Kind == call.Ring && id != ev.Connection && ev.Received.Sub(c.Received) < diversionDelay && c.Caller != "" {
			o.diverted = [2]string{mask(o.plan.Caller(c.Caller).Number), mask(o.plan.Number(ev.Caller))}
		}
	}
}

// lacksAreaCode reports whether a number is incomplete because no area code is known.
func (o *observedCalls) lacksAreaCode(n call.Number) bool {
	return o.plan.Area == "" && n.Kind == call.NumberUnknown && n.E164 == "" && len(n.Raw) > 3 && n.Raw[0] >= '1' && n.Raw[0] <= '9'
}

// mask is a number as a finding may show it: without its last three digits.
func mask(n call.Number) string { return call.Mask(config.Printable(n.National)) }

// findings are the findings about the calls and about the clock of the box.
func (o *observedCalls) findings(c *checker, b config.Box) []Finding {
	var found []Finding
	add := func(code string, with ...string) {
		found = append(found, c.finding(code, append(with, "box", b.ID)...))
	}
	if o.bad > 0 && o.bad < o.lines {
		add("lines_unreadable", "bad", fmt.Sprint(o.bad), "lines", fmt.Sprint(o.lines))
	}
	if o.ownCaller != "" {
		add("own_number_calls", "number", o.ownCaller)
	}
	if o.diverted[0] != "" {
		add("diversion_hides_caller", "caller", o.diverted[0], "number", o.diverted[1])
	}
	if o.notConfigured != "" {
		add("number_missing", "number", o.notConfigured)
	}
	if o.areaMissing && b.AreaCode == "" {
		add("area_code_missing")
	}
	if code := clockCode(o.clockDiff); o.clockKnown && code != "" {
		add(code, "by", c.durationText(o.clockDiff.Abs()), "way", c.directionText(o.clockDiff), "zone", b.Location().String())
	}
	return found
}
