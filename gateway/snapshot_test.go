package gateway

import (
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/poll"
)

// TestNewlyListed: a snapshot without a call list, such as that after an order, is not
// what the next list is compared with. It may have replaced one with a list that nobody
// has applied, and the calls of that one came before it was read.
func TestNewlyListed(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	at := func(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }
	listed := func(minute int, ids ...int) *poll.Snapshot {
		s := &poll.Snapshot{At: at(minute), CallsRead: true}
		for _, id := range ids {
			s.Calls = append(s.Calls, tr064.CallEntry{ID: id})
		}
		return s
	}
	down := &poll.Snapshot{At: at(2), Down: true}
	for name, c := range map[string]struct {
		applied []*poll.Snapshot
		next    *poll.Snapshot
		since   int
		found   bool
	}{
		"the first list":        {nil, listed(1, 1), 0, false},
		"a new call":            {[]*poll.Snapshot{listed(1)}, listed(3, 1), 1, true},
		"no new call":           {[]*poll.Snapshot{listed(1, 1)}, listed(3, 1), 1, false},
		"after an order":        {[]*poll.Snapshot{listed(1), {At: at(2)}}, listed(3, 1), 1, true},
		"the same, no new call": {[]*poll.Snapshot{listed(1, 1), {At: at(2)}}, listed(3, 1), 1, false},
		"after an outage":       {[]*poll.Snapshot{listed(1), down}, listed(3, 1), 0, false},
		"a list begun anew":     {[]*poll.Snapshot{listed(1, 7)}, &poll.Snapshot{At: at(3), CallsRead: true, NewEpoch: true, Calls: []tr064.CallEntry{{ID: 1}}}, 0, false},
	} {
		b := &box{lastSnapshot: &poll.Snapshot{}}
		for _, s := range c.applied {
			b.keepSnapshot(s)
		}
		since, found := b.newlyListed(c.next)
		if found != c.found || found && !since.Equal(at(c.since)) {
			t.Errorf("%s: %v since %v", name, found, since)
		}
	}
}
