package gateway_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
)

// tick is a topic of the tests.
const tick = "tick"

// patiently gives the way to the broker its real durations.
func patiently(h *gatewaytest.House) { h.Options.Timing.MQTT = mqtt.Timing{} }

// rightAgain waits until the subscriber knows, by what it was told after a time, who
// rings at the practice ("" = nobody), that nobody talks, and that callporter is
// online. It fails if that took more than a second.
func rightAgain(h *gatewaytest.House, what string, from time.Time, caller string) {
	h.Helper()
	var took time.Duration
	since := func(topic string) []gatewaytest.Message {
		on := h.Heard.On(topic)
		for len(on) > 0 && on[0].At.Before(from) {
			on = on[1:]
		}
		return on
	}
	right := func(topic string, ok func(payload string) bool) bool {
		// The moment from which on it stayed right.
		on := since(topic)
		first := len(on)
		for first > 0 && ok(on[first-1].Payload) {
			first--
		}
		if first == len(on) {
			return false
		}
		took = max(took, on[first].At.Sub(from))
		return true
	}
	shows := func(number string) func(string) bool {
		return func(payload string) bool {
			doc := gatewaytest.Parse[gatewaytest.StateDoc](h, payload)
			return (doc.State == "ringing") == (number != "") && (doc.State == "idle") == (number == "") &&
				doc.Call.Caller.Number == number && len(doc.Calls) == 0
		}
	}
	h.Heard.Until("everything is right again", func() bool {
		took = 0
		return right("callporter/availability", func(payload string) bool { return payload == "online" }) &&
			right(h.Topic("link"), func(payload string) bool { return payload == "online" }) &&
			right(h.Topic("state"), shows(caller)) &&
			right(h.Topic("line/"+gatewaytest.PracticeMSN+"/state"), shows(caller)) &&
			right(h.Topic("line/"+gatewaytest.HomeMSN+"/state"), shows(""))
	})
	h.Logf("%s: everything right %v after its return", what, took.Round(time.Millisecond))
	if took > time.Second {
		h.Errorf("%s: %v until everything was right", what, took)
	}
	h.Settled()
	keptIsRight(h, what)
}

// keptIsRight checks that somebody who comes now finds what there is to be retained, as
// the subscriber heard it last, and nothing else of ours.
func keptIsRight(h *gatewaytest.House, what string) {
	h.Helper()
	topics, err := retained.Topics(h.Config)
	if err != nil {
		h.Fatal(err)
	}
	kept := h.Retained()
	for _, topic := range topics {
		if kept[topic] != h.Heard.Newest(topic) {
			h.Errorf("%s: %s is kept as %q, and was last %q", what, topic, kept[topic], h.Heard.Newest(topic))
		}
	}
	for topic := range kept {
		if !slices.Contains(topics, topic) && topic != tick {
			h.Errorf("%s: %s is kept", what, topic)
		}
	}
}

// callsMeanwhile has two calls at a time, goes on with one that ends and one that begins
// while the broker is away, and returns the caller who rings then.
func callsMeanwhile(h *gatewaytest.House, away func(), back func()) (caller string) {
	h.Helper()
	first := h.Ring(gatewaytest.Patient)
	second := h.RingHome(gatewaytest.Neighbour)
	second.Connect(10)
	h.WantState("ringing")
	h.WantLine(gatewaytest.HomeMSN, "talking")
	away()
	before := h.Metric(`callporter_monitor_lines_total{box="fritzbox"}`)
	first.Disconnect(0)
	second.Disconnect(5)
	h.Ring(gatewaytest.Friend)
	gatewaytest.Eventually(h, "the gateway has the lines", func() bool {
		return h.Metric(`callporter_monitor_lines_total{box="fritzbox"}`) == before+3
	})
	back()
	return gatewaytest.FriendE164
}

// nothingDropped fails if an event was given up.
func nothingDropped(h *gatewaytest.House) {
	h.Helper()
	for _, why := range []string{"overflow", "too_old"} {
		if n := h.Metric(`callporter_mqtt_events_dropped_total{reason="` + why + `"}`); n != 0 {
			h.Errorf("%v events dropped: %s", n, why)
		}
	}
}

// saidSince are the payloads heard on a topic after a time.
func saidSince(h *gatewaytest.House, topic string, from time.Time) (said []string) {
	for _, m := range h.Heard.On(topic) {
		if !m.At.Before(from) {
			said = append(said, m.Payload)
		}
	}
	return said
}

// TestBrokerDiesInTheMiddleOfCalls and comes back, empty, or with what it had kept.
// What it kept is wrong by then, and right again within a second.
func TestBrokerDiesInTheMiddleOfCalls(t *testing.T) {
	t.Parallel()
	survive := func(t *testing.T, b *gatewaytest.Broker, saved func(h *gatewaytest.House)) {
		h := gatewaytest.Open(t, gatewaytest.At(b), patiently)
		var from time.Time
		caller := callsMeanwhile(h, func() {
			saved(h)
			b.Stop()
			gatewaytest.Eventually(t, "the gateway has noticed", func() bool { return h.Metric("callporter_mqtt_up") == 0 })
			gatewaytest.Eventually(t, "the user is told", func() bool {
				code, text := h.Get("/readyz")
				return code == 503 && strings.Contains(text, "check that the broker runs")
			})
		}, func() {
			b.Start()
			from = time.Now()
		})
		rightAgain(h, "a broker killed and restarted", from, caller)
		nothingDropped(h)
		h.Events = len(h.Heard.On(h.Topic("event"))) // the subscriber was away as well
		h.Stop()
		h.WantEvents("lost")
		h.Heard.UntilSaid("callporter/availability", "offline")
		if said := saidSince(h, "callporter/availability", from); !slices.Equal(said, []string{"online", "offline"}) && !slices.Equal(said, []string{"online", "online", "offline"}) {
			t.Errorf("since the return callporter was %q", said) // one "online" may be a retained one
		}
	}
	nothing := func(*gatewaytest.House) {}
	t.Run("embedded", func(t *testing.T) { t.Parallel(); survive(t, gatewaytest.NewBroker(t, nil), nothing) })
	t.Run("mosquitto", func(t *testing.T) { t.Parallel(); survive(t, gatewaytest.NewMosquitto(t), nothing) })
	t.Run("mosquitto that remembers", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		b := gatewaytest.NewMosquitto(t, "persistence true", "persistence_location "+dir+"/", "autosave_interval 1", "autosave_on_changes true")
		survive(t, b, func(h *gatewaytest.House) {
			gatewaytest.Eventually(t, "the wrong state is on the disk", func() bool {
				// Something has to change for it to write.
				h.Heard.Say(tick, time.Now().String(), true)
				kept, _ := os.ReadFile(filepath.Join(dir, "mosquitto.db"))
				return strings.Contains(string(kept), `{"state":"ringing"`) && strings.Contains(string(kept), `{"state":"talking"`)
			})
		})
	})
}

// TestGatewayWithItsBrokerRestarts in the middle of calls, the broker being its own:
// the earlier calls are gone, those that come are shown.
func TestGatewayWithItsBrokerRestarts(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Build(t, patiently)
	h.Config.Broker.Listen = testkit.FreeAddress(t)
	h.Run()
	h.Linked()
	h.Ring(gatewaytest.Patient)
	h.WantState("ringing")
	h.Stop()
	h.WantEvents("ring", "lost")
	from := time.Now()
	h.Run()
	h.Events = 0 // for a new subscriber
	rightAgain(h, "a gateway with its own broker", from, "")
	h.Box.Missed(gatewaytest.Friend, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
	h.WantState("idle")
}

// TestEventsOfAnOutage come once each and in order when the broker is back, to a
// subscriber who is back before: what happened while it was dead, and nothing from earlier.
func TestEventsOfAnOutage(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		c := gatewaytest.NewCable(t, b.Address)
		h := gatewaytest.Open(t, gatewaytest.Through(b, c))
		for range 3 {
			first := h.Ring(gatewaytest.Patient)
			h.WantEvents("ring")
			h.WantState("ringing")
			second := h.RingHome(gatewaytest.Neighbour)
			second.Connect(10)
			h.WantEvents("ring", "answer")
			h.Settled()
			b.Stop()
			c.Unplug() // until the subscriber is back
			gatewaytest.Eventually(t, "the gateway has noticed", func() bool { return h.Metric("callporter_mqtt_up") == 0 })
			first.Disconnect(0)
			second.Disconnect(5)
			third := h.Ring(gatewaytest.Friend)
			b.Start()
			h.Heard.Back()
			c.Plug()
			h.WantEvents("miss")
			h.WantEvents("end")
			if e := h.WantEvents("ring"); e.Caller.Number != gatewaytest.FriendE164 {
				t.Errorf("%+v rings", e.Caller)
			}
			h.WantState("ringing")
			third.Disconnect(0)
			h.WantEvents("miss")
			h.WantState("idle")
		}
		h.NothingElse()
		nothingDropped(h)
	})
}

// TestBrokerRestartsTwice within a minute, which is not taken for another client.
func TestBrokerRestartsTwice(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		log := new(gatewaytest.Transcript)
		h := gatewaytest.Open(t, gatewaytest.At(b), func(h *gatewaytest.House) { h.Options.Log = log.Debug() })
		for n := range 2 {
			b.Stop()
			gatewaytest.Eventually(t, "the gateway has noticed", func() bool {
				_, text := h.Get("/readyz")
				return strings.Contains(text, "check that the broker runs")
			})
			b.Start()
			gatewaytest.Eventually(t, "the gateway is back", func() bool { return int(h.Metric("callporter_mqtt_reconnects_total")) > n })
		}
		if code, text := h.Get("/readyz"); code != 200 || strings.Contains(text, "client") || strings.Contains(log.String(), "other_client") {
			t.Errorf("%d %s\n%s", code, text, log)
		}
	})
}

// TestAnotherClientWithOurID: each throws the other out. Twice in a minute is no
// accident, and the user is told, in his language.
func TestAnotherClientWithOurID(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		log := new(gatewaytest.Transcript)
		h := gatewaytest.Open(t, gatewaytest.At(b), func(h *gatewaytest.House) {
			h.Config.Language = call.German
			h.Config.MQTT.ClientID = "house"
			h.Options.Log = log.Debug()
		})
		h.Heard.UntilSaid("callporter/availability", "online")
		other, err := mqtt.NewClient(mqtt.Options{URLs: []string{"mqtt://" + b.Address}, ClientID: "house"})
		if err != nil {
			t.Fatal(err)
		}
		stop := gatewaytest.Background(t, other.Run)
		gatewaytest.Eventually(t, "the user is told", func() bool {
			code, text := h.Get("/readyz")
			return code == 200 && strings.Contains(text, "ein anderer Client benutzt diese Kennung: jedem eine eigene client_id geben")
		})
		stop()
		h.Heard.UntilSaid("callporter/availability", "online")
		if text := log.String(); !strings.Contains(text, "reason=other_client") || !strings.Contains(text, "ein anderer Client benutzt diese Kennung") {
			t.Errorf("the log says:\n%s", text)
		}
	})
}
