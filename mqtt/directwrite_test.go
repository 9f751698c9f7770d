package mqtt

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
)

// connackedWire is a wire after CONNACK, and the broker's end of it. Whatever
// Paho would be given goes to the channel.
func connackedWire(t *testing.T) (w *wire, far net.Conn, given chan packets.ControlPacket) {
	t.Helper()
	near, far := net.Pipe()
	w = newWire(near, patience, patience)
	given = make(chan packets.ControlPacket, 8)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			p, err := packets.ReadPacket(w)
			if err != nil {
				return
			}
			given <- p
		}
	}()
	t.Cleanup(func() { near.Close(); far.Close(); <-ended })
	io.WriteString(far, connack)
	<-given
	return w, far, given
}

// publishOf is a message as Paho writes it.
func publishOf(id uint16) *packets.PublishPacket {
	return &packets.PublishPacket{FixedHeader: packets.FixedHeader{MessageType: packets.Publish, Qos: 1}, TopicName: "a", MessageID: id}
}

// writeDirect reserves and writes, if it can.
func writeDirect(w *wire, topic string, payload []byte, confirmed func()) (taken bool, err error) {
	id := w.reserve(confirmed)
	if id == 0 {
		return false, nil
	}
	return true, w.writeReserved(id, topic, payload)
}

// TestDirectWrite: a message that is written past Paho is whole, has an id of its own, and
// its confirmation is not seen by Paho, who would not know it.
func TestDirectWrite(t *testing.T) {
	w, far, given := connackedWire(t)
	confirmed := make(chan struct{}, 8)
	write := func() (taken bool, err error) {
		return writeDirect(w, "callporter/fritzbox/event", []byte("ring"), func() { confirmed <- struct{}{} })
	}
	read := func() *packets.PublishPacket {
		t.Helper()
		p, err := packets.ReadPacket(far)
		if err != nil {
			t.Fatal(err)
		}
		return p.(*packets.PublishPacket)
	}
	ack := func(id uint16) {
		p := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
		p.MessageID = id
		p.Write(far)
	}
	for _, step := range []struct{ paho, ours uint16 }{{0, 1 << 15}, {0, 1<<15 + 1}, {7, 7 + 1<<15 + 2}, {1<<15 - 3, 1}, {0xffff, 0x7fff + 4}} {
		if step.paho > 0 {
			go publishOf(step.paho).Write(w)
			read()
			ack(step.paho)
			if p := (<-given).(*packets.PubackPacket); p.MessageID != step.paho {
				t.Errorf("Paho is told of %d", p.MessageID)
			}
		}
		wrote := make(chan error, 1)
		go func() {
			taken, err := write()
			if !taken && err == nil {
				err = errors.New("not taken")
			}
			wrote <- err
		}()
		p := read()
		if err := <-wrote; err != nil {
			t.Fatal(err)
		}
		if p.MessageID != step.ours || p.TopicName != "callporter/fritzbox/event" || string(p.Payload) != "ring" || p.Qos != 1 || p.Retain || p.Dup {
			t.Errorf("%v", p)
		}
		if taken, err := write(); taken || err != nil {
			t.Errorf("a second one before the first is confirmed: %v, %v", taken, err)
		}
		ack(step.ours)
		<-confirmed
		ack(step.ours) // again: nobody waits for it, also not the next one
	}
	ack(99)
	select {
	case p := <-given:
		t.Errorf("Paho is given %v", p)
	case <-confirmed:
		t.Error("confirmed twice")
	default:
	}
}

// TestDirectWriteAside: it goes the usual way while Paho writes, where Paho has its id, and
// Paho never gets an id that is in use.
func TestDirectWriteAside(t *testing.T) {
	w, far, _ := connackedWire(t)
	write := func() (bool, error) { return writeDirect(w, "a", []byte("ring"), func() {}) }
	w.writing.Lock()
	if taken, err := write(); taken || err != nil {
		t.Errorf("while Paho writes: %v, %v", taken, err)
	}
	w.writing.Unlock()

	go func() {
		for {
			if _, err := packets.ReadPacket(far); err != nil {
				return
			}
		}
	}()
	if err := errors.Join(publishOf(3|1<<15).Write(w), publishOf(3).Write(w)); err != nil {
		t.Fatal(err)
	}
	if taken, err := write(); taken || err != nil {
		t.Errorf("with the id of a message of Paho's: %v, %v", taken, err)
	}
	if err := publishOf(4).Write(w); err != nil {
		t.Fatal(err)
	}
	if taken, err := write(); !taken || err != nil {
		t.Errorf("with an id that is free: %v, %v", taken, err)
	}
	if err := publishOf(4 | 1<<15).Write(w); !errors.Is(err, errNoID) {
		t.Errorf("an id that is in use: %v", err)
	}
}

// TestDirectWriteDeaf: a broker that does not read holds nobody for long.
func TestDirectWriteDeaf(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	w := newWire(near, patience, 20*time.Millisecond)
	if taken, err := writeDirect(w, "a", []byte("ring"), func() {}); !taken || !isTimeout(err) {
		t.Errorf("%v, %v", taken, err)
	}
}

// TestDirectWriteAfterTheEnd: where the connection is closed already, Paho says why, and
// nothing is written behind what may be the half of a packet.
func TestDirectWriteAfterTheEnd(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	c := newClient(t, "127.0.0.1:1")
	l := newLink(nil)
	l.conn, l.wire, l.client = near, newWire(near, patience, patience), paho.NewClient(paho.NewClientOptions()) // not connected
	near.Close()
	id := l.wire.reserve(func() {})
	if id == 0 {
		t.Fatal("it goes the usual way")
	}
	c.writeDirect(l, id, "a", []byte("ring"))
	select {
	case err := <-l.lost:
		t.Errorf("the reason is said to be: %v", err)
	default:
	}

	near, far = net.Pipe()
	w := newWire(near, patience, 20*time.Millisecond)
	writeDirect(w, "a", []byte("ring"), func() {})
	got := make(chan int, 1)
	go func() {
		n, _ := far.Read(make([]byte, 100))
		got <- n
	}()
	if err := publishOf(1).Write(w); !isTimeout(err) {
		t.Errorf("behind a broken packet: %v", err)
	}
	if taken, err := writeDirect(w, "a", []byte("ring"), func() {}); taken || err != nil {
		t.Errorf("another one: %v, %v", taken, err)
	}
	near.Close()
	if n := <-got; n > 0 {
		t.Errorf("%d bytes more", n)
	}
	far.Close()
}

// TestDirectWriteIsLost: an event that was on its way when the connection broke goes out
// once more on the next one, in front of what came behind it.
func TestDirectWriteIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a hangs up at it")
		stop := run(t, c.client.Run)
		pass(time.Second)
		for i := range 3 { // each breaks a connection, and the last one none
			if i == 2 {
				c.behave("a", "well")
			}
			c.client.Emit("cp/event", []byte(string(rune('a'+i))), time.Now())
			pass(time.Millisecond)
		}
		pass(10 * time.Second)
		received := strings.Join(c.received, "")
		if want := "abc"; !strings.HasSuffix(received, want) || strings.Count(received, "c") != 1 || strings.Count(received, "a") > 3 {
			t.Errorf("heard %s", received)
		}
		if n := c.client.events.n; n > 0 {
			t.Errorf("%d events wait", n)
		}
		stop()
	})
}

// TestDirectWriteForgotten: a broker that leaves one message unconfirmed and confirms what
// comes behind it does not hold up the ring for ever.
func TestDirectWriteForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a forgets it")
		stop := run(t, c.client.Run)
		pass(time.Second)
		c.client.Emit("cp/event", []byte("a"), time.Now())
		for i := range 60 {
			c.client.Retain("cp/state", []byte{'0' + byte(i%10)})
			pass(time.Second)
		}
		if received := strings.Join(c.received, ""); c.client.events.n > 0 || len(c.tried(0)) != 2 {
			t.Errorf("heard %s, %d events wait, %v", received, c.client.events.n, c.tried(0))
		}
		stop()
	})
}

// TestStopWithinDirectWrite: a broker that reads nothing more holds up neither the end nor,
// after it, whoever had something to say.
func TestStopWithinDirectWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a well")
		stop := run(t, c.client.Run)
		pass(time.Second)
		c.silence("a")
		pass(time.Millisecond)
		said := make(chan bool, 1)
		go func() { said <- c.client.Emit("cp/event", []byte("a"), time.Now()) }()
		pass(time.Millisecond)
		if !c.client.link.wire.pending.directPending() {
			t.Error("it does not hang")
		}
		from := time.Now()
		stop()
		if took := time.Since(from); took > c.client.o.Timing.Drain+disconnectTime+publishTime {
			t.Errorf("the end took %v", took)
		}
		if !<-said || time.Since(from) > c.client.o.Timing.Write {
			t.Errorf("back after %v", time.Since(from))
		}
		pass(10 * time.Second)
	})
}
