package socket

import (
	"errors"
	"net"
	"net/netip"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// Packets is our UDP socket. It reads what the box sends and nothing else, before the library
// sees a byte of it.
type Packets struct {
	*net.UDPConn
	peer    *Peer
	dropped func() // counts a packet of somebody else

	reading chan struct{}

	started bool // only the reading goroutine uses it

	mu      sync.Mutex
	sources map[netip.AddrPort]struct{} // that packets came from
}

// NewPackets makes it of a socket; dropped counts a packet of somebody else.
func NewPackets(conn *net.UDPConn, from *Peer, dropped func()) *Packets {
	return &Packets{UDPConn: conn, peer: from, dropped: dropped, reading: make(chan struct{})}
}

// Reading is closed when the library begins to read: now it can send as well.
func (c *Packets) Reading() <-chan struct{} { return c.reading }

// maxPorts bounds from how many ports a box may send: the library keeps an entry for each.
const maxPorts = 64

// maxReadErrors is how many reads in a row may fail. One alone does not matter: on some systems it
// only tells that a packet of ours did not arrive.
const maxReadErrors = 10

// ReadFrom reads a packet of the box.
func (c *Packets) ReadFrom(b []byte) (int, net.Addr, error) {
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

func (c *Packets) allows(from netip.AddrPort) bool {
	if !c.peer.is(from.Addr()) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.sources[from]; !known {
		if from.Port() != c.peer.Port && len(c.sources) >= maxPorts {
			return false
		}
		if c.sources == nil {
			c.sources = make(map[netip.AddrPort]struct{})
		}
		c.sources[from] = struct{}{}
	}
	return true
}

// Retire makes the library find this socket for whatever it still wants to send, although it is
// closed. If it found none, it would open one of its own, which nobody closes.
func (c *Packets) Retire(pool *sip.ConnectionPool) {
	own := c.LocalAddr().String()
	last := &sip.UDPConnection{PacketConn: c.UDPConn, PacketAddr: own, Listener: true}
	c.mu.Lock()
	defer c.mu.Unlock()
	pool.Add(own, last)
	for source := range c.sources {
		pool.Add(source.String(), last)
	}
}
