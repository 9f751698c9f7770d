package gateway_test

import (
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestSlowBroker: a broker that takes messages and confirms none lets the box wait,
// and nothing else. When it recovers nothing is missing and nothing comes twice.
func TestSlowBroker(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		c := gatewaytest.NewCable(t, b.Address)
		// Without the journal, which is another matter and slow under the race detector.
		h := gatewaytest.Open(t, gatewaytest.Through(b, c), func(h *gatewaytest.House) { h.Config.Journal.Enabled = false })
		h.Heard.UntilSaid("callporter/availability", "online")
		h.Settled()

		const calls = 1500
		const lines, events = 2 * calls, 3 * calls
		c.Hold()
		for i := range calls {
			number, _ := gatewaytest.Caller(i)
			h.Box.Missed(number, gatewaytest.Practice, fritztest.Course{})
		}
		// 1000 events in the queue, and some lines on the way to it.
		const most = 1000 + 300
		read := func() int { return int(h.Metric(`callporter_monitor_lines_total{box="fritzbox"}`)) }
		gatewaytest.Eventually(t, "the queue is full", func() bool { return h.Metric("callporter_mqtt_queue") == 1000 && read() > 600 })

		// Commands go on: this one changes a setting, and its result waits in line.
		h.Heard.Say(h.Topic("command/quiet"), `{"value":"ON","request":"meanwhile"}`, false)
		h.Heard.UntilSaid(h.Topic("settings"), gatewaytest.SettingsText("ON"))
		if n := read(); n > most {
			t.Errorf("%d lines were read, not %d at most", n, most)
		}
		if n := h.Metric("callporter_mqtt_queue"); n != 1000 {
			t.Errorf("%v events wait", n)
		}
		if code, text := h.Get("/healthz"); code != 200 {
			t.Errorf("%d %s", code, text)
		}

		c.Release()
		h.Heard.Until("all events", func() bool { return len(h.Heard.On(h.Topic("event"))) >= events })
		for i := range calls {
			if _, want := gatewaytest.Caller(i); h.WantEvents("ring", "miss").Caller.Number != want {
				t.Fatalf("call %d is not of %s", i, want)
			}
		}
		if r := h.NextResult(); r.Request != "meanwhile" || r.Code() != "ok" {
			t.Errorf("%+v", r)
		}
		h.NothingElse()
		h.WantMissed(calls)
		h.WantState("idle")
		if n := read(); n != lines+2 {
			t.Errorf("%d lines read of %d", n, lines+2)
		}
		for _, why := range []string{"overflow", "too_old"} {
			if n := h.Metric(`callporter_mqtt_events_dropped_total{reason="` + why + `"}`); n != 0 {
				t.Errorf("%v events dropped: %s", n, why)
			}
		}
	})
}

// TestBrokerThatNeverConfirms is left and connected to again; what it did not
// confirm is sent again, and all there is arrives at least once.
func TestBrokerThatNeverConfirms(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	c := gatewaytest.NewCable(t, b.Address)
	h := gatewaytest.Open(t, gatewaytest.Through(b, c), func(h *gatewaytest.House) { h.Options.Timing.MQTT.KeepAlive = time.Second })
	h.Heard.UntilSaid("callporter/availability", "online")
	h.Settled()
	c.Hold()
	const calls = 20
	for i := range calls {
		number, _ := gatewaytest.Caller(i)
		h.Box.Missed(number, gatewaytest.Practice, fritztest.Course{})
	}
	h.Heard.Until("the first attempt", func() bool { return len(h.Heard.On(h.Topic("event"))) >= 3*calls })
	gatewaytest.Eventually(t, "the gateway tries again", func() bool { return h.Metric("callporter_mqtt_reconnects_total") >= 1 })
	c.Release()
	h.WantMissed(calls)
	h.WantCode("reset_missed", "PRESS", "ok") // its result stands behind all events
	times := map[string]int{}
	for _, m := range h.Heard.On(h.Topic("event")) {
		e := gatewaytest.Parse[gatewaytest.CallDoc](t, m.Payload)
		times[e.EventType+" "+e.Caller.Number]++
	}
	if len(times) != 3*calls {
		t.Errorf("%d different events", len(times))
	}
	h.Events = len(h.Heard.On(h.Topic("event")))
}

// TestLongOutageKeepsTheNewest: while the broker is away nothing waits for it; the
// oldest events make room, are counted, and the state is right at once.
func TestLongOutageKeepsTheNewest(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	c := gatewaytest.NewCable(t, b.Address)
	h := gatewaytest.Open(t, gatewaytest.Through(b, c))
	h.Heard.UntilSaid("callporter/availability", "online")
	h.Settled()
	c.Unplug()
	h.Heard.UntilSaid("callporter/availability", "offline")
	gatewaytest.Eventually(t, "the gateway has noticed", func() bool { return h.Metric("callporter_mqtt_up") == 0 })
	const calls = 700
	for i := range calls {
		number, _ := gatewaytest.Caller(i)
		h.Box.Missed(number, gatewaytest.Practice, fritztest.Course{})
	}
	gatewaytest.Eventually(t, "the box was heard", func() bool {
		return h.Metric(`callporter_events_total{box="fritzbox",event="miss"}`) == calls
	})
	c.Plug()
	h.WantEvents("miss") // of 1000 events, the oldest
	for i := calls - 333; i < calls; i++ {
		if _, want := gatewaytest.Caller(i); h.WantEvents("ring", "miss").Caller.Number != want {
			t.Fatalf("call %d is not of %s", i, want)
		}
	}
	h.NothingElse()
	h.WantMissed(calls)
	if n := h.Metric(`callporter_mqtt_events_dropped_total{reason="overflow"}`); n != 3*calls-1000 {
		t.Errorf("%v events dropped", n)
	}
}
