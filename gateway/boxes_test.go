package gateway_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestBoxesAreIndependent: each has its own calls, ids, topics and settings, also
// where their connection ids are the same.
func TestBoxesAreIndependent(t *testing.T) {
	t.Parallel()
	var annexe *gatewaytest.Site
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { annexe = h.AddBox("annexe") })
	here := h.Ring(gatewaytest.Patient)
	there := annexe.Ring(gatewaytest.Neighbour)
	if here.ID() != there.ID() {
		t.Fatalf("connections %d and %d", here.ID(), there.ID())
	}
	a, b := h.WantEvents("ring"), annexe.WantEvents("ring")
	if a.ID == b.ID {
		t.Errorf("both calls have the id %s", a.ID)
	}
	if s := h.WantState("ringing"); s.Active != 1 || s.Call.Caller.Number != gatewaytest.PatientE164 {
		t.Errorf("%+v", s)
	}
	if s := annexe.WantState("ringing"); s.Active != 1 || s.Call.Caller.Number != gatewaytest.NeighbourE164 {
		t.Errorf("%+v", s)
	}
	there.Connect(10)
	annexe.WantEvents("answer")
	annexe.WantState("talking")
	annexe.WantCode("quiet", "ON", "ok")

	annexe.Box.Refuse()
	annexe.Box.Reset()
	annexe.WantEvents("lost")
	annexe.WantState("idle")
	h.Heard.UntilSaid(annexe.Topic("link"), "offline")
	if s := h.WantState("ringing"); s.Call.ID != a.ID {
		t.Errorf("%+v", s)
	}
	if h.Heard.Newest(h.Topic("link")) != "online" || h.Heard.Newest(h.Topic("settings")) != gatewaytest.SettingsText("OFF") {
		t.Error("one box changed the other")
	}
	h.Box.Advance(5e9)
	here.Disconnect(0)
	h.WantEvents("miss")
	h.WantMissed(1)
	annexe.WantMissed(0)
	h.NothingElse()
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
	h := gatewaytest.Build(t)
	off := h.AddBox("annexe")
	off.Box.Refuse()
	h.Run()
	h.Linked()
	wantHealth(off, "down", "call_monitor_off")
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")

	code, text := h.Get("/readyz")
	ready := gatewaytest.Parse[probeDoc](t, text)
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
	code, text = h.Get("/healthz")
	if alive := gatewaytest.Parse[probeDoc](t, text); code != http.StatusOK || alive.Status != "ok" || len(alive.Checks) != 2 {
		t.Errorf("%d %s", code, text)
	}
}

// TestNotReadyWithoutBroker, but alive.
func TestNotReadyWithoutBroker(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	c := gatewaytest.NewCable(t, b.Address)
	h := gatewaytest.Open(t, gatewaytest.Through(b, c))
	c.Unplug()
	gatewaytest.Eventually(t, "the gateway is not ready", func() bool { code, _ := h.Get("/readyz"); return code == http.StatusServiceUnavailable })
	_, text := h.Get("/readyz")
	if ready := gatewaytest.Parse[probeDoc](t, text); ready.Status != "not ready" || ready.Checks[0].OK || ready.Checks[0].Reason == "" || !ready.Checks[1].OK {
		t.Errorf("%s", text)
	}
	if code, text := h.Get("/healthz"); code != http.StatusOK {
		t.Errorf("%d %s", code, text)
	}
	if up := h.Metric("callporter_mqtt_up"); up != 0 {
		t.Errorf("callporter_mqtt_up %v", up)
	}
	c.Plug()
	gatewaytest.Eventually(t, "the gateway is ready again", func() bool { code, _ := h.Get("/readyz"); return code == http.StatusOK })
	if n := h.Metric("callporter_mqtt_reconnects_total"); n != 1 {
		t.Errorf("%v reconnects", n)
	}
}

// TestMetrics: what is counted by what, and never a telephone number.
func TestMetrics(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
	h.Box.Answered(gatewaytest.Neighbour, gatewaytest.Home, 10, fritztest.Course{})
	h.WantEvents("ring", "answer", "end")
	h.Box.Answered(gatewaytest.Munich, gatewaytest.Practice, 40, fritztest.Course{})
	h.WantEvents("ring", "voicemail", "end")
	h.Box.Barred(gatewaytest.Pest, gatewaytest.Practice, fritztest.CallOptions{})
	h.WantEvents("ring", "block")
	h.Box.Outgoing(10, gatewaytest.Practice, gatewaytest.Friend, fritztest.Course{})
	h.WantEvents("dial", "answer", "end")
	h.Box.Unanswered(10, gatewaytest.Practice, gatewaytest.Friend, fritztest.Course{})
	h.WantEvents("dial", "end")
	h.Box.Line("what is this")
	c := h.Ring("")
	h.WantEvents("ring")
	h.WantState("ringing")
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
		if got := h.Metric(series); got != want {
			t.Errorf("%s %v, not %v", series, got, want)
		}
	}
	if n := h.Metric("callporter_mqtt_publish_seconds_count"); n < 15 {
		t.Errorf("%v latencies measured", n)
	}
	_, text := h.Get("/metrics")
	if !strings.Contains(text, `callporter_build_info{goversion="go`) || !strings.Contains(text, `version="1.2.3"`) {
		t.Error("no build info")
	}
	labels := map[string]bool{"box": true, "event": true, "direction": true, "outcome": true, "reason": true, "verdict": true, "limit": true, "le": true, "goversion": true, "version": true}
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
	for _, n := range []string{gatewaytest.Patient, gatewaytest.Neighbour, gatewaytest.Munich, gatewaytest.Pest, gatewaytest.Friend, gatewaytest.Practice, gatewaytest.Home} {
		if strings.Contains(text, strings.TrimPrefix(n, "0")) {
			t.Errorf("%s stands in the metrics", n)
		}
	}
	c.Disconnect(0)
	h.NextEvent()
}

// TestDocumentsAreBounded: every payload of a day is JSON or one of two words, and
// below the contract's 8 KiB.
func TestDocumentsAreBounded(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	long := "0171" + strings.Repeat("9", 300)
	h.Box.Glue(true)
	for range 20 {
		h.Ring(long)
	}
	h.Box.Line("21.11.26 18:00:01;RING;77;" + strings.Repeat("\u00fc\x01", 1000) + ";" + gatewaytest.Practice + ";SIP0;")
	h.Box.Glue(false)
	for range 21 {
		h.NextEvent()
	}
	h.WantActive(21)
	h.Box.Refuse()
	h.Box.Reset()
	for range 21 {
		h.NextEvent()
	}
	h.WantActive(0)
	for _, m := range h.Heard.All() {
		most := 8 << 10
		if m.Topic == h.Topic("calls") {
			most = 16 << 10
		}
		if len(m.Payload) > most && strings.HasPrefix(m.Topic, "callporter/") {
			t.Errorf("%s has %d bytes", m.Topic, len(m.Payload))
		}
		if m.Payload != "online" && m.Payload != "offline" && !json.Valid([]byte(m.Payload)) {
			t.Errorf("%s is no JSON: %s", m.Topic, m.Payload)
		}
	}
}
