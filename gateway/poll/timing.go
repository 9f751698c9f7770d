package poll

import (
	"time"

	"github.com/callporter/callporter/fritz/tr064"
)

// When the box is read again.
const (
	readEvery  = 6 * time.Hour    // everything
	lookEvery  = 10 * time.Minute // its call list, messages and switches
	lookAfter  = 3 * time.Second  // the same after a call ended: the box writes its list then
	retryFirst = time.Minute      // after a failure, doubled up to
	retryLast  = time.Hour
	relinkGap  = time.Minute // between two snapshots because of the link
)

// Timing are the waits of a Poller; zero values are the defaults.
type Timing struct {
	Client    tr064.Timing
	ReadEvery time.Duration // everything: 6 h
	LookEvery time.Duration // what changes with calls: 10 min
	LookAfter time.Duration // the same after a call: 3 s
	Retry     time.Duration // after a failure, at first: 1 min
	RelinkGap time.Duration // between two snapshots because of the link: 1 min
}

func (t Timing) withDefaults() Timing {
	for _, d := range []struct {
		of       *time.Duration
		standard time.Duration
	}{{&t.ReadEvery, readEvery}, {&t.LookEvery, lookEvery}, {&t.LookAfter, lookAfter}, {&t.Retry, retryFirst}, {&t.RelinkGap, relinkGap}} {
		if *d.of <= 0 {
			*d.of = d.standard
		}
	}
	return t
}
