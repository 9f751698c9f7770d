package gateway_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/internal/testkit"
)

// midCall has one call answered and another one ringing, and returns their ids.
func (s *site) inMidCall() (talking, ringing string) {
	s.house.Helper()
	s.ring(patient).Connect(10)
	talking = s.wantEvents("ring", "answer").ID
	s.ringHome(neighbour)
	ringing = s.wantEvents("ring").ID
	s.wantActive(2)
	s.wantLine(practiceMSN, "talking")
	s.wantLine(homeMSN, "ringing")
	return talking, ringing
}

// wantLost fails unless those calls, and no other, are told to be lost, after which
// nothing goes on anywhere and the link is down.
func (s *site) wantLost(ids ...string) {
	h := s.house
	h.Helper()
	for _, id := range ids {
		if e := s.nextEvent(); e.EventType != "lost" || e.ID != id || e.Phase != "ended" || e.Ended == nil || e.RingSeconds < 0 || e.TalkSeconds < 0 {
			h.Errorf("%+v, not the loss of %s", e, id)
		}
	}
	h.heard.untilSaid(s.topic("link"), "offline")
	s.wantActive(0)
	s.wantState("idle")
	s.wantLine(practiceMSN, "idle")
	s.wantLine(homeMSN, "idle")
}

// callsAreTold waits for the link and fails unless the next calls are told as they are.
func (s *site) callsAreTold() {
	s.house.Helper()
	s.linked()
	s.wantHealth("up", "")
	c := s.ring(munich)
	if e := s.wantEvents("ring"); e.Caller.Number != munichE164 {
		s.house.Errorf("%+v", e.Caller)
	}
	s.wantLine(practiceMSN, "ringing")
	c.Connect(10)
	s.wantEvents("answer")
	c.Disconnect(7)
	if e := s.wantEvents("end"); e.TalkSeconds != 7 || e.Outcome != "answered" {
		s.house.Errorf("%+v", e)
	}
	s.wantState("idle")
	s.wantLine(practiceMSN, "idle")
	s.nothingElse()
}

// TestBoxFailsInTheMiddleOfCalls: whatever way a box is lost, its calls are told to
// be lost, nothing rings on, and the next call is told as if nothing had been.
func TestBoxFailsInTheMiddleOfCalls(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		fail   func(h *house)
		reason string
		mend   func(h *house)
	}{
		{"killed", func(h *house) {
			h.box.Close() // its port and all connections
		}, "call_monitor_off", func(h *house) {
			address := h.box.Addr().String()
			h.box = fritztest.New(fritztest.Options{Location: testkit.Berlin}) // closed with the house
			eventually(h, "the port is free", func() bool { return h.box.Listen(address) == nil })
		}},
		{"refusing", func(h *house) {
			h.box.Refuse()
			h.box.Drop()
		}, "call_monitor_off", accept},
		{"reset in the middle of a line", func(h *house) {
			h.box.Refuse()
			h.box.HalfLine()
			h.box.Reset()
		}, "call_monitor_off", accept},
		{"closing at once", func(h *house) {
			h.box.CloseAtOnce(true)
			h.box.Reset()
		}, "closed", func(h *house) { h.box.CloseAtOnce(false) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			talking, ringing := h.inMidCall()
			test.fail(h)
			h.wantLost(talking, ringing)
			h.wantHealth("down", test.reason)
			if h.wantMissed(0).Count != 0 {
				t.Error("a lost call is counted as missed")
			}
			test.mend(h)
			h.callsAreTold()
			if n := h.metric(`callporter_active_calls{box="fritzbox"}`); n != 0 {
				t.Errorf("%v calls are active", n)
			}
		})
	}
}

func accept(h *house) {
	h.Helper()
	if err := h.box.Accept(); err != nil {
		h.Fatal(err)
	}
}

// TestSlowBox: lines that come byte by byte are the same calls, on the same link.
func TestSlowBox(t *testing.T) {
	t.Parallel()
	h := open(t)
	talking, ringing := h.inMidCall()
	h.box.Slow(time.Millisecond)
	c := h.box.Dial(12, home, friend, fritztest.CallOptions{})
	if e := h.wantEvents("dial"); e.ID == talking || e.ID == ringing || e.Callee.Number != friendE164 {
		t.Errorf("%+v", e)
	}
	h.wantActive(3)
	c.Connect(12)
	c.Disconnect(4)
	if e := h.wantEvents("answer", "end"); e.TalkSeconds != 4 {
		t.Errorf("%+v", e)
	}
	h.wantActive(2)
	h.box.Slow(0)
	h.stillTheFirstLink()
	h.box.Refuse()
	h.box.Reset()
	h.wantLost(talking, ringing)
	accept(h)
	h.callsAreTold()
}

// TestMinuteOfGarbage: what a broken box can say in a minute ends neither the link
// nor a call. It is counted by kind, and each kind is told once.
func TestMinuteOfGarbage(t *testing.T) {
	t.Parallel()
	log := new(transcript)
	h := open(t, func(h *house) { h.options.Log = log.debug() })
	h.inMidCall()
	counted := func(reason string) float64 {
		return h.metric(`callporter_monitor_bad_lines_total{box="fritzbox",reason="` + reason + `"}`)
	}
	lines := func() float64 { return h.metric(`callporter_monitor_lines_total{box="fritzbox"}`) }
	before := lines()
	const rounds = 60 * 20 // a line of each kind every 50 ms
	kinds := map[string]string{"unknown": "unknown_event", "fields": "too_few_fields", "id": "bad_connection", "seconds": "bad_duration"}
	for range rounds {
		for kind := range kinds {
			if err := h.box.Bad(kind); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 20 {
		if err := h.box.Bad("long"); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all of it is read", func() bool { return lines()-before == rounds*float64(len(kinds))+20 })
	for _, reason := range kinds {
		if n := counted(reason); n != rounds {
			t.Errorf("%v lines counted as %s, not %d", n, reason, rounds)
		}
	}
	if n := counted("too_long"); n != 20 {
		t.Errorf("%v lines counted as too long", n)
	}
	for i := range 300 { // bytes of no kind
		h.box.Garbage(4000, uint64(i))
	}
	h.wantActive(2)
	h.stillTheFirstLink()
	h.box.Missed(munich, practice, fritztest.Course{})
	h.wantEvents("ring", "miss")
	if n := counted("cut"); n != 0 {
		t.Errorf("%v lines counted as cut", n)
	}
	for _, reason := range []string{"unknown_event", "too_few_fields", "bad_connection", "bad_duration", "too_long", "bad_stamp"} {
		want := fmt.Sprintf(`msg="call monitor line skipped" component=callmonitor box=fritzbox reason=%s `, reason)
		if n := strings.Count(log.String(), want); n > 1 || n == 0 && counted(reason) > 0 {
			t.Errorf("%s is told %d times in the log", reason, n)
		}
	}
	if len(log.String()) > 16<<10 {
		t.Errorf("the log of a minute has %d bytes", len(log.String()))
	}
	if code, text := h.get("/healthz"); code != 200 {
		t.Errorf("%d %s", code, text)
	}
	h.nothingElse()
	h.box.Refuse()
	h.box.Reset()
	h.nextEvent()
	h.nextEvent()
	h.heard.untilSaid(h.topic("link"), "offline")
}
