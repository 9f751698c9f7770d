package call

import (
	"testing"
	"time"
)

// TestInjected: a call with a caller of a test keeps its mark whatever anybody says of it, and
// the calls beside it have none.
func TestInjected(t *testing.T) {
	plan, err := NewPlan("DE", "030", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, judged := range []bool{false, true} {
		tracker := Tracker{Plan: plan, IDs: IDs{Random: func(p []byte) { clear(p) }}}
		if judged {
			tracker.Judge = func(c *Call) Opinion {
				if c.Injected() != (c.Caller.Number.E164 == "+496990009222") {
					t.Error("the judge does not know whether the caller is real")
				}
				return Opinion{Verdict: Verdict{Code: "nothing_known"}}
			}
		}
		now := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
		steps := tracker.Apply(nil, Event{Kind: Ring, Connection: 0, Caller: "06990009222", Callee: "23125732", Received: now, Injected: "a test"})
		steps = tracker.Apply(steps, Event{Kind: Ring, Connection: 1, Caller: "03023125123", Callee: "23125732", Received: now})
		if judged {
			steps = tracker.Screen(steps, steps[0].Call.ID, Opinion{Verdict: Verdict{Judgement: Spam, Score: 90, Evidence: []Evidence{{Source: "plan", Weight: 90}}}}, now)
		}
		steps = tracker.Apply(steps, Event{Kind: Disconnect, Connection: 0, Received: now.Add(time.Second)})
		steps = tracker.Apply(steps, Event{Kind: Disconnect, Connection: 1, Received: now.Add(time.Second)})
		for _, s := range steps {
			want := s.Call.Connection == 0
			if got := s.Call.Injected(); got != want {
				t.Errorf("judged %v, %s of call %d: injected %v", judged, s.Type, s.Call.Connection, got)
			}
			kept := Call{Verdict: s.Call.Verdict} // as the journal has it
			if kept.Injected() != want || want && kept.Verdict.Evidence[0] != (Evidence{"inject", "injected", 0, "a test"}) {
				t.Errorf("judged %v, %s: %+v", judged, s.Type, s.Call.Verdict)
			}
		}
	}
}
