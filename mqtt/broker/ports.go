package broker

import (
	"log/slog"
	"net"
	"sync"

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

// port is a listener for the library. The library's own listeners deadlock when they
// are closed while a client disconnects (v2.7.9: a read lock taken twice in
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

// ID, Address, Protocol and Init are called by the library.
func (p *port) ID() string              { return p.id }
func (p *port) Address() string         { return p.listener.Addr().String() }
func (p *port) Protocol() string        { return p.listener.Addr().Network() }
func (p *port) Init(*slog.Logger) error { return nil }

// Serve accepts connections until the listener is closed.
func (p *port) Serve(establish listeners.EstablishFn) {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.start(newConn(c, p.broker, p.id), establish)
	}
}

// start serves a connection in a goroutine of its own.
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
