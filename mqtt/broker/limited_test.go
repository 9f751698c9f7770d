package broker

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/broker/limit"
)

// TestLimitsAreTold: whoever runs the broker finds in its log, and in its metrics, which
// limit somebody has met, and from where; not what they sent.
func TestLimitsAreTold(t *testing.T) {
	secret := "03023125123"
	for reached, meet := range map[string]func(t *testing.T, b *Broker){
		limit.Clients: func(t *testing.T, b *Broker) {
			login(t, b, 4, "a", true)
			login(t, b, 4, "b", true)
			expectClosed(t, dialRaw(t, b, 4).conn)
		},
		limit.Logins: func(t *testing.T, b *Broker) {
			first := dialRaw(t, b, 4)
			for range limit.MaxBeforeLogin {
				dialRaw(t, b, 4)
			}
			expectClosed(t, first.conn)
		},
		limit.FirstPacket: func(t *testing.T, b *Broker) {
			expectClosed(t, dialRaw(t, b, 4).conn)
		},
		limit.Packet: func(t *testing.T, b *Broker) {
			g := login(t, b, 4, "a", true)
			g.conn.Write([]byte{0x30, 0xff, 0xff, 0x7f, 0, 1, 'a'})
			expectClosed(t, g.conn)
		},
		limit.Filters: func(t *testing.T, b *Broker) {
			g := login(t, b, 5, "a", true)
			for i := range maxWildcards + 1 {
				g.subscribe(fmt.Sprint(secret, i, "/+"), 0)
			}
		},
		limit.Rate: func(t *testing.T, b *Broker) {
			g := login(t, b, 4, "a", true)
			b.router.mu.Lock()
			b.router.sessions["a"].conn.bucket = limit.Bucket{Rate: 1000, Burst: 1}
			b.router.mu.Unlock()
			for range 20 {
				g.publish(secret, secret, 1, false)
			}
		},
		limit.InFlight: func(t *testing.T, b *Broker) {
			g := login(t, b, 5, "a", true)
			for i := range maxReceiving + 1 {
				pk := g.message(secret, secret, 2, false)
				pk.PacketID = uint16(i + 1)
				g.send(pk)
			}
			expectClosed(t, g.conn)
		},
		limit.Topic: func(t *testing.T, b *Broker) {
			g := login(t, b, 5, "a", true)
			g.subscribe(strings.Repeat(secret, 200), 0)
		},
		limit.Password: func(t *testing.T, b *Broker) {
			b.users.clear["porter"], b.users.failed.Delay = b.users.digest("porter", "right"), 0
			for range limit.Failures + 2 {
				dialRaw(t, b, 4).connect("a", true, credentials("porter", secret))
			}
		},
	} {
		t.Run(reached, func(t *testing.T) {
			log, registry := new(testkit.Log), prometheus.NewRegistry()
			b := newBroker(t, Options{
				MaxClients:  map[string]int{limit.Clients: 2}[reached],
				connectTime: map[string]time.Duration{limit.FirstPacket: 20 * time.Millisecond}[reached],
				Registerer:  registry,
				Log:         log.Logger(slog.LevelDebug),
			})
			meet(t, b)
			eventually(t, "it is told", func() bool { return strings.Contains(log.String(), "limit="+reached+" ") })
			if n := strings.Count(log.String(), "limit="+reached+" "); n != 1 {
				t.Errorf("said %d times", n)
			}
			if text := log.String(); !strings.Contains(text, "address=127.0.0.1") || strings.Contains(text, secret[1:]) {
				t.Error(text)
			}
			counted := 0.0
			families, err := registry.Gather()
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range families {
				for _, m := range f.Metric {
					if f.GetName() == "callporter_broker_refused_total" && m.Label[0].GetValue() == reached {
						counted = m.Counter.GetValue()
					}
				}
			}
			if counted == 0 {
				t.Error("not counted")
			}
		})
	}
}

// expectClosed waits until the broker has closed a connection.
func expectClosed(t *testing.T, conn net.Conn) {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
		t.Fatal("still there")
	}
}
