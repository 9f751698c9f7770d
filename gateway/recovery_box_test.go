package gateway_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/internal/testkit"
)

// midCall has one call answered and another one ringing, and returns their ids.
func inMidCall(s *gatewaytest.Site) (talking, ringing string) {
	s.House.Helper()
	s.Ring(gatewaytest.Patient).Connect(10)
	talking = s.WantEvents("ring", "answer").ID
	s.RingHome(gatewaytest.Neighbour)
	ringing = s.WantEvents("ring").ID
	s.WantActive(2)
	s.WantLine(gatewaytest.PracticeMSN, "talking")
	s.WantLine(gatewaytest.HomeMSN, "ringing")
	return talking, ringing
}

// wantLost fails unless those calls, and no other, are told to be lost, after which
// nothing goes on anywhere and the link is down.
func wantLost(s *gatewaytest.Site, ids ...string) {
	h := s.House
	h.Helper()
	for _, id := range ids {
		if e := s.NextEvent(); e.EventType != "lost" || e.ID != id || e.Phase != "ended" || e.Ended == nil || e.RingSeconds < 0 || e.TalkSeconds < 0 {
			h.Errorf("%+v, not the loss of %s", e, id)
		}
	}
	h.Heard.UntilSaid(s.Topic("link"), "offline")
	s.WantActive(0)
	s.WantState("idle")
	s.WantLine(gatewaytest.PracticeMSN, "idle")
	s.WantLine(gatewaytest.HomeMSN, "idle")
}

// callsAreTold waits for the link and fails unless the next calls are told as they are.
func callsAreTold(s *gatewaytest.Site) {
	s.House.Helper()
	s.Linked()
	wantHealth(s, "up", "")
	c := s.Ring(gatewaytest.Munich)
	if e := s.WantEvents("ring"); e.Caller.Number != gatewaytest.MunichE164 {
		s.House.Errorf("%+v", e.Caller)
	}
	s.WantLine(gatewaytest.PracticeMSN, "ringing")
	c.Connect(10)
	s.WantEvents("answer")
	c.Disconnect(7)
	if e := s.WantEvents("end"); e.TalkSeconds != 7 || e.Outcome != "answered" {
		s.House.Errorf("%+v", e)
	}
	s.WantState("idle")
	s.WantLine(gatewaytest.PracticeMSN, "idle")
	s.NothingElse()
}

// TestBoxFailsInTheMiddleOfCalls: whatever way a box is lost, its calls are told to
// be lost, nothing rings on, and the next call is told as if nothing had been.
func TestBoxFailsInTheMiddleOfCalls(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		fail   func(h *gatewaytest.House)
		reason string
		mend   func(h *gatewaytest.House)
	}{
		{"killed", func(h *gatewaytest.House) {
			h.Box.Close() // its port and all connections
		}, "call_monitor_off", func(h *gatewaytest.House) {
			address := h.Box.Addr().String()
			h.Box = fritztest.New(fritztest.Options{Location: testkit.Berlin}) // closed with the house
			gatewaytest.Eventually(h, "the port is free", func() bool { return h.Box.Listen(address) == nil })
		}},
		{"refusing", func(h *gatewaytest.House) {
			h.Box.Refuse()
			h.Box.Drop()
		}, "call_monitor_off", accept},
		{"reset in the middle of a line", func(h *gatewaytest.House) {
			h.Box.Refuse()
			h.Box.HalfLine()
			h.Box.Reset()
		}, "call_monitor_off", accept},
		{"closing at once", func(h *gatewaytest.House) {
			h.Box.CloseAtOnce(true)
			h.Box.Reset()
		}, "closed", func(h *gatewaytest.House) { h.Box.CloseAtOnce(false) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := gatewaytest.Open(t)
			talking, ringing := inMidCall(h.Site)
			test.fail(h)
			wantLost(h.Site, talking, ringing)
			wantHealth(h.Site, "down", test.reason)
			if h.WantMissed(0).Count != 0 {
				t.Error("a lost call is counted as missed")
			}
			test.mend(h)
			callsAreTold(h.Site)
			if n := h.Metric(`callporter_active_calls{box="fritzbox"}`); n != 0 {
				t.Errorf("%v calls are active", n)
			}
		})
	}
}

func accept(h *gatewaytest.House) {
	h.Helper()
	if err := h.Box.Accept(); err != nil {
		h.Fatal(err)
	}
}

// TestSlowBox: lines that come byte by byte are the same calls, on the same link.
func TestSlowBox(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	talking, ringing := inMidCall(h.Site)
	h.Box.Slow(time.Millisecond)
	c := h.Box.Dial(12, gatewaytest.Home, gatewaytest.Friend, fritztest.CallOptions{})
	if e := h.WantEvents("dial"); e.ID == talking || e.ID == ringing || e.Callee.Number != gatewaytest.FriendE164 {
		t.Errorf("%+v", e)
	}
	h.WantActive(3)
	c.Connect(12)
	c.Disconnect(4)
	if e := h.WantEvents("answer", "end"); e.TalkSeconds != 4 {
		t.Errorf("%+v", e)
	}
	h.WantActive(2)
	h.Box.Slow(0)
	stillTheFirstLink(h.Site)
	h.Box.Refuse()
	h.Box.Reset()
	wantLost(h.Site, talking, ringing)
	accept(h)
	callsAreTold(h.Site)
}

// TestMinuteOfGarbage: what a broken box can say in a minute ends neither the link
// nor a call. It is counted by kind, and each kind is told once.
func TestMinuteOfGarbage(t *testing.T) {
	t.Parallel()
	log := new(gatewaytest.Transcript)
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Options.Log = log.Debug() })
	inMidCall(h.Site)
	counted := func(reason string) float64 {
		return h.Metric(`callporter_monitor_bad_lines_total{box="fritzbox",reason="` + reason + `"}`)
	}
	lines := func() float64 { return h.Metric(`callporter_monitor_lines_total{box="fritzbox"}`) }
	before := lines()
	const rounds = 60 * 20 // a line of each kind every 50 ms
	kinds := map[string]string{"unknown": "unknown_event", "fields": "too_few_fields", "id": "bad_connection", "seconds": "bad_duration"}
	for range rounds {
		for kind := range kinds {
			if err := h.Box.Bad(kind); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 20 {
		if err := h.Box.Bad("long"); err != nil {
			t.Fatal(err)
		}
	}
	gatewaytest.Eventually(t, "all of it is read", func() bool { return lines()-before == rounds*float64(len(kinds))+20 })
	for _, reason := range kinds {
		if n := counted(reason); n != rounds {
			t.Errorf("%v lines counted as %s, not %d", n, reason, rounds)
		}
	}
	if n := counted("too_long"); n != 20 {
		t.Errorf("%v lines counted as too long", n)
	}
	for i := range 300 { // bytes of no kind
		h.Box.Garbage(4000, uint64(i))
	}
	h.WantActive(2)
	stillTheFirstLink(h.Site)
	h.Box.Missed(gatewaytest.Munich, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
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
	if code, text := h.Get("/healthz"); code != 200 {
		t.Errorf("%d %s", code, text)
	}
	h.NothingElse()
	h.Box.Refuse()
	h.Box.Reset()
	h.NextEvent()
	h.NextEvent()
	h.Heard.UntilSaid(h.Topic("link"), "offline")
}
