package screening

import (
	"testing"
	"time"

	"github.com/callporter/callporter/call"
)

// TestInjectedIsNotRemembered: a talk with somebody in whose place a test has put a number
// makes that number no friend.
func TestInjectedIsNotRemembered(t *testing.T) {
	plan := &call.Plan{Area: "30"}
	n := plan.Number("06990009222")
	for _, injected := range []bool{false, true} {
		c := call.Call{
			Direction: call.Incoming, Phase: call.Ended, Outcome: call.Answered, Talk: time.Hour, Caller: call.Party{Number: n},
			Started: time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC),
		}
		if injected {
			c.Verdict.Evidence = []call.Evidence{{Source: call.InjectedSource, Reason: "injected"}}
		}
		var h History
		h.Add(&c)
		if _, known := h.of(n); known == injected {
			t.Errorf("injected %v: known %v", injected, known)
		}
	}
}
