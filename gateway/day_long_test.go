package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/topic"
)

// pipes are connections within a test, for a listener and those who dial it.
type pipes struct {
	conns chan net.Conn
	shut  chan struct{}
	close func()
}

func newPipes() *pipes {
	p := &pipes{conns: make(chan net.Conn), shut: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.shut) })
	return p
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.shut:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.close(); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.shut:
	case <-ctx.Done():
	}
	return nil, errors.New("nobody listens")
}

// shortBroker is as much of a broker as one client needs, on pipes, and can be away.
type shortBroker struct {
	work sync.WaitGroup

	mu       sync.Mutex
	away     bool
	conns    map[net.Conn]bool
	retained map[string]string
	events   map[string]bool // of this hour: type and call
	broken   []string
	heard    func(topic, payload string) // instead of events and broken, if set
	say      chan packets.ControlPacket  // what the broker sends of its own
}

func newShortBroker() *shortBroker {
	return &shortBroker{conns: map[net.Conn]bool{}, retained: map[string]string{}, events: map[string]bool{}, say: make(chan packets.ControlPacket)}
}

func (b *shortBroker) dial(context.Context) (net.Conn, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		return nil, errors.New("the broker is away")
	}
	near, far := net.Pipe()
	b.conns[far] = true
	b.work.Go(func() { b.serve(far) })
	return near, nil
}

// leave ends all connections and lets nobody in until the broker is back.
func (b *shortBroker) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = true
	for c := range b.conns {
		c.Close()
	}
}

func (b *shortBroker) back() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = false
}

func (b *shortBroker) serve(conn net.Conn) {
	answers := make(chan packets.ControlPacket, 4096)
	b.work.Go(func() {
		for {
			var p packets.ControlPacket
			select {
			case a, more := <-answers:
				if !more {
					return
				}
				p = a
			case p = <-b.say:
			}
			if p.Write(conn) != nil {
				conn.Close()
			}
		}
	})
	defer close(answers)
	defer func() {
		conn.Close()
		b.mu.Lock()
		delete(b.conns, conn)
		b.retained["callporter/availability"] = "offline" // the last will, or said before
		b.mu.Unlock()
	}()
	for {
		packet, err := packets.ReadPacket(conn)
		if err != nil {
			return
		}
		switch p := packet.(type) {
		case *packets.ConnectPacket:
			answers <- packets.NewControlPacket(packets.Connack)
		case *packets.SubscribePacket:
			a := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
			a.MessageID, a.ReturnCodes = p.MessageID, p.Qoss
			answers <- a
		case *packets.PingreqPacket:
			answers <- packets.NewControlPacket(packets.Pingresp)
		case *packets.PublishPacket:
			b.take(p.TopicName, string(p.Payload), p.Retain)
			if p.TopicName == "callporter/availability" || strings.HasPrefix(p.TopicName, "homeassistant/device/") {
				back := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
				back.TopicName, back.Payload = p.TopicName, p.Payload
				answers <- back
			}
			a := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
			a.MessageID = p.MessageID
			answers <- a
		case *packets.DisconnectPacket:
			return
		}
	}
}

func (b *shortBroker) take(topic, payload string, retain bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if retain {
		b.retained[topic] = payload
		return
	}
	if b.heard != nil {
		b.heard(topic, payload)
		return
	}
	var e struct {
		Type string `json:"event_type"`
		ID   string
		Ring int `json:"ring_seconds"`
		Talk int `json:"talk_seconds"`
	}
	if err := json.Unmarshal([]byte(payload), &e); err != nil || e.ID == "" || e.Ring < 0 || e.Talk < 0 {
		b.broken = append(b.broken, payload)
		return
	}
	b.events[e.Type+" "+e.ID] = true // what is not confirmed comes again
}

// is reports the word of a retained state, or the payload itself.
func (b *shortBroker) is(topic string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var doc struct{ State string }
	if json.Unmarshal([]byte(b.retained[topic]), &doc) == nil && doc.State != "" {
		return doc.State
	}
	return b.retained[topic]
}

// TestDay is a day of 24 hours with 5,000 calls, 50 losses of the link and 24 of the
// broker. Every call is told in full but for what the broker was away too long for,
// which is counted, and at the end of the day nothing is more than after its first
// hour: no memory, no goroutine, no message that waits.
func TestDay(t *testing.T) {
	synctest.Test(t, day)
}

func day(t *testing.T) {
	const calls, losses, outages = 5000, 50, 24
	port := newPipes()
	house := fritztest.New(fritztest.Options{Location: testkit.Berlin, Gap: -1})
	house.Serve(port)
	broker := newShortBroker()
	registry := prometheus.NewRegistry()
	client, err := mqtt.NewClient(mqtt.Options{Dial: broker.dial, ClientID: "day", Availability: "callporter/availability", Registerer: registry})
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.DefaultBox()
	cfg.AreaCode, cfg.Numbers = "030", []string{"23125732"}
	b, err := newBox(cfg, topic.Topics{Base: "callporter"}, call.English)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	if b.store, err = openSettings(t.TempDir(), log); err != nil {
		t.Fatal(err)
	}
	b.publish, b.metrics, b.log = client, newMetrics(registry), log
	monitor, err := callmonitor.New(callmonitor.Options{Host: "127.0.0.1", Location: testkit.Berlin, Dial: port.dial, Metrics: callmonitor.NewMetrics(registry)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	b.begin()
	var running errgroup.Group
	running.Go(func() error { return client.Run(ctx) })
	running.Go(func() error { return b.loop(ctx) })
	running.Go(func() error { return monitor.Run(ctx, feed{b, ctx.Done()}) })

	pass := func(d time.Duration) { <-time.After(d) }
	pass(time.Minute)
	start, told, expected := time.Now(), 0, 0
	var goroutines [24]int
	var heap [24]uint64
	want := func(when, topic, word string) {
		t.Helper()
		synctest.Wait()
		if got := broker.is(topic); got != word {
			t.Fatalf("%v, %s: %s is %q, not %q", time.Since(start), when, topic, got, word)
		}
	}
	for i := range calls {
		pass(time.Until(start.Add(time.Duration(i) * 24 * time.Hour / calls)))
		lost := i%(calls/losses) == 50
		out := i%(calls/outages) == 100 // the broker goes in the middle of this call …
		away := 6 * time.Second
		if i%(6*(calls/outages)) == 100 {
			away = 5 * time.Minute // … and every sixth time it stays away
		}
		broker.mu.Lock()
		up := !broker.away
		broker.mu.Unlock()

		c := house.Ring(fmt.Sprintf("03023125%03d", i%1000), "23125732", fritztest.CallOptions{})
		pass(2 * time.Second)
		if up {
			want("while it rings", b.topics.State, "ringing")
		}
		if out {
			broker.leave()
			time.AfterFunc(away, broker.back)
			up = false
		}
		switch {
		case lost:
			expected += 2
			house.Reset()
			pass(2 * time.Second)
			c.Disconnect(0) // nobody is told
		case i%3 == 0:
			expected += 3
			c.Connect(10)
			pass(7 * time.Second)
			if up {
				want("while they talk", b.topics.State, "talking")
			}
			c.Disconnect(7)
		default:
			expected += 2
			pass(2 * time.Second)
			c.Disconnect(0)
		}
		if up {
			pass(time.Second)
			want("after the call", b.topics.State, "idle")
			want("after the call", b.topics.Line("493023125732"), "idle")
			want("after the call", "callporter/availability", "online")
		}

		// The hours are measured at a quiet moment.
		if hour := (i + 1) * 24 / calls; hour > i*24/calls {
			pass(8 * time.Second)
			house.ForgetCalls() // its call list grows, and is no memory of ours
			want("at the full hour", b.topics.Link, "online")
			want("at the full hour", b.topics.State, "idle")
			want("at the full hour", "callporter/availability", "online")
			if len(b.unsent) > 0 || len(b.tracker.Active()) > 0 || len(b.missed) > maxMissed {
				t.Errorf("hour %d: %d messages wait, %d calls go on", hour, len(b.unsent), len(b.tracker.Active()))
			}
			broker.mu.Lock()
			told += len(broker.events)
			clear(broker.events)
			broker.mu.Unlock()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			goroutines[hour-1], heap[hour-1] = runtime.NumGoroutine(), m.HeapAlloc
		}
	}
	synctest.Wait()
	dropped := testkit.Metric(t, registry, "callporter_mqtt_events_dropped_total")
	if told+int(dropped) != expected || dropped == 0 || dropped > 180 {
		t.Errorf("%d events told and %v dropped of %d", told, dropped, expected)
	}
	for _, broken := range broker.broken {
		t.Errorf("told: %s", broken)
	}
	if n := testkit.Metric(t, registry, "callporter_mqtt_queue"); n != 0 {
		t.Errorf("%v events wait", n)
	}
	if n := testkit.Metric(t, registry, "callporter_monitor_reconnects_total"); n != losses {
		t.Errorf("%v losses of the link", n)
	}
	if n := testkit.Metric(t, registry, "callporter_mqtt_reconnects_total"); n != outages {
		t.Errorf("%v losses of the broker", n)
	}
	if goroutines[23] > goroutines[0] {
		t.Errorf("goroutines by hour: %v", goroutines)
	}
	if heap[23] > heap[0]+256<<10 {
		t.Errorf("bytes of memory by hour: %v", heap)
	}
	t.Logf("goroutines %d → %d, memory %d → %d KiB, %d events, %v dropped", goroutines[0], goroutines[23], heap[0]>>10, heap[23]>>10, told, dropped)

	stop()
	if err := running.Wait(); err != nil {
		t.Error(err)
	}
	house.Close()
	broker.leave()
	broker.work.Wait()
	if word := broker.is("callporter/availability"); word != "offline" {
		t.Error(word)
	}
}
