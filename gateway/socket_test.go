//go:build unix

package gateway_test

import (
	"bufio"
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

	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/internal/testkit"
)

// socketClient is a client of the command socket that sends what it likes.
type socketClient struct {
	testing.TB
	net.Conn
	lines *bufio.Reader
}

func (h *house) socketClient() *socketClient {
	h.Helper()
	conn := testkit.Dial(h, "unix", control.SocketPath(h.config.Data), patience)
	return &socketClient{h, conn, bufio.NewReader(conn)}
}

func (v *socketClient) say(text string) {
	v.Helper()
	if _, err := io.WriteString(v, text); err != nil {
		v.Fatal(err)
	}
}

func (v *socketClient) result() resultDoc {
	v.Helper()
	line, err := v.lines.ReadString('\n')
	if err != nil {
		v.Fatalf("%q %v", line, err)
	}
	return parse[resultDoc](v, line)
}

// isGone waits until the gateway has closed the connection.
func (v *socketClient) isGone() {
	v.Helper()
	if rest, err := io.ReadAll(v.lines); errors.Is(err, os.ErrDeadlineExceeded) || len(rest) > 0 {
		v.Fatalf("%q %v instead of the end", rest, err)
	}
}

// TestCommandSocket: an order by the socket has the same result as one by MQTT, to
// the letter, and changes the same. Nobody on MQTT is told of the result.
func TestCommandSocket(t *testing.T) {
	t.Parallel()
	h := open(t, shortData)
	c := h.ring(patient)
	ringing := h.wantEvents("ring").ID
	h.wantState("ringing")
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
		want := h.order(order.name, order.payload)
		published := h.heard.newest(h.topic("result"))
		got, err := h.send(order.name, order.payload)
		if order.payload == "\xff\xfe" { // the request is JSON, which has no such text
			if parse[resultDoc](t, got).code() != want.code() {
				t.Errorf("%s, by MQTT %s", got, published)
			}
			continue
		}
		if err != nil || got != published {
			t.Errorf("%s %.40q: %s %v, by MQTT %s (%s)", order.name, order.payload, got, err, published, want.code())
		}
	}
	if _, err := h.send("quiet", "ON"); err != nil {
		t.Error(err)
	}
	h.heard.untilSaid(h.topic("settings"), `{"quiet":"ON","deflections":{},"answering_machines":{}}`)
	h.box.Advance(5e9)
	c.Disconnect(0)
	h.wantEvents("miss")

	got, err := control.Send(t.Context(), h.config.Data, "cellar", "quiet", "ON")
	if r := parse[resultDoc](t, string(got)); err != nil || r.code() != "not_found" || !strings.Contains(r.Error.Hint, "fritzbox") {
		t.Errorf("%s %v", got, err)
	}
	h.nothingElse()
}

// TestCommandSocketWithCommandsOff: commands.enabled is about MQTT.
func TestCommandSocketWithCommandsOff(t *testing.T) {
	t.Parallel()
	h := open(t, shortData, func(h *house) { h.config.Commands.Enabled = false })
	h.wantCode("quiet", "ON", "not_enabled")
	if got, err := h.send("quiet", "ON"); err != nil || parse[resultDoc](t, got).code() != "ok" {
		t.Errorf("%s %v", got, err)
	}
	h.heard.untilSaid(h.topic("settings"), `{"quiet":"ON","deflections":{},"answering_machines":{}}`)
}

// TestCommandSocketIsPrivate, there while the gateway runs and gone afterwards. What
// a killed gateway left is replaced; a second gateway touches nothing.
func TestCommandSocketIsPrivate(t *testing.T) {
	t.Parallel()
	h := build(t, shortData)
	path := control.SocketPath(h.config.Data)
	if _, err := h.send("refresh", "PRESS"); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("without a directory: %v", err)
	}
	if err := os.MkdirAll(h.config.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	left, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	left.(*net.UnixListener).SetUnlinkOnClose(false)
	left.Close()
	if _, err := h.send("refresh", "PRESS"); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("on a stale socket: %v", err)
	}
	if err := os.RemoveAll(h.config.Data); err != nil {
		t.Fatal(err)
	}

	for range 2 { // a directory of its own, then one with a stale socket
		h.results, h.events = 0, 0
		h.run()
		for path, want := range map[string]fs.FileMode{h.config.Data: fs.ModeDir | 0o700, path: fs.ModeSocket | 0o600} {
			if at, err := os.Lstat(path); err != nil || at.Mode() != want {
				t.Errorf("%s: %v %v", path, at.Mode(), err)
			}
		}
		second, err := gateway.New(h.config, h.options)
		if err != nil {
			t.Fatal(err)
		}
		if err := second.Run(t.Context()); !errors.Is(err, datadir.ErrRunning) {
			t.Error(err)
		}
		if got, err := h.send("refresh", "PRESS"); err != nil || parse[resultDoc](t, got).code() != "ok" {
			t.Errorf("%s %v", got, err)
		}
		h.stop()
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
	for name, spoil := range map[string]func(*house) (said string){
		"path too long": func(h *house) string {
			h.config.Data = filepath.Join(h.config.Data, strings.Repeat("d", 100))
			return "set data to a shorter path"
		},
		"a file in the way": func(h *house) string {
			if err := os.MkdirAll(h.config.Data, 0o700); err != nil {
				h.Fatal(err)
			}
			if err := os.WriteFile(control.SocketPath(h.config.Data), []byte("mine"), 0o600); err != nil {
				h.Fatal(err)
			}
			return "is no socket"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := new(transcript)
			h := build(t, shortData, func(h *house) { h.options.Log = slog.New(slog.NewTextHandler(log, nil)) })
			said := spoil(h)
			h.run()
			h.linked()
			h.wantCode("refresh", "PRESS", "ok")
			if text := log.String(); !strings.Contains(text, said) || strings.Count(text, "level=WARN") != 1 {
				t.Errorf("%s", text)
			}
			if _, err := h.send("refresh", "PRESS"); err == nil {
				t.Error("somebody answers")
			}
			h.stop()
			if text, err := os.ReadFile(control.SocketPath(h.config.Data)); err == nil && string(text) != "mine" {
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
	h := open(t, shortData)
	v := h.socketClient()
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
		v.say(r.line + "\n")
		if got := v.result(); got.code() != r.code || got.Request != r.request {
			t.Errorf("%.80q: %s, request %q", r.line, got.code(), got.Request)
		}
	}
	// Several in one write, answered in order; then one without its line end.
	for n := range 3 {
		v.say(fmt.Sprintf(`{"box":"fritzbox","command":"refresh","payload":{"request":"n%d"}}`+"\n", n))
	}
	v.say(`{"box":"fritzbox","command":"refresh","payload":{"request":"n3"}}`)
	if err := v.Conn.(*net.UnixConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	for n := range 4 {
		if got := v.result(); got.code() != "ok" || got.Request != fmt.Sprint("n", n) {
			t.Errorf("%+v", got)
		}
	}
	v.isGone()

	v = h.socketClient()
	v.say(strings.Repeat(" ", 8<<10))
	if got := v.result(); got.code() != "too_large" {
		t.Errorf("%+v", got)
	}
	v.isGone()
	v = h.socketClient()
	v.say(`{"box":"fritzbox","command":"quiet","payload":"` + strings.Repeat("O", 7<<10) + `"}` + "\n")
	if got := v.result(); got.code() != "too_large" || got.Command != "quiet" {
		t.Errorf("%+v", got)
	}
	h.nothingElse()
}

// TestCommandSocketIsBounded: who does not finish a request is sent away, and who
// comes when all seats are taken is told so. Nobody keeps the gateway from stopping.
func TestCommandSocketIsBounded(t *testing.T) {
	t.Parallel()
	h := open(t, shortData, func(h *house) { h.options.Timing.Request = 50 * time.Millisecond })
	slow := h.socketClient()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	for range patience / (5 * time.Millisecond) {
		<-tick.C
		if _, err := io.WriteString(slow, "{"); err != nil {
			break
		}
	}
	slow.isGone()
	if took := time.Since(began); took > patience/2 {
		t.Errorf("a request may take %v", took)
	}
	h.stop()

	h.options.Timing.Request = time.Minute
	h.events, h.results = 0, 0
	h.run()
	var seats []*socketClient
	for range 16 {
		v := h.socketClient()
		v.say(`{"box":"fritzbox","command":"refresh","payload":"PRESS"}` + "\n")
		if got := v.result(); got.code() != "ok" {
			t.Fatalf("%+v", got)
		}
		seats = append(seats, v)
	}
	if got, err := h.send("refresh", "PRESS"); err != nil || parse[resultDoc](t, got).code() != "busy" {
		t.Errorf("%s %v", got, err)
	}
	seats[7].Close()
	eventually(t, "a seat is free", func() bool {
		got, err := h.send("refresh", "PRESS")
		return err == nil && parse[resultDoc](t, got).code() == "ok"
	})
	h.linked()
	h.stop()
	for i, v := range seats {
		if i != 7 {
			v.isGone()
		}
	}
}

// TestCommandSocketTimeout: no outcome in time is a result too, and the outcome
// still comes.
func TestCommandSocketTimeout(t *testing.T) {
	t.Parallel()
	log := sluggish{slog.DiscardHandler, "command", make(chan struct{}, 9), make(chan struct{})}
	h := open(t, shortData, func(h *house) {
		h.options.Log = slog.New(log)
		h.options.Timing.Result = 50 * time.Millisecond
	})
	got, err := h.send("quiet", `{"value":"ON","request":"a1"}`)
	if r := parse[resultDoc](t, got); err != nil || r.code() != "timeout" || r.Request != "a1" || r.Command != "quiet" {
		t.Errorf("%s %v", got, err)
	}
	close(log.goOn)
	h.heard.untilSaid(h.topic("settings"), `{"quiet":"ON","deflections":{},"answering_machines":{}}`)
	h.nothingElse()
}
