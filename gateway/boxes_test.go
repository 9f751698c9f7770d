package gateway_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
)

// TestBoxesAreIndependent: each has its own calls, ids, topics and settings, also
// where their connection ids are the same.
func TestBoxesAreIndependent(t *testing.T) {
	t.Parallel()
	var annexe *site
	h := open(t, func(h *house) { annexe = h.addBox("annexe") })
	here := h.ring(patient)
	there := annexe.ring(neighbour)
	if here.ID() != there.ID() {
		t.Fatalf("connections %d and %d", here.ID(), there.ID())
	}
	a, b := h.wantEvents("ring"), annexe.wantEvents("ring")
	if a.ID == b.ID {
		t.Errorf("both calls have the id %s", a.ID)
	}
	if s := h.wantState("ringing"); s.Active != 1 || s.Call.Caller.Number != patientE164 {
		t.Errorf("%+v", s)
	}
	if s := annexe.wantState("ringing"); s.Active != 1 || s.Call.Caller.Number != neighbourE164 {
		t.Errorf("%+v", s)
	}
	there.Connect(10)
	annexe.wantEvents("answer")
	annexe.wantState("talking")
	annexe.wantCode("quiet", "ON", "ok")

	annexe.box.Refuse()
	annexe.box.Reset()
	annexe.wantEvents("lost")
	annexe.wantState("idle")
	h.heard.untilSaid(annexe.topic("link"), "offline")
	if s := h.wantState("ringing"); s.Call.ID != a.ID {
		t.Errorf("%+v", s)
	}
	if h.heard.newest(h.topic("link")) != "online" || h.heard.newest(h.topic("settings")) != `{"quiet":"OFF","deflections":{},"answering_machines":{}}` {
		t.Error("one box changed the other")
	}
	h.box.Advance(5e9)
	here.Disconnect(0)
	h.wantEvents("miss")
	h.wantMissed(1)
	annexe.wantMissed(0)
	h.nothingElse()
}

// probeDoc is the answer of /healthz and /readyz.
type probeDoc struct {
	Status, Version string
	Checks          []struct {
		Name, Reason string
		OK           bool
	}
}

// TestUnavailableBoxDisturbsNobody: the other one is followed, and the gateway is
// as ready as it can be.
func TestUnavailableBoxDisturbsNobody(t *testing.T) {
	t.Parallel()
	h := build(t)
	off := h.addBox("annexe")
	off.box.Refuse()
	h.run()
	h.linked()
	off.wantHealth("down", "call_monitor_off")
	h.box.Missed(patient, practice, fritztest.Course{})
	h.wantEvents("ring", "miss")

	code, text := h.get("/readyz")
	ready := parse[probeDoc](t, text)
	if code != http.StatusOK || ready.Status != "ready" || ready.Version != "1.2.3" || len(ready.Checks) != 3 {
		t.Fatalf("%d %s", code, text)
	}
	for i, want := range []struct {
		name, reason string
		ok           bool
	}{{"broker embedded", "", true}, {"box fritzbox", "", true}, {"box annexe", "#96*5*", false}} {
		c := ready.Checks[i]
		if c.Name != want.name || c.OK != want.ok || !strings.Contains(c.Reason, want.reason) || want.ok && c.Reason != "" {
			t.Errorf("%+v", c)
		}
	}
	code, text = h.get("/healthz")
	if alive := parse[probeDoc](t, text); code != http.StatusOK || alive.Status != "ok" || len(alive.Checks) != 2 {
		t.Errorf("%d %s", code, text)
	}
}

// TestNotReadyWithoutBroker, but alive.
func TestNotReadyWithoutBroker(t *testing.T) {
	t.Parallel()
	b := newBroker(t, nil)
	c := newCable(t, b.address)
	h := open(t, through(b, c))
	c.unplug()
	eventually(t, "the gateway is not ready", func() bool { code, _ := h.get("/readyz"); return code == http.StatusServiceUnavailable })
	_, text := h.get("/readyz")
	if ready := parse[probeDoc](t, text); ready.Status != "not ready" || ready.Checks[0].OK || ready.Checks[0].Reason == "" || !ready.Checks[1].OK {
		t.Errorf("%s", text)
	}
	if code, text := h.get("/healthz"); code != http.StatusOK {
		t.Errorf("%d %s", code, text)
	}
	if up := h.metric("callporter_mqtt_up"); up != 0 {
		t.Errorf("callporter_mqtt_up %v", up)
	}
	c.plug()
	eventually(t, "the gateway is ready again", func() bool { code, _ := h.get("/readyz"); return code == http.StatusOK })
	if n := h.metric("callporter_mqtt_reconnects_total"); n != 1 {
		t.Errorf("%v reconnects", n)
	}
}

// TestMetrics: what is counted by what, and never a telephone number.
func TestMetrics(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.box.Missed(patient, practice, fritztest.Course{})
	h.wantEvents("ring", "miss")
	h.box.Answered(neighbour, home, 10, fritztest.Course{})
	h.wantEvents("ring", "answer", "end")
	h.box.Answered(munich, practice, 40, fritztest.Course{})
	h.wantEvents("ring", "voicemail", "end")
	h.box.Barred(pest, practice, fritztest.CallOptions{})
	h.wantEvents("ring", "block")
	h.box.Outgoing(10, practice, friend, fritztest.Course{})
	h.wantEvents("dial", "answer", "end")
	h.box.Unanswered(10, practice, friend, fritztest.Course{})
	h.wantEvents("dial", "end")
	h.box.Line("what is this")
	c := h.ring("")
	h.wantEvents("ring")
	h.wantState("ringing")
	for series, want := range map[string]float64{
		`callporter_calls_total{box="fritzbox",direction="incoming",outcome="missed"}`:     1,
		`callporter_calls_total{box="fritzbox",direction="incoming",outcome="answered"}`:   1,
		`callporter_calls_total{box="fritzbox",direction="incoming",outcome="voicemail"}`:  1,
		`callporter_calls_total{box="fritzbox",direction="incoming",outcome="blocked"}`:    1,
		`callporter_calls_total{box="fritzbox",direction="outgoing",outcome="answered"}`:   1,
		`callporter_calls_total{box="fritzbox",direction="outgoing",outcome="unanswered"}`: 1,
		`callporter_events_total{box="fritzbox",event="ring"}`:                             5,
		`callporter_events_total{box="fritzbox",event="end"}`:                              4,
		`callporter_active_calls{box="fritzbox"}`:                                          1,
		`callporter_monitor_up{box="fritzbox"}`:                                            1,
		`callporter_monitor_reconnects_total{box="fritzbox"}`:                              0,
		`callporter_monitor_lines_total{box="fritzbox"}`:                                   17,
		`callporter_monitor_bad_lines_total{box="fritzbox",reason="too_few_fields"}`:       1,
		`callporter_mqtt_up`: 1,
		`callporter_mqtt_events_dropped_total{reason="overflow"}`: 0,
		`callporter_mqtt_events_dropped_total{reason="too_old"}`:  0,
	} {
		if got := h.metric(series); got != want {
			t.Errorf("%s %v, not %v", series, got, want)
		}
	}
	if n := h.metric("callporter_mqtt_publish_seconds_count"); n < 15 {
		t.Errorf("%v latencies measured", n)
	}
	_, text := h.get("/metrics")
	if !strings.Contains(text, `callporter_build_info{goversion="go`) || !strings.Contains(text, `version="1.2.3"`) {
		t.Error("no build info")
	}
	labels := map[string]bool{"box": true, "event": true, "direction": true, "outcome": true, "reason": true, "limit": true, "le": true, "goversion": true, "version": true}
	number := regexp.MustCompile(`[0-9]{6,}`)
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "callporter_") {
			continue
		}
		for _, l := range regexp.MustCompile(`([a-z_]+)="([^"]*)"`).FindAllStringSubmatch(line, -1) {
			if !labels[l[1]] || number.MatchString(l[2]) {
				t.Errorf("label %s of %s", l[0], line)
			}
		}
	}
	for _, n := range []string{patient, neighbour, munich, pest, friend, practice, home} {
		if strings.Contains(text, strings.TrimPrefix(n, "0")) {
			t.Errorf("%s stands in the metrics", n)
		}
	}
	c.Disconnect(0)
	h.nextEvent()
}

// TestDocumentsAreBounded: every payload of a day is JSON or one of two words, and
// below the contract's 8 KiB.
func TestDocumentsAreBounded(t *testing.T) {
	t.Parallel()
	h := open(t)
	long := "0171" + strings.Repeat("9", 300)
	h.box.Glue(true)
	for range 20 {
		h.ring(long)
	}
	h.box.Line("21.11.26 18:00:01;RING;77;" + strings.Repeat("\u00fc\x01", 1000) + ";" + practice + ";SIP0;")
	h.box.Glue(false)
	for range 21 {
		h.nextEvent()
	}
	h.wantActive(21)
	h.box.Refuse()
	h.box.Reset()
	for range 21 {
		h.nextEvent()
	}
	h.wantActive(0)
	for _, m := range h.heard.all() {
		if len(m.payload) > 8<<10 && strings.HasPrefix(m.topic, "callporter/") {
			t.Errorf("%s has %d bytes", m.topic, len(m.payload))
		}
		if m.payload != "online" && m.payload != "offline" && !json.Valid([]byte(m.payload)) {
			t.Errorf("%s is no JSON: %s", m.topic, m.payload)
		}
	}
}
