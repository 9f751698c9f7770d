package orders_test

import (
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// dialled counts what the box was told to dial.
func dialled(s *gatewaytest.Site) uint64 { return s.Box.State().TR064.Actions["X_AVM-DE_DialNumber"] }

// TestDialIsOff unless it is switched on.
func TestDialIsOff(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t)
	h.WantCode("dial", gatewaytest.Neighbour, "not_enabled")
	h.WantCode("hangup", "PRESS", "not_enabled")
	if n := dialled(h.Site); n != 0 {
		t.Errorf("dialled %d times", n)
	}
}

// TestDial: one call at a time, six an hour also over a restart, and nothing that
// costs extra, is abroad, an emergency number or a code, unless it is listed.
func TestDial(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.OpenFurnished(t, gatewaytest.At(b), func(h *gatewaytest.House) {
		h.Config.Commands.Dial = true
		h.Config.Commands.DialAllow = []string{"0043123456789"}
	})
	for _, number := range []string{
		"0900234567", "01372345", "11833", "118000", "+33234567890", "0033234567890", "110", "112", "115", "116117",
		"*121#", "#96*5*", "**797#", "*#06#", "x", "0190234567", "00900234567", "01013 0900234567", "+49900234567",
	} {
		h.WantCode("dial", number, "bad_argument")
	}
	if n := dialled(h.Site); n != 0 {
		t.Fatalf("dialled %d times", n)
	}

	dial := func(number string) {
		t.Helper()
		h.WantCode("dial", number, "ok")
		h.WantCode("dial", gatewaytest.Munich, "busy") // the first one is being set up
		c, n := h.NextEvent(), h.Box.State().Calls
		if c.EventType != "dial" || len(n) != 1 {
			t.Fatalf("%+v %+v", c, n)
		}
		h.WantCode("dial", gatewaytest.Munich, "busy")
		h.WantCode("hangup", "PRESS", "ok")
		if c := h.NextEvent(); c.EventType != "end" || c.Outcome != "unanswered" {
			t.Errorf("%+v", c)
		}
		h.WantState("idle")
	}
	// What the box refuses does not ring, and counts for nothing.
	for range 7 {
		h.WantCode("dial", `{"number":"03023125123","phone":"DECT: Nirgends"}`, "bad_argument")
	}
	h.Box.DialAid(false)
	h.WantCode("dial", gatewaytest.Neighbour, "not_available")
	h.Box.DialAid(true)

	dial("030 23125123")
	dial("0043 123 456789")
	h.Restart()
	h.WantAccess("up", "")
	dial(gatewaytest.Patient)
	dial(gatewaytest.Neighbour)
	h.WantCode("dial", "**610", "ok") // within the house, of which the call monitor does not tell
	h.WantCode("hangup", "PRESS", "ok")
	h.WantCode("dial", `{"number":"03023125123","phone":"FON1: Telefon"}`, "ok")
	if c := h.NextEvent(); c.EventType != "dial" {
		t.Errorf("%+v", c)
	}
	h.WantCode("hangup", "PRESS", "ok")
	h.NextEvent()
	h.WantCode("dial", gatewaytest.Munich, "limit")
	h.Restart()
	h.WantAccess("up", "")
	h.WantCode("dial", gatewaytest.Munich, "limit")
	h.WantCode("undo", "PRESS", "not_found") // a call is not taken back
	h.Stop()
	n := 0
	for _, w := range h.Writes() {
		if w.Action == "number_dialled" {
			n++
		}
	}
	if n != 6 {
		t.Errorf("%d calls in the audit", n)
	}
}

// TestDialAidOff: the box says where it is switched on.
func TestDialAidOff(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) { h.Config.Commands.Dial = true })
	h.Box.DialAid(false)
	if r := h.WantCode("dial", gatewaytest.Neighbour, "not_available"); r.Error.Hint == "" {
		t.Errorf("%+v", r.Error)
	}
	h.Box.SetUser(fritztest.User{Name: gatewaytest.BoxUser, Password: gatewaytest.BoxPassword, Rights: "A"})
	h.WantCode("hangup", "PRESS", "not_permitted")
}

// TestDialIsSwitched: on and off by the configuration, in Home Assistant too.
func TestDialIsSwitched(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) { h.Options.Timing.Discovery = 1 })
	for _, on := range []bool{true, false} {
		h.Config.Commands.Dial = on
		h.Restart()
		code := map[bool]string{true: "ok", false: "not_enabled"}[on]
		h.Heard.Until("the field to dial", func() bool {
			if h.Heard.Newest(gatewaytest.BoxDocument) == "" {
				return false
			}
			c := component(h.Site, "dial_number")
			return c != nil && *c == on
		})
		h.WantCode("dial", "**610", code)
		h.WantCode("hangup", "PRESS", code)
	}
}
