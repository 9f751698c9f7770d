package gateway_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/internal/testkit"
)

// wantBirth checks that what was heard since mark is a full birth: discovery
// first, then all state, and "online" behind the last of it.
func wantBirth(h *gatewaytest.House, mark int) {
	h.Helper()
	topics, err := retained.Topics(h.Config)
	if err != nil {
		h.Fatal(err)
	}
	missing := func(heard []gatewaytest.Message) []string {
		left := slices.Clone(topics)
		for _, m := range heard {
			left = slices.DeleteFunc(left, func(topic string) bool { return topic == m.Topic })
		}
		// Before the first call there is no last one.
		return slices.DeleteFunc(left, func(topic string) bool { return strings.HasSuffix(topic, "/last_call") })
	}
	online := -1
	h.Heard.Until("online", func() bool {
		online = slices.IndexFunc(h.Heard.All()[mark:], func(m gatewaytest.Message) bool {
			return m.Topic == "callporter/availability" && m.Payload == "online"
		})
		return online >= 0
	})
	heard := h.Heard.All()[mark : mark+online+1]
	if left := missing(heard); len(left) > 0 {
		h.Errorf("online was said before %v", left)
	}
	state := slices.IndexFunc(heard, func(m gatewaytest.Message) bool {
		return strings.HasPrefix(m.Topic, "callporter/") && m.Topic != "callporter/availability" && slices.Contains(topics, m.Topic)
	})
	for _, m := range heard[state:] {
		if strings.HasPrefix(m.Topic, "homeassistant/") {
			h.Errorf("%s was said behind %s", m.Topic, heard[state].Topic)
		}
	}
}

// TestBirth: at the first connection, and at each after it, everything is said in
// an order in which nobody is told of something he cannot know.
func TestBirth(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		c := gatewaytest.NewCable(t, b.Address)
		h := gatewaytest.Open(t, gatewaytest.Through(b, c))
		wantBirth(h, 0)
		h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
		h.WantEvents("ring", "miss")
		h.WantMissed(1)
		h.WantCode("quiet", "ON", "ok")
		h.Settled()
		before := h.Retained()
		for range 3 {
			h.Settled()
			mark := len(h.Heard.All())
			c.Cut()
			wantBirth(h, mark)
			h.Settled()
			if diff := cmp.Diff(before, h.Retained()); diff != "" {
				t.Errorf("kept after a new connection:\n%s", diff)
			}
		}
	})
}

// TestLastWill: who listens is told when the gateway is gone without a word.
func TestLastWill(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		c := gatewaytest.NewCable(t, b.Address)
		h := gatewaytest.Open(t, gatewaytest.Through(b, c))
		h.Heard.UntilSaid("callporter/availability", "online")
		h.Settled()
		c.Unplug()
		h.Heard.UntilSaid("callporter/availability", "offline")
		if kept := h.Retained()["callporter/availability"]; kept != "offline" {
			t.Errorf("availability is kept as %q", kept)
		}

		// What happens meanwhile is told when the broker is back.
		h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
		h.Box.Answered(gatewaytest.Neighbour, gatewaytest.Practice, 10, fritztest.Course{})
		gatewaytest.Eventually(t, "the gateway has the lines", func() bool {
			return h.Metric(`callporter_monitor_lines_total{box="fritzbox"}`) == 5
		})
		mark := len(h.Heard.All())
		c.Plug()
		wantBirth(h, mark)
		h.WantEvents("ring", "miss")
		h.WantEvents("ring", "answer", "end")
		h.WantMissed(1)
		h.WantState("idle")
	})
}

// TestOrderlyStop says offline itself, and keeps everything else true.
func TestOrderlyStop(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		h := gatewaytest.Open(t, gatewaytest.At(b))
		h.Stop()
		h.Heard.UntilSaid("callporter/availability", "offline")
		kept := h.Retained()
		if kept["callporter/availability"] != "offline" || kept[h.Topic("link")] != "offline" {
			t.Errorf("kept: %v", kept)
		}
		h.Run()
		h.Heard.UntilSaid("callporter/availability", "online")
		h.Linked()
		h.NothingElse()
	})
}

// TestStaleStateIsCorrected: what a killed gateway has left retained does not
// outlive the start of the next, not even while the box is off.
func TestStaleStateIsCorrected(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		h := gatewaytest.Build(t, gatewaytest.At(b))
		h.Box.Refuse()
		before := gatewaytest.Listen(t, b.Address)
		for _, topic := range []string{"state", "line/" + gatewaytest.PracticeMSN + "/state"} {
			before.Say(h.Topic(topic), `{"state":"ringing","active_calls":1,"call_waiting":false,"call":{},"calls":[]}`, true)
		}
		before.Say(h.Topic("link"), "online", true)
		before.Say(h.Topic("missed"), `{"count":7,"calls":[]}`, true)
		before.Say("callporter/availability", "online", true)

		h.Run()
		h.WantState("idle")
		h.WantLine(gatewaytest.PracticeMSN, "idle")
		h.Heard.UntilSaid(h.Topic("link"), "offline")
		h.WantMissed(0)
		h.Heard.UntilSaid("callporter/availability", "online")
		kept := h.Retained()
		for _, topic := range []string{"state", "line/" + gatewaytest.PracticeMSN + "/state"} {
			if doc := gatewaytest.Parse[gatewaytest.StateDoc](t, kept[h.Topic(topic)]); doc.State != "idle" {
				t.Errorf("%s is kept as %+v", topic, doc)
			}
		}
	})
}

// TestEventsAreNeverRetained: nobody who comes later is told of a call that is
// over, nor of an answer to somebody else.
func TestEventsAreNeverRetained(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		h := gatewaytest.Open(t, gatewaytest.At(b))
		h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
		h.WantEvents("ring", "miss")
		h.Settled()
		h.WantCode("dance", "PRESS", "unknown_command")
		for topic := range h.Retained() {
			if strings.HasSuffix(topic, "/event") || strings.HasSuffix(topic, "/result") || strings.Contains(topic, "/command/") {
				t.Errorf("%s is kept", topic)
			}
		}
	})
}

// TestHomeAssistantRestarts: its birth message is answered, after a delay, with
// everything there is.
func TestHomeAssistantRestarts(t *testing.T) {
	t.Parallel()
	delays := make(chan struct{}, 100)
	h := gatewaytest.Open(t, func(h *gatewaytest.House) {
		h.Options.Timing.MQTT.BirthDelay = func() time.Duration {
			delays <- struct{}{}
			return 150 * time.Millisecond
		}
	})
	h.Heard.UntilSaid("callporter/availability", "online")
	h.Settled()
	mark := len(h.Heard.All())
	from := time.Now()
	h.Heard.Say("homeassistant/status", "offline", false)
	h.Heard.Say("homeassistant/status", "online", false)
	wantBirth(h, mark)
	if took := time.Since(from); took < 150*time.Millisecond || len(delays) != 1 {
		t.Errorf("said again after %v, with %d delays", took, len(delays))
	}

	// A retained one is from before, and no birth.
	h.Heard.Say("homeassistant/status", "online", true)
	h.Stop()
}

// TestStatusTopicOfItsOwn is obeyed in place of the usual one.
func TestStatusTopicOfItsOwn(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Discovery.StatusTopic = "ha/born" })
	h.Heard.UntilSaid("callporter/availability", "online")
	h.Settled()
	mark := len(h.Heard.All())
	h.Heard.Say("ha/born", "online", false)
	wantBirth(h, mark)
}

// TestPortInUse: the error says which.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	taken := testkit.Listen(t)
	address := taken.Addr().String()
	for what, change := range map[string]func(*config.Config){
		"embedded broker": func(c *config.Config) { c.Broker.Listen = address },
		"web":             func(c *config.Config) { c.Web.Listen = address },
	} {
		h := gatewaytest.Build(t)
		change(&h.Config)
		g, err := gateway.New(h.Config, h.Options)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), gatewaytest.Patience)
		defer cancel()
		err = g.Run(ctx)
		if err == nil || !strings.Contains(err.Error(), address) || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), "in use") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestPortInUseIsSilent: a gateway that cannot start says nothing to the broker, where
// another may be at work on the same topics.
func TestPortInUseIsSilent(t *testing.T) {
	t.Parallel()
	taken := testkit.Listen(t)
	b := gatewaytest.NewBroker(t, nil)
	sub := gatewaytest.Listen(t, b.Address)
	for range 20 { // what goes on beside may come too late to be heard
		h := gatewaytest.Build(t, gatewaytest.At(b))
		h.Config.Web.Listen = taken.Addr().String()
		g, err := gateway.New(h.Config, h.Options)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), gatewaytest.Patience)
		defer cancel()
		if err := g.Run(ctx); err == nil || !strings.Contains(err.Error(), "in use") {
			t.Fatal(err)
		}
	}
	sub.Say("end", "x", false)
	sub.UntilSaid("end", "x")
	for _, m := range sub.All() {
		if m.Topic != "end" {
			t.Errorf("%s says %s", m.Topic, m.Payload)
		}
	}
}

// TestBaseTopicOfItsOwn: nothing is said beside it.
func TestBaseTopicOfItsOwn(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Build(t, func(h *gatewaytest.House) { h.Config.MQTT.BaseTopic = "house/calls" })
	h.Run()
	h.Heard.UntilSaid("house/calls/fritzbox/link", "online")
	for topic := range maps.Keys(h.Retained()) {
		if strings.HasPrefix(topic, "callporter/") {
			t.Errorf("%s is not below the base topic", topic)
		}
	}
}
