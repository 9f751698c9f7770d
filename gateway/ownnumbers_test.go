package gateway_test

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestOwnNumbersHaveAPast: each own number has its last call and its missed calls, also after
// a restart with a broker that has forgotten them, and a reset is for all numbers.
func TestOwnNumbersHaveAPast(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	first := h.WantEvents("ring", "miss")
	h.Box.Missed(gatewaytest.Neighbour, gatewaytest.Home, fritztest.Course{})
	second := h.WantEvents("ring", "miss")
	past := func(practice, home string) {
		t.Helper()
		for msn, id := range map[string]string{gatewaytest.PracticeMSN: first.ID, gatewaytest.HomeMSN: second.ID} {
			h.WantSaid("line/"+msn+"/last_call", `{"id":"`+id+`"`)
			h.WantSaid("line/"+msn+"/missed", `{"count":`+map[string]string{gatewaytest.PracticeMSN: practice, gatewaytest.HomeMSN: home}[msn]+`,`)
		}
	}
	past("1", "1")
	for topic := range h.Retained() {
		if strings.Contains(topic, "/line/") {
			h.Heard.Say(topic, "", true)
			h.Heard.UntilSaid(topic, "")
		}
	}
	h.Restart()
	past("1", "1")
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	first = h.WantEvents("ring", "miss")
	past("2", "1")
	h.WantCode("reset_missed", "PRESS", "ok")
	past("0", "0")
}
