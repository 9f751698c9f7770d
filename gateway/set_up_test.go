package gateway_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
)

// The tests of this file are about what a user can set, each through everything it
// has to go through.

// TestRawLog keeps every line of the box, with the last digits of numbers masked.
func TestRawLog(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "raw")
	h := open(t, func(h *house) { h.config.Boxes[0].Record = config.Record{Dir: dir, Mask: true} })
	h.box.Answered(patient, practice, 10, fritztest.Course{})
	h.wantEvents("ring", "answer", "end")
	h.box.Line("what is this")
	h.nothingElse()
	h.stop()
	text, err := os.ReadFile(filepath.Join(dir, "fritzbox.log"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 6 || lines[3] != "what is this" || !strings.HasSuffix(lines[0], ";RING;0;01713920xxx;23125xxx;SIP0;") {
		t.Errorf("%s", text)
	}

	// It can be replayed, though nobody can be called back.
	done, err := gateway.Replay(t.Context(), h.config, strings.NewReader(string(text)), gateway.ReplayOptions{})
	if err != nil || done.Lines != 5 || len(done.Bad) != 1 {
		t.Errorf("%+v %v", done, err)
	}
}

// TestAtMostOnce is for brokers that know no other quality of service.
func TestAtMostOnce(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		h := open(t, at(b), func(h *house) { h.config.MQTT.QoS = 0 })
		h.wantBirth(0)
		h.box.Answered(patient, practice, 10, fritztest.Course{})
		h.wantEvents("ring", "answer", "end")
		h.settled()
		h.stop()
		h.heard.untilSaid("callporter/availability", "offline")
	})
}

// TestUsersOfTheEmbeddedBroker: others need their password, callporter needs none.
func TestUsersOfTheEmbeddedBroker(t *testing.T) {
	t.Parallel()
	h := open(t, func(h *house) {
		h.config.Broker.Users = []config.Secret{"anna:secret", "subscriber:subscriber-password"}
	})
	h.box.Missed(patient, practice, fritztest.Course{})
	h.wantEvents("ring", "miss")
}

// TestClientIDIsRemembered, or a broker would take a gateway that starts again for
// another one.
func TestClientIDIsRemembered(t *testing.T) {
	t.Parallel()
	h := build(t)
	var ids []string
	for range 2 {
		h.run()
		h.stop()
		text, err := os.ReadFile(filepath.Join(h.config.Data, "client_id"))
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
	h := open(t, func(h *house) { h.config.Web.Listen = "" })
	if address := h.gateway.WebAddr(); address != nil {
		t.Errorf("web listens on %v", address)
	}
	h.nothingElse()
}

// TestNoNumberOfOnesOwn: without configured numbers there are no topics of lines,
// and calls are followed all the same.
func TestNoNumberOfOnesOwn(t *testing.T) {
	t.Parallel()
	h := open(t, func(h *house) { h.config.Boxes[0].Numbers, h.config.Boxes[0].AreaCode = nil, "" })
	h.box.Missed(patient, practice, fritztest.Course{})
	if miss := h.wantEvents("ring", "miss"); miss.Caller.Number != patientE164 || miss.Callee.MSN != practice {
		t.Errorf("%+v", miss)
	}
	h.settled()
	for topic := range h.retained() {
		if strings.Contains(topic, "/line/") {
			t.Errorf("%s is there", topic)
		}
	}
}
