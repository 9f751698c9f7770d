package gateway_test

import (
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
)

// TestSlowBroker: a broker that takes messages and confirms none lets the box wait,
// and nothing else. When it recovers nothing is missing and nothing comes twice.
func TestSlowBroker(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		c := newCable(t, b.address)
		// Without the journal, which is another matter and slow under the race detector.
		h := open(t, through(b, c), func(h *house) { h.config.Journal.Enabled = false })
		h.heard.untilSaid("callporter/availability", "online")
		h.settled()

		const calls = 1500
		const lines, events = 2 * calls, 2 * calls
		c.hold()
		for i := range calls {
			number, _ := caller(i)
			h.box.Missed(number, practice, fritztest.Course{})
		}
		// 1000 events in the queue, and some lines on the way to it.
		const most = 1000 + 300
		read := func() int { return int(h.metric(`callporter_monitor_lines_total{box="fritzbox"}`)) }
		eventually(t, "the queue is full", func() bool { return h.metric("callporter_mqtt_queue") == 1000 && read() > 1000 })

		// Commands go on: this one changes a setting, and its result waits in line.
		h.heard.say(h.topic("command/quiet"), `{"value":"ON","request":"meanwhile"}`, false)
		h.heard.untilSaid(h.topic("settings"), `{"quiet":"ON","deflections":{},"answering_machines":{}}`)
		if n := read(); n > most {
			t.Errorf("%d lines were read, not %d at most", n, most)
		}
		if n := h.metric("callporter_mqtt_queue"); n != 1000 {
			t.Errorf("%v events wait", n)
		}
		if code, text := h.get("/healthz"); code != 200 {
			t.Errorf("%d %s", code, text)
		}

		c.release()
		h.heard.until("all events", func() bool { return len(h.heard.on(h.topic("event"))) >= events })
		for i := range calls {
			if _, want := caller(i); h.wantEvents("ring", "miss").Caller.Number != want {
				t.Fatalf("call %d is not of %s", i, want)
			}
		}
		if r := h.nextResult(); r.Request != "meanwhile" || r.code() != "ok" {
			t.Errorf("%+v", r)
		}
		h.nothingElse()
		h.wantMissed(calls)
		h.wantState("idle")
		if n := read(); n != lines+2 {
			t.Errorf("%d lines read of %d", n, lines+2)
		}
		for _, why := range []string{"overflow", "too_old"} {
			if n := h.metric(`callporter_mqtt_events_dropped_total{reason="` + why + `"}`); n != 0 {
				t.Errorf("%v events dropped: %s", n, why)
			}
		}
	})
}

// TestBrokerThatNeverConfirms is left and connected to again; what it did not
// confirm is sent again, and all there is arrives at least once.
func TestBrokerThatNeverConfirms(t *testing.T) {
	t.Parallel()
	b := newBroker(t, nil)
	c := newCable(t, b.address)
	h := open(t, through(b, c), func(h *house) { h.options.Timing.MQTT.KeepAlive = time.Second })
	h.heard.untilSaid("callporter/availability", "online")
	h.settled()
	c.hold()
	const calls = 20
	for i := range calls {
		number, _ := caller(i)
		h.box.Missed(number, practice, fritztest.Course{})
	}
	h.heard.until("the first attempt", func() bool { return len(h.heard.on(h.topic("event"))) >= 2*calls })
	eventually(t, "the gateway tries again", func() bool { return h.metric("callporter_mqtt_reconnects_total") >= 1 })
	c.release()
	h.wantMissed(calls)
	h.wantCode("reset_missed", "PRESS", "ok") // its result stands behind all events
	times := map[string]int{}
	for _, m := range h.heard.on(h.topic("event")) {
		e := parse[callDoc](t, m.payload)
		times[e.EventType+" "+e.Caller.Number]++
	}
	if len(times) != 2*calls {
		t.Errorf("%d different events", len(times))
	}
	h.events = len(h.heard.on(h.topic("event")))
}

// TestLongOutageKeepsTheNewest: while the broker is away nothing waits for it; the
// oldest events make room, are counted, and the state is right at once.
func TestLongOutageKeepsTheNewest(t *testing.T) {
	t.Parallel()
	b := newBroker(t, nil)
	c := newCable(t, b.address)
	h := open(t, through(b, c))
	h.heard.untilSaid("callporter/availability", "online")
	h.settled()
	c.unplug()
	h.heard.untilSaid("callporter/availability", "offline")
	eventually(t, "the gateway has noticed", func() bool { return h.metric("callporter_mqtt_up") == 0 })
	const calls = 700
	for i := range calls {
		number, _ := caller(i)
		h.box.Missed(number, practice, fritztest.Course{})
	}
	eventually(t, "the box was heard", func() bool {
		return h.metric(`callporter_events_total{box="fritzbox",event="miss"}`) == calls
	})
	c.plug()
	for i := calls - 500; i < calls; i++ {
		if _, want := caller(i); h.wantEvents("ring", "miss").Caller.Number != want {
			t.Fatalf("call %d is not of %s", i, want)
		}
	}
	h.nothingElse()
	h.wantMissed(calls)
	if n := h.metric(`callporter_mqtt_events_dropped_total{reason="overflow"}`); n != 2*calls-1000 {
		t.Errorf("%v events dropped", n)
	}
}
