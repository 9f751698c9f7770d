package gateway_test

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/internal/testkit"
)

// stranger connects, says something and leaves it at that.
func stranger(t testing.TB, network, address, says string) net.Conn {
	t.Helper()
	conn := testkit.Dial(t, network, address, gatewaytest.Patience)
	io.WriteString(conn, says) //nolint:errcheck // where there are too many it is closed at once
	return conn
}

// TestSlowStrangers: who opens connections to every port and says little holds up no
// call, and is sent away.
func TestSlowStrangers(t *testing.T) {
	t.Parallel()
	ports := []string{testkit.FreeAddress(t), testkit.FreeAddress(t), testkit.FreeAddress(t)}
	h := gatewaytest.Open(t, func(h *gatewaytest.House) {
		h.Options.Timing.Request = time.Second
		b, own := &h.Config.Broker, newAuthority(t, "house").issue("broker", &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
		b.TLSListen, b.WebSocketListen, b.WebSocketTLSListen = ports[0], ports[1], ports[2]
		b.CertFile, b.KeyFile, b.Users = own.cert, own.key, []config.Secret{"subscriber:subscriber-password"}
	})
	broker, web, socket := h.Gateway.BrokerAddr().String(), h.Gateway.WebAddr().String(), control.SocketPath(h.Config.Data)
	var slow []net.Conn
	from := time.Now()
	for i := range 40 {
		// Nothing, or the beginning of a CONNECT; half a header, half a command.
		slow = append(slow,
			stranger(t, "tcp", broker, []string{"", "\x10", "\x10\xff\xff\xff", "\x10\x10\x00\x04MQ"}[i%4]),
			stranger(t, "tcp", web, "GET /healthz HTTP/1.1\r\nHost: loc"))
		if i < 10 {
			slow = append(slow,
				stranger(t, "tcp", ports[0], []string{"", "\x16\x03\x01\x02\x00\x01"}[i%2]),
				stranger(t, "tcp", ports[1], "GET /mqtt HTTP/1.1\r\nHost: loc"),
				stranger(t, "tcp", ports[2], []string{"", "\x16"}[i%2]))
		}
		if _, err := os.Stat(socket); err == nil && i < 12 {
			slow = append(slow, stranger(t, "unix", socket, `{"box":"fritzb`))
		}
	}
	h.Box.Answered(gatewaytest.Patient, gatewaytest.Practice, 10, fritztest.Course{})
	h.WantEvents("ring", "answer", "end")
	h.WantCode("quiet", "ON", "ok")
	if code, text := h.Get("/healthz"); code != 200 {
		t.Errorf("%d %s", code, text)
	}
	for _, conn := range slow {
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("%s still has a connection", conn.RemoteAddr())
		}
	}
	if took := time.Since(from); took > 10*time.Second {
		t.Errorf("the last one was sent away after %v", took)
	}
	gatewaytest.Listen(t, broker) // has room for those who mean it
	h.NothingElse()
}

// TestOversizedEverything is refused where it comes in, and changes nothing else.
func TestOversizedEverything(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		h := gatewaytest.Open(t, gatewaytest.At(b))
		inMidCall(h.Site)
		big := strings.Repeat("9", 5<<10)
		h.WantCode("block", big, "too_large")
		h.WantCode("quiet", `{"value":"`+big+`"}`, "too_large")
		name := strings.Repeat("x", 60_000)
		if !strings.Contains(t.Name(), "mosquitto") {
			h.Heard.Say(h.Topic("command/"+name), "PRESS", false) // is not handed on
			name = name[:900]
		}
		h.Heard.Say(h.Topic("command/"+name), "PRESS", false)
		if r := h.NextResult(); r.Code() != "unknown_command" || len(r.Command) > 1000 {
			t.Errorf("%s, %d bytes of name", r.Code(), len(r.Command))
		}

		// The embedded broker sends away who says more than 256 KiB at a time; others
		// hand it on.
		o := paho.NewClientOptions().AddBroker("tcp://" + b.Address).SetClientID("big" + rand.Text()[:8]).SetAutoReconnect(false)
		client := paho.NewClient(o)
		h.Heard.Must(client.Connect())
		client.Publish(h.Topic("command/quiet"), 0, false, strings.Repeat("O", 1<<20))
		if strings.Contains(t.Name(), "mosquitto") {
			if r := h.NextResult(); r.Code() != "too_large" {
				t.Errorf("%+v", r)
			}
		}
		defer client.Disconnect(50)

		web := h.Gateway.WebAddr().String()
		for what, request := range map[string]string{
			"header": "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n",
			"url":    "GET /" + strings.Repeat("x", 1<<20) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
			"body":   "POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n\r\n" + strings.Repeat("x", 1<<20),
		} {
			conn := stranger(t, "tcp", web, request)
			answer := make([]byte, 12)
			if n, err := io.ReadFull(conn, answer); err == nil && !strings.HasPrefix(string(answer), "HTTP/1.1 4") || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: %q %v", what, answer[:n], err)
			}
		}

		h.Box.Line("21.11.26 18:00:01;RING;7;" + strings.Repeat("1", 1<<20) + ";" + gatewaytest.Practice + ";SIP0;")
		h.Box.Missed(gatewaytest.Munich, gatewaytest.Practice, fritztest.Course{})
		h.WantEvents("ring", "miss")
		if n := h.Metric(`callporter_monitor_bad_lines_total{box="fritzbox",reason="too_long"}`); n != 1 {
			t.Errorf("%v lines were too long", n)
		}
		h.WantActive(2)
		stillTheFirstLink(h.Site)
		if n := h.Metric("callporter_mqtt_reconnects_total"); n != 0 {
			t.Errorf("the broker was lost %v times", n)
		}
		h.WantCode("refresh", "PRESS", "ok")
		h.Box.Refuse()
		h.Box.Reset()
		h.WantEvents("lost")
		h.WantEvents("lost")
	})
}

// TestTenThousandTopics: topics that are nobody's leave no trace; each command has
// one result, or is counted as dropped where they come faster than they can be
// answered. Calls go on meanwhile.
func TestTenThousandTopics(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	const many, calls = 10_000, 50
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.Open(t, gatewaytest.At(b))
	h.Settled()
	ignored := func() int { return int(h.Metric("callporter_mqtt_messages_ignored_total")) }
	o := paho.NewClientOptions().AddBroker("tcp://" + b.Address).SetClientID("flood" + rand.Text()[:8])
	client := paho.NewClient(o)
	h.Heard.Must(client.Connect())
	defer client.Disconnect(50)
	results := func() (n int, odd string) {
		for _, m := range h.Heard.All() {
			if !strings.HasPrefix(m.Topic, "callporter/") || !strings.HasSuffix(m.Topic, "/result") {
				continue
			}
			var r gatewaytest.ResultDoc
			if err := json.Unmarshal([]byte(m.Payload), &r); err != nil || !slices.Contains([]string{"unknown_command", "not_found", "busy"}, r.Code()) {
				odd = m.Payload
				continue
			}
			n++
		}
		return n, odd
	}
	for i := range many {
		client.Publish(fmt.Sprintf("callporter/nobody/%d", i), 0, false, "x")
		client.Publish(fmt.Sprintf("callporter/fritzbox/command/name%d", i), 0, false, "PRESS")
		client.Publish(fmt.Sprintf("callporter/box%d/command/quiet", i), 0, false, "ON")
		if i%(many/calls) == 0 {
			h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
		}
	}
	h.Heard.Must(client.Publish("callporter/end", 1, false, "x")) // confirmed behind all the others
	h.Heard.UntilSaid("callporter/end", "x")
	for range calls {
		h.WantEvents("ring", "miss")
	}
	h.WantMissed(calls)
	var n int
	gatewaytest.Eventually(t, "each command is answered or counted", func() bool {
		n, _ = results()
		return n+ignored() >= 2*many
	})
	n, odd := results()
	if n+ignored() != 2*many {
		t.Errorf("%d results and %d dropped of %d", n, ignored(), 2*many)
	}
	t.Logf("%d results, %d dropped", n, ignored())
	if n == 0 {
		t.Errorf("no result at all; %s", odd)
	}
	h.Results = len(h.Heard.On(h.Topic("result")))
	stillTheFirstLink(h.Site)
	if reconnects := h.Metric("callporter_mqtt_reconnects_total"); reconnects != 0 {
		t.Errorf("the broker was lost %v times", reconnects)
	}
	for topic := range h.Retained() {
		if strings.Contains(topic, "nobody") || strings.Contains(topic, "command") || strings.HasSuffix(topic, "/result") {
			t.Errorf("%s is kept", topic)
		}
	}
	h.WantCode("quiet", "OFF", "ok")
	h.NothingElse()
}

// TestRetainedJunk: whatever lies on the topics of a gateway before its start is
// corrected by it, but for the last call, which the next one replaces; commands and
// births that lie there are none.
func TestRetainedJunk(t *testing.T) {
	t.Parallel()
	for i, junk := range []string{"{", "\xff\x00\xfe", `{"state":"ringing","active_calls":-1}`, strings.Repeat("junk", 30_000), "online"} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			b := gatewaytest.NewBroker(t, nil)
			h := gatewaytest.Build(t, gatewaytest.At(b))
			h.Box.Refuse()
			topics, err := retained.Topics(h.Config)
			if err != nil {
				t.Fatal(err)
			}
			before := gatewaytest.Listen(t, b.Address)
			for _, topic := range topics {
				before.Say(topic, junk, true)
			}
			for _, topic := range []string{
				"homeassistant/status", "homeassistant/device/callporter_gone/config", "homeassistant/sensor/other/config", "homeassistant/device/%/config",
				h.Topic("command/quiet"), h.Topic("command/dance"), "callporter/nobody/command/quiet",
			} {
				before.Say(topic, junk, true)
			}
			before.Say("homeassistant/status", "online", true)
			h.Run()
			h.Heard.Until("the correction", func() bool {
				return strings.HasPrefix(h.Heard.Newest(h.Topic("state")), `{"state":"idle"`) && h.Heard.Newest(h.Topic("link")) == "offline"
			})
			accept(h)
			callsAreTold(h.Site)
			h.Settled()
			kept := h.Retained()
			for _, topic := range topics {
				if kept[topic] == junk && junk != "online" {
					t.Errorf("%s still says %.40q", topic, junk)
				}
				if p := kept[topic]; p != "online" && !json.Valid([]byte(p)) {
					t.Errorf("%s says %.40q", topic, p)
				}
			}
			if kept["homeassistant/sensor/other/config"] != junk {
				t.Error("what is somebody else's was removed")
			}
			if gatewaytest.Parse[gatewaytest.StateDoc](t, kept[h.Topic("state")]).State != "idle" {
				t.Error(kept[h.Topic("state")])
			}
			h.WantMissed(0)
		})
	}
}
