package journal

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
)

// LastCall returns the call of a box that ended last; false if there is none. Of
// calls that only the box's list tells of the end is known to the minute: where
// that leaves it open, the last one is that which stands later in the list.
func (j *Journal) LastCall(ctx context.Context, box string) (call.Call, bool, error) {
	// A long call may have begun before others that ended earlier.
	p, err := j.Calls(ctx, Filter{Box: box, Outcomes: call.Outcomes})
	if err != nil || len(p.Entries) == 0 {
		return call.Call{}, false, err
	}
	r, err := j.store.Reader(ctx)
	if err != nil {
		return call.Call{}, false, fmt.Errorf("read last call: %w", err)
	}
	var last ending
	for i := range p.Entries {
		e := endingOf(&p.Entries[i], j.o.Now())
		if p.Entries[i].Listed {
			var row row
			if row.read(ctx, r, e.call.ID) == nil {
				e.list, e.id = placeOf(row.listed)
			}
		}
		if last.call == nil || e.after(&last) {
			last = e
		}
	}
	return *last.call, true, nil
}

// ending is what is known of a call's end.
type ending struct {
	call           *call.Call
	earliest, last time.Time
	list           string // box and epoch of the box's list; "" = it does not stand there, as far as is known
	id             int64  // its number there
}

// rings is how long a call that was not answered may have rung; see call.Tracker.
const rings = 3 * time.Minute

func endingOf(e *Entry, now time.Time) ending {
	c := &e.Call
	end := ending{call: c, earliest: c.Ended, last: c.Ended}
	switch {
	case e.Listed && c.Ring == 0 && c.Started.Equal(c.Started.Truncate(time.Minute)) && c.Ended.Equal(c.Started.Add(c.Talk)):
		// From the list alone: the start without its seconds, the length rounded up.
		end.earliest = c.Started.Add(max(0, c.Talk-time.Minute))
		end.last = c.Started.Add(time.Minute + c.Talk)
		if c.Talk == 0 {
			end.last = end.last.Add(rings)
		}
	case c.Ended.IsZero() || c.Ended.After(now): // a clock was set meanwhile
		end.earliest, end.last = c.Started, now
	}
	return end
}

// after reports whether a call ended after another one that began no earlier.
func (e *ending) after(other *ending) bool {
	switch {
	case e.earliest.After(other.last):
		return true
	case other.earliest.After(e.last):
		return false
	}
	return e.list != "" && e.list == other.list && e.id > other.id
}

// placeOf reads Listed.place.
func placeOf(s string) (list string, id int64) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", 0
	}
	id, err := strconv.ParseInt(s[i+1:], 10, 64)
	if err != nil {
		return "", 0
	}
	return s[:i], id
}
