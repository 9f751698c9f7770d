package gateway_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/retained"
)

// The tests of this file are what another gateway for the same box gets wrong, one
// test a defect.

// TestSecondCallerIsNotTheFirst: the box gives a connection id again as soon as it
// is free. Who calls then is somebody else.
func TestSecondCallerIsNotTheFirst(t *testing.T) {
	t.Parallel()
	h := open(t)

	first := h.ring(patient)
	h.wantState("ringing")
	h.box.Advance(5e9)
	first.Disconnect(0)
	one := h.wantEvents("ring", "miss")
	h.wantState("idle")

	second := h.ring(neighbour)
	if second.ID() != first.ID() {
		t.Fatalf("the box used id %d, not %d again", second.ID(), first.ID())
	}
	ringing := h.wantState("ringing")
	two := h.wantEvents("ring")
	line := h.wantLine(practiceMSN, "ringing")
	for what, got := range map[string]callDoc{"event": two, "state": ringing.Call, "line": line.Call} {
		if got.Caller.Number != neighbourE164 || got.ID == one.ID || got.ID != two.ID {
			t.Errorf("%s: %s with id %s; the first caller was %s with %s", what, got.Caller.Number, got.ID, one.Caller.Number, one.ID)
		}
	}
	h.box.Advance(5e9)
	second.Disconnect(0)
	h.wantEvents("miss")
}

// TestBrokerRestartLeavesNobodyMute: after a restart of the broker everything is
// said again, and so is what happens from then on.
func TestBrokerRestartLeavesNobodyMute(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		h := open(t, at(b))
		h.box.Missed(patient, practice, fritztest.Course{})
		h.wantEvents("ring", "miss")
		h.wantState("idle")
		h.settled()
		before := h.retained()

		for range 2 {
			said := len(h.heard.on("callporter/availability"))
			b.stop()
			b.start()
			h.heard.until("the gateway is back", func() bool {
				again := h.heard.on("callporter/availability")[said:]
				return len(again) > 0 && again[len(again)-1].payload == "online"
			})
			if diff := cmp.Diff(before, h.retained()); diff != "" {
				t.Errorf("the broker keeps something else after its restart:\n%s", diff)
			}

			c := h.ring(neighbour)
			h.wantEvents("ring")
			h.wantState("ringing")
			c.Connect(10)
			h.wantEvents("answer")
			h.wantState("talking")
			c.Disconnect(3)
			h.wantEvents("end")
			h.wantState("idle")
			h.settled()
			before["callporter/fritzbox/last_call"] = h.retained()["callporter/fritzbox/last_call"]
		}
	})
}

// TestHiddenCallerHasNoNumber, and above all no area code for a number.
func TestHiddenCallerHasNoNumber(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.ring("")
	for what, got := range map[string]callDoc{"event": h.wantEvents("ring"), "state": h.wantState("ringing").Call} {
		want := party{Withheld: true, Kind: "withheld", Display: got.Caller.Display}
		if diff := cmp.Diff(want, got.Caller); diff != "" || strings.ContainsAny(got.Caller.Display, "0123456789+") {
			t.Errorf("%s: caller %+v", what, got.Caller)
		}
	}
	h.box.Advance(5e9)
	c.Disconnect(0)
	last := h.wantEvents("miss")
	if missed := h.wantMissed(1); missed.Calls[0].ID != last.ID || !missed.Calls[0].Caller.Withheld {
		t.Errorf("missed %+v", missed)
	}
}

// TestNumbersAreNotMangled: each notation of a number is that number.
func TestNumbersAreNotMangled(t *testing.T) {
	t.Parallel()
	h := open(t)
	for raw, want := range map[string]string{
		"00493023125123": neighbourE164, "+493023125123": neighbourE164, "03023125123": neighbourE164, "23125123": neighbourE164,
		"00491713920055": patientE164, "0041442345678": "+41442345678", "0049(0)3023125123": neighbourE164,
	} {
		h.box.Missed(raw, practice, fritztest.Course{})
		if got := h.wantEvents("ring", "miss").Caller.Number; got != want {
			t.Errorf("%s became %s, not %s", raw, got, want)
		}
	}
	h.box.Unanswered(10, practice, "00493023125123", fritztest.Course{})
	if got := h.wantEvents("dial", "end").Callee.Number; got != neighbourE164 {
		t.Errorf("dialled 00493023125123 became %s", got)
	}
}

// TestRingWithoutTrunk: five fields instead of six are a call like any other.
func TestRingWithoutTrunk(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.box.TrunkField(false)
	h.box.FinalSemicolon(false)
	h.box.Answered(patient, practice, 10, fritztest.Course{})
	end := h.wantEvents("ring", "answer", "end")
	if end.Caller.Number != patientE164 || end.Trunk != "" || end.TalkSeconds != 20 {
		t.Errorf("%+v", end)
	}
	h.stillTheFirstLink()
}

// TestWhatCannotBeReadKeepsTheLink: an unknown event, and every other line that is
// none, is counted and skipped.
func TestWhatCannotBeReadKeepsTheLink(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, kind := range fritztest.BadLines() {
		switch kind {
		case "latin1", "nul", "stamp", "rune": // a call all the same, see TestBytesThatAreNoText
			continue
		}
		if err := h.box.Bad(kind); err != nil {
			t.Fatal(err)
		}
		h.box.Answered(patient, practice, 10, fritztest.Course{})
		if end := h.wantEvents("ring", "answer", "end"); end.Caller.Number != patientE164 {
			t.Errorf("after %q: %+v", kind, end)
		}
	}
	h.stillTheFirstLink()
	if bad := h.metric(`callporter_monitor_bad_lines_total{box="fritzbox",reason="unknown_event"}`); bad != 1 {
		t.Errorf("%v lines with an unknown event counted", bad)
	}
}

// TestLinkCutWhileRinging: nothing rings for ever.
func TestLinkCutWhileRinging(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.ring(patient)
	h.wantEvents("ring")
	h.wantState("ringing")
	h.wantLine(practiceMSN, "ringing")

	h.box.Refuse()
	h.box.Reset()
	lost := h.wantEvents("lost")
	if lost.Outcome != "lost" || lost.Phase != "ended" || lost.Caller.Number != patientE164 {
		t.Errorf("%+v", lost)
	}
	h.heard.untilSaid(h.topic("link"), "offline")
	h.wantState("idle")
	h.wantLine(practiceMSN, "idle")
	kept := h.retained()
	for _, topic := range []string{"state", "line/" + practiceMSN + "/state"} {
		if doc := parse[stateDoc](t, kept[h.topic(topic)]); doc.State != "idle" || doc.Active != 0 || doc.Call.ID != "" {
			t.Errorf("%s is kept as %+v", topic, doc)
		}
	}
}

// TestRingRightAfterDisconnect: no pause is needed between two calls.
func TestRingRightAfterDisconnect(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.box.Glue(true) // all of it in one segment
	seen := map[string]bool{}
	for range 20 {
		h.box.Missed(patient, practice, fritztest.Course{})
		h.box.Answered(neighbour, practice, 10, fritztest.Course{})
	}
	h.box.Glue(false)
	for range 20 {
		seen[h.wantEvents("ring", "miss").ID] = true
		seen[h.wantEvents("ring", "answer", "end").ID] = true
	}
	if len(seen) != 40 {
		t.Errorf("%d ids for 40 calls", len(seen))
	}
	h.wantState("idle")
}

// TestWhatIsDocumentedExists: each topic of the contract that needs nothing but the
// call monitor, and the port of health and metrics.
func TestWhatIsDocumentedExists(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.box.Missed(patient, practice, fritztest.Course{})
	h.wantEvents("ring", "miss")
	h.settled()

	kept := h.retained()
	got := slices.Sorted(maps.Keys(kept))
	want := []string{
		"callporter/availability",
		"callporter/fritzbox/health",
		"callporter/fritzbox/last_call",
		"callporter/fritzbox/line/" + homeMSN + "/state",
		"callporter/fritzbox/line/" + practiceMSN + "/state",
		"callporter/fritzbox/link",
		"callporter/fritzbox/missed",
		"callporter/fritzbox/settings",
		"callporter/fritzbox/state",
		"homeassistant/device/callporter_fritzbox/config",
		"homeassistant/device/callporter_fritzbox_" + homeMSN + "/config",
		"homeassistant/device/callporter_fritzbox_" + practiceMSN + "/config",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("topics:\n%s", diff)
	}
	listed, err := retained.Topics(h.config)
	slices.Sort(listed)
	if diff := cmp.Diff(want, listed); err != nil || diff != "" {
		t.Errorf("RetainedTopics: %v\n%s", err, diff)
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		if code, body := h.get(path); code != http.StatusOK || body == "" {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
}

// TestCallsLeaveNoTopicsBehind: what the broker keeps does not grow with the calls.
func TestCallsLeaveNoTopicsBehind(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		h := open(t, at(b))
		h.box.Missed(patient, practice, fritztest.Course{})
		h.wantEvents("ring", "miss")
		h.settled()
		before := slices.Sorted(maps.Keys(h.retained()))
		for i := range 30 {
			number, _ := caller(i)
			h.box.Answered(number, practice, 10, fritztest.Course{})
			h.wantEvents("ring", "answer", "end")
			h.box.Ring(number, "23125099", fritztest.CallOptions{}).Disconnect(0) // to a number nobody told us of
			h.wantEvents("ring", "block")
			h.box.Outgoing(11, home, number, fritztest.Course{})
			h.wantEvents("dial", "answer", "end")
		}
		h.wantState("idle")
		h.settled()
		if diff := cmp.Diff(before, slices.Sorted(maps.Keys(h.retained()))); diff != "" {
			t.Errorf("topics after ninety calls:\n%s", diff)
		}
	})
}

// stillTheFirstLink fails if the gateway has dialled the box more than once.
func (s *site) stillTheFirstLink() {
	s.house.Helper()
	if n := s.box.State().Accepted; n != 1 {
		s.house.Errorf("%d connections to the box, not the one", n)
	}
}

// wantMissed waits until so many missed calls are counted.
func (s *site) wantMissed(n int) (doc missedDoc) {
	h := s.house
	h.Helper()
	h.heard.until(fmt.Sprint(n, " missed calls"), func() bool {
		payload := h.heard.newest(s.topic("missed"))
		if payload == "" {
			return false
		}
		doc = parse[missedDoc](h, payload)
		return doc.Count == n
	})
	return doc
}

// get asks the web port.
func (h *house) get(path string) (code int, body string) {
	h.Helper()
	return fetch(h, context.Background(), "http://"+h.gateway.WebAddr().String()+path)
}
