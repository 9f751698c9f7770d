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
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/internal/testkit"
)

// wantBirth checks that what was heard since mark is a full birth: discovery
// first, then all state, and "online" behind the last of it.
func (h *house) wantBirth(mark int) {
	h.Helper()
	topics, err := retained.Topics(h.config)
	if err != nil {
		h.Fatal(err)
	}
	missing := func(heard []message) []string {
		left := slices.Clone(topics)
		for _, m := range heard {
			left = slices.DeleteFunc(left, func(topic string) bool { return topic == m.topic })
		}
		// Before the first call there is no last one.
		return slices.DeleteFunc(left, func(topic string) bool { return strings.HasSuffix(topic, "/last_call") })
	}
	online := -1
	h.heard.until("online", func() bool {
		online = slices.IndexFunc(h.heard.all()[mark:], func(m message) bool {
			return m.topic == "callporter/availability" && m.payload == "online"
		})
		return online >= 0
	})
	heard := h.heard.all()[mark : mark+online+1]
	if left := missing(heard); len(left) > 0 {
		h.Errorf("online was said before %v", left)
	}
	state := slices.IndexFunc(heard, func(m message) bool {
		return strings.HasPrefix(m.topic, "callporter/") && m.topic != "callporter/availability" && slices.Contains(topics, m.topic)
	})
	for _, m := range heard[state:] {
		if strings.HasPrefix(m.topic, "homeassistant/") {
			h.Errorf("%s was said behind %s", m.topic, heard[state].topic)
		}
	}
}

// TestBirth: at the first connection, and at each after it, everything is said in
// an order in which nobody is told of something he cannot know.
func TestBirth(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		c := newCable(t, b.address)
		h := open(t, through(b, c))
		h.wantBirth(0)
		h.box.Missed(patient, practice, fritztest.Course{})
		h.wantEvents("ring", "miss")
		h.wantMissed(1)
		h.wantCode("quiet", "ON", "ok")
		h.settled()
		before := h.retained()
		for range 3 {
			h.settled()
			mark := len(h.heard.all())
			c.cut()
			h.wantBirth(mark)
			h.settled()
			if diff := cmp.Diff(before, h.retained()); diff != "" {
				t.Errorf("kept after a new connection:\n%s", diff)
			}
		}
	})
}

// TestLastWill: who listens is told when the gateway is gone without a word.
func TestLastWill(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		c := newCable(t, b.address)
		h := open(t, through(b, c))
		h.heard.untilSaid("callporter/availability", "online")
		h.settled()
		c.unplug()
		h.heard.untilSaid("callporter/availability", "offline")
		if kept := h.retained()["callporter/availability"]; kept != "offline" {
			t.Errorf("availability is kept as %q", kept)
		}

		// What happens meanwhile is told when the broker is back.
		h.box.Missed(patient, practice, fritztest.Course{})
		h.box.Answered(neighbour, practice, 10, fritztest.Course{})
		eventually(t, "the gateway has the lines", func() bool {
			return h.metric(`callporter_monitor_lines_total{box="fritzbox"}`) == 5
		})
		mark := len(h.heard.all())
		c.plug()
		h.wantBirth(mark)
		h.wantEvents("ring", "miss")
		h.wantEvents("ring", "answer", "end")
		h.wantMissed(1)
		h.wantState("idle")
	})
}

// TestOrderlyStop says offline itself, and keeps everything else true.
func TestOrderlyStop(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		h := open(t, at(b))
		h.stop()
		h.heard.untilSaid("callporter/availability", "offline")
		kept := h.retained()
		if kept["callporter/availability"] != "offline" || kept[h.topic("link")] != "offline" {
			t.Errorf("kept: %v", kept)
		}
		h.run()
		h.heard.untilSaid("callporter/availability", "online")
		h.linked()
		h.nothingElse()
	})
}

// TestStaleStateIsCorrected: what a killed gateway has left retained does not
// outlive the start of the next, not even while the box is off.
func TestStaleStateIsCorrected(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		h := build(t, at(b))
		h.box.Refuse()
		before := listen(t, b.address)
		for _, topic := range []string{"state", "line/" + practiceMSN + "/state"} {
			before.say(h.topic(topic), `{"state":"ringing","active_calls":1,"call_waiting":false,"call":{},"calls":[]}`, true)
		}
		before.say(h.topic("link"), "online", true)
		before.say(h.topic("missed"), `{"count":7,"calls":[]}`, true)
		before.say("callporter/availability", "online", true)

		h.run()
		h.wantState("idle")
		h.wantLine(practiceMSN, "idle")
		h.heard.untilSaid(h.topic("link"), "offline")
		h.wantMissed(0)
		h.heard.untilSaid("callporter/availability", "online")
		kept := h.retained()
		for _, topic := range []string{"state", "line/" + practiceMSN + "/state"} {
			if doc := parse[stateDoc](t, kept[h.topic(topic)]); doc.State != "idle" {
				t.Errorf("%s is kept as %+v", topic, doc)
			}
		}
	})
}

// TestEventsAreNeverRetained: nobody who comes later is told of a call that is
// over, nor of an answer to somebody else.
func TestEventsAreNeverRetained(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		h := open(t, at(b))
		h.box.Missed(patient, practice, fritztest.Course{})
		h.wantEvents("ring", "miss")
		h.settled()
		h.wantCode("dance", "PRESS", "unknown_command")
		for topic := range h.retained() {
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
	h := open(t, func(h *house) {
		h.options.Timing.MQTT.BirthDelay = func() time.Duration {
			delays <- struct{}{}
			return 150 * time.Millisecond
		}
	})
	h.heard.untilSaid("callporter/availability", "online")
	h.settled()
	mark := len(h.heard.all())
	from := time.Now()
	h.heard.say("homeassistant/status", "offline", false)
	h.heard.say("homeassistant/status", "online", false)
	h.wantBirth(mark)
	if took := time.Since(from); took < 150*time.Millisecond || len(delays) != 1 {
		t.Errorf("said again after %v, with %d delays", took, len(delays))
	}

	// A retained one is from before, and no birth.
	h.heard.say("homeassistant/status", "online", true)
	h.stop()
}

// TestStatusTopicOfItsOwn is obeyed in place of the usual one.
func TestStatusTopicOfItsOwn(t *testing.T) {
	t.Parallel()
	h := open(t, func(h *house) { h.config.Discovery.StatusTopic = "ha/born" })
	h.heard.untilSaid("callporter/availability", "online")
	h.settled()
	mark := len(h.heard.all())
	h.heard.say("ha/born", "online", false)
	h.wantBirth(mark)
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
		h := build(t)
		change(&h.config)
		g, err := gateway.New(h.config, h.options)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
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
	b := newBroker(t, nil)
	sub := listen(t, b.address)
	for range 20 { // what goes on beside may come too late to be heard
		h := build(t, at(b))
		h.config.Web.Listen = taken.Addr().String()
		g, err := gateway.New(h.config, h.options)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if err := g.Run(ctx); err == nil || !strings.Contains(err.Error(), "in use") {
			t.Fatal(err)
		}
	}
	sub.say("end", "x", false)
	sub.untilSaid("end", "x")
	for _, m := range sub.all() {
		if m.topic != "end" {
			t.Errorf("%s says %s", m.topic, m.payload)
		}
	}
}

// TestBaseTopicOfItsOwn: nothing is said beside it.
func TestBaseTopicOfItsOwn(t *testing.T) {
	t.Parallel()
	h := build(t, func(h *house) { h.config.MQTT.BaseTopic = "house/calls" })
	h.run()
	h.heard.untilSaid("house/calls/fritzbox/link", "online")
	for topic := range maps.Keys(h.retained()) {
		if strings.HasPrefix(topic, "callporter/") {
			t.Errorf("%s is not below the base topic", topic)
		}
	}
}
