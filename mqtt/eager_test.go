package mqtt

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// TestBrokerReadsWhileItIsNotRead: a client inside that writes before it reads
// must not bring itself and the broker to a standstill.
func TestBrokerReadsWhileItIsNotRead(t *testing.T) {
	b := newBroker(t, BrokerOptions{})
	conn, err := b.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	hello := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	hello.ProtocolName, hello.ProtocolVersion, hello.ClientIdentifier, hello.CleanSession = "MQTT", 4, "inside", true
	subscribe := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
	subscribe.MessageID, subscribe.Topics, subscribe.Qoss = 1, []string{"#"}, []byte{1}
	write := []packets.ControlPacket{hello, subscribe}
	const messages = 100
	for i := range messages {
		p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
		p.Qos, p.MessageID, p.TopicName, p.Payload = 1, uint16(10+i), "house/state", []byte("x")
		write = append(write, p)
	}
	for i, p := range write {
		if err := p.Write(conn); err != nil {
			t.Fatalf("packet %d: %v", i, err)
		}
	}
	own, confirmed := 0, 0
	for own < messages || confirmed < messages {
		p, err := packets.ReadPacket(conn)
		if err != nil {
			t.Fatalf("after %d messages and %d confirmations: %v", own, confirmed, err)
		}
		switch p.(type) {
		case *packets.PublishPacket:
			own++
		case *packets.PubackPacket:
			confirmed++
		}
	}
}

// TestEager: bytes come in order, a reader that is gone or asleep is an error in
// the end, and nothing is left behind.
func TestEager(t *testing.T) {
	near, far := net.Pipe()
	e := newEager(far)
	for range 3 {
		if n, err := e.Write([]byte("abc")); n != 3 || err != nil {
			t.Fatal(n, err)
		}
	}
	got := make([]byte, 9)
	if _, err := io.ReadFull(near, got); err != nil || string(got) != "abcabcabc" {
		t.Errorf("%s %v", got, err)
	}
	near.Close()
	eventually(t, "a write fails", func() bool { _, err := e.Write([]byte("x")); return err != nil })

	near, far = net.Pipe()
	defer near.Close()
	e = newEager(far)
	defer e.Close()
	chunk := make([]byte, 1<<20)
	var err error
	for range 40 { // up to 16 of them may be on their way already
		if _, err = e.Write(chunk); err != nil {
			break
		}
	}
	if !errors.Is(err, errBehind) {
		t.Errorf("a sleeping reader: %v", err)
	}
}
