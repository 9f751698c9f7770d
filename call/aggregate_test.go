package call_test

import (
	"testing"
	"time"

	"github.com/callporter/callporter/call"
)

func TestSummarize(t *testing.T) {
	phase := func(p call.Phase, c call.ConnectionID) call.Call { return call.Call{Phase: p, Connection: c} }
	for _, test := range []struct {
		name    string
		active  []call.Call
		state   call.State
		lead    call.ConnectionID
		waiting bool
	}{
		{"nothing", nil, call.StateIdle, -1, false},
		{"ringing", []call.Call{phase(call.Ringing, 0)}, call.StateRinging, 0, false},
		{"ringing beats talking", []call.Call{phase(call.Talking, 0), phase(call.Ringing, 2)}, call.StateRinging, 2, true},
		{"talking beats dialing", []call.Call{phase(call.Talking, 0), phase(call.Dialing, 2)}, call.StateTalking, 0, false},
		{"dialing beats the answering machine", []call.Call{phase(call.Dialing, 1), phase(call.Voicemail, 0)}, call.StateDialing, 1, false},
		{"an answering machine is idle", []call.Call{phase(call.Voicemail, 0)}, call.StateIdle, 0, false},
		{"the newest of equals leads", []call.Call{phase(call.Talking, 0), phase(call.Talking, 1)}, call.StateTalking, 1, false},
		{"ringing beside dialing is not waiting", []call.Call{phase(call.Dialing, 0), phase(call.Ringing, 1)}, call.StateRinging, 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := call.Summarize(test.active)
			if a.State != test.state || a.Waiting != test.waiting || a.Active != len(test.active) {
				t.Errorf("state %s, waiting %v, active %d", a.State, a.Waiting, a.Active)
			}
			switch {
			case test.lead < 0 && a.Call != nil:
				t.Errorf("leading call is %v", a.Call)
			case test.lead >= 0 && (a.Call == nil || a.Call.Connection != test.lead):
				t.Errorf("leading call is %v, want connection %d", a.Call, test.lead)
			}
		})
	}
}

func TestSummarizeCopies(t *testing.T) {
	tracker := newTracker(t)
	tracker.Apply(nil, at(0, ring(0, "01713920011")))
	a := call.Summarize(tracker.Active())
	tracker.LoseAll(nil, noon.Add(time.Second))
	tracker.Apply(nil, at(2*time.Second, ring(5, "01713920022")))
	if a.Call.Connection != 0 || a.Call.Phase != call.Ringing {
		t.Errorf("the aggregate changed behind our back: %+v", a.Call)
	}
}
