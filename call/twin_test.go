package call_test

import (
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
)

// TestTwoOwnNumbers: of one caller who rings two own numbers, one of which is taken, no call
// is missed, in whatever order the box tells it.
func TestTwoOwnNumbers(t *testing.T) {
	const patient = "01713920055"
	home := func(id call.ConnectionID, caller string) call.Event {
		ev := ring(id, caller)
		ev.Callee = "23125069"
		return ev
	}
	s := time.Second
	for name, test := range map[string]struct {
		events []call.Event
		want   string // event, connection and outcome of what closes
	}{
		"taken": {[]call.Event{at(0, ring(0, patient)), at(0, home(1, patient)), at(5*s, connect(0, "10")), at(5*s, hangup(1, 0)), at(60*s, hangup(0, 55))},
			"end 1 answered, end 0 answered"},
		"the other one gone first": {[]call.Event{at(0, ring(0, patient)), at(0, home(1, patient)), at(5*s, hangup(1, 0)), at(6*s, connect(0, "10")), at(60*s, hangup(0, 54))},
			"end 1 answered, end 0 answered"},
		"the other one gone last": {[]call.Event{at(0, ring(0, patient)), at(0, home(1, patient)), at(5*s, connect(1, "10")), at(60*s, hangup(1, 55)), at(60*s, hangup(0, 0))},
			"end 1 answered, end 0 answered"},
		"taken by a machine": {[]call.Event{at(0, ring(0, patient)), at(0, home(1, patient)), at(5*s, connect(0, "40")), at(5*s, hangup(1, 0)), at(60*s, hangup(0, 55))},
			"end 1 voicemail, end 0 voicemail"},
		"taken at once": {[]call.Event{at(0, ring(0, patient)), at(0, home(1, patient)), at(s/10, connect(0, "10")), at(s/10, hangup(1, 0)), at(60*s, hangup(0, 55))},
			"end 1 answered, end 0 answered"},
		"none taken": {[]call.Event{at(0, ring(0, patient)), at(0, home(1, patient)), at(5*s, hangup(1, 0)), at(5*s, hangup(0, 0))},
			"miss 0 missed, miss 1 missed"},
		"given up at one": {[]call.Event{at(0, ring(0, patient)), at(0, home(1, patient)), at(5*s, hangup(1, 0)), at(20*s, connect(0, "10")), at(60*s, hangup(0, 40))},
			"miss 1 missed, end 0 answered"},
		"the connection used again": {[]call.Event{at(0, ring(0, patient)), at(0, home(1, patient)), at(5*s, hangup(1, 0)), at(5*s, ring(1, "03023125123")), at(6*s, hangup(1, 0)), at(9*s, hangup(0, 0))},
			"miss 1 missed, miss 1 missed, miss 0 missed"},
		"called again while talking": {[]call.Event{at(0, ring(0, patient)), at(5*s, connect(0, "10")), at(9*s, home(1, patient)), at(9*s, connect(0, "10")), at(30*s, hangup(1, 0)), at(60*s, hangup(0, 55))},
			"miss 1 missed, end 0 answered"},
		"two callers": {[]call.Event{at(0, ring(0, patient)), at(0, home(1, "03023125123")), at(5*s, connect(0, "10")), at(6*s, hangup(1, 0)), at(60*s, hangup(0, 55))},
			"miss 1 missed, end 0 answered"},
		"withheld": {[]call.Event{at(0, ring(0, "")), at(0, home(1, "")), at(5*s, connect(0, "10")), at(6*s, hangup(1, 0)), at(60*s, hangup(0, 55))},
			"miss 1 missed, end 0 answered"},
		"the same number twice": {[]call.Event{at(0, ring(0, patient)), at(0, ring(1, patient)), at(5*s, connect(0, "10")), at(6*s, hangup(1, 0)), at(60*s, hangup(0, 55))},
			"miss 1 missed, end 0 answered"},
	} {
		tracker := newTracker(t)
		var steps []call.Transition
		for _, ev := range test.events {
			steps = tracker.Expire(steps, ev.Received)
			steps = tracker.Apply(steps, ev)
		}
		var closed []string
		for _, step := range steps {
			if step.Type.Closing() {
				closed = append(closed, step.Type.String()+" "+string(rune('0'+step.Call.Connection))+" "+step.Call.Outcome.String())
			}
		}
		if got := strings.Join(closed, ", "); got != test.want || len(tracker.Active()) > 0 {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
