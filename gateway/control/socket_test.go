//go:build unix

package control_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestCommandSocket: an order by the socket has the same result as one by MQTT, but
// for the hint, which tells who types commands what to type, and changes the same. Nobody
// on MQTT is told of the result.
func TestCommandSocket(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, gatewaytest.ShortData)
	c := h.Ring(gatewaytest.Patient)
	ringing := h.WantEvents("ring").ID
	h.WantState("ringing")
	for _, order := range []struct{ name, payload string }{
		{"refresh", "PRESS"},
		{"refresh", "{}"},
		{"reset_missed", "press"},
		{"quiet", "ON"},
		{"quiet", `{"value":false,"request":"a1"}`},
		{"quiet", ""},
		{"quiet", "PRESS"},
		{"quiet", "loud \u2028 \"quoted\"\n"},
		{"quiet", "\xff\xfe"},
		{"quiet", `{"value":`},
		{"quiet", `{"value":"ON","volume":3,"request":"a1"}`},
		{"quiet", strings.Repeat("O", 4097)},
		{"dance", "PRESS"},
		{"quiet/loud", "ON"},
		{"deflection/1", "ON"},
		{"reject", "PRESS"},
		{"reject", ringing},
		{"block", "PRESS"},
	} {
		want := h.Order(order.name, order.payload)
		published := h.Heard.Newest(h.Topic("result"))
		got, err := h.Send(order.name, order.payload)
		if order.payload == "\xff\xfe" { // the request is JSON, which has no such text
			if gatewaytest.Parse[gatewaytest.ResultDoc](t, got).Code() != want.Code() {
				t.Errorf("%s, by MQTT %s", got, published)
			}
			continue
		}
		if diff := cmp.Diff(withoutHint(t, published), withoutHint(t, got)); err != nil || diff != "" {
			t.Errorf("%s %.40q: %v, by MQTT (-) and by socket (+) (%s)\n%s", order.name, order.payload, err, want.Code(), diff)
		}
	}
	if _, err := h.Send("quiet", "ON"); err != nil {
		t.Error(err)
	}
	h.Heard.UntilSaid(h.Topic("settings"), gatewaytest.SettingsText("ON"))
	h.Box.Advance(5e9)
	c.Disconnect(0)
	h.WantEvents("miss")

	got, err := control.Send(t.Context(), h.Config.Data, "cellar", "quiet", "ON")
	if r := gatewaytest.Parse[gatewaytest.ResultDoc](t, string(got)); err != nil || r.Code() != "not_found" || !strings.Contains(r.Error.Hint, "fritzbox") {
		t.Errorf("%s %v", got, err)
	}
	h.NothingElse()
}

// TestCommandSocketWithCommandsOff: commands.enabled is about MQTT.
func TestCommandSocketWithCommandsOff(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, gatewaytest.ShortData, func(h *gatewaytest.House) { h.Config.Commands.Enabled = false })
	h.WantCode("quiet", "ON", "not_enabled")
	if got, err := h.Send("quiet", "ON"); err != nil || gatewaytest.Parse[gatewaytest.ResultDoc](t, got).Code() != "ok" {
		t.Errorf("%s %v", got, err)
	}
	h.Heard.UntilSaid(h.Topic("settings"), gatewaytest.SettingsText("ON"))
}

// TestCommandSocketIsPrivate, there while the gateway runs and gone afterwards. What
// a killed gateway left is replaced; a second gateway touches nothing.
func TestCommandSocketIsPrivate(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Build(t, gatewaytest.ShortData)
	path := control.SocketPath(h.Config.Data)
	if _, err := h.Send("refresh", "PRESS"); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("without a directory: %v", err)
	}
	if err := os.MkdirAll(h.Config.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	left, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	left.(*net.UnixListener).SetUnlinkOnClose(false)
	left.Close()
	if _, err := h.Send("refresh", "PRESS"); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("on a stale socket: %v", err)
	}
	if err := os.RemoveAll(h.Config.Data); err != nil {
		t.Fatal(err)
	}

	for range 2 { // a directory of its own, then one with a stale socket
		h.Results, h.Events = 0, 0
		h.Run()
		for path, want := range map[string]fs.FileMode{h.Config.Data: fs.ModeDir | 0o700, path: fs.ModeSocket | 0o600} {
			if at, err := os.Lstat(path); err != nil || at.Mode() != want {
				t.Errorf("%s: %v %v", path, at.Mode(), err)
			}
		}
		second, err := gateway.New(h.Config, h.Options)
		if err != nil {
			t.Fatal(err)
		}
		if err := second.Run(t.Context()); !errors.Is(err, datadir.ErrRunning) {
			t.Error(err)
		}
		if got, err := h.Send("refresh", "PRESS"); err != nil || gatewaytest.Parse[gatewaytest.ResultDoc](t, got).Code() != "ok" {
			t.Errorf("%s %v", got, err)
		}
		h.Stop()
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the socket is left behind: %v", err)
		}
		if left, err = net.Listen("unix", path); err != nil {
			t.Fatal(err)
		}
		left.(*net.UnixListener).SetUnlinkOnClose(false)
		left.Close()
	}
}

// TestWithoutCommandSocket: what keeps the socket from opening is told in the log
// and ends nothing; a file that is none is not removed.
func TestWithoutCommandSocket(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*gatewaytest.House) (said string){
		"path too long": func(h *gatewaytest.House) string {
			h.Config.Data = filepath.Join(h.Config.Data, strings.Repeat("d", 100))
			return "set data to a shorter path"
		},
		"a file in the way": func(h *gatewaytest.House) string {
			if err := os.MkdirAll(h.Config.Data, 0o700); err != nil {
				h.Fatal(err)
			}
			if err := os.WriteFile(control.SocketPath(h.Config.Data), []byte("mine"), 0o600); err != nil {
				h.Fatal(err)
			}
			return "is no socket"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := new(gatewaytest.Transcript)
			h := gatewaytest.Build(t, gatewaytest.ShortData, func(h *gatewaytest.House) { h.Options.Log = slog.New(slog.NewTextHandler(log, nil)) })
			said := spoil(h)
			h.Run()
			h.Linked()
			h.WantCode("refresh", "PRESS", "ok")
			if text := log.String(); !strings.Contains(text, said) || strings.Count(text, "level=WARN") != 1 {
				t.Errorf("%s", text)
			}
			if _, err := h.Send("refresh", "PRESS"); err == nil {
				t.Error("somebody answers")
			}
			h.Stop()
			if text, err := os.ReadFile(control.SocketPath(h.Config.Data)); err == nil && string(text) != "mine" {
				t.Errorf("%q", text)
			} else if err != nil && name == "a file in the way" {
				t.Error(err)
			}
		})
	}
}

// TestCommandSocketRequests: whatever stands on a line has one result line, and a
// connection carries many.
func TestCommandSocketRequests(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, gatewaytest.ShortData)
	v := h.SocketClient()
	for _, r := range []struct{ line, code, request string }{
		{`{"box":"fritzbox","command":"quiet","payload":"ON"}`, "ok", ""},
		{` {"payload":{"value":"OFF","request":"a1"} , "command":"quiet","box":"fritzbox"} ` + "\r", "ok", "a1"},
		{`{"box":"fritzbox","command":"quiet","payload":"{\"value\":\"ON\",\"request\":\"a2\"}"}`, "ok", "a2"},
		{`{"box":"fritzbox","command":"quiet"}`, "empty_payload", ""},
		{`{"box":"fritzbox","command":"quiet","payload":""}`, "empty_payload", ""},
		{`{"box":"fritzbox","payload":"ON"}`, "unknown_command", ""},
		{`{"command":"quiet","payload":"ON"}`, "not_found", ""},
		{`{"box":"../fritzbox","command":"quiet","payload":"ON"}`, "not_found", ""},
		{`{"box":"fritzbox","command":"quiet","payload":"ON","retained":true}`, "bad_json", ""},
		{`{"box":"fritzbox","command":"quiet","payload":75}`, "bad_json", ""},
		{`{"box":"fritzbox","command":"quiet","payload":["ON"]}`, "bad_json", ""},
		{`{"box":"fritzbox","command":"quiet","payload":null}`, "bad_json", ""},
		{`{"box":7}`, "bad_json", ""},
		{`{"box":"fritzbox","command":"quiet","payload":"ON"} {}`, "bad_json", ""},
		{`{"box":"fritzbox"`, "bad_json", ""},
		{``, "bad_json", ""},
		{`quiet ON`, "bad_json", ""},
		{"\x00\xff", "bad_json", ""},
		{strings.Repeat("[", 4000), "bad_json", ""},
	} {
		v.Say(r.line + "\n")
		if got := v.Result(); got.Code() != r.code || got.Request != r.request {
			t.Errorf("%.80q: %s, request %q", r.line, got.Code(), got.Request)
		}
	}
	// Several in one write, answered in order; then one without its line end.
	for n := range 3 {
		v.Say(fmt.Sprintf(`{"box":"fritzbox","command":"refresh","payload":{"request":"n%d"}}`+"\n", n))
	}
	v.Say(`{"box":"fritzbox","command":"refresh","payload":{"request":"n3"}}`)
	if err := v.Conn.(*net.UnixConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	for n := range 4 {
		if got := v.Result(); got.Code() != "ok" || got.Request != fmt.Sprint("n", n) {
			t.Errorf("%+v", got)
		}
	}
	v.IsGone()

	v = h.SocketClient()
	v.Say(strings.Repeat(" ", 8<<10))
	if got := v.Result(); got.Code() != "too_large" {
		t.Errorf("%+v", got)
	}
	v.IsGone()
	v = h.SocketClient()
	v.Say(`{"box":"fritzbox","command":"quiet","payload":"` + strings.Repeat("O", 7<<10) + `"}` + "\n")
	if got := v.Result(); got.Code() != "too_large" || got.Command != "quiet" {
		t.Errorf("%+v", got)
	}
	h.NothingElse()
}

// TestCommandSocketIsBounded: who does not finish a request is sent away, and who
// comes when all seats are taken is told so. Nobody keeps the gateway from stopping.
func TestCommandSocketIsBounded(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, gatewaytest.ShortData, func(h *gatewaytest.House) { h.Options.Timing.Request = 50 * time.Millisecond })
	slow := h.SocketClient()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	for range gatewaytest.Patience / (5 * time.Millisecond) {
		<-tick.C
		if _, err := io.WriteString(slow, "{"); err != nil {
			break
		}
	}
	slow.IsGone()
	if took := time.Since(began); took > gatewaytest.Patience/2 {
		t.Errorf("a request may take %v", took)
	}
	h.Stop()

	h.Options.Timing.Request = time.Minute
	h.Events, h.Results = 0, 0
	h.Run()
	var seats []*gatewaytest.SocketClient
	for range 16 {
		v := h.SocketClient()
		v.Say(`{"box":"fritzbox","command":"refresh","payload":"PRESS"}` + "\n")
		if got := v.Result(); got.Code() != "ok" {
			t.Fatalf("%+v", got)
		}
		seats = append(seats, v)
	}
	if got, err := h.Send("refresh", "PRESS"); err != nil || gatewaytest.Parse[gatewaytest.ResultDoc](t, got).Code() != "busy" {
		t.Errorf("%s %v", got, err)
	}
	seats[7].Close()
	gatewaytest.Eventually(t, "a seat is free", func() bool {
		got, err := h.Send("refresh", "PRESS")
		return err == nil && gatewaytest.Parse[gatewaytest.ResultDoc](t, got).Code() == "ok"
	})
	h.Linked()
	h.Stop()
	for i, v := range seats {
		if i != 7 {
			v.IsGone()
		}
	}
}

// TestCommandSocketTimeout: no outcome in time is a result too, and the outcome
// still comes.
func TestCommandSocketTimeout(t *testing.T) {
	t.Parallel()
	log := gatewaytest.Sluggish{Handler: slog.DiscardHandler, Message: "command", Waits: make(chan struct{}, 9), GoOn: make(chan struct{})}
	h := gatewaytest.Open(t, gatewaytest.ShortData, func(h *gatewaytest.House) {
		h.Options.Log = slog.New(log)
		h.Options.Timing.Result = 50 * time.Millisecond
	})
	got, err := h.Send("quiet", `{"value":"ON","request":"a1"}`)
	if r := gatewaytest.Parse[gatewaytest.ResultDoc](t, got); err != nil || r.Code() != "timeout" || r.Request != "a1" || r.Command != "quiet" {
		t.Errorf("%s %v", got, err)
	}
	close(log.GoOn)
	h.Heard.UntilSaid(h.Topic("settings"), gatewaytest.SettingsText("ON"))
	h.NothingElse()
}

// withoutHint is a result with every key but the hint of its error.
func withoutHint(t *testing.T, result string) map[string]any {
	t.Helper()
	doc := gatewaytest.Parse[map[string]any](t, result)
	if refused, ok := doc["error"].(map[string]any); ok {
		delete(refused, "hint")
	}
	return doc
}
