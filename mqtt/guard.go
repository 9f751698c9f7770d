package mqtt

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"
)

// acceptAgain is the pause after an accept that failed.
const acceptAgain = 100 * time.Millisecond

// guard is a listener of the broker that knows its connections. The broker's own
// listeners wait for a CONNECT for ever, do not count connections before it, and
// deadlock when they are closed at the moment a client leaves (mochi v2.7.9: a
// read lock taken twice in Clients.GetByListener).
type guard struct {
	id       string
	listener net.Listener
	max      int
	first    time.Duration // for the first packet

	mu    sync.Mutex
	conns map[*guardedConn]struct{}
	shut  bool
	done  chan struct{}
	work  sync.WaitGroup // connections being served
}

func newGuard(id string, l net.Listener, max int) *guard {
	return &guard{id: id, listener: l, max: max, first: firstPacket, conns: make(map[*guardedConn]struct{}), done: make(chan struct{})}
}

// ID, Address, Protocol and Init are what the broker asks its listeners.
func (g *guard) ID() string              { return g.id }
func (g *guard) Address() string         { return g.listener.Addr().String() }
func (g *guard) Protocol() string        { return g.listener.Addr().Network() }
func (g *guard) Init(*slog.Logger) error { return nil }

// Serve hands connections to the broker until the guard is closed.
func (g *guard) Serve(establish listeners.EstablishFn) {
	for {
		conn, err := g.listener.Accept()
		if err != nil {
			select {
			case <-g.done:
				return
			case <-time.After(acceptAgain): // out of file descriptors, which may pass
				continue
			}
		}
		c := g.admit(conn)
		if c == nil {
			conn.Close()
			continue
		}
		go func() {
			defer g.work.Done()
			defer c.Close()
			_ = establish(g.id, c) // logged by the broker
		}()
	}
}

// admit counts a connection in, where there is room for it. It must begin with a
// packet in time; the broker sets its own deadline from then on.
func (g *guard) admit(conn net.Conn) *guardedConn {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut || len(g.conns) >= g.max {
		return nil
	}
	_ = conn.SetDeadline(time.Now().Add(g.first))
	c := &guardedConn{conn, g}
	g.conns[c] = struct{}{}
	g.work.Add(1)
	return c
}

// lock lets nobody in any more.
func (g *guard) lock() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.shut {
		g.shut = true
		close(g.done)
		g.listener.Close()
	}
}

// hangUp closes all connections.
func (g *guard) hangUp() {
	g.mu.Lock()
	conns := make([]net.Conn, 0, len(g.conns))
	for c := range g.conns {
		conns = append(conns, c.Conn)
	}
	g.mu.Unlock()
	for _, c := range conns {
		c.Close()
	}
}

// Close ends the listener and waits until the broker is done with all its
// connections.
func (g *guard) Close(listeners.CloseFn) {
	g.lock()
	g.hangUp()
	g.work.Wait()
}

// guardedConn leaves its guard when it is closed.
type guardedConn struct {
	net.Conn
	guard *guard
}

func (c *guardedConn) Close() error {
	c.guard.mu.Lock()
	delete(c.guard.conns, c)
	c.guard.mu.Unlock()
	return c.Conn.Close()
}

// pipeListener accepts connections from this process.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	ours, end := net.Pipe()
	theirs := newEager(end)
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.done:
		theirs.Close()
		return nil, &net.OpError{Op: "dial", Net: "pipe", Err: net.ErrClosed}
	case <-ctx.Done():
		theirs.Close()
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "inside" }
