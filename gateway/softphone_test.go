package gateway_test

import (
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/internal/testkit"
)

// TestSpamIsTurnedAway: a number of the own block list rings, our phone picks up and hangs up:
// the house is silent, and nobody hears of an answered call.
func TestSpamIsTurnedAway(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, gatewaytest.Softphone())
	h.Registered()
	h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","where":"own"}`, "ok")
	c := h.Ring(gatewaytest.Pest)
	e := h.WantEvents("ring", "reject")
	h.Silent()
	h.WantState("idle")
	if e.Outcome != "rejected" || e.Action != "rejected" {
		t.Errorf("the call ended as %+v", e)
	}
	h.NothingElse()
	h.NeverRinging()
	if rang := c.Rang(); rang > gatewaytest.Patience {
		t.Errorf("the house rang for %v", rang)
	}
	notTalked(h)

	// A patient rings on, with our phone too, until somebody takes the call.
	p := h.Ring(gatewaytest.Patient)
	h.WantEvents("ring", "ringing")
	h.WantState("ringing")
	p.Connect(10)
	h.WantEvents("answer")
	p.Disconnect(3)
	h.WantEvents("end")
	h.NothingElse()
}

// notTalked holds that no message has told of a conversation.
func notTalked(h *gatewaytest.House) {
	h.Helper()
	for _, topic := range []string{"event", "state"} {
		for _, m := range h.Heard.On(h.Topic(topic)) {
			if strings.Contains(m.Payload, `"event_type":"answer"`) || strings.Contains(m.Payload, `"state":"talking"`) || strings.Contains(m.Payload, `"outcome":"answered"`) {
				h.Errorf("our own pick-up was told as an answer: %s", m.Payload)
			}
		}
	}
}

// TestACKIsLost: the box has taken our answer though its ACK is lost, as its answer to our BYE
// shows. The CONNECT of our phone is no answer then either.
func TestACKIsLost(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, gatewaytest.Softphone(), func(h *gatewaytest.House) {
		h.Options.Timing.SIP.NoACK = 200 * time.Millisecond
	})
	h.Registered()
	if err := h.Box.SIPPackets(fritztest.PacketTrouble{What: "drop", Kind: "ack"}); err != nil {
		t.Fatal(err)
	}
	h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","where":"own"}`, "ok")
	h.Ring(gatewaytest.Pest)
	h.WantEvents("ring", "reject")
	h.Ring(gatewaytest.Patient)
	h.WantEvents("ring", "ringing")
	h.AtOurPhone()
	d := h.WantCode("reject", "PRESS", "ok").Data
	if d["acknowledged"] != false || d["bye"] != 200.0 || d["silent"] != true {
		t.Errorf("%v", d)
	}
	h.WantEvents("reject")
	h.Silent()
	h.NothingElse()
	notTalked(h)
}

// TestOneNumberOfTwo: the INVITE shows only what the caller claims; the number that the
// network vouches for is screened by the RING.
func TestOneNumberOfTwo(t *testing.T) {
	t.Parallel()
	for name, gap := range map[string]time.Duration{"RING first": 50 * time.Millisecond, "INVITE first": -50 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			h := gatewaytest.Open(t, gatewaytest.Softphone())
			h.Registered()
			h.Box.AdjustSIP(func(s *fritztest.SIPSettings) { s.Gap = gap })
			h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","where":"own"}`, "ok")
			h.Ring(gatewaytest.Munich + "(" + gatewaytest.Pest + ")")
			h.WantEvents("ring", "reject")
			h.Silent()
			h.WantState("idle")
			h.NothingElse()
		})
	}
}

// TestMethodsThatLeaveTheHouse: busy ends our leg alone. The others ring on, so the call is
// missed, or answered, as it goes.
func TestMethodsThatLeaveTheHouse(t *testing.T) {
	t.Parallel()
	for _, method := range []config.RejectMethod{config.RejectBusy, config.RejectDecline, config.RejectUnknown} {
		t.Run(method.String(), func(t *testing.T) {
			t.Parallel()
			h := gatewaytest.Open(t, gatewaytest.Softphone(func(s *config.SIP) { s.Method = method }))
			h.Registered()
			h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","where":"own"}`, "ok")
			c := h.Ring(gatewaytest.Pest)
			h.WantEvents("ring")
			declined := func() bool { return len(h.Box.SIPState().Legs) == 0 }
			testkit.Within(t, gatewaytest.Patience, time.Millisecond, "our phone has declined", declined)
			if h.Box.House().Silent() {
				t.Error("the house is silent")
			}
			c.Connect(10)
			h.WantEvents("ringing", "answer")
			c.Disconnect(3)
			h.WantEvents("end")
			h.NothingElse()
		})
	}
}

// TestDeliveredAgain: the provider delivers a call again that was turned away; that delivery does
// not ring either, also where a person has turned the caller away.
func TestDeliveredAgain(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, gatewaytest.Softphone())
	h.Registered()
	h.Box.AdjustSIP(func(s *fritztest.SIPSettings) { s.Redeliver = 50 * time.Millisecond })
	h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","where":"own"}`, "ok")
	h.Ring(gatewaytest.Pest)
	h.WantEvents("ring", "reject")
	h.WantEvents("ring", "reject")
	h.Silent()

	h.Ring(gatewaytest.Munich)
	h.WantEvents("ring", "ringing")
	h.WantCode("reject", "PRESS", "ok")
	h.WantEvents("reject")
	e := h.WantEvents("ring", "reject")
	h.Silent()
	h.WantState("idle")
	if len(e.Evidence) == 0 || e.Evidence[0].Reason != "turned_away" {
		t.Errorf("the second delivery says nothing of the first: %+v", e.Evidence)
	}
	h.NothingElse()
}

// TestWithoutCallMonitor: where the call monitor tells nothing, the INVITE makes the call. A
// RING that comes late is the same call.
func TestWithoutCallMonitor(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, gatewaytest.Softphone())
	h.Registered()
	h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","where":"own"}`, "ok")
	h.Box.Refuse()
	h.Box.Drop()
	h.Heard.UntilSaid(h.Topic("link"), "offline")
	h.Ring(gatewaytest.Pest)
	h.WantEvents("ring", "reject")
	h.Silent()
	c := h.Ring(gatewaytest.Patient)
	e := h.WantEvents("ring", "ringing")
	h.WantState("ringing")
	if e.Callee.MSN != gatewaytest.PracticeMSN {
		t.Errorf("called is %q", e.Callee.MSN)
	}
	c.Disconnect(0)
	h.WantEvents("miss")
	h.WantState("idle")

	if err := h.Box.Accept(); err != nil {
		t.Fatal(err)
	}
	h.Served()
	h.Box.AdjustSIP(func(s *fritztest.SIPSettings) { s.Gap = -700 * time.Millisecond }) // longer than they are joined
	lines := h.Box.State().Lines
	c = h.Ring(gatewaytest.Patient)
	h.WantEvents("ring", "ringing")
	testkit.Within(t, gatewaytest.Patience, time.Millisecond, "the RING has come", func() bool { return h.Box.State().Lines > lines })
	c.Connect(10)
	h.WantEvents("answer")
	c.Disconnect(4)
	h.WantEvents("end")
	h.NothingElse()
}
