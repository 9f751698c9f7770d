package broker

import (
	"fmt"
	"io"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// TestRulePacketIDs: the ids of the two directions have nothing to do with each
// other [MQTT-2.3.1-2].
func TestRulePacketIDs(t *testing.T) {
	versions(t, func(t *testing.T, b *Broker, v byte) {
		g := login(t, b, v, "a", true)
		g.subscribe("in/#", 2)
		p := login(t, b, v, "publisher", true)
		p.publish("in/1", "x", 1, false)
		p.publish("in/2", "x", 2, false)
		first, second := g.expect(packets.Publish), g.expect(packets.Publish)
		for _, in := range []packets.Packet{first, second} {
			g.id = in.PacketID - 1
			if code := g.subscribe("other", 1); code != 1 {
				t.Errorf("SUBSCRIBE with an id the broker uses: %#x", code)
			}
			for qos := byte(1); qos <= 2; qos++ {
				g.id = in.PacketID - 1
				if code := g.publish("out", "x", qos, false); code != 0 {
					t.Errorf("PUBLISH with an id the broker uses: %#x", code)
				}
			}
			g.id = in.PacketID - 1
			g.unsubscribe("other")
		}
		g.ack(packets.Puback, first.PacketID)
		g.ack(packets.Pubrec, second.PacketID)
		g.expect(packets.Pubrel)
		g.ack(packets.Pubcomp, second.PacketID)
		g.quiet()
	})
}

// TestRuleFastReconnect: the end of an old connection leaves the new one of the
// same client alone, however little is between them.
func TestRuleFastReconnect(t *testing.T) {
	versions(t, func(t *testing.T, b *Broker, v byte) {
		p := login(t, b, v, "publisher", true)
		for i := range 200 {
			g := login(t, b, v, "a", true)
			g.subscribe("a/#", 1)
			p.publish("a/b", fmt.Sprint(i), 1, false)
			g.takes("a/b " + fmt.Sprint(i))
			switch i % 3 {
			case 0:
				g.cut()
			case 1:
				g.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
				g.conn.Close()
			} // else the next one takes its place
		}
	})
}

func TestRuleFirstPacket(t *testing.T) {
	versions(t, func(t *testing.T, b *Broker, v byte) {
		g := dialRaw(t, b, v)
		g.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
		g.closed(0) // [MQTT-3.1.0-1]
		g = login(t, b, v, "a", true)
		g.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}, Connect: packets.ConnectParams{ProtocolName: []byte("MQTT")}})
		if _, err := io.Copy(io.Discard, g.conn); isTimeout(err) { // [MQTT-3.1.0-2]
			t.Error("a second CONNECT was let pass")
		}
		g = dialRaw(t, b, 4)
		g.conn.Write([]byte("\x10\x0d\x00\x04MQTT\x07\x02\x00\x3c\x00\x01a")) // version 7
		if pk, err := g.read(); err == nil && pk.ReasonCode == 0 {
			t.Error("version 7 was let in")
		}
	})
}
