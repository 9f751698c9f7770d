package gateway_test

import (
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestResultsInGerman: the language of the configuration reaches the result topic,
// whoever refuses the command; codes stay.
func TestResultsInGerman(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) {
		h.Config.Language, h.Config.Screening.Enabled = call.German, false
	})
	for _, order := range []struct{ name, payload, code, message string }{
		{"quiet", "loud", "bad_argument", "value muss ON oder OFF sein"},
		{"reject", "PRESS", "not_available", "an der Box ist kein Softphone eingerichtet, daher lässt sich kein Anruf beenden"},
		{"block", "03023125123", "not_available", "nichts ist gesperrt: callporter hat keinen Zugang zur Box, deren Rufsperre die Nummer abweisen würde"},
		{"deflection/1", "ON", "not_available", "callporter hat keinen Zugang zu dieser Box"},
		{"auto_reject", "ON", "not_available", "Anrufer werden nicht geprüft"},
		{"threshold", "80", "not_available", "Anrufer werden nicht geprüft"},
	} {
		if r := h.WantCode(order.name, order.payload, order.code); r.Error == nil || r.Error.Message != order.message {
			t.Errorf("%s %q: %+v", order.name, order.payload, r.Error)
		}
	}
	h.Heard.Say("callporter/cellar/command/quiet", "ON", false)
	h.Heard.Until("a result", func() bool { return len(h.Heard.On("callporter/cellar/result")) > 0 })
	if r := gatewaytest.Parse[gatewaytest.ResultDoc](t, h.Heard.Newest("callporter/cellar/result")); r.Error == nil || r.Error.Message != "eine Box mit dieser ID gibt es nicht" {
		t.Errorf("%+v", r)
	}
}
