package call_test

import (
	"testing"
	"time"

	"github.com/callporter/callporter/call"
)

// TestTrackerNames holds who gets a name: the caller, by the number he claims or
// else by the one the network vouches for; who is dialled; another own number; never a
// withheld number.
func TestTrackerNames(t *testing.T) {
	plan, err := call.NewPlan("DE", "030", []string{"23125732=Practice", "23125069=Home"})
	if err != nil {
		t.Fatal(err)
	}
	book := map[string]string{"+493023125123": "Dr. Ehrenwert", "+496990009040": "Laboratory"}
	asked := 0
	tracker := call.Tracker{
		Plan: plan,
		IDs:  call.IDs{Random: func(p []byte) { clear(p) }},
		Name: func(n call.Number) string { asked++; return book[n.E164] },
	}
	now := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	for i, test := range []struct {
		event       call.Event
		peer, owner string
		asked       int
	}{
		{call.Event{Kind: call.Ring, Caller: "03023125123", Callee: "23125732"}, "Dr. Ehrenwert", "Practice", 1},
		{call.Event{Kind: call.Ring, Caller: "01713920055(03023125123)", Callee: "23125732"}, "Dr. Ehrenwert", "Practice", 2},
		{call.Event{Kind: call.Ring, Caller: "06990009040(03023125123)", Callee: "23125732"}, "Laboratory", "Practice", 1},
		{call.Event{Kind: call.Ring, Caller: "01713920055", Callee: "23125732"}, "", "Practice", 1},
		{call.Event{Kind: call.Ring, Caller: "", Callee: "23125732"}, "", "Practice", 0},
		{call.Event{Kind: call.Dial, Caller: "23125732", Callee: "0101306990009040"}, "Laboratory", "Practice", 1},
		{call.Event{Kind: call.Ring, Caller: "03023125069", Callee: "23125732"}, "Home", "Practice", 1},
		{call.Event{Kind: call.Dial, Caller: "23125732", Callee: "23125069"}, "Home", "Practice", 1},
	} {
		asked = 0
		test.event.Connection, test.event.Received = call.ConnectionID(i), now
		steps := tracker.Apply(nil, test.event)
		if len(steps) == 0 {
			t.Fatalf("event %d: %d steps", i, len(steps))
		}
		c := steps[0].Call
		if c.Peer().Name != test.peer || c.Own().Name != test.owner || asked != test.asked {
			t.Errorf("event %d: peer %q, own %q, asked %d; want %q, %q, %d", i, c.Peer().Name, c.Own().Name, asked, test.peer, test.owner, test.asked)
		}
		end := tracker.Apply(nil, call.Event{Kind: call.Disconnect, Connection: call.ConnectionID(i), Received: now.Add(time.Minute)})
		if end[len(end)-1].Call.Peer().Name != test.peer {
			t.Errorf("event %d: the name is gone at the end", i)
		}
	}
}
