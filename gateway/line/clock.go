package line

import (
	"time"

	"github.com/callporter/callporter/call"
)

// stamps are a clock of the box's stamps, which goes on with ours from the last event.
type stamps struct {
	base time.Time // the last event's time,
	at   time.Time // and when it came
}

// clockSet is a step no two lines of a log lie apart: the box's clock was set, as after a
// restart, when it begins in 1970. Calls that go on are as old as before.
const clockSet = 5 * 365 * 24 * time.Hour

// clock is the time of the calls: ours, or that of the box's stamps.
func (l *Line) clock() time.Time {
	if s := l.stamps; s != nil && !s.base.IsZero() {
		return s.base.Add(l.now().Sub(s.at))
	}
	return l.now()
}

// catchUp moves a clock of stamps on to the next event. A ring that outlived the debounce
// meanwhile is announced before the event, as it would have been in life.
func (l *Line) catchUp(to time.Time) {
	s := l.stamps
	if jump := to.Sub(s.base); !s.base.IsZero() && jump.Abs() > clockSet {
		l.tracker.Shift(jump)
	}
	s.base, s.at = to, l.now()
	l.advance(to, true)
	if l.dirty && len(l.steps) > 0 {
		l.publishState()
	}
}

// untilNext is how long nothing happens by itself; negative = for ever.
func (l *Line) untilNext() time.Duration {
	wait := time.Duration(-1)
	if next := l.due(); !next.IsZero() {
		wait = max(next.Sub(l.clock()), 0)
	}
	if at := l.joinAt(); !at.IsZero() {
		if join := max(at.Sub(l.now()), 0); wait < 0 || join < wait {
			wait = join
		}
	}
	return wait
}

// due is when something happens by itself; zero = never. No call is announced while reports
// wait that may say that it is over.
func (l *Line) due() time.Time {
	next := l.tracker.Deadline()
	if at := l.tracker.AnnounceAt(); !at.IsZero() && at.Before(next) && l.waiting.Load() == 0 {
		next = at
	}
	return next
}

// audible are the active calls the house knows of, oldest first; msn limits them to one
// own number.
func (l *Line) audible(msn string) []call.Call {
	var heard []call.Call
	for _, c := range l.tracker.Active() {
		if !c.Silent() && (msn == "" || c.MSN == msn) {
			heard = append(heard, c)
		}
	}
	return heard
}
