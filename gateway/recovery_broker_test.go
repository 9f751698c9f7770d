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
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
)

// tick is a topic of the tests.
const tick = "tick"

// patiently gives the way to the broker its real durations.
func patiently(h *house) { h.options.Timing.MQTT = mqtt.Timing{} }

// rightAgain waits until the subscriber knows, by what it was told after a time, who
// rings at the practice ("" = nobody), that nobody talks, and that callporter is
// online. It fails if that took more than a second.
func (h *house) rightAgain(what string, from time.Time, caller string) {
	h.Helper()
	var took time.Duration
	since := func(topic string) []message {
		on := h.heard.on(topic)
		for len(on) > 0 && on[0].at.Before(from) {
			on = on[1:]
		}
		return on
	}
	right := func(topic string, ok func(payload string) bool) bool {
		// The moment from which on it stayed right.
		on := since(topic)
		first := len(on)
		for first > 0 && ok(on[first-1].payload) {
			first--
		}
		if first == len(on) {
			return false
		}
		took = max(took, on[first].at.Sub(from))
		return true
	}
	shows := func(number string) func(string) bool {
		return func(payload string) bool {
			doc := parse[stateDoc](h, payload)
			return (doc.State == "ringing") == (number != "") && (doc.State == "idle") == (number == "") &&
				doc.Call.Caller.Number == number && len(doc.Calls) == 0
		}
	}
	h.heard.until("everything is right again", func() bool {
		took = 0
		return right("callporter/availability", func(payload string) bool { return payload == "online" }) &&
			right(h.topic("link"), func(payload string) bool { return payload == "online" }) &&
			right(h.topic("state"), shows(caller)) &&
			right(h.topic("line/"+practiceMSN+"/state"), shows(caller)) &&
			right(h.topic("line/"+homeMSN+"/state"), shows(""))
	})
	h.Logf("%s: everything right %v after its return", what, took.Round(time.Millisecond))
	if took > time.Second {
		h.Errorf("%s: %v until everything was right", what, took)
	}
	h.settled()
	h.keptIsRight(what)
}

// keptIsRight checks that somebody who comes now finds what there is to be retained, as
// the subscriber heard it last, and nothing else of ours.
func (h *house) keptIsRight(what string) {
	h.Helper()
	topics, err := retained.Topics(h.config)
	if err != nil {
		h.Fatal(err)
	}
	kept := h.retained()
	for _, topic := range topics {
		if kept[topic] != h.heard.newest(topic) {
			h.Errorf("%s: %s is kept as %q, and was last %q", what, topic, kept[topic], h.heard.newest(topic))
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
func (h *house) callsMeanwhile(away func(), back func()) (caller string) {
	h.Helper()
	first := h.ring(patient)
	second := h.ringHome(neighbour)
	second.Connect(10)
	h.wantState("ringing")
	h.wantLine(homeMSN, "talking")
	away()
	before := h.metric(`callporter_monitor_lines_total{box="fritzbox"}`)
	first.Disconnect(0)
	second.Disconnect(5)
	h.ring(friend)
	eventually(h, "the gateway has the lines", func() bool {
		return h.metric(`callporter_monitor_lines_total{box="fritzbox"}`) == before+3
	})
	back()
	return friendE164
}

// nothingDropped fails if an event was given up.
func (h *house) nothingDropped() {
	h.Helper()
	for _, why := range []string{"overflow", "too_old"} {
		if n := h.metric(`callporter_mqtt_events_dropped_total{reason="` + why + `"}`); n != 0 {
			h.Errorf("%v events dropped: %s", n, why)
		}
	}
}

// saidSince are the payloads heard on a topic after a time.
func (h *house) saidSince(topic string, from time.Time) (said []string) {
	for _, m := range h.heard.on(topic) {
		if !m.at.Before(from) {
			said = append(said, m.payload)
		}
	}
	return said
}

// TestBrokerDiesInTheMiddleOfCalls and comes back, empty, or with what it had kept.
// What it kept is wrong by then, and right again within a second.
func TestBrokerDiesInTheMiddleOfCalls(t *testing.T) {
	t.Parallel()
	survive := func(t *testing.T, b *broker, saved func(h *house)) {
		h := open(t, at(b), patiently)
		var from time.Time
		caller := h.callsMeanwhile(func() {
			saved(h)
			b.stop()
			eventually(t, "the gateway has noticed", func() bool { return h.metric("callporter_mqtt_up") == 0 })
			eventually(t, "the user is told", func() bool {
				code, text := h.get("/readyz")
				return code == 503 && strings.Contains(text, "check that the broker runs")
			})
		}, func() {
			b.start()
			from = time.Now()
		})
		h.rightAgain("a broker killed and restarted", from, caller)
		h.nothingDropped()
		h.events = len(h.heard.on(h.topic("event"))) // the subscriber was away as well
		h.stop()
		h.wantEvents("lost")
		h.heard.untilSaid("callporter/availability", "offline")
		if said := h.saidSince("callporter/availability", from); !slices.Equal(said, []string{"online", "offline"}) && !slices.Equal(said, []string{"online", "online", "offline"}) {
			t.Errorf("since the return callporter was %q", said) // one "online" may be a retained one
		}
	}
	nothing := func(*house) {}
	t.Run("embedded", func(t *testing.T) { t.Parallel(); survive(t, newBroker(t, nil), nothing) })
	t.Run("mosquitto", func(t *testing.T) { t.Parallel(); survive(t, newMosquitto(t), nothing) })
	t.Run("mosquitto that remembers", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		b := newMosquitto(t, "persistence true", "persistence_location "+dir+"/", "autosave_interval 1", "autosave_on_changes true")
		survive(t, b, func(h *house) {
			eventually(t, "the wrong state is on the disk", func() bool {
				// Something has to change for it to write.
				h.heard.say(tick, time.Now().String(), true)
				kept, _ := os.ReadFile(filepath.Join(dir, "mosquitto.db"))
				return strings.Contains(string(kept), `{"state":"ringing"`) && strings.Contains(string(kept), `{"state":"talking"`)
			})
		})
	})
}

// TestGatewayWithItsBrokerRestarts in the middle of calls, the broker being its own:
// the calls of before are gone, those that come are shown.
func TestGatewayWithItsBrokerRestarts(t *testing.T) {
	t.Parallel()
	h := build(t, patiently)
	h.config.Broker.Listen = testkit.FreeAddress(t)
	h.run()
	h.linked()
	h.ring(patient)
	h.wantState("ringing")
	h.stop()
	h.wantEvents("ring", "lost")
	from := time.Now()
	h.run()
	h.events = 0 // for a new subscriber
	h.rightAgain("a gateway with its own broker", from, "")
	h.box.Missed(friend, practice, fritztest.Course{})
	h.wantEvents("ring", "miss")
	h.wantState("idle")
}

// TestEventsOfAnOutage come once each and in order when the broker is back, to a
// subscriber who is back before: what happened while it was dead, and nothing of before.
func TestEventsOfAnOutage(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		c := newCable(t, b.address)
		h := open(t, through(b, c))
		for range 3 {
			first := h.ring(patient)
			h.wantEvents("ring")
			h.wantState("ringing")
			second := h.ringHome(neighbour)
			second.Connect(10)
			h.wantEvents("ring", "answer")
			h.settled()
			b.stop()
			c.unplug() // until the subscriber is back
			eventually(t, "the gateway has noticed", func() bool { return h.metric("callporter_mqtt_up") == 0 })
			first.Disconnect(0)
			second.Disconnect(5)
			third := h.ring(friend)
			b.start()
			h.heard.back()
			c.plug()
			h.wantEvents("miss")
			h.wantEvents("end")
			if e := h.wantEvents("ring"); e.Caller.Number != friendE164 {
				t.Errorf("%+v rings", e.Caller)
			}
			h.wantState("ringing")
			third.Disconnect(0)
			h.wantEvents("miss")
			h.wantState("idle")
		}
		h.nothingElse()
		h.nothingDropped()
	})
}

// TestBrokerRestartsTwice within a minute, which is not taken for another client.
func TestBrokerRestartsTwice(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		log := new(transcript)
		h := open(t, at(b), func(h *house) { h.options.Log = log.debug() })
		for n := range 2 {
			b.stop()
			eventually(t, "the gateway has noticed", func() bool {
				_, text := h.get("/readyz")
				return strings.Contains(text, "check that the broker runs")
			})
			b.start()
			eventually(t, "the gateway is back", func() bool { return int(h.metric("callporter_mqtt_reconnects_total")) > n })
		}
		if code, text := h.get("/readyz"); code != 200 || strings.Contains(text, "client") || strings.Contains(log.String(), "other_client") {
			t.Errorf("%d %s\n%s", code, text, log)
		}
	})
}

// TestAnotherClientWithOurID: each throws the other out. Twice in a minute is no
// accident, and the user is told, in his language.
func TestAnotherClientWithOurID(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		log := new(transcript)
		h := open(t, at(b), func(h *house) {
			h.config.Language = call.German
			h.config.MQTT.ClientID = "house"
			h.options.Log = log.debug()
		})
		h.heard.untilSaid("callporter/availability", "online")
		other, err := mqtt.NewClient(mqtt.Options{URLs: []string{"mqtt://" + b.address}, ClientID: "house"})
		if err != nil {
			t.Fatal(err)
		}
		stop := background(t, other.Run)
		eventually(t, "the user is told", func() bool {
			code, text := h.get("/readyz")
			return code == 200 && strings.Contains(text, "ein anderer Client benutzt diese Kennung: jedem eine eigene client_id geben")
		})
		stop()
		h.heard.untilSaid("callporter/availability", "online")
		if text := log.String(); !strings.Contains(text, "reason=other_client") || !strings.Contains(text, "another client uses this id") {
			t.Errorf("the log says:\n%s", text)
		}
	})
}
