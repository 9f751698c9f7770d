package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/datadir"
)

// TestCommands: each gets exactly one result. What is wrong changes nothing and
// says so with a code of the closed list.
func TestCommands(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.ring(patient)
	ringing := h.wantEvents("ring").ID
	h.wantState("ringing")
	for _, order := range []struct{ name, payload, code string }{
		{"refresh", "PRESS", "ok"},
		{"refresh", "{}", "ok"},
		{"reset_missed", "press", "ok"},
		{"quiet", "ON", "ok"},
		{"quiet", "off", "ok"},
		{"quiet", `{"value":true}`, "ok"},
		{"quiet", `{"value":"OFF"}`, "ok"},

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
		{"reject", "01K0000000000000000000000X", "unknown_call"},

		// Known to the contract, but not to this version or this box.
		{"reject", ringing, "not_available"},
		{"reject", "PRESS", "not_available"},
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
		r := h.wantCode(order.name, order.payload, order.code)
		if rings := order.name == "reject" && order.code == "not_available"; rings != (r.Call == ringing) {
			t.Errorf("%s %q: call %q", order.name, order.payload, r.Call)
		}
	}
	if kept := h.heard.newest(h.topic("settings")); kept != `{"quiet":"OFF","deflections":{},"answering_machines":{}}` {
		t.Errorf("settings %s", kept)
	}
	if s := h.wantState("ringing"); s.Call.ID != ringing {
		t.Errorf("%+v", s)
	}
	h.box.Advance(5e9)
	c.Disconnect(0)
	h.wantEvents("miss")
	h.wantState("idle")
	h.wantCode("reject", "PRESS", "no_ringing_call")
	h.wantCode("reject", ringing, "unknown_call")
	h.nothingElse()
}

// TestCommandRepeatsItsRequest, whatever becomes of it.
func TestCommandRepeatsItsRequest(t *testing.T) {
	t.Parallel()
	h := open(t)
	for payload, code := range map[string]string{
		`{"value":"ON","request":"a1"}`:       "ok",
		`{"request":"a1","value":"perhaps"}`:  "bad_argument",
		`{"volume":11,"request":"a1"}`:        "unknown_field",
		`{"value":"ON","request":"a1","x":1}`: "unknown_field",
	} {
		if r := h.wantCode("quiet", payload, code); r.Request != "a1" {
			t.Errorf("%s: request %q", payload, r.Request)
		}
	}
	if r := h.wantCode("quiet", `{"value":"ON"}`, "ok"); r.Request != "" || r.Data["quiet"] != "ON" {
		t.Errorf("%+v", r)
	}
}

// TestRetainedCommandIsIgnored: one that lies on the broker would be obeyed at
// each start.
func TestRetainedCommandIsIgnored(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		h := build(t, at(b))
		before := listen(t, b.address)
		before.say(h.topic("command/quiet"), "ON", true)
		before.say(h.topic("command/refresh"), "PRESS", true)
		h.run()
		h.linked()
		h.wantCode("reset_missed", "PRESS", "ok") // the first result there is
		if kept := h.heard.newest(h.topic("settings")); kept != `{"quiet":"OFF","deflections":{},"answering_machines":{}}` {
			t.Errorf("settings %s", kept)
		}
	})
}

// TestRefreshSendsUnchangedState to whoever asks for it: the values have not changed,
// and go out again all the same.
func TestRefreshSendsUnchangedState(t *testing.T) {
	t.Parallel()
	h := open(t)
	count := func() map[string]int {
		n := map[string]int{}
		for _, m := range h.heard.all() {
			n[m.topic]++
		}
		return n
	}
	before := count()
	h.wantCode("refresh", "PRESS", "ok")
	for _, topic := range []string{"state", "link", "health", "missed", "settings"} {
		h.heard.until(topic+" came again", func() bool { return count()[h.topic(topic)] > before[h.topic(topic)] })
	}
}

// TestCommandsSwitchedOff: they are refused, not ignored.
func TestCommandsSwitchedOff(t *testing.T) {
	t.Parallel()
	h := open(t, func(h *house) { h.config.Commands.Enabled = false })
	h.wantCode("quiet", "ON", "not_enabled")
	h.wantCode("reject", "PRESS", "not_enabled")
	h.wantCode("dance", "PRESS", "unknown_command")
	h.wantCode("quiet", "", "empty_payload")
	if kept := h.heard.newest(h.topic("settings")); kept != `{"quiet":"OFF","deflections":{},"answering_machines":{}}` {
		t.Errorf("settings %s", kept)
	}
}

// TestCommandForABoxThatIsNone is answered where the sender listens.
func TestCommandForABoxThatIsNone(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.heard.say("callporter/cellar/command/quiet", `{"value":"ON","request":"a1"}`, false)
	h.heard.until("a result", func() bool { return len(h.heard.on("callporter/cellar/result")) > 0 })
	r := parse[resultDoc](t, h.heard.newest("callporter/cellar/result"))
	if r.code() != "not_found" || r.Request != "a1" || r.Command != "quiet" || !strings.Contains(r.Error.Hint, "fritzbox") {
		t.Errorf("%+v", r)
	}
	h.heard.say("callporter/Not A Box/command/quiet", "ON", false) // could be nobody's
	h.wantCode("refresh", "PRESS", "ok")
	if on := h.heard.on("callporter/Not A Box/result"); len(on) > 0 {
		t.Errorf("%+v", on)
	}
}

// sluggish is a log that keeps whoever writes one message waiting.
type sluggish struct {
	slog.Handler
	message     string
	waits, goOn chan struct{}
}

func (s sluggish) Handle(_ context.Context, r slog.Record) error {
	if r.Message == s.message {
		s.waits <- struct{}{}
		<-s.goOn
	}
	return nil
}

func (s sluggish) Enabled(context.Context, slog.Level) bool { return true }
func (s sluggish) WithAttrs([]slog.Attr) slog.Handler       { return s }
func (s sluggish) WithGroup(string) slog.Handler            { return s }

// TestFloodOfCommands: while the box is busy a few wait, the others are told so;
// each gets its one result.
func TestFloodOfCommands(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) { h.box.AddDeflection(fritztest.Deflection{To: "**600"}) })
	if err := h.box.Trouble(fritztest.Trouble{Kind: "slow", At: "SetDeflectionEnable", By: 1500 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	send := func(n int) {
		h.heard.say(h.topic("command/deflection/0"), fmt.Sprintf(`{"value":"ON","request":"r%d"}`, n), false)
	}
	const flood = 100
	for n := range flood { // the worker has taken the first when the second is confirmed
		send(n)
	}
	codes, requests := map[string]int{}, []string{}
	take := func(n int) {
		for range n {
			r := h.nextResult()
			codes[r.code()]++
			requests = append(requests, r.Request)
		}
	}
	const waiting = 16
	take(flood - 1 - waiting)
	if codes["busy"] != len(requests) {
		t.Errorf("%v while the box was busy", codes)
	}
	h.box.Heal()
	take(1 + waiting)
	slices.Sort(requests)
	if requests = slices.Compact(requests); len(requests) != flood || codes["ok"] != 1+waiting {
		t.Errorf("%d commands answered, %v", len(requests), codes)
	}
	h.nothingElse()
}

// TestSettingsAreKept over a restart, by box.
func TestSettingsAreKept(t *testing.T) {
	t.Parallel()
	b := newBroker(t, nil)
	h := open(t, at(b), func(h *house) { h.addBox("annexe") })
	h.wantCode("quiet", "ON", "ok")
	h.heard.untilSaid(h.topic("settings"), `{"quiet":"ON","deflections":{},"answering_machines":{}}`)
	h.stop()
	h.heard.say(h.topic("settings"), "gone", true)

	h.run()
	h.heard.untilSaid("callporter/availability", "online")
	h.heard.untilSaid(h.topic("settings"), `{"quiet":"ON","deflections":{},"answering_machines":{}}`)
	if other := h.heard.newest(h.sites[1].topic("settings")); other != `{"quiet":"OFF","deflections":{},"answering_machines":{}}` {
		t.Errorf("settings of the other box: %s", other)
	}
	h.wantCode("quiet", "OFF", "ok")
	h.stop()
	h.run()
	h.heard.untilSaid("callporter/availability", "online")
	h.heard.untilSaid(h.topic("settings"), `{"quiet":"OFF","deflections":{},"answering_machines":{}}`)
}

// TestDamagedSettingsAreSetAside, never deleted; the gateway starts without them.
func TestDamagedSettingsAreSetAside(t *testing.T) {
	t.Parallel()
	h := build(t)
	file := filepath.Join(h.config.Data, "settings.json")
	damaged := []string{`{"fritzbox":{"Quiet":tr`, "null", `["fritzbox"]`, strings.Repeat(" ", 1<<20) + "{}"}
	for _, text := range damaged {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		h.results = 0
		h.events = 0
		h.run()
		h.heard.untilSaid("callporter/availability", "online")
		h.heard.untilSaid(h.topic("settings"), `{"quiet":"OFF","deflections":{},"answering_machines":{}}`)
		h.wantCode("quiet", "ON", "ok")
		h.stop()
		if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), "fritzbox") {
			t.Errorf("new settings: %s %v", text, err)
		}
	}
	var kept []string
	files, err := filepath.Glob(file + ".damaged*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, string(text))
	}
	slices.Sort(kept)
	slices.Sort(damaged)
	if !slices.Equal(kept, damaged) {
		t.Errorf("%d of %d damaged files are kept: %q", len(kept), len(damaged), files)
	}
}

// TestSecondGatewayOnTheDataDirectory ends with an error that says so, and does
// not disturb the first.
func TestSecondGatewayOnTheDataDirectory(t *testing.T) {
	t.Parallel()
	h := open(t)
	second, err := gateway.New(h.config, h.options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err = second.Run(ctx)
	if err == nil || !errors.Is(err, datadir.ErrRunning) || !strings.Contains(err.Error(), h.config.Data) {
		t.Errorf("%v", err)
	}
	h.box.Missed(patient, practice, fritztest.Course{})
	h.wantEvents("ring", "miss")
	h.stop()

	// The lock goes with the gateway.
	h.events, h.results = 0, 0
	h.run()
	h.linked()
	h.nothingElse()
}
