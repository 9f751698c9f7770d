package broker

import (
	"io"
	"net"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// TestClaimsInOrder: who is sent away by another client with its id and is back at once
// sends that one away, and is not sent away by it a second time.
func TestClaimsInOrder(t *testing.T) {
	addr := newBroker(t, Options{}).Addr().String()
	hello := func() net.Conn {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		p := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
		p.ProtocolName, p.ProtocolVersion, p.ClientIdentifier, p.CleanSession = "MQTT", 4, "same", true
		if err := p.Write(conn); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	ours := hello()
	defer func() { ours.Close() }()
	if _, err := packets.ReadPacket(ours); err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		other := hello()
		if _, err := packets.ReadPacket(ours); err == nil {
			t.Fatal("the first one is not sent away")
		}
		ours.Close()
		ours = hello()
		if _, err := packets.ReadPacket(ours); err != nil {
			t.Fatalf("%d: back and sent away again: %v", i, err)
		}
		packets.NewControlPacket(packets.Pingreq).Write(ours) //nolint:errcheck // the answer is looked at
		if _, err := packets.ReadPacket(ours); err != nil {
			t.Fatalf("%d: back, greeted, and sent away again: %v", i, err)
		}
		if rest, err := io.ReadAll(other); err == nil && len(rest) > 4 {
			t.Errorf("the other one is told %x", rest)
		}
		other.Close()
	}
}
