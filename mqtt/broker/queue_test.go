package broker

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
)

// listen subscribes a client with a session to everything, and counts the events.
func listen(t testing.TB, b *Broker, qos byte, heard func(paho.Message)) {
	t.Helper()
	o := paho.NewClientOptions().AddBroker("tcp://" + b.Addr().String()).SetClientID("listener").SetCleanSession(false).SetAutoReconnect(false)
	c := paho.NewClient(o)
	if token := c.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	t.Cleanup(func() { c.Disconnect(250) })
	if token := c.Subscribe("cp/#", qos, func(_ paho.Client, m paho.Message) { heard(m) }); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
}

// TestBurst: 20,000 calls at once reach a subscriber with a session, each event
// once and in order, while everything is saved.
func TestBurst(t *testing.T) {
	testkit.Long(t)
	const events = 40_000 // RING and DISCONNECT
	for qos := range byte(2) {
		t.Run(fmt.Sprint("QoS ", qos), func(t *testing.T) {
			b := newBroker(t, Options{File: filepath.Join(t.TempDir(), "broker.retained")})
			next, wrong := int64(0), int64(0)
			done := make(chan struct{})
			listen(t, b, qos, func(m paho.Message) {
				if m.Topic() != "cp/event" {
					return
				}
				if int64(binary.BigEndian.Uint64(m.Payload())) != next {
					wrong++
				}
				if next++; next == events {
					close(done)
				}
			})
			c := newClient(t, "", func(o *mqtt.Options) { o.URLs, o.Dial = nil, b.Dial })
			run(t, c.Run)
			up(t, c)
			pad := strings.Repeat("x", 600)
			begun := time.Now()
			for i := range events {
				doc := append(binary.BigEndian.AppendUint64(nil, uint64(i)), pad...)
				for !c.Emit("cp/event", doc, time.Now()) {
					<-c.Room()
				}
			}
			select {
			case <-done:
			case <-time.After(6 * patience):
				t.Fatalf("%d of %d events", atomic.LoadInt64(&next), events)
			}
			if wrong > 0 {
				t.Errorf("%d out of order", wrong)
			}
			t.Logf("%.0f calls/s", events/2/time.Since(begun).Seconds())
		})
	}
}

// BenchmarkBurst is a call (two events and two states) from our own client to a
// subscriber with a session at QoS 1, with everything saved.
func BenchmarkBurst(b *testing.B) {
	broker := newBroker(b, Options{File: filepath.Join(b.TempDir(), "broker.retained")})
	var heard atomic.Int64
	listen(b, broker, 1, func(m paho.Message) {
		if m.Topic() == "cp/event" {
			heard.Add(1)
		}
	})
	c := newClient(b, "", func(o *mqtt.Options) { o.URLs, o.Dial = nil, broker.Dial })
	run(b, c.Run)
	up(b, c)
	event, state, sent := bytes.Repeat([]byte("e"), 700), bytes.Repeat([]byte("s"), 700), int64(0)
	b.ReportAllocs()
	for b.Loop() {
		for range 2 {
			for !c.Emit("cp/event", event, time.Now()) {
				<-c.Room()
			}
			state[0]++ // or it is not sent again
			c.Retain("cp/state", bytes.Clone(state))
			sent++
		}
	}
	eventually(b, "all is heard", func() bool { return heard.Load() == sent })
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// TestSlowSubscriber: one that stops reading is waited for as long as it takes
// something, then sent away. The others lose nothing, and what waits is bounded.
func TestSlowSubscriber(t *testing.T) {
	b := newBroker(t, Options{})
	b.router.slowTime = 200 * time.Millisecond
	slow := login(t, b, 4, "slow", false)
	slow.subscribe("a", 1)
	w := login(t, b, 4, "watcher", true)
	w.subscribe("a", 0)
	p := login(t, b, 4, "publisher", true)
	const size, messages = 128 << 10, 3 * queueBytes >> 17
	go func() {
		for i := range messages {
			payload := append(binary.BigEndian.AppendUint32(nil, uint32(i)), make([]byte, size-4)...)
			pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, TopicName: "a", Payload: payload, PacketID: uint16(i + 1)}
			p.send(pk)
		}
	}()
	for i := range messages {
		if m := w.take(); binary.BigEndian.Uint32(m.Payload) != uint32(i) {
			t.Fatalf("message %d is missing", i)
		}
		if n := b.router.bytes.Load(); n > 2*queueBytes+maxPacket {
			t.Fatalf("%d bytes wait", n)
		}
	}
	for range messages {
		p.expect(packets.Puback)
	}
	b.router.mu.Lock()
	s := b.router.sessions["slow"]
	b.router.mu.Unlock()
	eventually(t, "the slow one is away", func() bool { return !s.connected() })
	if n := s.bytes.Load(); n > queueBytes+size+overhead+1 || n < queueBytes/2 {
		t.Errorf("%d bytes wait for it", n)
	}
	slow = login(t, b, 4, "slow", false) // the newest are there, in order
	last := -1
	for last != messages-1 {
		n := int(binary.BigEndian.Uint32(slow.take().Payload))
		if n <= last {
			t.Errorf("%d after %d", n, last)
		}
		last = n
	}
}

// TestSlowButSteady: a subscriber that takes what it can holds up the publisher and
// loses nothing.
func TestSlowButSteady(t *testing.T) {
	b := newBroker(t, Options{})
	g := login(t, b, 5, "steady", true, func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 1 })
	g.subscribe("a", 1)
	p := login(t, b, 4, "publisher", true)
	const size, messages = 200 << 10, 3 * queueBytes / (200 << 10)
	go func() {
		for i := range messages {
			p.send(packets.Packet{
				FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, TopicName: "a",
				Payload: append(binary.BigEndian.AppendUint32(nil, uint32(i)), make([]byte, size)...), PacketID: uint16(i + 1),
			})
		}
	}()
	for i := range messages {
		if m := g.take(); binary.BigEndian.Uint32(m.Payload) != uint32(i) {
			t.Fatalf("message %d is missing", i)
		}
	}
}

// TestFloodOfOneself: a client that floods itself waits for nobody, and is sent away.
func TestFloodOfOneself(t *testing.T) {
	b := newBroker(t, Options{})
	g := login(t, b, 5, "a", true)
	g.subscribe("a", 1)
	big := g.message("a", strings.Repeat("x", 200<<10), 0, false)
	for range 2 * queueBytes / (200 << 10) {
		big.FixedHeader.Qos, big.PacketID = 1, 1
		if buf := encodeForTest(t, big); writeAll(g.conn, buf) != nil {
			break
		}
	}
	eventually(t, "it is gone", func() bool { return len(b.router.connections()) == 0 })
}

func encodeForTest(t *testing.T, pk packets.Packet) []byte {
	var c capture
	g := &rawClient{t: t, conn: &c, version: 5}
	g.send(pk)
	return c.sent
}

type capture struct {
	net.Conn
	sent []byte
}

func (c *capture) Write(p []byte) (int, error) {
	c.sent = append(c.sent, p...)
	return len(p), nil
}

func writeAll(c net.Conn, p []byte) error {
	c.SetWriteDeadline(time.Now().Add(patience))
	_, err := c.Write(p)
	return err
}

// TestStuckWhileWriting: a client whose connection is stuck in the midst of a large message,
// with nothing else waiting for it, is given up once all together have no room.
func TestStuckWhileWriting(t *testing.T) {
	b := newBroker(t, Options{})
	r, g := b.router, login(t, b, 4, "stuck", true)
	r.lock()
	s := r.sessions["stuck"]
	r.unlock()
	s.mu.Lock()
	s.writing = 2 * sharedBytes
	s.count(s.writing)
	s.mu.Unlock()
	r.bytes.Add(hardBytes) // of others
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.lock()
		defer r.unlock()
		r.makeRoomFor(1)
	}()
	select {
	case <-done:
	case <-time.After(patience / 2):
		t.Error("publishing does not end")
	}
	r.bytes.Add(-hardBytes)
	<-done
	g.closed(0)
	eventually(t, "nothing waits", func() bool { return r.bytes.Load() == 0 })
}
