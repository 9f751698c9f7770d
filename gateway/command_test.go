//go:build unix

package gateway_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestCommands: each gets exactly one result. What is wrong changes nothing and
// says so with a code of the closed list.
func TestCommands(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Screening.Enabled = false })
	c := h.Ring(gatewaytest.Patient)
	ringing := h.WantEvents("ring").ID
	h.WantState("ringing")
	for _, order := range []struct{ name, payload, code string }{
		{"refresh", "PRESS", "ok"},
		{"refresh", "{}", "ok"},
		{"reset_missed", "press", "ok"},
		{"quiet", "ON", "ok"},
		{"quiet", "off", "ok"},
		{"quiet", `{"value":true}`, "ok"},
		{"quiet", `{"value":"OFF"}`, "ok"},
		{"quiet", "True", "ok"},
		{"quiet", "0", "ok"},
		{"quiet", `{"value":1}`, "ok"},
		{"quiet", "oFF", "ok"},
		{"screen", "03023125123", "not_available"},

		{"quiet", "", "empty_payload"},
		{"quiet", "  ", "empty_payload"},
		{"reject", "", "empty_payload"},
		{"quiet", "PRESS", "missing_argument"},
		{"quiet", "{}", "missing_argument"},
		{"quiet", "loud", "bad_argument"},
		{"quiet", "\xff\xfe", "bad_argument"},
		{"refresh", "now", "bad_argument"},
		{"quiet", `{"value":`, "bad_json"},
		{"quiet", `{"value":"ON"} {"value":"OFF"}`, "bad_json"},
		{"quiet", `{"value":["ON"]}`, "bad_json"},
		{"quiet", `{"value":"ON","request":7}`, "bad_request"},
		{"quiet", `{"value":"ON","request":"` + strings.Repeat("r", 65) + `"}`, "bad_request"},
		{"quiet", `{"value":"ON","volume":3}`, "unknown_field"},
		{"quiet", strings.Repeat("O", 4097), "too_large"},
		{"quiet", `{"value":"ON"` + strings.Repeat(" ", 5000) + "}", "too_large"},
		{"dance", "PRESS", "unknown_command"},
		{"quiet/loud", "ON", "unknown_command"},
		{"deflection", "ON", "unknown_command"},

		// Known to the contract, but not to this version or this box.
		{"reject", ringing, "not_available"},
		{"reject", "PRESS", "not_available"},
		{"block", "03023125123", "not_available"},
		{"block", "PRESS", "not_available"},
		{"block", "112", "bad_argument"},
		{"block", "Oma", "bad_argument"},
		{"threshold", "80", "not_available"},
		{"withheld", "reject", "not_available"},
		{"permit_next", "10", "not_available"},
		{"method", "busy", "not_available"},
		{"answering_machine/0", "1", "not_available"},
		{"voicemail_delete", `{"machine":0,"message":1}`, "not_available"},
		{"phonebook_remove", `{"number":"03023125123"}`, "not_available"},
		{"reject", `{"call":"` + ringing + `","method":"busy"}`, "not_available"},
		{"block", `{"number":"03023125123","where":"barring"}`, "not_available"},
		{"block", `{"number":"03023125123","where":"phonebook"}`, "not_available"},
		{"phonebook_add", `{"number":"03023125123","name":"x"}`, "not_available"},
		{"hangup", "PRESS", "not_enabled"},
		{"dial", `{"number":"03023125123"}`, "not_enabled"},
		{"deflection/1", "ON", "not_available"},
		{"auto_reject", "ON", "not_available"},
		{"voicemail_read", `{"machine":0,"message":1}`, "not_available"},
	} {
		r := h.WantCode(order.name, order.payload, order.code)
		if order.code == "not_available" && r.Error != nil && r.Error.Hint == "" {
			t.Errorf("%s %q does not say what to configure", order.name, order.payload)
		}
		if rings := order.name == "reject" && order.code == "not_available"; rings != (r.Call == ringing) {
			t.Errorf("%s %q: call %q", order.name, order.payload, r.Call)
		}
	}
	if kept := h.Heard.Newest(h.Topic("settings")); kept != gatewaytest.SettingsText("OFF") {
		t.Errorf("settings %s", kept)
	}
	if s := h.WantState("ringing"); s.Call.ID != ringing {
		t.Errorf("%+v", s)
	}
	h.Box.Advance(5e9)
	c.Disconnect(0)
	h.WantEvents("miss")
	h.WantState("idle")
	h.WantCode("reject", "PRESS", "not_available")
	if r := h.WantCode("reject", ringing, "not_available"); r.Call != "" {
		t.Errorf("a call that is over: %+v", r)
	}
	h.NothingElse()
}

// TestCommandRepeatsItsRequest, whatever becomes of it.
func TestCommandRepeatsItsRequest(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	for payload, code := range map[string]string{
		`{"value":"ON","request":"a1"}`:       "ok",
		`{"request":"a1","value":"perhaps"}`:  "bad_argument",
		`{"volume":11,"request":"a1"}`:        "unknown_field",
		`{"value":"ON","request":"a1","x":1}`: "unknown_field",
	} {
		if r := h.WantCode("quiet", payload, code); r.Request != "a1" {
			t.Errorf("%s: request %q", payload, r.Request)
		}
	}
	if r := h.WantCode("quiet", `{"value":"ON"}`, "ok"); r.Request != "" || r.Data["quiet"] != "ON" {
		t.Errorf("%+v", r)
	}
}

// TestRetainedCommandIsIgnored: one that lies on the broker would be obeyed at
// each start.
func TestRetainedCommandIsIgnored(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		h := gatewaytest.Build(t, gatewaytest.At(b))
		before := gatewaytest.Listen(t, b.Address)
		before.Say(h.Topic("command/quiet"), "ON", true)
		before.Say(h.Topic("command/refresh"), "PRESS", true)
		h.Run()
		h.Linked()
		h.WantCode("reset_missed", "PRESS", "ok") // the first result there is
		if kept := h.Heard.Newest(h.Topic("settings")); kept != gatewaytest.SettingsText("OFF") {
			t.Errorf("settings %s", kept)
		}
	})
}

// TestRefreshSendsUnchangedState to whoever asks for it: the values have not changed,
// and go out again all the same.
func TestRefreshSendsUnchangedState(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	count := func() map[string]int {
		n := map[string]int{}
		for _, m := range h.Heard.All() {
			n[m.Topic]++
		}
		return n
	}
	before := count()
	h.WantCode("refresh", "PRESS", "ok")
	for _, topic := range []string{"state", "link", "health", "missed", "settings"} {
		h.Heard.Until(topic+" came again", func() bool { return count()[h.Topic(topic)] > before[h.Topic(topic)] })
	}
}

// TestCommandsSwitchedOff: they are refused, not ignored.
func TestCommandsSwitchedOff(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Commands.Enabled = false })
	h.WantCode("quiet", "ON", "not_enabled")
	h.WantCode("reject", "PRESS", "not_enabled")
	h.WantCode("dance", "PRESS", "unknown_command")
	h.WantCode("quiet", "", "empty_payload")
	if kept := h.Heard.Newest(h.Topic("settings")); kept != gatewaytest.SettingsText("OFF") {
		t.Errorf("settings %s", kept)
	}
}

// TestCommandForABoxThatIsNone is answered where the sender listens.
func TestCommandForABoxThatIsNone(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.Heard.Say("callporter/cellar/command/quiet", `{"value":"ON","request":"a1"}`, false)
	h.Heard.Until("a result", func() bool { return len(h.Heard.On("callporter/cellar/result")) > 0 })
	r := gatewaytest.Parse[gatewaytest.ResultDoc](t, h.Heard.Newest("callporter/cellar/result"))
	if r.Code() != "not_found" || r.Request != "a1" || r.Command != "quiet" || !strings.Contains(r.Error.Hint, "fritzbox") {
		t.Errorf("%+v", r)
	}
	h.Heard.Say("callporter/Not A Box/command/quiet", "ON", false) // could be nobody's
	h.WantCode("refresh", "PRESS", "ok")
	if on := h.Heard.On("callporter/Not A Box/result"); len(on) > 0 {
		t.Errorf("%+v", on)
	}
}

// TestFloodOfCommands: while the box is busy a few wait, the others are told so;
// each gets its one result.
func TestFloodOfCommands(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) { h.Box.AddDeflection(fritztest.Deflection{To: "**600"}) })
	if err := h.Box.Trouble(fritztest.Trouble{Kind: "slow", At: "SetDeflectionEnable", By: 1500 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	send := func(n int) {
		h.Heard.Say(h.Topic("command/deflection/0"), fmt.Sprintf(`{"value":"ON","request":"r%d"}`, n), false)
	}
	const flood = 100
	for n := range flood { // the worker has taken the first when the second is confirmed
		send(n)
	}
	codes, requests := map[string]int{}, []string{}
	take := func(n int) {
		for range n {
			r := h.NextResult()
			codes[r.Code()]++
			requests = append(requests, r.Request)
		}
	}
	const waiting = 16
	take(flood - 1 - waiting)
	if codes["busy"] != len(requests) {
		t.Errorf("%v while the box was busy", codes)
	}
	h.Box.Heal()
	take(1 + waiting)
	slices.Sort(requests)
	if requests = slices.Compact(requests); len(requests) != flood || codes["ok"] != 1+waiting {
		t.Errorf("%d commands answered, %v", len(requests), codes)
	}
	h.NothingElse()
}

// TestForgetAndTrustAreNoMQTTCommands: nobody on the broker may give them.
func TestForgetAndTrustAreNoMQTTCommands(t *testing.T) {
	h := gatewaytest.Open(t)
	h.WantCode("forget", "06990009222", "unknown_command")
	h.WantCode("trust", strings.Repeat("a", 64), "unknown_command")
}
