package line

import (
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/topic"
)

// TestDebounceThatEndsMeanwhile: a ring whose debounce ends between the state being
// published and the loop going to sleep is announced at once, not with the next event.
func TestDebounceThatEndsMeanwhile(t *testing.T) {
	const debounce = 500 * time.Millisecond
	plan, err := call.NewPlan("DE", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	now := start
	l := New(Options{
		ID: "fritzbox", Topics: topic.Topics{Base: "callporter"}.Box("fritzbox"), Plan: plan, Debounce: debounce,
		Publisher: newNarrowRing(9), Now: func() time.Time { return now },
	})
	l.take(call.Event{Kind: call.Ring, Caller: "03023125123", Callee: "23125732", Received: start})

	now = start.Add(debounce - time.Microsecond)
	l.publishState()
	now = start.Add(debounce + time.Microsecond)
	if wait := l.untilNext(); wait != 0 {
		t.Errorf("the loop sleeps for %v", wait)
	}
	l.publishState()
	if wait := l.untilNext(); wait < 2*time.Minute {
		t.Errorf("the loop wakes after %v for nothing", wait)
	}
}
