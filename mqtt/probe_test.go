package mqtt

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/broker"
)

// probeAt probes with subscriptions to everything below cp.
func probeAt(t *testing.T, addr string, change ...func(*Options)) ProbeResult {
	t.Helper()
	change = append([]func(*Options){func(o *Options) {
		o.Availability = ""
		o.Subscriptions = []Subscription{{Filter: "cp/#"}, {Filter: "cp/check/1"}, {Filter: "ha/status"}}
	}}, change...)
	return newClient(t, addr, change...).Probe(t.Context(), "cp/check/1", 300*time.Millisecond)
}

func TestProbe(t *testing.T) {
	for name, addr := range map[string]func() string{
		"embedded":  func() string { return newBroker(t, broker.Options{}).Addr().String() },
		"mosquitto": func() string { return testkit.NewMosquitto(t).Address },
	} {
		t.Run(name, func(t *testing.T) {
			addr := addr()
			w := watch(t, addr, "cp/#")
			w.publish("cp/availability", "online", true)
			w.publish("ha/status", "online", true)
			w.publish("other/topic", "x", true)
			w.publish("cp/fritzbox/event", string(make([]byte, 500)), true)
			k := probeAt(t, addr)
			if !k.Connected || !k.Answered || !k.Returned || k.Reason != ReasonConnected || k.Broker != addr {
				t.Errorf("%+v", k)
			}
			kept := map[string]int{}
			for _, m := range k.Retained {
				kept[m.Topic] = len(m.Payload)
			}
			if len(kept) != 3 || kept["cp/availability"] != 6 || kept["ha/status"] != 6 || kept["cp/fritzbox/event"] != maxRetainedPayload {
				t.Errorf("kept %v", kept)
			}
			w.await("cp/check/1 callporter check")
			if again := watch(t, addr, "cp/check/1", "cp/availability"); len(again.await("retained cp/availability online")) != 1 {
				t.Errorf("left behind: %q", again.seen())
			}
		})
	}
}

func TestProbeAtMosquittoRights(t *testing.T) {
	list := filepath.Join(t.TempDir(), "acl")
	if err := os.WriteFile(list, []byte("topic read cp/#\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	k := probeAt(t, testkit.NewMosquitto(t, "acl_file "+list).Address)
	if !k.Connected || k.Returned || k.Accepted { // with max_queued_messages 0 mosquitto even hangs up
		t.Errorf("%+v", k)
	}
	// Whoever may write and not read hears nothing either, and nothing is wrong.
	if err := os.WriteFile(list, []byte("topic write cp/#\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if k := probeAt(t, testkit.NewMosquitto(t, "acl_file "+list).Address); !k.Connected || k.Returned || !k.Accepted {
		t.Errorf("%+v", k)
	}
}

func TestProbeInVain(t *testing.T) {
	closed := testkit.FreeAddress(t)
	users := newBroker(t, broker.Options{Users: map[string]string{"porter": "correct horse"}}).Addr().String()
	for name, test := range map[string]struct {
		addr     string
		password string
		reason   Reason
		answered bool
	}{
		"closed":         {closed, "", ReasonRefused, false},
		"wrong password": {users, "battery", ReasonBadCredentials, true},
		"nobody":         {users, "", ReasonNotAuthorized, true},
		"silent":         {stub(t, nil), "", ReasonSilent, false},
		"hangs up":       {stub(t, []byte{}), "", ReasonRejected, false},
		"no mqtt":        {stub(t, []byte("SSH-2.0-dropbear\r\n")), "", ReasonNotMQTT, false},
	} {
		k := probeAt(t, test.addr, func(o *Options) {
			o.Timing.Connect = 300 * time.Millisecond
			if test.password != "" {
				o.Username, o.Password = "porter", test.password
			}
		})
		if k.Connected || k.Reason != test.reason || k.Answered != test.answered {
			t.Errorf("%s: %q, answered %v: %v", name, k.Reason, k.Answered, k.Err)
		}
	}
}

// stub takes connections and sends each the same; nil waits for ever.
func stub(t *testing.T, answer []byte) string {
	t.Helper()
	l := testkit.Listen(t)
	testkit.Serve(l, func(conn net.Conn) {
		if answer != nil {
			conn.Write(answer) //nolint:errcheck // whoever probes may be gone
			return
		}
		conn.Read(make([]byte, 1<<16)) //nolint:errcheck // CONNECT
		conn.Read(make([]byte, 1))     //nolint:errcheck // until it goes
	})
	return l.Addr().String()
}
