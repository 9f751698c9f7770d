package call_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
)

// noon is when every story of these tests begins.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func newTracker(t testing.TB) *call.Tracker {
	t.Helper()
	plan, err := call.NewPlan("DE", "030", []string{"23125732=Practice", "23125069=Home"})
	if err != nil {
		t.Fatal(err)
	}
	return &call.Tracker{
		Plan:        plan,
		IDs:         call.IDs{Random: func(p []byte) { clear(p) }},
		BlockWindow: 500 * time.Millisecond,
	}
}

// at makes an event that arrives after the given time, with the box's clock in
// step with ours.
func at(after time.Duration, ev call.Event) call.Event {
	ev.Received = noon.Add(after)
	ev.Stamp = ev.Received.Truncate(time.Second)
	return ev
}

func ring(id call.ConnectionID, caller string) call.Event {
	return call.Event{Kind: call.Ring, Connection: id, Caller: caller, Callee: "23125732", Trunk: "SIP0"}
}

func dial(id call.ConnectionID, callee string) call.Event {
	return call.Event{Kind: call.Dial, Connection: id, Caller: "23125069", Callee: callee, Extension: "10", Trunk: "SIP1"}
}

func connect(id call.ConnectionID, ext call.Extension) call.Event {
	return call.Event{Kind: call.Connect, Connection: id, Extension: ext}
}

func hangup(id call.ConnectionID, seconds int) call.Event {
	return call.Event{Kind: call.Disconnect, Connection: id, Duration: time.Duration(seconds) * time.Second}
}

// story tells the steps of all events, one a line.
func transitionText(steps []call.Transition) string {
	var b strings.Builder
	for _, s := range steps {
		c := s.Call
		fmt.Fprintf(&b, "%s %d %s %s ring=%v talk=%v", s.Type, c.Connection, c.Phase, c.Outcome, c.Ring, c.Talk)
		b.WriteByte('\n')
	}
	return b.String()
}

func TestTrackerStories(t *testing.T) {
	const ms, s = time.Millisecond, time.Second
	for _, test := range []struct {
		name   string
		events []call.Event
		want   []string
	}{
		{"answered", []call.Event{at(0, ring(0, "01713920055")), at(4*s, connect(0, "10")), at(64*s, hangup(0, 59))}, []string{
			"ring 0 ringing  ring=0s talk=0s",
			"ringing 0 ringing  ring=0s talk=0s",
			"answer 0 talking  ring=4s talk=0s",
			"end 0 ended answered ring=4s talk=59s",
		}},
		{"missed", []call.Event{at(0, ring(0, "01713920055")), at(4*s, hangup(0, 0))}, []string{
			"ring 0 ringing  ring=0s talk=0s",
			"ringing 0 ringing  ring=0s talk=0s",
			"miss 0 ended missed ring=4s talk=0s",
		}},
		{"barred by the box", []call.Event{at(0, ring(0, "06990009040")), at(3*ms, hangup(0, 0))}, []string{
			"ring 0 ringing  ring=0s talk=0s",
			"block 0 ended blocked ring=3ms talk=0s",
		}},
		{"barred by our clock alone is missed", []call.Event{
			at(0, ring(0, "06990009040")),
			{Kind: call.Disconnect, Received: noon.Add(3 * ms), Stamp: noon.Add(2 * s)},
		}, []string{
			"ring 0 ringing  ring=0s talk=0s",
			"ringing 0 ringing  ring=0s talk=0s",
			"miss 0 ended missed ring=3ms talk=0s",
		}},
		{"barred without a stamp", []call.Event{
			{Kind: call.Ring, Caller: "06990009040", Callee: "23125732", Received: noon},
			{Kind: call.Disconnect, Received: noon.Add(3 * ms)},
		}, []string{
			"ring 0 ringing  ring=0s talk=0s",
			"block 0 ended blocked ring=3ms talk=0s",
		}},
		{"answering machine", []call.Event{at(0, ring(1, "01713920055")), at(20*s, connect(1, "40")), at(28*s, hangup(1, 9))}, []string{
			"ring 1 ringing  ring=0s talk=0s",
			"ringing 1 ringing  ring=0s talk=0s",
			"voicemail 1 voicemail  ring=20s talk=0s",
			"end 1 ended voicemail ring=20s talk=9s",
		}},
		{"outgoing answered", []call.Event{at(0, dial(1, "01713920055")), at(7*s, connect(1, "10")), at(20*s, hangup(1, 13))}, []string{
			"dial 1 dialing  ring=0s talk=0s",
			"answer 1 talking  ring=7s talk=0s",
			"end 1 ended answered ring=7s talk=13s",
		}},
		{"outgoing not answered", []call.Event{at(0, dial(1, "01713920055")), at(7*s, hangup(1, 0))}, []string{
			"dial 1 dialing  ring=0s talk=0s",
			"end 1 ended unanswered ring=7s talk=0s",
		}},
		// A second call rings during a talk and is not taken; the talk goes on.
		{"call waiting", []call.Event{
			at(0, ring(0, "01713920011")), at(2*s, connect(0, "10")), at(8*s, ring(2, "01713920022")),
			at(12*s, hangup(2, 0)), at(29*s, hangup(0, 24)),
		}, []string{
			"ring 0 ringing  ring=0s talk=0s",
			"ringing 0 ringing  ring=0s talk=0s",
			"answer 0 talking  ring=2s talk=0s",
			"ring 2 ringing  ring=0s talk=0s",
			"ringing 2 ringing  ring=0s talk=0s",
			"miss 2 ended missed ring=4s talk=0s",
			"end 0 ended answered ring=2s talk=24s",
		}},
		{"end of a talk was lost, its id rings again", []call.Event{
			at(0, ring(0, "01713920011")), at(2*s, connect(0, "10")), at(60*s, ring(0, "01713920022")), at(64*s, hangup(0, 0)),
		}, []string{
			"ring 0 ringing  ring=0s talk=0s",
			"ringing 0 ringing  ring=0s talk=0s",
			"answer 0 talking  ring=2s talk=0s",
			"end 0 ended answered ring=2s talk=58s",
			"ring 0 ringing  ring=0s talk=0s",
			"ringing 0 ringing  ring=0s talk=0s",
			"miss 0 ended missed ring=4s talk=0s",
		}},
		{"end of a ring was lost, its id rings again", []call.Event{at(0, ring(0, "01713920011")), at(9*s, ring(0, "01713920022"))}, []string{
			"ring 0 ringing  ring=0s talk=0s",
			"lost 0 ended lost ring=9s talk=0s",
			"ring 0 ringing  ring=0s talk=0s",
		}},
		{"connect was lost", []call.Event{at(0, ring(0, "01713920011")), at(30*s, hangup(0, 20))}, []string{
			"ring 0 ringing  ring=0s talk=0s",
			"ringing 0 ringing  ring=0s talk=0s",
			"end 0 ended answered ring=10s talk=20s",
		}},
		// The box told the end of the call before after the start of the next one.
		{"late end of an earlier call on the id", []call.Event{at(0, dial(1, "01713920078")), at(0, hangup(1, 30)), at(9*s, hangup(1, 0))}, []string{
			"dial 1 dialing  ring=0s talk=0s",
			"end 1 ended unanswered ring=9s talk=0s",
		}},
		{"began before we came", []call.Event{at(0, connect(3, "10")), at(9*s, hangup(3, 9)), at(10*s, hangup(0, 0))}, nil},
		{"connected twice", []call.Event{at(0, ring(0, "01713920011")), at(2*s, connect(0, "10")), at(3*s, connect(0, "11")), at(4*s, hangup(0, 2))}, []string{
			"ring 0 ringing  ring=0s talk=0s",
			"ringing 0 ringing  ring=0s talk=0s",
			"answer 0 talking  ring=2s talk=0s",
			"end 0 ended answered ring=2s talk=2s",
		}},
		{"accepted by an ISDN phone of old", []call.Event{
			at(0, ring(0, "03023125456")),
			at(3*s, call.Event{Kind: call.Dial, Connection: 0, Extension: "4", Caller: "23125732", Callee: "03023125456", Trunk: "ISDN"}),
			at(3*s, connect(0, "4")), at(20*s, hangup(0, 17)),
		}, []string{
			"ring 0 ringing  ring=0s talk=0s",
			"ringing 0 ringing  ring=0s talk=0s",
			"answer 0 talking  ring=3s talk=0s",
			"end 0 ended answered ring=3s talk=17s",
		}},
		{"house calls itself", []call.Event{
			at(0, dial(1, "23125732")), at(s, ring(2, "03023125069")), at(2*s, connect(2, "11")), at(2*s, connect(1, "10")),
			at(14*s, hangup(1, 13)), at(15*s, hangup(2, 13)),
		}, []string{
			"dial 1 dialing  ring=0s talk=0s",
			"ring 2 ringing  ring=0s talk=0s",
			"ringing 2 ringing  ring=0s talk=0s",
			"answer 2 talking  ring=1s talk=0s",
			"answer 1 talking  ring=2s talk=0s",
			"end 1 ended answered ring=2s talk=13s",
			"end 2 ended answered ring=1s talk=13s",
		}},
		{"our clock steps back", []call.Event{at(0, ring(0, "01713920011")), at(-time.Hour, connect(0, "10")), at(-time.Hour, hangup(0, 7))}, []string{
			"ring 0 ringing  ring=0s talk=0s",
			"ringing 0 ringing  ring=0s talk=0s",
			"answer 0 talking  ring=0s talk=0s",
			"end 0 ended answered ring=0s talk=7s",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			tracker := newTracker(t)
			var steps []call.Transition
			for _, ev := range test.events {
				steps = tracker.Apply(steps, ev)
			}
			want := strings.Join(append(test.want, ""), "\n")
			if diff := cmp.Diff(want, transitionText(steps)); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTrackerKeepsTheWholeCall(t *testing.T) {
	tracker := newTracker(t)
	steps := tracker.Apply(nil, at(0, ring(0, "0800234567(03023125900)")))
	steps = tracker.Apply(steps, at(4*time.Second, connect(0, "10")))
	steps = tracker.Apply(steps, at(9*time.Second, hangup(0, 5)))
	for _, s := range steps {
		c := s.Call
		got := []string{c.Caller.Number.E164, c.Caller.Network.E164, c.Callee.Number.E164, c.Callee.Name, c.MSN, c.Trunk}
		want := []string{"+49800234567", "+493023125900", "+493023125732", "Practice", "493023125732", "SIP0"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s.Type, diff)
		}
		if c.ID != steps[0].Call.ID {
			t.Errorf("%s has id %s, the ring had %s", s.Type, c.ID, steps[0].Call.ID)
		}
	}
	if c := steps[3].Call; !c.Started.Equal(noon) || !c.Answered.Equal(noon.Add(4*time.Second)) || !c.Ended.Equal(noon.Add(9*time.Second)) || c.Extension != "10" {
		t.Errorf("times or phone are wrong: %+v", c)
	}
}

// TestTrackerAnnounces: each call that rings for somebody is announced once, before it is
// answered or missed; one that the box bars never is.
func TestTrackerAnnounces(t *testing.T) {
	const ms, window = time.Millisecond, 500 * time.Millisecond
	machine := connect(0, "40")
	for _, test := range []struct {
		name   string
		known  bool
		events []call.Event
		want   string // the types of the transitions; | = the time until then has passed
	}{
		{"unknown, missed", false, []call.Event{at(0, ring(0, "01713920055")), at(9*time.Second, hangup(0, 0))}, "ring | ringing | miss"},
		{"unknown, the lines come at once", false, []call.Event{at(0, ring(0, "01713920055")), at(0, connect(0, "10")), at(0, hangup(0, 9))}, "ring | ringing answer | end"},
		{"unknown, answered within the window", false, []call.Event{at(0, ring(0, "01713920055")), at(100*ms, connect(0, "10")), at(time.Minute, hangup(0, 60))}, "ring | ringing answer | end"},
		{"unknown, barred", false, []call.Event{at(0, ring(0, "01713920055")), at(499*ms, hangup(0, 0))}, "ring | block"},
		{"unknown, hangs up after the window", false, []call.Event{at(0, ring(0, "01713920055")), at(501*ms, hangup(0, 0))}, "ring | ringing | miss"},
		{"unknown, the machine at once", false, []call.Event{at(0, ring(0, "01713920055")), at(100*ms, machine), at(time.Minute, hangup(0, 60))}, "ring | voicemail | end"},
		{"unknown, the machine", false, []call.Event{at(0, ring(0, "01713920055")), at(9*time.Second, machine), at(time.Minute, hangup(0, 60))}, "ring | ringing | voicemail | end"},
		{"withheld, missed", false, []call.Event{at(0, ring(0, "")), at(9*time.Second, hangup(0, 0))}, "ring | ringing | miss"},
		{"known, missed", true, []call.Event{at(0, ring(0, "01713920055")), at(9*time.Second, hangup(0, 0))}, "ring ringing | miss"},
		{"known, hangs up at once", true, []call.Event{at(0, ring(0, "01713920055")), at(3*ms, hangup(0, 0))}, "ring ringing | miss"},
		{"known, answered", true, []call.Event{at(0, ring(0, "01713920055")), at(2*ms, connect(0, "10")), at(time.Minute, hangup(0, 60))}, "ring ringing | answer | end"},
		{"outgoing", false, []call.Event{at(0, dial(1, "01713920055")), at(9*time.Second, hangup(1, 0))}, "dial | end"},
		{"two at once", false, []call.Event{at(0, ring(0, "01713920055")), at(300*ms, ring(1, "")), at(400*ms, hangup(0, 0)), at(9*time.Second, hangup(1, 0))}, "ring | ring | block | ringing | miss"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tracker := newTracker(t)
			tracker.Known = func(call.Party) bool { return test.known }
			var types []string
			tell := func(steps []call.Transition) {
				for _, s := range steps {
					types = append(types, s.Type.String())
					if s.Call.Silent() != (s.Type == call.EventRing) {
						t.Errorf("%s is silent: %v", s.Type, s.Call.Silent())
					}
				}
			}
			for i, ev := range test.events {
				if i > 0 {
					for due := tracker.AnnounceAt(); !due.IsZero() && due.Before(ev.Received); due = tracker.AnnounceAt() {
						if due.Sub(noon)%window != 0 && due.Sub(noon) != 800*ms {
							t.Errorf("announced after %v", due.Sub(noon))
						}
						if early := tracker.Announce(nil, due.Add(-1)); len(early) != 0 {
							t.Errorf("announced too early: %s", transitionText(early))
						}
						types = append(types, "|")
						tell(tracker.Announce(nil, due))
					}
					types = append(types, "|")
				}
				tell(tracker.Apply(nil, ev))
			}
			if got := strings.Join(types, " "); got != test.want {
				t.Errorf("%s, not %s", got, test.want)
			}
		})
	}
}

func TestTrackerLosesAll(t *testing.T) {
	tracker := newTracker(t)
	steps := tracker.Apply(nil, at(0, ring(0, "01713920011")))
	steps = tracker.Apply(steps, at(time.Second, dial(1, "01713920022")))
	steps = tracker.Apply(steps, at(2*time.Second, connect(1, "10")))
	steps = tracker.LoseAll(steps, noon.Add(10*time.Second))
	want := "ring 0 ringing  ring=0s talk=0s\ndial 1 dialing  ring=0s talk=0s\nanswer 1 talking  ring=1s talk=0s\n" +
		"lost 0 ended lost ring=10s talk=0s\nlost 1 ended lost ring=1s talk=8s\n"
	if diff := cmp.Diff(want, transitionText(steps)); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if len(tracker.Active()) != 0 || !tracker.Deadline().IsZero() {
		t.Errorf("calls are left: %v", tracker.Active())
	}
}

func TestTrackerGivesUpEndlessCalls(t *testing.T) {
	tracker := newTracker(t)
	tracker.RingLimit = time.Minute
	tracker.Apply(nil, at(0, ring(0, "01713920011")))
	tracker.Apply(nil, at(10*time.Second, dial(1, "01713920022")))
	if got := tracker.Deadline(); !got.Equal(noon.Add(time.Minute)) {
		t.Fatalf("deadline is %v", got)
	}
	if steps := tracker.Expire(nil, noon.Add(59*time.Second)); len(steps) != 0 {
		t.Fatalf("too early: %s", transitionText(steps))
	}
	steps := tracker.Expire(nil, noon.Add(5*time.Minute)) // late, and yet it ends at its limit
	if diff := cmp.Diff("lost 0 ended lost ring=1m0s talk=0s\n", transitionText(steps)); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if got := tracker.Deadline(); !got.Equal(noon.Add(10*time.Second + call.DefaultDialLimit)) {
		t.Errorf("deadline is %v", got)
	}
}

func TestTrackerShift(t *testing.T) {
	tracker := newTracker(t)
	tracker.Apply(nil, at(0, ring(0, "01713920011")))
	tracker.Apply(nil, at(2*time.Second, connect(0, "10")))
	tracker.Apply(nil, at(3*time.Second, ring(1, "01713920022")))
	tracker.Shift(time.Hour)
	steps := tracker.Apply(nil, at(time.Hour+5*time.Second, hangup(1, 0)))
	steps = tracker.Apply(steps, at(time.Hour+8*time.Second, hangup(0, 6)))
	want := "ringing 1 ringing  ring=0s talk=0s\nmiss 1 ended missed ring=2s talk=0s\nend 0 ended answered ring=2s talk=6s\n"
	if diff := cmp.Diff(want, transitionText(steps)); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestTrackerIsBounded(t *testing.T) {
	tracker := newTracker(t)
	var steps []call.Transition
	for i := range 10 * call.MaxActive {
		steps = tracker.Apply(steps, at(time.Duration(i)*time.Second, ring(call.ConnectionID(i), "01713920011")))
	}
	if n := len(tracker.Active()); n != call.MaxActive {
		t.Errorf("%d calls are active", n)
	}
	if n := len(steps); n != 10*call.MaxActive+9*call.MaxActive {
		t.Errorf("%d steps", n)
	}
}

func BenchmarkTracker(b *testing.B) {
	tracker := newTracker(b)
	events := []call.Event{at(0, ring(0, "01713920055")), at(4*time.Second, hangup(0, 0))}
	var steps []call.Transition
	b.ReportAllocs()
	for b.Loop() {
		for _, ev := range events {
			steps = tracker.Apply(steps[:0], ev)
		}
	}
}

// TestTrackerDiversion: a box that passes a call on can show the outside caller where
// its own number would stand. The own number of the call is never the caller's then;
// what no diversion explains stays as the box says it.
func TestTrackerDiversion(t *testing.T) {
	ours := []string{"23125732=Practice", "23125069=Home"}
	call1 := func(id call.ConnectionID, own, callee string) call.Event {
		return call.Event{Kind: call.Dial, Connection: id, Caller: own, Callee: callee, Extension: "4", Trunk: "SIP0"}
	}
	rings := func(caller, called string) call.Event {
		return call.Event{Kind: call.Ring, Connection: 1, Caller: caller, Callee: called, Trunk: "SIP4"}
	}
	for _, test := range []struct {
		name   string
		own    []string
		events []call.Event
		caller string // of the outgoing call
		msn    string
		line   string // Own().Name
	}{
		{"shows the caller", ours, []call.Event{rings("01713920011", "23125732"), call1(3, "01713920011", "03023125456")}, "+491713920011", "493023125732", ""},
		{"shows the caller in another notation", ours, []call.Event{rings("01713920011", "23125732"), call1(3, "00491713920011", "03023125456")}, "+491713920011", "493023125732", ""},
		{"shows the caller, no own numbers known", nil, []call.Event{rings("01713920011", "23125732"), call1(3, "01713920011", "03023125456")}, "+491713920011", "493023125732", ""},
		{"shows a caller without area code", nil, []call.Event{rings("23125123", "23125732"), call1(3, "23125123", "01713920044")}, "+493023125123", "493023125732", ""},
		{"shows both numbers of the caller", ours, []call.Event{rings("0800234567(03023125900)", "23125732"), call1(3, "0800234567(03023125900)", "01713920044")}, "+49800234567", "493023125732", ""},
		{"shows the network's number", nil, []call.Event{rings("0800234567(03023125900)", "23125732"), call1(3, "03023125900", "01713920044")}, "+493023125900", "493023125732", ""},
		{"to two targets", nil, []call.Event{rings("01713920011", "23125732"), call1(2, "01713920011", "03023125456"), call1(3, "01713920011", "03023125457")}, "+491713920011", "493023125732", ""},
		{"CALL before RING", ours, []call.Event{call1(3, "01713920011", "03023125456"), rings("01713920011", "23125732")}, "+491713920011", "", ""},
		{"RING not seen", ours, []call.Event{call1(3, "01713920011", "03023125456")}, "+491713920011", "", ""},
		{"RING of somebody else", ours, []call.Event{rings("01713920022", "23125732"), call1(3, "01713920011", "03023125456")}, "+491713920011", "", ""},
		{"shows the own number", ours, []call.Event{rings("01713920011", "23125732"), call1(3, "23125732", "03023125456")}, "+493023125732", "493023125732", "Practice"},
		{"own number with area code", ours, []call.Event{call1(3, "03023125732", "03023125456")}, "+493023125732", "493023125732", "Practice"},
		{"own number with country", ours, []call.Event{call1(3, "0049 30 23125732", "03023125456")}, "+493023125732", "493023125732", "Practice"},
		{"own number without area code, not listed", ours, []call.Event{call1(3, "23125811", "03023125456")}, "+493023125811", "493023125811", ""},
		{"no own numbers known", nil, []call.Event{call1(3, "03023125811", "03023125456")}, "+493023125811", "493023125811", ""},
		{"own mobile, no own numbers known", nil, []call.Event{rings("01713920022", "23125732"), call1(3, "01713920011", "03023125456")}, "+491713920011", "491713920011", ""},
		{"in the house, RING first", nil, []call.Event{rings("03023125069", "23125732"), call1(3, "23125069", "23125732")}, "+493023125069", "493023125069", ""},
		{"in the house, with a '#'", nil, []call.Event{rings("03023125069", "23125732"), call1(3, "23125069", "03023125732#")}, "+493023125069", "493023125069", ""},
		{"from the number that rings another one", nil, []call.Event{call1(2, "23125069", "23125732"), rings("03023125069", "23125732"), call1(3, "23125069", "01713920044")}, "+493023125069", "493023125069", ""},
		{"own number as the caller", nil, []call.Event{rings("03023125732", "23125732"), call1(3, "23125732", "01713920044")}, "+493023125732", "493023125732", ""},
		{"withheld caller", ours, []call.Event{rings("", "23125732"), call1(3, "", "01713920044")}, "", "", ""},
		{"listed caller rings", ours, []call.Event{rings("03023125069", "23125732"), call1(3, "03023125069", "01713920044")}, "+493023125069", "493023125069", "Home"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tracker := newTracker(t)
			plan, err := call.NewPlan("DE", "030", test.own)
			if err != nil {
				t.Fatal(err)
			}
			tracker.Plan = plan
			tracker.Name = func(n call.Number) string { return "Somebody" }
			for i, ev := range test.events {
				tracker.Apply(nil, at(time.Duration(i)*time.Millisecond, ev))
			}
			for _, c := range tracker.Active() {
				if c.Connection != 3 {
					continue
				}
				if c.Caller.Number.E164 != test.caller || c.MSN != test.msn || c.Own().Name != test.line {
					t.Errorf("caller %q, MSN %q, line %q; want %q, %q, %q",
						c.Caller.Number.E164, c.MSN, c.Own().Name, test.caller, test.msn, test.line)
				}
				if own := c.Own().Number.Full(); own != "" && strings.TrimPrefix(own, "+") != c.MSN {
					t.Errorf("Own is %s of MSN %s", own, c.MSN)
				}
				return
			}
			t.Error("no such call")
		})
	}
}
