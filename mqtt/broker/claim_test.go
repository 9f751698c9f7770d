package broker

import (
	"io"
	"net"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// TestClaimsInOrder: a client that is disconnected by another with its id and comes back
// at once disconnects that one, and is not disconnected by it a second time.
func TestClaimsInOrder(t *testing.T) {
	addr := newBroker(t, Options{}).Addr().String()
	dial := func() net.Conn {
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
	ours := dial()
	defer func() { ours.Close() }()
	if _, err := packets.ReadPacket(ours); err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		other := dial()
		if _, err := packets.ReadPacket(ours); err == nil {
			t.Fatal("the first one is not disconnected")
		}
		ours.Close()
		ours = dial()
		if _, err := packets.ReadPacket(ours); err != nil {
			t.Fatalf("%d: back and disconnected again: %v", i, err)
		}
		packets.NewControlPacket(packets.Pingreq).Write(ours) //nolint:errcheck // the answer is looked at
		if _, err := packets.ReadPacket(ours); err != nil {
			t.Fatalf("%d: back, accepted, and disconnected again: %v", i, err)
		}
		if rest, err := io.ReadAll(other); err == nil && len(rest) > 4 {
			t.Errorf("the other one got %x", rest)
		}
		other.Close()
	}
}
