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
const acceptRetry = 100 * time.Millisecond

// gate counts the connections of all ports that others can reach, from the first
// byte on. The library counts none before its CONNECT, and waits for that for ever.
type limiter struct {
	max         int
	connectTime time.Duration // for the first packet
	refusals    *refusals

	mu          sync.Mutex
	conns       map[*limitedConn]struct{}
	beforeLogin map[netip.Prefix]int // of them those without a login, by address
	closed      bool
}

func newLimiter(max int, met *refusals) *limiter {
	return &limiter{max: max, connectTime: connectTime, refusals: met, conns: make(map[*limitedConn]struct{}), beforeLogin: make(map[netip.Prefix]int)}
}

// admit counts a connection in; nil = there is no room, and it is closed.
func (g *limiter) admit(c net.Conn) *limitedConn {
	g.mu.Lock()
	defer g.mu.Unlock()
	from := network(c.RemoteAddr())
	limit := ""
	switch {
	case g.closed:
		c.Close()
		return nil
	case len(g.conns) >= g.max:
		limit = limitClients
	case g.beforeLogin[from] >= maxBeforeLogin:
		limit = limitLogins
	}
	if limit != "" {
		g.refusals.note(limit, c.RemoteAddr())
		c.Close()
		return nil
	}
	in := &limitedConn{Conn: c, limiter: g, address: from, deadline: time.Now().Add(g.connectTime)}
	g.beforeLogin[from]++
	_ = c.SetDeadline(in.deadline)
	g.conns[in] = struct{}{}
	return in
}

// close lets nobody in any more.
func (g *limiter) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

// counted leaves its gate when it is closed. Until its client has come in, nobody
// who handles it on the way (TLS, HTTP) can give it more time.
type limitedConn struct {
	net.Conn
	limiter  *limiter
	address  netip.Prefix
	deadline time.Time // until when the first packet has to be there
	loggedIn atomic.Bool
	// greeted is set when there was a CONNECT.
	hasConnect atomic.Bool
}

// welcome notes that the client has come in.
func (c *limitedConn) setLoggedIn() {
	c.limiter.mu.Lock()
	defer c.limiter.mu.Unlock()
	if _, counts := c.limiter.conns[c]; counts && !c.loggedIn.Swap(true) {
		c.limiter.loggedIn(c.address)
	}
}

// heard notes that one from an address is not silent any more.
func (g *limiter) loggedIn(from netip.Prefix) {
	if g.beforeLogin[from]--; g.beforeLogin[from] <= 0 {
		delete(g.beforeLogin, from)
	}
}

func (c *limitedConn) SetDeadline(t time.Time) error     { return c.Conn.SetDeadline(c.atMost(t)) }
func (c *limitedConn) SetReadDeadline(t time.Time) error { return c.Conn.SetReadDeadline(c.atMost(t)) }

func (c *limitedConn) atMost(t time.Time) time.Time {
	if !c.loggedIn.Load() && (t.IsZero() || t.After(c.deadline)) {
		return c.deadline
	}
	return t
}

// countedOf finds the connection below TLS and WebSocket; nil = it is not counted.
func findLimited(c net.Conn) *limitedConn {
	for {
		switch below := c.(type) {
		case *limitedConn:
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

func (c *limitedConn) Close() error {
	c.limiter.mu.Lock()
	if _, counts := c.limiter.conns[c]; counts && !c.loggedIn.Load() {
		c.limiter.loggedIn(c.address)
		if !c.hasConnect.Load() && !time.Now().Before(c.deadline) {
			c.limiter.refusals.note(limitFirstPacket, c.RemoteAddr())
		}
	}
	delete(c.limiter.conns, c)
	c.limiter.mu.Unlock()
	return c.Conn.Close()
}

// gated is a listener whose connections have passed a gate.
type limitedListener struct {
	net.Listener
	limiter *limiter
	done    chan struct{}
	once    sync.Once
}

func newLimitedListener(l net.Listener, g *limiter) *limitedListener {
	return &limitedListener{Listener: l, limiter: g, done: make(chan struct{})}
}

// Accept returns an error only when the listener was closed: to be out of file
// descriptors passes.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			select {
			case <-l.done:
				return nil, net.ErrClosed
			case <-time.After(acceptRetry):
			}
			continue
		}
		if in := l.limiter.admit(c); in != nil {
			return in, nil
		}
	}
}

func (l *limitedListener) Close() error {
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

	mu     sync.Mutex
	conns  map[*conn]struct{}
	closed bool
	work   sync.WaitGroup
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
		p.start(newConn(c, p.broker, p.id), establish)
	}
}

// begin serves a connection.
func (p *port) start(c *conn, establish listeners.EstablishFn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
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
	p.closed = true
	for c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.work.Wait()
}

// handed is a listener for connections that are made elsewhere: by our own client,
// or from a WebSocket.
type chanListener struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newChanListener(addr net.Addr) *chanListener {
	return &chanListener{addr: addr, conns: make(chan net.Conn), done: make(chan struct{})}
}

// hand waits until the connection is accepted. If it is not, it is closed.
func (l *chanListener) send(ctx context.Context, c net.Conn) error {
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

func (l *chanListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *chanListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *chanListener) Addr() net.Addr { return l.addr }

// pipeAddr is the address of our own client.
type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "inside" }
