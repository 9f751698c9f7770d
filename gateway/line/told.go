package line

import (
	"time"

	"github.com/callporter/callporter/call"
)

// Told takes the beginning of a call that a party tells of in the place of the call monitor, and
// returns the call. ok is false after the end of Run. End ends it, at the latest the limit of a
// call that rings.
func (l *Line) Told(e call.Event) (c call.Call, ok bool) {
	l.report(func() {
		l.take(e)
		for i := range l.steps {
			if l.steps[i].Type.Opening() {
				c, ok = l.steps[i].Call, true
			}
		}
	})
	return c, ok
}

// End takes the end of a call that Told has begun. It reports whether the call was active.
func (l *Line) End(id call.ID, o call.Outcome, talk time.Duration) (found bool) {
	l.report(func() {
		l.steps, found = l.tracker.End(l.steps[:0], id, o, talk, l.clock())
		l.announce()
	})
	return found
}
