package poll_test

import (
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestKeptNumbers: who stands in a phonebook with what is dialled before the number, or with
// an address, has a name in both directions.
func TestKeptNumbers(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.AddBook("Familie", gatewaytest.Contact("Bert", "*31#"+gatewaytest.Patient), gatewaytest.Contact("Cilly", "tel:+49-40-66969-021"),
			gatewaytest.Contact("Musik", "200@hd-telefonie.avm.de"))
	})
	for dialled, name := range map[string]string{"*31#" + gatewaytest.Patient: "Bert", gatewaytest.Patient: "Bert", gatewaytest.Friend + "#": "Cilly", "200@hd-telefonie.avm.de": "Musik"} {
		h.Box.Unanswered(10, gatewaytest.Home, dialled, fritztest.Course{})
		dial := h.NextEvent()
		if end := h.NextEvent(); dial.Callee.Name != name || end.ID != dial.ID {
			t.Errorf("%s is %q, not %q", dialled, dial.Callee.Name, name)
		}
	}
	for caller, name := range map[string]string{gatewaytest.Patient: "Bert", gatewaytest.Friend: "Cilly", "200@hd-telefonie.avm.de": "Musik"} {
		if got := h.MissedFrom(caller).Caller.Name; got != name {
			t.Errorf("%s is %q, not %q", caller, got, name)
		}
	}
}
