package call

import "time"

// End ends a call of which its party tells itself how it ended: answered, voicemail, rejected,
// missed, or lost if it does not know. talk is the talking time of a call that was answered; 0 =
// it is not known, and the call counts as answered since it began. found reports whether the call is active and its end is of that kind.
func (t *Tracker) End(dst []Transition, id ID, o Outcome, talk time.Duration, now time.Time) (_ []Transition, found bool) {
	i := t.index(id)
	if i < 0 || t.calls[i].Direction != Incoming || t.calls[i].turning != nil {
		return dst, false
	}
	c := &t.calls[i]
	switch o {
	case Answered, AnsweringMachine:
		dst = announce(dst, c) // somebody heard it
		if c.Answered.IsZero() {
			if c.Answered = c.Started; talk > 0 {
				c.Answered = later(now.Add(-talk), c.Started)
			}
			c.Ring = since(c.Started, c.Answered)
		}
		return t.settle(t.close(dst, i, now, EventEnd, o, since(c.Answered, now))), true
	case Rejected:
		return t.reject(dst, i, ActionRejected, now), true
	case Missed:
		if !c.unwelcome {
			dst = announce(dst, c)
		}
		return t.settle(t.close(dst, i, now, EventMiss, Missed, 0)), true
	case Lost:
		return t.settle(t.close(dst, i, now, EventLost, Lost, 0)), true
	}
	return dst, false
}
