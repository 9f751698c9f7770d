package gateway_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// The tests of this file are about what a user can set, each through everything it
// has to go through.

// TestRawLog keeps every line of the box, with the last digits of numbers masked.
func TestRawLog(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "raw")
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Boxes[0].Record = config.Record{Dir: dir, Mask: true} })
	h.Box.Answered(gatewaytest.Patient, gatewaytest.Practice, 10, fritztest.Course{})
	h.WantEvents("ring", "answer", "end")
	h.Box.Line("what is this")
	h.NothingElse()
	h.Stop()
	text, err := os.ReadFile(filepath.Join(dir, "fritzbox.log"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 6 || lines[3] != "what is this" || !strings.HasSuffix(lines[0], ";RING;0;01713920xxx;23125xxx;SIP0;") {
		t.Errorf("%s", text)
	}

	// It can be replayed, though nobody can be called back.
	done, err := gateway.Replay(t.Context(), h.Config, strings.NewReader(string(text)), gateway.ReplayOptions{})
	if err != nil || done.Lines != 5 || len(done.Bad) != 1 {
		t.Errorf("%+v %v", done, err)
	}
}

// TestAtMostOnce is for brokers that know no other quality of service.
func TestAtMostOnce(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		h := gatewaytest.Open(t, gatewaytest.At(b), func(h *gatewaytest.House) { h.Config.MQTT.QoS = 0 })
		wantBirth(h, 0)
		h.Box.Answered(gatewaytest.Patient, gatewaytest.Practice, 10, fritztest.Course{})
		h.WantEvents("ring", "answer", "end")
		h.Settled()
		h.Stop()
		h.Heard.UntilSaid("callporter/availability", "offline")
	})
}

// TestUsersOfTheEmbeddedBroker: others need their password, callporter needs none.
func TestUsersOfTheEmbeddedBroker(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) {
		h.Config.Broker.Users = []config.Secret{"anna:secret", "subscriber:subscriber-password"}
	})
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
}

// TestClientIDIsRemembered, or a broker would take a gateway that starts again for
// another one.
func TestClientIDIsRemembered(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Build(t)
	var ids []string
	for range 2 {
		h.Run()
		h.Stop()
		text, err := os.ReadFile(filepath.Join(h.Config.Data, "client_id"))
		if err != nil || len(strings.TrimSpace(string(text))) < 10 {
			t.Fatalf("%q %v", text, err)
		}
		ids = append(ids, string(text))
	}
	if ids[0] != ids[1] {
		t.Errorf("%q", ids)
	}
}

// TestWebSwitchedOff opens no port.
func TestWebSwitchedOff(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Web.Listen = "" })
	if address := h.Gateway.WebAddr(); address != nil {
		t.Errorf("web listens on %v", address)
	}
	h.NothingElse()
}

// TestNoNumberOfOnesOwn: without configured numbers there are no topics of lines,
// and calls are followed all the same.
func TestNoNumberOfOnesOwn(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Boxes[0].Numbers, h.Config.Boxes[0].AreaCode = nil, "" })
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	if miss := h.WantEvents("ring", "miss"); miss.Caller.Number != gatewaytest.PatientE164 || miss.Callee.MSN != gatewaytest.Practice {
		t.Errorf("%+v", miss)
	}
	h.Settled()
	for topic := range h.Retained() {
		if strings.Contains(topic, "/line/") {
			t.Errorf("%s is there", topic)
		}
	}
}
