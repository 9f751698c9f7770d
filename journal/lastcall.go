package journal

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
)

// LastCall returns the call of a box that ended last; false if there is none. The end
// of a call that only the box's list tells of is known to the minute. Where that does
// not decide, the call that stands later in the list is the last one.
func (j *Journal) LastCall(ctx context.Context, box string) (call.Call, bool, error) {
	return j.LastCallOn(ctx, box, "")
}

// LastCallOn is LastCall of one own number, as in Filter.Line; "" = all of them.
func (j *Journal) LastCallOn(ctx context.Context, box, line string) (call.Call, bool, error) {
	// A long call may have begun before others that ended earlier.
	p, err := j.Calls(ctx, Filter{Box: box, Line: line, Outcomes: call.Outcomes})
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
				e.list, e.id = parsePlace(row.listed)
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
	list           string // box and epoch of the box's list; "" = it is not known to stand there
	id             int64  // its number there
}

// maxRing is how long a call that was not answered may have rung; see call.Tracker.
const maxRing = 3 * time.Minute

func endingOf(e *Entry, now time.Time) ending {
	c := &e.Call
	end := ending{call: c, earliest: c.Ended, last: c.Ended}
	switch {
	case e.Listed && c.Ring == 0 && c.Started.Equal(c.Started.Truncate(time.Minute)) && c.Ended.Equal(c.Started.Add(c.Talk)):
		// From the list alone: the start without its seconds, the length rounded up.
		end.earliest = c.Started.Add(max(0, c.Talk-time.Minute))
		end.last = c.Started.Add(time.Minute + c.Talk)
		if c.Talk == 0 {
			end.last = end.last.Add(maxRing)
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

// parsePlace reads Listed.place.
func parsePlace(s string) (list string, id int64) {
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
