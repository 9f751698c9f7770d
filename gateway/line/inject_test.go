package line

import (
	"testing"
	"time"

	"github.com/callporter/callporter/call"
)

// TestInjectLeavesTheHouse: who calls from one own number at another keeps it.
func TestInjectLeavesTheHouse(t *testing.T) {
	now := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	plan, err := call.NewPlan("DE", "030", []string{"23125069", "23125732"})
	if err != nil {
		t.Fatal(err)
	}
	l := New(Options{Plan: plan, Now: func() time.Time { return now }})
	l.Inject([]string{"06990009222"}, now.Add(time.Hour))
	for _, caller := range []string{"**610", "03023125069", "23125069", "+493023125732"} {
		if e := l.inject(call.Event{Kind: call.Ring, Caller: caller, Received: now}); e.Caller != caller || e.Injected != "" {
			t.Errorf("%s: %+v", caller, e)
		}
	}
	if e := l.inject(call.Event{Kind: call.Ring, Caller: "", Received: now}); e.Caller != "06990009222" {
		t.Errorf("%+v", e)
	}
}

// TestInjectEnds: what is left of a list hides nobody after its time.
func TestInjectEnds(t *testing.T) {
	now := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	l := New(Options{Plan: &call.Plan{}, Now: func() time.Time { return now }})
	l.Inject([]string{"06990009222", "06990009333"}, now.Add(time.Hour))
	caller := func(connection call.ConnectionID, number string) string {
		e := l.inject(call.Event{Kind: call.Ring, Connection: connection, Caller: number, Received: now})
		l.tracker.Apply(nil, e)
		return e.Caller
	}
	if got := caller(0, "03023125123"); got != "06990009222" {
		t.Error(got)
	}
	if got := caller(1, "03023125123"); got != "06990009222" {
		t.Errorf("by the same call: %s", got)
	}
	now = now.Add(time.Hour)
	if got := caller(0, "03023125123"); got != "03023125123" {
		t.Errorf("after its time: %s", got)
	}
	if e := l.inject(call.Event{Kind: call.Dial, Caller: "23125732", Received: now}); e.Caller != "23125732" || e.Injected != "" {
		t.Errorf("%+v", e)
	}
}
