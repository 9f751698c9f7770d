package gateway_test

import (
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
)

// dialled counts what the box was told to dial.
func (s *site) dialled() uint64 { return s.box.State().TR064.Actions["X_AVM-DE_DialNumber"] }

// TestDialIsOff unless it is switched on.
func TestDialIsOff(t *testing.T) {
	t.Parallel()
	h := openFurnished(t)
	h.wantCode("dial", neighbour, "not_enabled")
	h.wantCode("hangup", "PRESS", "not_enabled")
	if n := h.dialled(); n != 0 {
		t.Errorf("dialled %d times", n)
	}
}

// TestDial: one call at a time, six an hour also over a restart, and nothing that
// costs extra, is abroad, an emergency number or a code, unless it is listed.
func TestDial(t *testing.T) {
	t.Parallel()
	b := newBroker(t, nil)
	h := openFurnished(t, at(b), func(h *house) {
		h.config.Commands.Dial = true
		h.config.Commands.DialAllow = []string{"0043123456789"}
	})
	for _, number := range []string{
		"0900234567", "01372345", "11833", "118000", "+33234567890", "0033234567890", "110", "112", "115", "116117",
		"*121#", "#96*5*", "**797#", "*#06#", "x", "0190234567", "00900234567", "01013 0900234567", "+49900234567",
	} {
		h.wantCode("dial", number, "bad_argument")
	}
	if n := h.dialled(); n != 0 {
		t.Fatalf("dialled %d times", n)
	}

	dial := func(number string) {
		t.Helper()
		h.wantCode("dial", number, "ok")
		h.wantCode("dial", munich, "busy") // the first one is being set up
		c, n := h.nextEvent(), h.box.State().Calls
		if c.EventType != "dial" || len(n) != 1 {
			t.Fatalf("%+v %+v", c, n)
		}
		h.wantCode("dial", munich, "busy")
		h.wantCode("hangup", "PRESS", "ok")
		if c := h.nextEvent(); c.EventType != "end" || c.Outcome != "unanswered" {
			t.Errorf("%+v", c)
		}
		h.wantState("idle")
	}
	// What the box refuses does not ring, and counts for nothing.
	for range 7 {
		h.wantCode("dial", `{"number":"03023125123","phone":"DECT: Nirgends"}`, "bad_argument")
	}
	h.box.DialAid(false)
	h.wantCode("dial", neighbour, "not_available")
	h.box.DialAid(true)

	dial("030 23125123")
	dial("0043 123 456789")
	h.restart()
	h.wantAccess("up", "")
	dial(patient)
	dial(neighbour)
	h.wantCode("dial", "**610", "ok") // within the house, of which the call monitor does not tell
	h.wantCode("hangup", "PRESS", "ok")
	h.wantCode("dial", `{"number":"03023125123","phone":"FON1: Telefon"}`, "ok")
	if c := h.nextEvent(); c.EventType != "dial" {
		t.Errorf("%+v", c)
	}
	h.wantCode("hangup", "PRESS", "ok")
	h.nextEvent()
	h.wantCode("dial", munich, "limit")
	h.restart()
	h.wantAccess("up", "")
	h.wantCode("dial", munich, "limit")
	h.wantCode("undo", "PRESS", "not_found") // a call is not taken back
	h.stop()
	n := 0
	for _, w := range h.writes() {
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
	h := openFurnished(t, func(h *house) { h.config.Commands.Dial = true })
	h.box.DialAid(false)
	if r := h.wantCode("dial", neighbour, "not_available"); r.Error.Hint == "" {
		t.Errorf("%+v", r.Error)
	}
	h.box.SetUser(fritztest.User{Name: boxUser, Password: boxPassword, Rights: "A"})
	h.wantCode("hangup", "PRESS", "not_permitted")
}

// TestDialIsSwitched: on and off by the configuration, in Home Assistant too.
func TestDialIsSwitched(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) { h.options.Timing.Discovery = 1 })
	for _, on := range []bool{true, false} {
		h.config.Commands.Dial = on
		h.restart()
		code := map[bool]string{true: "ok", false: "not_enabled"}[on]
		h.heard.until("the field to dial", func() bool {
			if h.heard.newest(boxDocument) == "" {
				return false
			}
			c := h.component("dial_number")
			return c != nil && *c == on
		})
		h.wantCode("dial", "**610", code)
		h.wantCode("hangup", "PRESS", code)
	}
}
