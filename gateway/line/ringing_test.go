package line_test

import (
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestRinging: a caller who is known and on no list that keeps callers out is announced at
// once, anybody else when the debounce is over, and one whom the box turns away never.
func TestRinging(t *testing.T) {
	t.Parallel()
	const debounce = 400 * time.Millisecond
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.Config.Boxes[0].Debounce = debounce
		h.AddBook("Familie", gatewaytest.Contact("Anna", gatewaytest.Patient), gatewaytest.Contact("Bruno", gatewaytest.Munich),
			gatewaytest.Contact("Carla", gatewaytest.Neighbour), gatewaytest.Contact("Dora", gatewaytest.Pest))
		h.AddBook("Spam", gatewaytest.Contact("Nobody", gatewaytest.Munich))
		h.Config.Boxes[0].Blocked = []string{"Spam"}
	})
	h.WantCode("block", `{"number":"`+gatewaytest.Neighbour+`","where":"own"}`, "ok")
	h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","where":"barring"}`, "ok")
	h.WantCode("allow", gatewaytest.Friend, "ok")
	h.Reread()
	announced := func(number string, atOnce bool) {
		t.Helper()
		before := len(h.Heard.On(h.Topic("event")))
		c := h.Ring(number)
		ringing := h.WantEvents("ring", "ringing")
		s := h.WantState("ringing")
		events := h.Heard.On(h.Topic("event"))[before:]
		if waited := events[1].At.Sub(events[0].At); waited < debounce/2 != atOnce || s.Call.ID != ringing.ID || ringing.Phase != "ringing" {
			t.Errorf("%q is announced after %v: %+v", number, waited, ringing)
		}
		h.Box.Advance(5 * time.Second)
		c.Disconnect(0)
		h.WantEvents("miss")
		h.WantState("idle")
	}
	announced(gatewaytest.Patient, true)
	announced(gatewaytest.Friend, true)
	for _, number := range []string{gatewaytest.Munich, gatewaytest.Neighbour, gatewaytest.Pest, "02214710123", ""} {
		announced(number, false)
	}
	h.Box.Barred(gatewaytest.Pest, gatewaytest.Practice, fritztest.CallOptions{})
	h.WantEvents("ring", "block")

	// Answered within the debounce: it rang for somebody. An answering machine is nobody.
	c := h.Ring("02214710123")
	c.Connect(10)
	c.Disconnect(3)
	h.WantEvents("ring", "ringing", "answer", "end")
	c = h.Ring("02214710123")
	c.Connect(40)
	c.Disconnect(3)
	h.WantEvents("ring", "voicemail", "end")
	h.NothingElse()
	told := map[string]int{}
	for _, m := range h.Heard.On(h.Topic("event")) {
		e := gatewaytest.Parse[gatewaytest.CallDoc](t, m.Payload)
		if told[e.ID+e.EventType]++; told[e.ID+e.EventType] > 1 {
			t.Errorf("told twice: %s", m.Payload)
		}
	}
}
