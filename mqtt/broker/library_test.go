package broker

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// TestLibraryDelivers shows why delivery is not left to the library. Where a case
// fails after an update of the library, that reason is gone. LIBRARYTEST=1 asks for it:
// it is about the library, and what goes wrong there goes wrong by the clock.
func TestLibraryDelivers(t *testing.T) {
	if os.Getenv("LIBRARYTEST") == "" {
		t.Skip("set LIBRARYTEST=1 after an update of the broker library")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	capabilities := mochi.NewDefaultServerCapabilities()
	capabilities.MaximumClientWritesPending = 8
	library := mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler), Capabilities: capabilities})
	if err := library.AddHook(new(auth.AllowHook), nil); err != nil {
		t.Fatal(err)
	}
	if err := library.AddListener(listeners.NewNet("t", l)); err != nil {
		t.Fatal(err)
	}
	if err := library.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { library.Close() })
	enter := func(t *testing.T, v byte, id string, change ...func(*packets.Packet)) *rawClient {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		g := newRawClient(t, conn, v)
		g.connect(id, false, change...)
		return g
	}
	p := enter(t, 4, "publisher")

	t.Run("what waited comes in any order", func(t *testing.T) {
		g := enter(t, 4, "order")
		g.subscribe("order", 1)
		g.disconnect(0)
		const n = 50
		for i := range n {
			p.publish("order", fmt.Sprint(i), 1, false)
		}
		g = enter(t, 4, "order")
		right := 0
		for i := range n {
			if string(g.take().Payload) == fmt.Sprint(i) {
				right++
			}
		}
		if right == n {
			t.Error("in order")
		}
	})
	t.Run("what was held back is lost with the connection", func(t *testing.T) {
		one := func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 1 }
		g := enter(t, 5, "held", one)
		g.subscribe("held", 1)
		p.publish("held", "1", 1, false)
		p.publish("held", "2", 1, false)
		g.take()
		g.expect(packets.Publish) // 2, which is not confirmed
		g.cut()
		g = enter(t, 5, "held", one)
		g.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
		if pk, err := g.read(); err != nil || pk.FixedHeader.Type == packets.Publish {
			t.Errorf("it came again: %v", err)
		}
	})
	t.Run("packet ids of both directions are one", func(t *testing.T) {
		g := enter(t, 4, "ids")
		g.subscribe("ids", 1)
		p.publish("ids", "x", 1, false)
		in := g.expect(packets.Publish) // which is not confirmed
		g.id = in.PacketID - 1
		g.publish("other", "x", 2, false)
		g.cut()
		g = enter(t, 4, "ids")
		g.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
		if pk, err := g.read(); err != nil || pk.FixedHeader.Type == packets.Publish {
			t.Errorf("it came again: %v", err)
		}
	})
	t.Run("a subscriber that does not read holds up all others", func(t *testing.T) {
		g := enter(t, 4, "slow")
		g.subscribe("slow", 1)
		payload := string(make([]byte, 64<<10))
		confirmed := 0
		for range 400 { // more than sockets hold
			p.send(p.message("slow", payload, 1, false))
			p.conn.SetReadDeadline(time.Now().Add(time.Second))
			if _, err := io.ReadFull(p.r, make([]byte, 4)); err != nil {
				break
			}
			confirmed++
		}
		if confirmed == 400 {
			t.Error("it does not")
		}
	})
}
