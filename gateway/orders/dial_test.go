package orders_test

import (
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/gateway/refusal"
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
		h.Config.Commands.DialAllow = []string{"0043123456789", "**610", "01013 030 23125123", "0180 5234567"}
	})
	for _, number := range []string{
		"0900234567", "01372345", "11833", "118000", "+33234567890", "0033234567890", "110", "112", "115", "116117",
		"*121#", "#96*5*", "**797#", "*#06#", "x", "0190234567", "00900234567", "01013 0900234567", "+49900234567",
		"0180 6234567", "+491806234567", "0049 180 6234567", "*31#01806234567", "*31# 0180 6234567", "0100 33 01806234567", "01033 01806234567",
		"0700 23456789", "+49 (0)700 23456789", "03222 345678", "01801234", "0181 2345678", "0191 0234", "019233", "0193456", "0194567", "01641234567", "0168123456", "01991234567",
		"118 33", "1180 00", "+4911833", "116 116", "**9", "**1", "**611", "**701", "**799", "** 7 01", "*121#03023125123", "*31#03023125123", "*111#03023125123",
		"*21*03023125123#", "*21*03023125123#01713920055", "#21#", "#31#03023125123", "*#31#", "01013 03023125124", "010013 03023125123",
		"+881612345678", "00870773123456", "+8835100123456", "+1 900 234 5678", "03023125123,,0900234567", "03023125123w1", "23125123;0900234567",
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
	dial("+49 (0)180 5234567")
	dial(gatewaytest.Neighbour)
	h.WantCode("dial", "** 610", "ok") // within the house, of which the call monitor does not tell
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

// TestDialUncertain: where the link broke, the hint warns of dialling twice.
func TestDialUncertain(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) { h.Config.Commands.Dial = true })
	if err := h.Box.Trouble(fritztest.Trouble{Kind: "close", At: "X_AVM-DE_DialNumber"}); err != nil {
		t.Fatal(err)
	}
	if r := h.WantCode("dial", gatewaytest.Neighbour, "failed"); r.Error.Hint != refusal.MayRing[call.English] {
		t.Errorf("%+v", r.Error)
	}
}

// TestDialIsSwitched: on and off by the configuration, in Home Assistant too.
func TestDialIsSwitched(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.Options.Timing.Discovery, h.Config.Commands.DialAllow = 1, []string{"**610"}
	})
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
