package call_test

import (
	"slices"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
)

// TestTrackerEnd: each way in which a party can tell of the end of a call, once.
func TestTrackerEnd(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		outcome   call.Outcome
		unwelcome bool
		talk      time.Duration
		want      []call.TransitionType
		answered  time.Duration // after the start; -1 = not
		talked    time.Duration
		action    call.Action
	}{
		{call.Answered, false, 0, []call.TransitionType{call.EventRinging, call.EventEnd}, 0, 20 * time.Second, call.ActionNone},
		{call.Answered, true, 5 * time.Second, []call.TransitionType{call.EventRinging, call.EventEnd}, 15 * time.Second, 5 * time.Second, call.ActionNone},
		{call.Answered, false, time.Hour, []call.TransitionType{call.EventRinging, call.EventEnd}, 0, 20 * time.Second, call.ActionNone},
		{call.AnsweringMachine, false, 0, []call.TransitionType{call.EventRinging, call.EventEnd}, 0, 20 * time.Second, call.ActionNone},
		{call.Missed, false, 0, []call.TransitionType{call.EventRinging, call.EventMiss}, -1, 0, call.ActionNone},
		{call.Missed, true, 0, []call.TransitionType{call.EventMiss}, -1, 0, call.ActionNone},
		{call.Rejected, true, 0, []call.TransitionType{call.EventReject}, -1, 0, call.ActionRejected},
		{call.Lost, false, 0, []call.TransitionType{call.EventLost}, -1, 0, call.ActionNone},
	} {
		plan, err := call.NewPlan("DE", "030", nil)
		if err != nil {
			t.Fatal(err)
		}
		tracker := call.Tracker{
			Plan: plan, IDs: call.IDs{Random: func(p []byte) { clear(p) }},
			Judge: func(*call.Call) call.Opinion { return call.Opinion{Wait: time.Minute, Unwelcome: c.unwelcome} },
		}
		opened := tracker.Apply(nil, call.Event{Kind: call.Ring, Caller: "03023125123", Received: start})
		if len(opened) != 1 {
			t.Fatal(opened)
		}
		id, end := opened[0].Call.ID, start.Add(20*time.Second)
		if _, found := tracker.End(nil, id, call.Unanswered, 0, end); found {
			t.Errorf("an incoming call cannot end as unanswered")
		}
		steps, found := tracker.End(nil, id, c.outcome, c.talk, end)
		var got []call.TransitionType
		for _, s := range steps {
			got = append(got, s.Type)
		}
		if !found || !slices.Equal(got, c.want) || len(tracker.Active()) != 0 {
			t.Errorf("%v: %v, want %v", c.outcome, got, c.want)
			continue
		}
		last := steps[len(steps)-1].Call
		answered := time.Duration(-1)
		if !last.Answered.IsZero() {
			answered = last.Answered.Sub(start)
		}
		if last.Outcome != c.outcome || answered != c.answered || last.Talk != c.talked || last.Action != c.action || !last.Ended.Equal(end) {
			t.Errorf("%v: %v answered after %v, talk %v, action %v", c.outcome, last.Outcome, answered, last.Talk, last.Action)
		}
		if _, found := tracker.End(nil, id, c.outcome, 0, end); found {
			t.Errorf("%v: it ends twice", c.outcome)
		}
	}
}
