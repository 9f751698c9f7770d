package broker

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callporter/callporter/internal/testkit"
)

// TestLimitsAreTold: whoever runs the broker finds in its log, and in its metrics, which
// limit somebody has met, and from where; not what they sent.
func TestLimitsAreTold(t *testing.T) {
	secret := "03023125123"
	for limit, meet := range map[string]func(t *testing.T, b *Broker){
		limitClients: func(t *testing.T, b *Broker) {
			login(t, b, 4, "a", true)
			login(t, b, 4, "b", true)
			gone(t, dialGuest(t, b, 4).conn)
		},
		limitSilent: func(t *testing.T, b *Broker) {
			b.gate.mu.Lock()
			b.gate.max = 1000
			b.gate.mu.Unlock()
			for range maxSilent {
				dialGuest(t, b, 4)
			}
			gone(t, dialGuest(t, b, 4).conn)
		},
		limitFirst: func(t *testing.T, b *Broker) {
			b.gate.mu.Lock()
			b.gate.first = 20 * time.Millisecond
			b.gate.mu.Unlock()
			gone(t, dialGuest(t, b, 4).conn)
		},
		limitPacket: func(t *testing.T, b *Broker) {
			g := login(t, b, 4, "a", true)
			g.conn.Write([]byte{0x30, 0xff, 0xff, 0x7f, 0, 1, 'a'})
			gone(t, g.conn)
		},
		limitFilters: func(t *testing.T, b *Broker) {
			g := login(t, b, 5, "a", true)
			for i := range maxWildcards + 1 {
				g.subscribe(fmt.Sprint(secret, i, "/+"), 0)
			}
		},
		limitRate: func(t *testing.T, b *Broker) {
			g := login(t, b, 4, "a", true)
			b.router.mu.Lock()
			b.router.sessions["a"].conn.bucket = bucket{rate: 1000, burst: 1}
			b.router.mu.Unlock()
			for range 20 {
				g.publish(secret, secret, 1, false)
			}
		},
		limitInflight: func(t *testing.T, b *Broker) {
			g := login(t, b, 5, "a", true)
			for i := range maxReceiving + 1 {
				pk := g.message(secret, secret, 2, false)
				pk.PacketID = uint16(i + 1)
				g.send(pk)
			}
			gone(t, g.conn)
		},
		limitTopic: func(t *testing.T, b *Broker) {
			g := login(t, b, 5, "a", true)
			g.subscribe(strings.Repeat(secret, 200), 0)
		},
		limitPassword: func(t *testing.T, b *Broker) {
			b.users.clear["porter"], b.users.logins.delay = b.users.digest("porter", "right"), 0
			for range failures + 2 {
				dialGuest(t, b, 4).connect("a", true, credentials("porter", secret))
			}
		},
	} {
		t.Run(limit, func(t *testing.T) {
			log, registry := new(testkit.Log), prometheus.NewRegistry()
			b := newBroker(t, Options{
				MaxClients: 2, Registerer: registry,
				Log: log.Logger(slog.LevelDebug),
			})
			meet(t, b)
			eventually(t, "it is told", func() bool { return strings.Contains(log.String(), "limit="+limit+" ") })
			if n := strings.Count(log.String(), "limit="+limit+" "); n != 1 {
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
					if f.GetName() == "callporter_broker_refused_total" && m.Label[0].GetValue() == limit {
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

// gone waits until the broker has closed a connection.
func gone(t *testing.T, conn net.Conn) {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
		t.Fatal("still there")
	}
}

// TestRefusalsOncePerMinute: one line for each limit and address, then a minute later
// one with what came meanwhile, and never more addresses than can be remembered.
func TestRefusalsOncePerMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		r := newRefusals(slog.New(slog.NewTextHandler(&out, nil)), nil)
		lines := func() int { n := strings.Count(out.String(), "\n"); out.Reset(); return n }
		a, b := &net.TCPAddr{IP: net.IPv4(192, 168, 178, 20), Port: 1}, &net.TCPAddr{IP: net.IPv4(192, 168, 178, 21), Port: 2}
		for range 100 {
			r.note(limitRate, a)
			r.note(limitPacket, a)
			r.note(limitRate, b)
		}
		if n := lines(); n != 3 {
			t.Errorf("%d lines", n)
		}
		for range 120 {
			testkit.Pass(time.Second)
			r.tick(time.Now())
		}
		if text := out.String(); strings.Count(text, "more=99") != 3 || lines() != 3 {
			t.Error(text)
		}
		if len(r.told) != 0 {
			t.Errorf("%d are remembered", len(r.told))
		}
		for i := range 5000 {
			r.note(limitClients, &net.TCPAddr{IP: net.IPv4(10, 0, byte(i>>8), byte(i)), Port: 1})
		}
		if n := lines(); n > maxAddresses+1 || len(r.told) > maxAddresses+1 {
			t.Errorf("%d lines, %d are remembered", n, len(r.told))
		}
	})
}
