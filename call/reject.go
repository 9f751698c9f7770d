package call

import "time"

// declineLimit is how long after our phone alone has declined a call its end counts as caused
// by that. What a box does then is not documented anywhere.
const declineLimit = 2 * time.Second

// turning is how far our own phone is with turning a caller away.
type turning struct {
	action Action
	// connect and end are what the box has told meanwhile. They wait until the wire says whether
	// it was our phone that took the call.
	connect, end *Event
}

// Turn notes that our own phone is about to answer a call that rings, to turn the caller away.
// Its CONNECT is then no answer. It reports whether that may go ahead: not if the call does not
// ring any more, or somebody was first. Turned has to follow.
func (t *Tracker) Turn(id ID, a Action) bool {
	c := t.ringing(id)
	if c == nil || c.turning != nil {
		return false
	}
	c.turning = &turning{action: a}
	return true
}

// Turned says what became of it: whether the call has ended for the whole house. If not, it
// goes on as the box has told meanwhile.
func (t *Tracker) Turned(dst []Transition, id ID, silenced bool, now time.Time) []Transition {
	i := t.index(id)
	if i < 0 || t.calls[i].turning == nil {
		return dst // somebody else took the call
	}
	c := &t.calls[i]
	turned := c.turning
	c.turning = nil
	if silenced {
		return t.reject(dst, i, turned.action, now)
	}
	if turned.connect != nil {
		rang := *c
		dst = t.connect(dst, c, *turned.connect)
		dst = t.takeTwins(dst, &rang, turned.connect.Extension)
	}
	if i = t.index(id); turned.end != nil && i >= 0 {
		dst = t.settle(t.disconnect(dst, i, *turned.end))
	}
	return dst
}

// Declined notes that our phone has declined a call at now. If the call ends at once and nobody
// has answered, it was that which ended it.
func (t *Tracker) Declined(id ID, now time.Time) {
	if c := t.ringing(id); c != nil && c.declined.IsZero() {
		c.declined = now
	}
}

// reject ends a call that was turned away.
func (t *Tracker) reject(dst []Transition, i int, a Action, now time.Time) []Transition {
	t.calls[i].Action = a
	return t.settle(t.close(dst, i, now, EventReject, Rejected, 0))
}

// Invited begins a call of which only our own phone has heard: the call monitor is away, or
// tells of it later. Ring takes it over then.
func (t *Tracker) Invited(dst []Transition, ev Event) []Transition {
	ev.Kind, ev.Connection = Ring, t.unlinked()
	return t.ring(dst, ev)
}

// InvitedOver ends a call of which the call monitor has not told, since it does not ring at our
// phone any more. elsewhere says that another phone has answered.
func (t *Tracker) InvitedOver(dst []Transition, id ID, elsewhere bool, now time.Time) []Transition {
	c := t.ringing(id)
	if c == nil || c.Connection >= 0 || c.turning != nil {
		return dst
	}
	if elsewhere {
		dst = t.connect(dst, c, Event{Kind: Connect, Received: now})
		return t.close(dst, t.index(id), now, EventEnd, Answered, 0)
	}
	if !c.unwelcome {
		dst = announce(dst, c)
	}
	return t.settle(t.close(dst, t.index(id), now, EventMiss, Missed, 0))
}

// adopted is the call of which our phone has heard before the call monitor; -1 = none.
func (t *Tracker) adopted(ev *Event) int {
	for i := range t.calls {
		c := &t.calls[i]
		if c.Connection >= 0 || c.Phase != Ringing || !c.gone.IsZero() || c.turning != nil && c.turning.end != nil {
			continue
		}
		if of := t.incoming(*ev); c.from(of.Caller.Number) && (c.MSN == "" || of.MSN == "" || c.MSN == of.MSN) {
			return i
		}
	}
	return -1
}

// adopt has the call monitor tell of a call from now on. Only the RING shows both numbers of a
// pair, so the caller is judged once more then.
func (t *Tracker) adopt(dst []Transition, id ID, ev Event) []Transition {
	dst = t.freeConnection(dst, ev)
	i := t.index(id)
	if i < 0 {
		return dst
	}
	c, of := &t.calls[i], t.incoming(ev)
	c.Connection, c.Trunk, c.Stamp = ev.Connection, ev.Trunk, ev.Stamp
	if c.MSN == "" {
		c.Callee, c.MSN = of.Callee, of.MSN
	}
	if of.Caller.Network.Withheld() || !c.Caller.Network.Withheld() {
		return dst
	}
	c.Caller = of.Caller
	if t.Judge != nil && c.hear(t.Judge(c)) {
		dst = append(dst, Transition{EventScreened, *c})
	}
	return dst
}

// LoseMonitored ends the calls that the call monitor tells of as lost, because the link to it is
// gone. What our own phone has heard of goes on.
func (t *Tracker) LoseMonitored(dst []Transition, now time.Time) []Transition {
	for i := 0; i < len(t.calls); {
		switch c := &t.calls[i]; {
		case c.Connection < 0:
			i++
		case c.turning != nil:
			c.Connection = t.unlinked()
			i++
		default:
			dst = t.lose(dst, i, now)
		}
	}
	return dst
}

// unlinked is the connection of a call that the call monitor does not tell of.
func (t *Tracker) unlinked() ConnectionID {
	t.without--
	return t.without
}

// holds takes a report about a call that our phone is turning away, and reports whether it is to
// wait. A phone of the house that was first ends the turning.
func (t *Tracker) holds(c *Call, ev *Event) bool {
	if c.turning == nil {
		return false
	}
	if ev.Kind == Connect && !t.ourPhone(ev.Extension) {
		c.turning = nil
		return false
	}
	held := *ev
	if ev.Kind == Connect {
		c.turning.connect = &held
	} else {
		c.turning.end, c.Connection = &held, t.unlinked() // the box may use its id again
	}
	return true
}

// ourPhone reports whether a CONNECT by an extension may be that of our own phone. Its extension
// is not always known; then it may be any IP phone.
func (t *Tracker) ourPhone(e Extension) bool {
	n := e.number()
	return e == "" || e == t.Softphone || t.Softphone == "" && n >= 20 && n <= 29
}

func (t *Tracker) ringing(id ID) *Call {
	i := t.index(id)
	if i < 0 || t.calls[i].Direction != Incoming || t.calls[i].Phase != Ringing || !t.calls[i].gone.IsZero() {
		return nil
	}
	return &t.calls[i]
}

func (t *Tracker) index(id ID) int {
	for i := range t.calls {
		if t.calls[i].ID == id {
			return i
		}
	}
	return -1
}
