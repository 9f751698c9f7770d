package gateway_test

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// wantLogged waits until exactly n lines of a log contain all words.
func wantLogged(t *testing.T, log *gatewaytest.Transcript, n int, words ...string) {
	t.Helper()
	gatewaytest.Eventually(t, strings.Join(words, " … "), func() bool { return log.Lines(words...) >= n })
	if got := log.Lines(words...); got != n {
		t.Errorf("%d lines say %v, not %d:\n%s", got, words, n, log)
	}
}

// TestLogSaysWhatHealthSays: what health tells a person to do stands in the log too, in
// the same words and language, once for each reason.
func TestLogSaysWhatHealthSays(t *testing.T) {
	t.Parallel()
	log := new(gatewaytest.Transcript)
	h := gatewaytest.Build(t, gatewaytest.Furnished, func(h *gatewaytest.House) {
		h.Config.Language = call.German
		h.Options.Log = log.Debug()
	})
	h.Box.SetUser(fritztest.User{Name: gatewaytest.BoxUser, Password: "another", Last: true})
	h.Box.Refuse()
	h.Run()
	off := wantHealth(h.Site, "down", "call_monitor_off")
	wantLogged(t, log, 1, "level=WARN", "reason=refused", `hint="Die Box weist die Verbindung ab.`)
	wantLogged(t, log, 1, "level=WARN", "reason=call_monitor_off", `hint="`+off.Monitor.Hint+`"`)
	denied := h.WantAccess("down", "locked_out")
	if denied.TR064.Hint == "" {
		t.Fatalf("%+v", denied)
	}
	wantLogged(t, log, 1, "level=WARN", "reason=locked_out", `hint="`+denied.TR064.Hint)
	if err := h.Box.Accept(); err != nil {
		t.Fatal(err)
	}
	h.Linked()
	h.Box.Refuse() // another outage is told anew
	h.Box.Reset()
	wantLogged(t, log, 2, "level=WARN", "reason=call_monitor_off", `hint="`+off.Monitor.Hint+`"`)
}

// TestLogOfMissingRight: a user without a right is told which.
func TestLogOfMissingRight(t *testing.T) {
	t.Parallel()
	log := new(gatewaytest.Transcript)
	h := gatewaytest.Build(t, gatewaytest.Furnished, func(h *gatewaytest.House) { h.Options.Log = log.Debug() })
	h.Box.SetUser(fritztest.User{Name: gatewaytest.BoxUser, Password: gatewaytest.BoxPassword, Rights: "A", Last: true})
	h.Run()
	h.Linked()
	denied := h.WantAccess("up", "right_missing")
	wantLogged(t, log, 1, "level=WARN", "reason=right_missing", "hint=", strings.SplitN(denied.TR064.Hint, `"`, 2)[0])
}

// TestLogOfWrongHost: a name that leads nowhere.
func TestLogOfWrongHost(t *testing.T) {
	t.Parallel()
	log := new(gatewaytest.Transcript)
	h := gatewaytest.Build(t, func(h *gatewaytest.House) {
		h.Config.Boxes[0].Host = "no-such-box.invalid"
		h.Options.Log = log.Debug()
	})
	h.Run()
	denied := wantHealth(h.Site, "down", "name_unresolved")
	wantLogged(t, log, 1, "level=WARN", "reason=name_unresolved", `hint="`+denied.Monitor.Hint+`"`)
}

// TestStartLine: one line says what runs, and another how others reach the broker.
func TestStartLine(t *testing.T) {
	t.Parallel()
	log := new(gatewaytest.Transcript)
	h := gatewaytest.Build(t, func(h *gatewaytest.House) {
		h.Options.Log, h.Options.File = log.Debug(), "/etc/callporter/gateway.yaml"
		h.Config.Asterisk.Enabled, h.Config.Asterisk.Listen = true, "127.0.0.1:0"
	})
	h.Run()
	wantLogged(t, log, 1, "callporter is running", "version=1.2.3", "config=/etc/callporter/gateway.yaml", "data="+h.Config.Data,
		`broker="embedded `+h.Gateway.BrokerAddr().String()+`"`, "web="+h.Gateway.WebAddr().String(),
		"asterisk="+h.Gateway.AsteriskAddr().String(), "boxes=1")
	wantLogged(t, log, 1, "on this computer only", "broker.listen", "broker.users", "callporter broker passwd")

	log = new(gatewaytest.Transcript)
	b := gatewaytest.NewBroker(t, nil)
	h = gatewaytest.Build(t, gatewaytest.At(b), func(h *gatewaytest.House) {
		h.Config.Language, h.Config.Web.Listen = call.German, ""
		h.Config.MQTT.Username, h.Config.MQTT.Password = "porter", "hunter2"
		h.Options.Log = log.Debug()
	})
	h.Run()
	wantLogged(t, log, 1, "callporter is running", `config="none, defaults"`, "broker="+b.Address, "web=off")
	wantLogged(t, log, 0, "broker passwd")
	wantLogged(t, log, 0, "hunter2")
}
