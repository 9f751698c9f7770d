package sip

import (
	"errors"
	"net"
	"net/netip"
)

// packets is our UDP socket. It reads what the box sends and nothing else, before the library
// sees a byte of it.
type packets struct {
	*net.UDPConn
	peer    *peer
	dropped func() // counts a packet of somebody else

	reading chan struct{} // closed when the library begins to read: now it can send as well

	// Only the reading goroutine uses these.
	started bool
	ports   map[netip.AddrPort]struct{}
}

// maxPorts bounds from how many ports a box may send: the library keeps an entry for each.
const maxPorts = 64

// maxReadErrors is how many reads in a row may fail. One alone does not matter: on some systems it
// only tells that a packet of ours did not arrive.
const maxReadErrors = 10

// ReadFrom reads a packet of the box.
func (c *packets) ReadFrom(b []byte) (int, net.Addr, error) {
	if !c.started {
		c.started = true
		close(c.reading)
	}
	for failures := 0; ; {
		n, from, err := c.ReadFromUDPAddrPort(b)
		if err != nil {
			if failures++; failures < maxReadErrors && !errors.Is(err, net.ErrClosed) {
				continue
			}
			return 0, nil, err
		}
		failures = 0
		if from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port()); c.allows(from) {
			return n, net.UDPAddrFromAddrPort(from), nil
		}
		c.dropped()
	}
}

func (c *packets) allows(from netip.AddrPort) bool {
	if !c.peer.is(from.Addr()) {
		return false
	}
	if _, known := c.ports[from]; !known && from.Port() != c.peer.port {
		if len(c.ports) >= maxPorts {
			return false
		}
		if c.ports == nil {
			c.ports = make(map[netip.AddrPort]struct{})
		}
		c.ports[from] = struct{}{}
	}
	return true
}
