package call

import "time"

// Opinion is what screening makes of a call at one moment.
type Opinion struct {
	Verdict Verdict
	Action  Action
	Name    string // of the other party, where it had none; "" = still nobody knows
	// Wait is how long after its start the call is not announced, because a better opinion
	// is on its way and may turn the caller away; 0 = it need not wait.
	Wait time.Duration
	// Unwelcome keeps the call from being announced at all, unless somebody picks it up.
	Unwelcome bool
}

// Screen takes an opinion of an active call over. Of an incoming call that says
// EventScreened if its verdict, its action or its name is another one by that. now is when
// the opinion was formed: a call that waited for it is announced.
func (t *Tracker) Screen(dst []Transition, id ID, o Opinion, now time.Time) []Transition {
	for i := range t.calls {
		c := &t.calls[i]
		if c.ID != id || !c.gone.IsZero() {
			continue
		}
		if c.hear(o) && c.Direction == Incoming && c.Phase == Ringing {
			dst = append(dst, Transition{EventScreened, *c})
		}
		return t.Announce(dst, now)
	}
	return dst
}

// hear takes an opinion over and reports whether it changes what the call shows.
func (c *Call) hear(o Opinion) (changed bool) {
	peer := &c.Caller
	if c.Direction == Outgoing {
		peer = &c.Callee
	}
	o.Verdict = c.marked(o.Verdict)
	changed = o.Action != c.Action || !o.Verdict.Same(c.Verdict)
	c.Verdict, c.Action = o.Verdict, o.Action
	if peer.Name == "" && o.Name != "" {
		peer.Name, changed = o.Name, true
	}
	c.wait, c.unwelcome = o.Wait, o.Unwelcome
	return changed
}

// Act notes what was done about a call, in place of what would have been done. Of an incoming
// call that rings it says EventScreened. found reports whether the call is active.
func (t *Tracker) Act(dst []Transition, id ID, a Action) (_ []Transition, found bool) {
	for i := range t.calls {
		c := &t.calls[i]
		if c.ID != id {
			continue
		}
		if c.Action == WouldReject {
			if c.Action = a; c.Phase == Ringing && c.gone.IsZero() {
				dst = append(dst, Transition{EventScreened, *c})
			}
		}
		return dst, true
	}
	return dst, false
}
