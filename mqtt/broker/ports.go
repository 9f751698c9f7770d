package broker

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"
)

// Ids of the listeners.
const (
	portInside = "inside" // our own client's pipe
	portTCP    = "tcp"
	portTLS    = "tls"
	portWeb    = "ws"
	portWebTLS = "wss"
)

// PortError is a port of the broker that could not be opened.
type PortError struct {
	Port string // as [Broker.Addrs] names it
	Err  error
}

// Error names the address.
func (e *PortError) Error() string { return "open broker port: " + e.Err.Error() }

// Unwrap is the error of the network.
func (e *PortError) Unwrap() error { return e.Err }

// acceptAgain is the pause after an accept that failed.
const acceptAgain = 100 * time.Millisecond

// gate counts the connections of all ports that others can reach, from the first
// byte on. The library counts none before its CONNECT, and waits for that for ever.
type gate struct {
	max   int
	first time.Duration // for the first packet
	met   *refusals

	mu     sync.Mutex
	conns  map[*counted]struct{}
	silent map[netip.Prefix]int // of them those without a login, by address
	shut   bool
}

func newGate(max int, met *refusals) *gate {
	return &gate{max: max, first: firstPacket, met: met, conns: make(map[*counted]struct{}), silent: make(map[netip.Prefix]int)}
}

// admit counts a connection in; nil = there is no room, and it is closed.
func (g *gate) admit(c net.Conn) *counted {
	g.mu.Lock()
	defer g.mu.Unlock()
	from := network(c.RemoteAddr())
	limit := ""
	switch {
	case g.shut:
		c.Close()
		return nil
	case len(g.conns) >= g.max:
		limit = limitClients
	case g.silent[from] >= maxSilent:
		limit = limitSilent
	}
	if limit != "" {
		g.met.note(limit, c.RemoteAddr())
		c.Close()
		return nil
	}
	in := &counted{Conn: c, gate: g, from: from, first: time.Now().Add(g.first)}
	g.silent[from]++
	_ = c.SetDeadline(in.first)
	g.conns[in] = struct{}{}
	return in
}

// close lets nobody in any more.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
}

// counted leaves its gate when it is closed. Until its client has come in, nobody
// who handles it on the way (TLS, HTTP) can give it more time.
type counted struct {
	net.Conn
	gate  *gate
	from  netip.Prefix
	first time.Time // until when the first packet has to be there
	in    atomic.Bool
	// greeted is set when there was a CONNECT.
	greeted atomic.Bool
}

// welcome notes that the client has come in.
func (c *counted) welcome() {
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	if _, counts := c.gate.conns[c]; counts && !c.in.Swap(true) {
		c.gate.heard(c.from)
	}
}

// heard notes that one from an address is not silent any more.
func (g *gate) heard(from netip.Prefix) {
	if g.silent[from]--; g.silent[from] <= 0 {
		delete(g.silent, from)
	}
}

func (c *counted) SetDeadline(t time.Time) error     { return c.Conn.SetDeadline(c.until(t)) }
func (c *counted) SetReadDeadline(t time.Time) error { return c.Conn.SetReadDeadline(c.until(t)) }

func (c *counted) until(t time.Time) time.Time {
	if !c.in.Load() && (t.IsZero() || t.After(c.first)) {
		return c.first
	}
	return t
}

// countedOf finds the connection below TLS and WebSocket; nil = it is not counted.
func countedOf(c net.Conn) *counted {
	for {
		switch below := c.(type) {
		case *counted:
			return below
		case *webConn:
			c = below.NetConn()
		case *tls.Conn:
			c = below.NetConn()
		default:
			return nil
		}
	}
}

func (c *counted) Close() error {
	c.gate.mu.Lock()
	if _, counts := c.gate.conns[c]; counts && !c.in.Load() {
		c.gate.heard(c.from)
		if !c.greeted.Load() && !time.Now().Before(c.first) {
			c.gate.met.note(limitFirst, c.RemoteAddr())
		}
	}
	delete(c.gate.conns, c)
	c.gate.mu.Unlock()
	return c.Conn.Close()
}

// gated is a listener whose connections have passed a gate.
type gated struct {
	net.Listener
	gate *gate
	done chan struct{}
	once sync.Once
}

func newGated(l net.Listener, g *gate) *gated {
	return &gated{Listener: l, gate: g, done: make(chan struct{})}
}

// Accept returns an error only when the listener was closed: to be out of file
// descriptors passes.
func (l *gated) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			select {
			case <-l.done:
				return nil, net.ErrClosed
			case <-time.After(acceptAgain):
			}
			continue
		}
		if in := l.gate.admit(c); in != nil {
			return in, nil
		}
	}
}

func (l *gated) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

// port is a listener as the library wants it. Its own ones deadlock when they are
// closed at the moment a client leaves (v2.7.9: a read lock taken twice in
// Clients.GetByListener).
type port struct {
	id       string
	listener net.Listener
	broker   *Broker

	mu    sync.Mutex
	conns map[*conn]struct{}
	shut  bool
	work  sync.WaitGroup
}

func newPort(id string, l net.Listener, b *Broker) *port {
	return &port{id: id, listener: l, broker: b, conns: make(map[*conn]struct{})}
}

// ID, Address, Protocol and Init are what the library asks its listeners.
func (p *port) ID() string              { return p.id }
func (p *port) Address() string         { return p.listener.Addr().String() }
func (p *port) Protocol() string        { return p.listener.Addr().Network() }
func (p *port) Init(*slog.Logger) error { return nil }

// Serve takes connections until the listener is closed.
func (p *port) Serve(establish listeners.EstablishFn) {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.begin(newConn(c, p.broker, p.id), establish)
	}
}

// begin serves a connection.
func (p *port) begin(c *conn, establish listeners.EstablishFn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut {
		c.Conn.Close()
		return
	}
	p.conns[c] = struct{}{}
	p.work.Go(func() {
		c.serve(establish)
		p.mu.Lock()
		delete(p.conns, c)
		p.mu.Unlock()
	})
}

// Close ends all connections, and waits for them.
func (p *port) Close(listeners.CloseFn) {
	p.listener.Close()
	p.mu.Lock()
	p.shut = true
	for c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.work.Wait()
}

// handed is a listener for connections that are made elsewhere: by our own client,
// or from a WebSocket.
type handed struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newHanded(addr net.Addr) *handed {
	return &handed{addr: addr, conns: make(chan net.Conn), done: make(chan struct{})}
}

// hand waits until the connection is accepted. If it is not, it is closed.
func (l *handed) hand(ctx context.Context, c net.Conn) error {
	select {
	case l.conns <- c:
		return nil
	case <-l.done:
		c.Close()
		return &net.OpError{Op: "dial", Net: l.addr.Network(), Err: net.ErrClosed}
	case <-ctx.Done():
		c.Close()
		return ctx.Err()
	}
}

func (l *handed) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *handed) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *handed) Addr() net.Addr { return l.addr }

// pipeAddr is the address of our own client.
type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "inside" }
