package journal

import (
	"testing"
	"time"

	"github.com/callporter/callporter/call"
)

// TestLastCall: of calls that the list knows to the minute, the last one is not that
// whose rounded time ends last.
func TestLastCall(t *testing.T) {
	m := newMaker(1)
	at := func(c call.Call, second int) call.Call {
		moment := day.Add(time.Duration(second) * time.Second)
		took := c.Ended.Sub(c.Started)
		c.ID, c.Started, c.Stamp, c.Ended = newMaker(uint64(second)).ids.Next(moment), moment, moment, moment.Add(took)
		if !c.Answered.IsZero() {
			c.Answered = moment.Add(5 * time.Second)
		}
		return c
	}
	missed := m.missed("03023125123")
	missed.Ended = missed.Started.Add(8 * time.Second)
	answered := func(talk time.Duration) call.Call { return m.answered("03023125124", talk) }
	for name, test := range map[string]struct {
		heard []call.Call
		list  []call.Call // in its order; those heard stand in it too
		last  int         // of the list, -1 = the last one heard
		now   time.Duration
	}{
		"answered, then missed":              {nil, []call.Call{at(answered(2*time.Second), 10), at(missed, 35)}, 1, 50 * time.Second},
		"missed, then answered":              {nil, []call.Call{at(missed, 5), at(answered(2*time.Second), 35)}, 1, 50 * time.Second},
		"a long one goes on over another":    {nil, []call.Call{at(answered(30*time.Minute), 0), at(missed, 300)}, 0, time.Hour},
		"a long one ends before another":     {nil, []call.Call{at(answered(4*time.Minute), 0), at(missed, 300)}, 1, time.Hour},
		"heard, then missed while away":      {[]call.Call{at(missed, 20)}, []call.Call{at(missed, 20), at(m.missed("03023125125"), 40)}, 1, time.Minute},
		"heard late, then missed while away": {[]call.Call{at(missed, 58)}, []call.Call{at(missed, 58), at(m.missed("03023125125"), 59)}, 1, time.Minute},
		"answered while away, then heard":    {[]call.Call{at(missed, 40)}, []call.Call{at(answered(2*time.Second), 5)}, -1, 50 * time.Second},
		"the clock was set back in a call":   {[]call.Call{at(answered(time.Hour), 0), at(missed, 20)}, nil, -1, time.Minute},
		"heard: a long one ends last":        {[]call.Call{at(missed, 20), at(answered(time.Minute), 10)}, nil, -1, time.Hour},
		"heard: another while a long lasts":  {[]call.Call{at(answered(time.Minute), 10), at(missed, 100)}, nil, -1, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, func(o *Options) { o.Now = func() time.Time { return day.Add(test.now) } })
			record(t, j, "a", test.heard...)
			var list []Listed
			for i, c := range test.list {
				l := listed(int64(i+70), c)
				l.Call.Ended, l.Call.Ring = l.Call.Started.Add(l.Call.Talk), 0
				list = append(list, l)
			}
			done, err := j.Backfill(t.Context(), "a", list)
			if err != nil || len(done.Filled) > 0 {
				t.Fatalf("%v, %+v", err, done)
			}
			var want call.Call
			if test.last < 0 {
				want = test.heard[len(test.heard)-1]
			} else {
				want = test.list[test.last]
			}
			if p, err := j.Calls(t.Context(), Filter{}); err != nil || len(done.Added) > 0 && test.last == len(test.list)-1 &&
				p.Entries[0].Call.Caller.Number != want.Caller.Number {
				t.Errorf("%v, the newest call is of %s, not of %s", err, p.Entries[0].Call.Caller.Number.Full(), want.Caller.Number.Full())
			}
			got, found, err := j.LastCall(t.Context(), "a")
			if err != nil || !found || got.Caller.Number != want.Caller.Number || got.Outcome != want.Outcome {
				t.Errorf("%v, the last call is of %s, %s, not of %s, %s", err, got.Caller.Number.Full(), got.Outcome, want.Caller.Number.Full(), want.Outcome)
			}
		})
	}
}
