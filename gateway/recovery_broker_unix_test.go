//go:build unix

package gateway_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
)

// TestBrokerFreezes in the middle of calls: it keeps its connections and says
// nothing. That is noticed, and when it goes on everything is right at once, though
// what it was sent before, and the attempts of meanwhile, lie in front of it.
func TestBrokerFreezes(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	b := gatewaytest.NewMosquitto(t)
	const keepAlive = 2 * time.Second
	h := gatewaytest.Open(t, gatewaytest.At(b), func(h *gatewaytest.House) {
		h.Options.Timing.MQTT = mqtt.Timing{KeepAlive: keepAlive, Connect: time.Second}
	})
	signal := func(s syscall.Signal) {
		if err := b.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { b.Signal(syscall.SIGCONT) }) //nolint:errcheck // it may be gone
	var from time.Time
	caller := callsMeanwhile(h, func() {
		signal(syscall.SIGSTOP)
		from = time.Now()
	}, func() {
		gatewaytest.Eventually(t, "the gateway has noticed", func() bool { return h.Metric("callporter_mqtt_up") == 0 })
		took := time.Since(from)
		t.Logf("noticed after %v, %.2f times the keepalive", took.Round(time.Millisecond), took.Seconds()/keepAlive.Seconds())
		if took > keepAlive*7/4 {
			t.Errorf("noticed after %v", took)
		}
		// It is tried in vain, and its port takes the attempts.
		gatewaytest.Eventually(t, "the gateway knows why", func() bool {
			code, text := h.Get("/readyz")
			return code == http.StatusServiceUnavailable && strings.Contains(text, "takes the connection and says nothing")
		})
		signal(syscall.SIGCONT)
		from = time.Now()
	})
	rightAgain(h, "a broker that froze", from, caller)
	// The events of meanwhile were on their way already, or come now.
	h.Heard.Until("the new ring", func() bool { return strings.Contains(h.Heard.Newest(h.Topic("event")), gatewaytest.FriendE164) })
	h.Stop()
	h.Heard.UntilSaid("callporter/availability", "offline")
	h.Events = len(h.Heard.On(h.Topic("event")))
}

// TestPasswordIsCorrected: a broker that says no is a state with a hint, and one line
// in the log, until it says yes.
func TestPasswordIsCorrected(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "passwords")
	testkit.MosquittoPassword(t, file, "subscriber", "subscriber-password")
	testkit.MosquittoPassword(t, file, "porter", "the old one")
	b := gatewaytest.NewMosquitto(t, "allow_anonymous false", "password_file "+file)
	log := new(gatewaytest.Transcript)
	h := gatewaytest.Build(t, gatewaytest.At(b), func(h *gatewaytest.House) {
		h.Config.MQTT.Username, h.Config.MQTT.Password = "porter", "the new one"
		h.Options.Log = log.Debug()
	})
	h.Run()
	gatewaytest.Eventually(t, "the user is told", func() bool {
		code, text := h.Get("/readyz")
		return code == http.StatusServiceUnavailable && strings.Contains(text, "check mqtt username and password")
	})
	if code, _ := h.Get("/healthz"); code != http.StatusOK {
		t.Errorf("a wrong password is no reason to restart: %d", code)
	}
	h.Served()
	c := h.Ring(gatewaytest.Patient)
	gatewaytest.Eventually(t, "the gateway has the ring", func() bool { return h.Metric(`callporter_events_total{box="fritzbox",event="ring"}`) == 1 })

	testkit.MosquittoPassword(t, file, "porter", "the new one")
	if err := b.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	gatewaytest.Eventually(t, "the gateway is ready", func() bool { code, _ := h.Get("/readyz"); return code == http.StatusOK })
	h.WantEvents("ring")
	h.WantState("ringing")
	c.Disconnect(0)
	h.WantEvents("miss")
	h.Box.Missed(gatewaytest.Neighbour, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
	for line, want := range map[string]int{
		"level=WARN msg=\"not connected to broker\"": 1, "level=INFO msg=\"connected to broker\"": 1, "the new one": 0, "the old one": 0,
	} {
		if n := strings.Count(log.String(), line); n != want {
			t.Errorf("%q stands %d times in the log:\n%s", line, n, log)
		}
	}
}
