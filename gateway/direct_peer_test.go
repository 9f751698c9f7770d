package gateway_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/gateway/retained"
)

// The tests of this file are what another gateway for the same box gets wrong, one
// test a defect.

// TestSecondCallerIsNotTheFirst: the box gives a connection id again as soon as it
// is free. Who calls then is somebody else.
func TestSecondCallerIsNotTheFirst(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)

	first := h.Ring(gatewaytest.Patient)
	h.WantState("ringing")
	h.Box.Advance(5e9)
	first.Disconnect(0)
	one := h.WantEvents("ring", "miss")
	h.WantState("idle")

	second := h.Ring(gatewaytest.Neighbour)
	if second.ID() != first.ID() {
		t.Fatalf("the box used id %d, not %d again", second.ID(), first.ID())
	}
	ringing := h.WantState("ringing")
	two := h.WantEvents("ring")
	line := h.WantLine(gatewaytest.PracticeMSN, "ringing")
	for what, got := range map[string]gatewaytest.CallDoc{"event": two, "state": ringing.Call, "line": line.Call} {
		if got.Caller.Number != gatewaytest.NeighbourE164 || got.ID == one.ID || got.ID != two.ID {
			t.Errorf("%s: %s with id %s; the first caller was %s with %s", what, got.Caller.Number, got.ID, one.Caller.Number, one.ID)
		}
	}
	h.Box.Advance(5e9)
	second.Disconnect(0)
	h.WantEvents("miss")
}

// TestBrokerRestartLeavesNobodyMute: after a restart of the broker everything is
// said again, and so is what happens from then on.
func TestBrokerRestartLeavesNobodyMute(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		h := gatewaytest.Open(t, gatewaytest.At(b))
		h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
		h.WantEvents("ring", "miss")
		h.WantState("idle")
		h.Settled()
		before := h.Retained()

		for range 2 {
			said := len(h.Heard.On("callporter/availability"))
			b.Stop()
			b.Start()
			h.Heard.Until("the gateway is back", func() bool {
				again := h.Heard.On("callporter/availability")[said:]
				return len(again) > 0 && again[len(again)-1].Payload == "online"
			})
			if diff := cmp.Diff(before, h.Retained()); diff != "" {
				t.Errorf("the broker keeps something else after its restart:\n%s", diff)
			}

			c := h.Ring(gatewaytest.Neighbour)
			h.WantEvents("ring")
			h.WantState("ringing")
			c.Connect(10)
			h.WantEvents("answer")
			h.WantState("talking")
			c.Disconnect(3)
			h.WantEvents("end")
			h.WantState("idle")
			h.Settled()
			now := h.Retained()
			for _, topic := range []string{"last_call", "calls", "line/" + gatewaytest.PracticeMSN + "/last_call"} {
				before[h.Topic(topic)] = now[h.Topic(topic)]
			}
		}
	})
}

// TestHiddenCallerHasNoNumber, and above all no area code for a number.
func TestHiddenCallerHasNoNumber(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	c := h.Ring("")
	for what, got := range map[string]gatewaytest.CallDoc{"event": h.WantEvents("ring"), "state": h.WantState("ringing").Call} {
		want := gatewaytest.Party{Withheld: true, Kind: "withheld", Display: got.Caller.Display, Label: "withheld number"}
		if diff := cmp.Diff(want, got.Caller); diff != "" || strings.ContainsAny(got.Caller.Display, "0123456789+") {
			t.Errorf("%s: caller %+v", what, got.Caller)
		}
	}
	h.Box.Advance(5e9)
	c.Disconnect(0)
	last := h.WantEvents("miss")
	if missed := h.WantMissed(1); missed.Calls[0].ID != last.ID || !missed.Calls[0].Caller.Withheld {
		t.Errorf("missed %+v", missed)
	}
}

// TestNumbersAreNotMangled: each notation of a number is that number.
func TestNumbersAreNotMangled(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	for raw, want := range map[string]string{
		"00493023125123": gatewaytest.NeighbourE164, "+493023125123": gatewaytest.NeighbourE164, "03023125123": gatewaytest.NeighbourE164, "23125123": gatewaytest.NeighbourE164,
		"00491713920055": gatewaytest.PatientE164, "0041442345678": "+41442345678", "0049(0)3023125123": gatewaytest.NeighbourE164,
	} {
		h.Box.Missed(raw, gatewaytest.Practice, fritztest.Course{})
		if got := h.WantEvents("ring", "miss").Caller.Number; got != want {
			t.Errorf("%s became %s, not %s", raw, got, want)
		}
	}
	h.Box.Unanswered(10, gatewaytest.Practice, "00493023125123", fritztest.Course{})
	if got := h.WantEvents("dial", "end").Callee.Number; got != gatewaytest.NeighbourE164 {
		t.Errorf("dialled 00493023125123 became %s", got)
	}
}

// TestRingWithoutTrunk: five fields instead of six are a call like any other.
func TestRingWithoutTrunk(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.Box.TrunkField(false)
	h.Box.FinalSemicolon(false)
	h.Box.Answered(gatewaytest.Patient, gatewaytest.Practice, 10, fritztest.Course{})
	end := h.WantEvents("ring", "answer", "end")
	if end.Caller.Number != gatewaytest.PatientE164 || end.Trunk != "" || end.TalkSeconds != 20 {
		t.Errorf("%+v", end)
	}
	stillTheFirstLink(h.Site)
}

// TestWhatCannotBeReadKeepsTheLink: an unknown event, and every other line that is
// none, is counted and skipped.
func TestWhatCannotBeReadKeepsTheLink(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	for _, kind := range fritztest.BadLines() {
		switch kind {
		case "latin1", "nul", "stamp", "rune": // a call all the same, see TestBytesThatAreNoText
			continue
		}
		if err := h.Box.Bad(kind); err != nil {
			t.Fatal(err)
		}
		h.Box.Answered(gatewaytest.Patient, gatewaytest.Practice, 10, fritztest.Course{})
		if end := h.WantEvents("ring", "answer", "end"); end.Caller.Number != gatewaytest.PatientE164 {
			t.Errorf("after %q: %+v", kind, end)
		}
	}
	stillTheFirstLink(h.Site)
	if bad := h.Metric(`callporter_monitor_bad_lines_total{box="fritzbox",reason="unknown_event"}`); bad != 1 {
		t.Errorf("%v lines with an unknown event counted", bad)
	}
}

// TestLinkCutWhileRinging: nothing rings for ever.
func TestLinkCutWhileRinging(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.Ring(gatewaytest.Patient)
	h.WantEvents("ring")
	h.WantState("ringing")
	h.WantLine(gatewaytest.PracticeMSN, "ringing")

	h.Box.Refuse()
	h.Box.Reset()
	lost := h.WantEvents("lost")
	if lost.Outcome != "lost" || lost.Phase != "ended" || lost.Caller.Number != gatewaytest.PatientE164 {
		t.Errorf("%+v", lost)
	}
	h.Heard.UntilSaid(h.Topic("link"), "offline")
	h.WantState("idle")
	h.WantLine(gatewaytest.PracticeMSN, "idle")
	kept := h.Retained()
	for _, topic := range []string{"state", "line/" + gatewaytest.PracticeMSN + "/state"} {
		if doc := gatewaytest.Parse[gatewaytest.StateDoc](t, kept[h.Topic(topic)]); doc.State != "idle" || doc.Active != 0 || doc.Call.ID != "" {
			t.Errorf("%s is kept as %+v", topic, doc)
		}
	}
}

// TestRingRightAfterDisconnect: no pause is needed between two calls.
func TestRingRightAfterDisconnect(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.Box.Glue(true) // all of it in one segment
	seen := map[string]bool{}
	for range 20 {
		h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
		h.Box.Answered(gatewaytest.Neighbour, gatewaytest.Practice, 10, fritztest.Course{})
	}
	h.Box.Glue(false)
	for range 20 {
		seen[h.WantEvents("ring", "miss").ID] = true
		seen[h.WantEvents("ring", "answer", "end").ID] = true
	}
	if len(seen) != 40 {
		t.Errorf("%d ids for 40 calls", len(seen))
	}
	h.WantState("idle")
}

// TestWhatIsDocumentedExists: each topic of the contract that needs nothing but the
// call monitor, and the port of health and metrics.
func TestWhatIsDocumentedExists(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
	h.Settled()

	kept := h.Retained()
	got := slices.Sorted(maps.Keys(kept))
	want := []string{
		"callporter/availability",
		"callporter/fritzbox/calls",
		"callporter/fritzbox/health",
		"callporter/fritzbox/last_call",
		"callporter/fritzbox/line/" + gatewaytest.HomeMSN + "/last_call",
		"callporter/fritzbox/line/" + gatewaytest.HomeMSN + "/missed",
		"callporter/fritzbox/line/" + gatewaytest.HomeMSN + "/state",
		"callporter/fritzbox/line/" + gatewaytest.PracticeMSN + "/last_call",
		"callporter/fritzbox/line/" + gatewaytest.PracticeMSN + "/missed",
		"callporter/fritzbox/line/" + gatewaytest.PracticeMSN + "/state",
		"callporter/fritzbox/link",
		"callporter/fritzbox/missed",
		"callporter/fritzbox/settings",
		"callporter/fritzbox/state",
		"homeassistant/device/callporter_fritzbox/config",
		"homeassistant/device/callporter_fritzbox_" + gatewaytest.HomeMSN + "/config",
		"homeassistant/device/callporter_fritzbox_" + gatewaytest.PracticeMSN + "/config",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("topics:\n%s", diff)
	}
	listed, err := retained.Topics(h.Config)
	slices.Sort(listed)
	if diff := cmp.Diff(want, listed); err != nil || diff != "" {
		t.Errorf("RetainedTopics: %v\n%s", err, diff)
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		if code, body := h.Get(path); code != http.StatusOK || body == "" {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
}

// TestCallsLeaveNoTopicsBehind: what the broker keeps does not grow with the calls.
func TestCallsLeaveNoTopicsBehind(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		h := gatewaytest.Open(t, gatewaytest.At(b))
		h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
		h.WantEvents("ring", "miss")
		h.Settled()
		before := slices.Sorted(maps.Keys(h.Retained()))
		for i := range 30 {
			number, _ := gatewaytest.Caller(i)
			h.Box.Answered(number, gatewaytest.Practice, 10, fritztest.Course{})
			h.WantEvents("ring", "answer", "end")
			h.Box.Ring(number, "23125099", fritztest.CallOptions{}).Disconnect(0) // to a number nobody told us of
			h.WantEvents("ring", "block")
			h.Box.Outgoing(11, gatewaytest.Home, number, fritztest.Course{})
			h.WantEvents("dial", "answer", "end")
		}
		h.WantState("idle")
		h.Settled()
		if diff := cmp.Diff(before, slices.Sorted(maps.Keys(h.Retained()))); diff != "" {
			t.Errorf("topics after ninety calls:\n%s", diff)
		}
	})
}

// stillTheFirstLink fails if the gateway has dialled the box more than once.
func stillTheFirstLink(s *gatewaytest.Site) {
	s.House.Helper()
	if n := s.Box.State().Accepted; n != 1 {
		s.House.Errorf("%d connections to the box, not the one", n)
	}
}
