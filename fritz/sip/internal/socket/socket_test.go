package socket

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/callporter/callporter/internal/testkit"
)

func TestAFailedListenerIsAFault(t *testing.T) {
	l := testkit.Listen(t)
	s := NewStreams(l, &Peer{}, func() {})
	defer s.Close()
	l.Close()
	if _, err := s.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the library hears %v", err)
	}
}

func TestReadsThatFailNowAndThenAreRepeated(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := NewPackets(conn.(*net.UDPConn), &Peer{}, func() {})
	c.SetReadDeadline(time.Unix(1, 0)) //nolint:errcheck // then the test fails
	if _, _, err := c.ReadFrom(make([]byte, 10)); err == nil {
		t.Error("a socket that always fails is read for ever")
	}
	c.Close()
	if _, _, err := c.ReadFrom(make([]byte, 10)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed socket says %v", err)
	}
}

func TestTheBoxMaySendFromSomePortsOnly(t *testing.T) {
	p := &Peer{Port: 5060}
	box := netip.MustParseAddr("192.168.178.1")
	p.Set([]netip.Addr{box})
	c := &Packets{peer: p}
	for port := range uint16(2 * maxPorts) {
		c.allows(netip.AddrPortFrom(box, 10000+port))
	}
	for from, want := range map[string]bool{
		"192.168.178.1:5060": true, "192.168.178.1:10000": true, "192.168.178.1:20000": false, "192.168.178.2:5060": false,
	} {
		if c.allows(netip.MustParseAddrPort(from)) != want {
			t.Errorf("%s is allowed: %v", from, !want)
		}
	}
	if len(c.sources) > maxPorts+1 {
		t.Errorf("%d ports are kept", len(c.sources))
	}
}
