package journal

import (
	"crypto/sha256"
	"strconv"
	"time"

	"github.com/callporter/callporter/call"
)

// Listed is a call as the box's own call list tells of it.
type Listed struct {
	ID    int64  // its number in the list
	Epoch string // what tells this list from one before the box was reset
	// Call is what the list says: Direction, Outcome, both parties, MSN,
	// Extension, Talk, and Started by the box's clock, to the minute. A call that
	// still goes on (OutcomeNone) is passed over.
	Call call.Call
	// Latest is a moment of our clock at which the call had begun: when the list was
	// read. The box's clock may be ahead of it. Zero = not known.
	Latest time.Time
}

// place names a listed call in the file.
func (l *Listed) place(box string) string {
	return box + "/" + text(l.Epoch) + "/" + strconv.FormatInt(l.ID, 10)
}

// Same reports whether a call can be the listed one: to or from the same number, in the
// same minute of the box's clock.
func (l *Listed) Same(c *call.Call) bool {
	return c.Direction == l.Call.Direction && c.Peer().Number.Full() == l.Call.Peer().Number.Full() && l.minutesApart(c) == 0
}

// minutesApart is how far the minute of a call is from that of the listed one, in truth
// or by what the box's clock shows, whichever is less: of the hour that comes twice at the
// end of summer time, the list does not say which one it means.
func (l *Listed) minutesApart(c *call.Call) time.Duration {
	at := c.Stamp         // the list is written by the same clock
	if at.Year() < 2000 { // unreadable, or from before the box knew the time
		at = c.Started
	}
	truly := at.Truncate(time.Minute).Sub(l.Call.Started.Truncate(time.Minute)).Abs()
	return min(truly, shown(at.In(l.Call.Started.Location())).Sub(shown(l.Call.Started)).Abs())
}

// shown is the minute that a clock shows, as if it were UTC.
func shown(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
}

// Moment is when a listed call began of which the call monitor has not told. The list
// knows no seconds, so it is a moment within the minute, not later than Latest, and after
// before, which is when the call began that stands before it in the list.
func (l *Listed) Moment(before time.Time) time.Time {
	minute := l.Call.Started.Truncate(time.Minute)
	at := minute.Add(time.Duration(l.ID) * time.Millisecond % time.Minute)
	if !l.Latest.IsZero() && at.After(l.Latest) {
		at, minute = l.Latest, l.Latest
	}
	if !at.After(before) && before.Before(minute.Add(time.Minute-time.Millisecond)) {
		at = before.Add(time.Millisecond)
	}
	return at
}

// callID is the ID of a listed call that began at the moment given. All but its time is
// always the same for the same entry of the same list.
func (l *Listed) callID(box string, at time.Time) call.ID {
	sum := sha256.Sum256([]byte(l.place(box)))
	ids := call.IDs{Random: func(b []byte) { copy(b, sum[:]) }}
	return ids.Next(at)
}
