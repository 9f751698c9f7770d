package line

import (
	"slices"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip"
)

// joinTime is how long the INVITE and the RING of one call may be apart. Then the INVITE makes
// a call of its own, which a later RING takes over.
const joinTime = 500 * time.Millisecond

// leg is a call as our own phone hears of it. The lock of the line guards it.
type leg struct {
	caller call.Party
	msn    string // of the number called; "" = the box does not tell
	raw    string // the caller as the box writes it
	called string
	joinBy time.Time // by our clock

	id       call.ID       // of the call that it belongs to; "" = not known yet
	joined   chan struct{} // closed when it is known
	call     call.Call     // as it was then
	decided  chan decision // holds one
	decision *decision     // what is being done; nil = it rings
	taken    bool          // our answer counts
	over     error         // why it does not ring any more; nil = it does
	reports  []chan<- Rejection
}

// decision is what is to be done about a leg.
type decision struct {
	method  sip.Method
	ordered bool // by a person, not by a verdict
}

// whole reports whether the decision ends the call for the whole house.
func (d *decision) whole() bool { return d.method == sip.Hangup || d.method == sip.Announce }

func (d *decision) action() call.Action {
	if d.method == sip.Announce {
		return call.Announced
	}
	return call.ActionRejected
}

// invited takes an INVITE. A caller who is spam by his own number is turned away at once;
// for any other, the RING may tell more.
func (l *Line) invited(inv sip.Invite) *leg {
	g := &leg{raw: inv.Caller, called: inv.Called, joined: make(chan struct{}), decided: make(chan decision, 1)}
	l.Do(func() {
		own, msn := l.plan.Own(inv.Called)
		g.caller, g.msn = l.plan.CallerAt(inv.Caller, own.Number), msn
		if inv.Called == "" {
			g.msn = ""
		}
		g.joinBy = l.now().Add(joinTime)
		if !l.link.state.Up() {
			g.joinBy = l.now()
		}
		l.legs = append(l.legs, g)
		l.steps = l.steps[:0]
		l.openLegs()
		l.announce()
		if g.id == "" && l.foresee(g) {
			g.decide(decision{method: l.softphone.Method()})
		}
	})
	return g
}

// foresee reports whether a caller is to be turned away before the call monitor has told of
// the call.
func (l *Line) foresee(g *leg) bool {
	if l.preview == nil || l.turnsNobodyAway() || l.clock().Before(l.injection.until) {
		return false
	}
	o := l.preview(&call.Call{
		Direction: call.Incoming, Phase: call.Ringing, Caller: g.caller, MSN: g.msn, Trunk: invitedTrunk, Started: l.clock(),
	})
	return o.Unwelcome
}

// turnsNobodyAway reports whether spam is left to ring.
func (l *Line) turnsNobodyAway() bool { return l.softphone == nil || l.softphone.Method() == sip.Leave }

func (g *leg) decide(d decision) {
	select {
	case g.decided <- d:
	default: // it is decided
	}
}

// invitedTrunk is the trunk of a call of which the call monitor has not told.
const invitedTrunk = "SIP"

// openLegs makes calls of the legs for which no RING came. It appends to l.steps.
func (l *Line) openLegs() {
	for _, g := range l.legs {
		if g.id != "" || l.now().Before(g.joinBy) || l.join(g) {
			continue
		}
		before := len(l.steps)
		l.steps = l.tracker.Invited(l.steps, call.Event{Caller: g.raw, Callee: g.called, Trunk: invitedTrunk, Received: l.clock()})
		for _, s := range l.steps[before:] {
			if s.Type.Opening() {
				g.belongsTo(&s.Call)
			}
		}
	}
}

// joinAt is when openLegs has to be called next; zero = never.
func (l *Line) joinAt() (first time.Time) {
	for _, g := range l.legs {
		if g.id == "" && (first.IsZero() || g.joinBy.Before(first)) {
			first = g.joinBy
		}
	}
	return first
}

// join finds the call that a leg belongs to.
func (l *Line) join(g *leg) bool {
	for _, c := range l.tracker.Active() {
		if c.Direction == call.Incoming && c.Phase == call.Ringing && l.belongs(g, &c) && !l.hasLeg(c.ID) {
			g.belongsTo(&c)
			return true
		}
	}
	return false
}

func (g *leg) belongsTo(c *call.Call) {
	g.id, g.call = c.ID, *c
	close(g.joined)
}

func (l *Line) belongs(g *leg, c *call.Call) bool {
	if g.msn != "" && c.MSN != "" && g.msn != c.MSN {
		return false
	}
	number := c.Caller.Number
	if c.Injected() { // the INVITE has the real caller
		number = l.plan.Number(l.injection.caller)
	}
	return g.caller.Number.Full() == number.Full() && g.caller.Number.Withheld() == number.Withheld()
}

// hasLeg reports whether our phone rings for a call.
func (l *Line) hasLeg(id call.ID) bool {
	return slices.ContainsFunc(l.legs, func(g *leg) bool { return g.id == id && g.over == nil })
}

// considerLegs does what the calls mean for the legs, and the other way round. It leaves in
// l.steps what follows from that, and reports whether anything does.
func (l *Line) considerLegs() bool {
	l.steps = l.steps[:0]
	kept := l.legs[:0]
	for _, g := range l.legs {
		if g.id == "" && !l.join(g) {
			kept = append(kept, g)
			continue
		}
		l.consider(g)
		if g.over == nil {
			kept = append(kept, g)
		}
	}
	clear(l.legs[len(kept):])
	l.legs = kept
	return len(l.steps) > 0
}

// consider does what the call of a leg means for it.
func (l *Line) consider(g *leg) {
	d := g.decision
	switch {
	case d != nil && d.whole():
		// Where the RING comes behind the answer, the call begins with being turned away.
		l.tracker.Turn(g.id, d.action())
		if g.taken || g.over != nil {
			l.steps = l.tracker.Turned(l.steps, g.id, g.taken, l.clock())
		}
	case d != nil && g.taken && g.over == nil:
		l.tracker.Declined(g.id, l.clock())
	case d == nil && g.over != nil && g.over != errAnswered && g.over != sip.ErrStopped:
		l.steps = l.tracker.InvitedOver(l.steps, g.id, g.over == sip.ErrElsewhere, l.clock())
	case d == nil && l.unwelcome(g.id):
		g.decide(decision{method: l.softphone.Method()})
	}
}

// unwelcome reports whether a verdict turns a caller away who still rings.
func (l *Line) unwelcome(id call.ID) bool {
	for _, c := range l.tracker.Active() {
		if c.ID == id {
			return c.Phase == call.Ringing && c.Unwelcome() && !c.Injected() && !l.turnsNobodyAway()
		}
	}
	return false
}
