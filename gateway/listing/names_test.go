package listing_test

import (
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

func newBook(h *gatewaytest.House) {
	h.AddBook("Neu")
	h.Config.Screening.NewPhonebook = "Neu"
}

// TestNewNames: whom a directory knows is shown with the name and entered into the phonebook
// for new names, whoever called whom. A spam caller is not, nor whom a person has taken out.
func TestNewNames(t *testing.T) {
	t.Parallel()
	p := openPages(t)
	h := gatewaytest.OpenFurnished(t, p.rates, p.names, newBook)
	entered := func(want ...string) {
		t.Helper()
		gatewaytest.Eventually(t, "it is entered", func() bool { return len(h.Contacts("Neu")) >= len(want) })
		gatewaytest.WantAll(t, "Neu", h.Contacts("Neu"), want...)
	}
	c := h.Ring(gatewaytest.Munich)
	h.WantEvents("ring")
	if screened := h.WantEvents("screened"); screened.Caller.Name != "Frau Mustermann" || screened.Verdict != "allowed" {
		t.Errorf("%+v", screened)
	}
	h.Box.Advance(5 * time.Second) // longer than the box would ring a caller it bars
	c.Disconnect(0)
	h.WantEvents("miss")
	entered("Frau Mustermann:" + gatewaytest.Munich)

	c = h.Box.Dial(10, gatewaytest.Practice, gatewaytest.Patient, fritztest.CallOptions{})
	h.WantEvents("dial")
	gatewaytest.Eventually(t, "the state shows the name", func() bool { return h.WantActive(1).Call.Callee.Name == "Mustermann, Max" })
	c.Connect(10)
	if answer := h.WantEvents("answer"); answer.Callee.Name != "Mustermann, Max" || answer.Verdict != "unknown" {
		t.Errorf("%+v", answer)
	}
	c.Disconnect(5)
	h.WantEvents("end")
	entered("Frau Mustermann:"+gatewaytest.Munich, "Mustermann, Max:"+gatewaytest.Patient)
	gatewaytest.WantAll(t, "asked for ratings", p.paths("/rating/"), "/rating/"+gatewaytest.Munich)

	if r := h.WantCode("undo", "PRESS", "ok"); len(r.Data["undone"].([]any)) != 1 {
		t.Errorf("%v", r.Data)
	}
	entered("Frau Mustermann:" + gatewaytest.Munich)
	h.Reread()
	h.Box.Dial(10, gatewaytest.Practice, gatewaytest.Patient, fritztest.CallOptions{}).Disconnect(0)
	h.WantEvents("dial", "end")
	c = h.Ring(gatewaytest.Pest)
	h.WantEvents("ring", "screened")
	h.Box.Advance(5 * time.Second)
	c.Disconnect(0)
	h.WantEvents("miss")
	h.Stop()
	gatewaytest.WantAll(t, "Neu", h.Contacts("Neu"), "Frau Mustermann:"+gatewaytest.Munich)
	for _, w := range h.Writes() {
		if w.Who != "auto" && w.Why[:4] != "undo" {
			t.Errorf("written by %q: %+v", w.Who, w)
		}
	}
}
