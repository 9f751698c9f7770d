package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/topic"
)

// newWatcher returns a watcher that prints into the buffer, and "stop" when it is done.
func newWatcher(out *bytes.Buffer, left int) *watcher {
	return &watcher{
		topics: topic.Topics{Base: "house/calls"}, events: out, notes: out, remaining: left,
		zone:  time.UTC,
		stop:  func() { fmt.Fprintln(out, "stop") },
		boxes: map[string]bool{}, seen: map[string]string{},
	}
}

func (w *watcher) receive(topic, payload string) {
	m := mqtt.Message{Topic: "house/calls/" + topic, Payload: []byte(payload)}
	switch {
	case topic == "availability":
		w.availability(context.Background(), m)
	case regexp.MustCompile(`/link$`).MatchString(topic):
		w.link(context.Background(), m)
	default:
		w.event(context.Background(), m)
	}
}

const (
	someRing = `{"event_type":"ring","started":"2026-11-21T18:00:00+01:00","caller":{"display":"0171 3920055"},"callee":{"display":"030 23125732"}}`
	ringLine = "18:00:00  ring       0171 3920055 → 030 23125732\n"
)

func expect(t *testing.T, out *bytes.Buffer, want string) {
	t.Helper()
	// The clock of a note is the reader's.
	got := regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d  (callporter|[Bb]ox|[Bb]roker|no|unter)\b`).ReplaceAllString(out.String(), "now  $1")
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	out.Reset()
}

func TestWatchSeveralBoxes(t *testing.T) {
	var out bytes.Buffer
	w := newWatcher(&out, 0)
	w.receive("cellar/event", someRing)
	expect(t, &out, ringLine)
	w.receive("attic/link", "online")
	w.receive("attic/link", "online")
	w.receive("attic/link", "nonsense")
	expect(t, &out, "now  box attic is online\n")
	w.receive("cellar/event", someRing)
	expect(t, &out, "18:00:00  cellar  ring       0171 3920055 → 030 23125732\n")
	for _, topic := range []string{"At\x1btic/event", "/event", "At\x1btic/link"} {
		w.receive(topic, someRing)
	}
	expect(t, &out, "")
}

func TestWatchStopsAfterCount(t *testing.T) {
	var out bytes.Buffer
	w := newWatcher(&out, 2)
	for _, payload := range []string{someRing, "nonsense", someRing, someRing} {
		w.receive("cellar/event", payload)
	}
	w.receive("availability", "offline")
	expect(t, &out, ringLine+ringLine+"stop\n")
}

func TestWatchJSONIsOneLine(t *testing.T) {
	var out bytes.Buffer
	w := newWatcher(&out, 0)
	w.json = true
	w.receive("cellar/event", "{\n  \"event_type\": \"ring\"\n}")
	expect(t, &out, `{"event_type":"ring"}`+"\n")
}

func TestWatchTellsOfTheBroker(t *testing.T) {
	var out bytes.Buffer
	w := newWatcher(&out, 0)
	w.noGateway()
	expect(t, &out, "now  no callporter has published under house/calls here yet: start it, or give its --base-topic\n")
	w.receive("availability", "online")
	w.noGateway()
	expect(t, &out, "now  callporter is online\n")
	why := errors.New("any")
	for _, s := range []mqtt.Status{
		{Reason: mqtt.ReasonLost, Broker: "b:1883", Err: why},
		{Reason: mqtt.ReasonRefused, Broker: "b:1883", Err: why},
		{Reason: mqtt.ReasonBadCredentials, Broker: "b:1883", Err: why},
		{Reason: mqtt.ReasonBadCredentials, Broker: "c:1883", Err: why},
		{Up: true, Reason: mqtt.ReasonConnected, Broker: "b:1883"},
		{Reason: mqtt.ReasonStopped, Broker: "b:1883"},
	} {
		w.broker(s)
	}
	expect(t, &out, "now  broker b:1883 is away\nnow  broker b:1883: check mqtt username and password\nnow  broker b:1883 is back\n")
}

func TestWatchInGerman(t *testing.T) {
	var out bytes.Buffer
	w := newWatcher(&out, 0)
	w.language = call.German
	w.noGateway()
	expect(t, &out, "now  unter house/calls hat hier noch kein callporter etwas veröffentlicht: es starten oder sein --base-topic angeben\n")
	w.receive("availability", "online")
	w.receive("attic/link", "offline")
	w.receive("attic/event", someRing)
	for _, s := range []mqtt.Status{
		{Reason: mqtt.ReasonBadCredentials, Broker: "b:1883", Err: errors.New("any")},
		{Up: true, Reason: mqtt.ReasonConnected, Broker: "b:1883"},
	} {
		w.broker(s)
	}
	expect(t, &out, "now  callporter ist online\nnow  Box attic ist offline\n18:00:00  ruft an           0171 3920055 → 030 23125732\n"+
		"now  Broker b:1883 ist weg\nnow  Broker b:1883: Benutzername und Passwort unter mqtt prüfen\nnow  Broker b:1883 ist wieder da\n")
}
