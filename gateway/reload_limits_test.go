package gateway_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway"
)

// TestReloadNeedsRestart: what cannot be changed stays, is named once in one line
// of the log, and takes nothing else down with it.
func TestReloadNeedsRestart(t *testing.T) {
	t.Parallel()
	log := new(transcript)
	h := open(t, hasty, func(h *house) {
		h.addBox("annexe")
		h.options.Log = log.debug()
	})
	annexe := h.sites[1]
	mark := len(log.String())
	applied, restart := h.reload(func(c *gateway.Config) {
		c.MQTT.BaseTopic = "elsewhere"
		c.Broker.Users = []gateway.Secret{"anna:hunter2-of-anna"}
		c.Web.Listen = ""
		c.Boxes[0].Host, c.Boxes[0].Name = "192.168.178.2", "Old box"
		c.Boxes = []gateway.Box{c.Boxes[1], c.Boxes[0], gateway.Box{
			ID: "cellar", Name: "Cellar", Host: "192.168.178.3", MonitorPort: 1012, Country: "DE",
		}}
	})
	if diff := cmp.Diff([]string{"boxes[1].name"}, applied); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"boxes[1].host", "boxes", "mqtt.base_topic", "broker.users", "web.listen"}, restart); diff != "" {
		t.Error(diff)
	}
	told := log.String()[mark:]
	if strings.Count(told, `msg="configuration reloaded"`) != 1 || strings.Count(told, "level=WARN") != 1 ||
		!strings.Contains(told, "boxes[1].host boxes mqtt.base_topic broker.users web.listen") || strings.Contains(told, "hunter2") {
		t.Error(told)
	}
	h.ear.until("the new name", func() bool { return strings.Contains(h.ear.newest(boxDocument), "Old box") })
	for _, s := range []*site{h.site, annexe} {
		s.box.Missed(patient, practice, fritztest.Course{})
		s.wantEvents("ring", "miss")
	}
	if code, _ := h.get("/readyz"); code != 200 {
		t.Error(code)
	}

	// The order of the boxes means nothing.
	h.wantReload(func(c *gateway.Config) {
		c.MQTT.BaseTopic, c.Broker.Users, c.Web.Listen = "callporter", nil, "127.0.0.1:0"
		c.Boxes = []gateway.Box{c.Boxes[0], c.Boxes[1]}
		c.Boxes[1].Host = h.box.Addr().String()[:strings.LastIndex(h.box.Addr().String(), ":")]
	})
	if told := log.String()[mark:]; strings.Count(told, "nothing has changed") != 1 {
		t.Error(told)
	}
}

// TestReloadRefused: after an error everything is as it was.
func TestReloadRefused(t *testing.T) {
	t.Parallel()
	h := build(t)
	g, err := gateway.New(h.config, h.options)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.Reload(h.config); err == nil {
		t.Error("reloaded before it runs")
	}
	h.run()
	h.linked()
	bad := h.config
	bad.Boxes = slices.Clone(bad.Boxes)
	bad.Boxes[0].Numbers = []string{fax}
	bad.Commands.Enabled = false
	bad.Boxes[0].Country = "Germany"
	if applied, restart, err := h.gateway.Reload(bad); err == nil || applied != nil || restart != nil || !strings.Contains(err.Error(), "boxes[0].country") {
		t.Errorf("%v %v %v", applied, restart, err)
	}
	h.wantCode("quiet", "ON", "ok")
	h.box.Missed(patient, practice, fritztest.Course{})
	if last := h.wantEvents("ring", "miss"); last.Callee.Name != "Practice" {
		t.Errorf("%+v", last.Callee)
	}
	h.stop()
	if _, _, err := h.gateway.Reload(h.config); err == nil {
		t.Error("reloaded after its end")
	}
}

// TestReloadInTheMiddleOfCalls disturbs none of them.
func TestReloadInTheMiddleOfCalls(t *testing.T) {
	t.Parallel()
	h := open(t, hasty)
	stop := make(chan struct{})
	done := make(chan int)
	go func() {
		n := 0
		for {
			cfg := h.config
			cfg.Boxes = slices.Clone(cfg.Boxes)
			if n%2 == 0 {
				cfg.Boxes[0].Numbers = []string{practice + "=Practice", fax}
				cfg.Language, cfg.Commands.Enabled, cfg.Discovery.Enabled = call.German, false, false
				cfg.Boxes[0].Record.Dir = filepath.Join(cfg.Data, "lines")
			}
			if _, _, err := h.gateway.Reload(cfg); err != nil {
				t.Error(err)
			}
			n++
			select {
			case <-stop:
				done <- n
				return
			default:
			}
		}
	}()
	for range 100 {
		c := h.ring(patient)
		h.wantEvents("ring")
		h.wantState("ringing")
		h.box.Advance(2e9)
		c.Disconnect(0)
		if last := h.wantEvents("miss"); last.Callee.Name != "Practice" {
			t.Errorf("%+v", last.Callee)
		}
	}
	close(stop)
	if n := <-done; n < 10 {
		t.Errorf("%d reloads", n)
	}
	h.wantState("idle")
}
