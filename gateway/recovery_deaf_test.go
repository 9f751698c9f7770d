package gateway_test

import (
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/mqtt"
)

// TestBrokerThatReadsNothing for a while: what it does not take waits, the box's
// lines too, and nothing is lost or said twice.
func TestBrokerThatReadsNothing(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		d := newDeaf(t, b.Address)
		h := gatewaytest.Open(t, gatewaytest.At(b), d.inFront, func(h *gatewaytest.House) {
			h.Options.Timing.MQTT = mqtt.Timing{KeepAlive: time.Minute, Write: time.Minute} // a busy machine takes its time
		})
		h.WantCode("refresh", "PRESS", "ok")
		d.stop()
		const calls = 600
		play(h.Site, 0, calls)
		gatewaytest.Eventually(t, "the gateway waits", func() bool { return h.Metric("callporter_mqtt_queue") >= 990 }) // some may be confirmed late
		d.resume()
		wantPlayed(h.Site, 0, calls)
		h.NothingElse()
		h.WantMissed(calls)
		if n := h.Metric("callporter_mqtt_reconnects_total"); n != 0 {
			t.Errorf("%v reconnects", n)
		}
	})
}

// TestDeafBrokerIsLeft for the next one, which is told everything once and in order,
// the calls of meanwhile too.
func TestDeafBrokerIsLeft(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		const keepAlive = 2 * time.Second
		d := newDeaf(t, b.Address)
		h := gatewaytest.Open(t, gatewaytest.At(b), d.inFront, func(h *gatewaytest.House) {
			h.Config.MQTT.URLs = []config.BrokerURL{config.BrokerURL("mqtt://" + b.Address)}
			h.Options.Timing.MQTT = mqtt.Timing{KeepAlive: keepAlive}
		})
		h.WantCode("refresh", "PRESS", "ok")
		d.stop()
		from := time.Now()
		play(h.Site, 0, 100)
		wantPlayed(h.Site, 0, 100)
		took := time.Since(from)
		t.Logf("told by another way after %v", took.Round(time.Millisecond))
		// It is silent for one and a half times the keepalive, or hangs up earlier and is
		// silent when it is asked again.
		if took > keepAlive*5 { // a busy machine needs some of it
			t.Errorf("it took %v", took)
		}
		h.Ring(gatewaytest.Friend)
		h.WantEvents("ring")
		h.WantState("ringing")
		h.Heard.UntilSaid("callporter/availability", "online")
		h.Settled()
		keptIsRight(h, "another way")
		nothingDropped(h)
		if n := h.Metric("callporter_mqtt_reconnects_total"); n != 1 {
			t.Errorf("%v reconnects", n)
		}
		h.Stop()
		h.WantEvents("lost")
	})
}

// TestStopBeforeADeafBroker is as orderly as can be: it does not wait for long, and
// when the broker reads again it finds the connection broken, so that the will says
// that callporter is offline.
func TestStopBeforeADeafBroker(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		d := newDeaf(t, b.Address)
		h := gatewaytest.Open(t, gatewaytest.At(b), d.inFront)
		h.WantCode("refresh", "PRESS", "ok")
		d.stop()
		play(h.Site, 0, 600)
		gatewaytest.Eventually(t, "the gateway waits", func() bool { return h.Metric("callporter_mqtt_queue") >= 990 }) // some may be confirmed late
		from := time.Now()
		h.Stop()
		// The client's last words have 2 s, the journal writes what waits; the bounds of
		// each step of a stop are 10 s.
		if took := time.Since(from); took > 15*time.Second {
			t.Errorf("the stop took %v", took)
		}
		d.resume()
		h.Heard.UntilSaid("callporter/availability", "offline")
		h.Events = len(h.Heard.On(h.Topic("event")))
	})
}

// TestBrokersThatAnswerNothing: one takes connections and reads nothing, one greets and
// then says nothing more. The third is found, and what rings is told.
func TestBrokersThatAnswerNothing(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		const wait = 500 * time.Millisecond
		silent, mute := newSilent(t, nil), newSilent(t, []byte{0x20, 2, 0, 0}) // CONNACK
		h := gatewaytest.Build(t, gatewaytest.At(b), func(h *gatewaytest.House) {
			h.Config.MQTT.URL = silent
			h.Config.MQTT.URLs = []config.BrokerURL{mute, config.BrokerURL("mqtt://" + b.Address)}
			h.Options.Timing.MQTT = mqtt.Timing{Connect: wait, Subscribe: wait}
		})
		from := time.Now()
		h.Run()
		h.Linked()
		if took := time.Since(from); took > 2*wait+time.Second {
			t.Errorf("found after %v", took)
		}
		h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
		h.WantEvents("ring", "miss")
	})
}

// newSilent is a broker that says only this, once it has heard something.
func newSilent(t testing.TB, says []byte) config.BrokerURL {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if len(says) > 0 {
				conn.Read(make([]byte, 1)) //nolint:errcheck // the begin of a CONNECT
				conn.Write(says)           //nolint:errcheck // then it is not heard
			}
			t.Cleanup(func() { conn.Close() })
		}
	})
	t.Cleanup(func() { l.Close(); work.Wait() })
	return config.BrokerURL("mqtt://" + l.Addr().String())
}

// play has callers ring the practice in vain, each with a number of his own.
func play(s *gatewaytest.Site, from, to int) {
	for i := from; i < to; i++ {
		s.Box.Missed(fmt.Sprintf("0171392%04d", i), gatewaytest.Practice, fritztest.Course{})
	}
}

// wantPlayed waits for their events.
func wantPlayed(s *gatewaytest.Site, from, to int) {
	s.House.Helper()
	for i := from; i < to; i++ {
		if e := s.WantEvents("ring", "miss"); e.Caller.Number != fmt.Sprintf("+49171392%04d", i) {
			s.House.Fatalf("call %d is one of %s", i, e.Caller.Number)
		}
	}
}

// deaf is a way to a broker on which the gateway's packets can be left unread.
type deaf struct {
	listener net.Listener
	work     sync.WaitGroup
	ends     sync.Map // towards the gateway → towards the broker

	mu      sync.Mutex
	reading chan struct{} // closed while packets are read
}

func newDeaf(t testing.TB, address string) *deaf {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &deaf{listener: l, reading: make(chan struct{})}
	close(d.reading)
	d.work.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", address)
			if err != nil {
				near.Close()
				continue
			}
			d.ends.Store(near, far)
			d.work.Go(func() { io.Copy(near, far); near.Close(); far.Close() })
			d.work.Go(func() { d.forward(far, near); near.Close(); far.Close() })
		}
	})
	t.Cleanup(func() {
		l.Close()
		d.ends.Range(func(near, far any) bool { near.(net.Conn).Close(); far.(net.Conn).Close(); return true })
		d.resume()
		d.work.Wait()
	})
	return d
}

// inFront puts it between a house and its broker.
func (d *deaf) inFront(h *gatewaytest.House) {
	h.Config.MQTT.URL = config.BrokerURL("mqtt://" + d.listener.Addr().String())
}

// forward copies packets to the broker while they are read.
func (d *deaf) forward(far, near net.Conn) {
	buf := make([]byte, 1024)
	for {
		d.mu.Lock()
		reading := d.reading
		d.mu.Unlock()
		<-reading
		n, err := near.Read(buf)
		if err == nil {
			_, err = far.Write(buf[:n])
		}
		if err != nil {
			return
		}
	}
}

func (d *deaf) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reading = make(chan struct{})
}

func (d *deaf) resume() {
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.reading:
	default:
		close(d.reading)
	}
}
