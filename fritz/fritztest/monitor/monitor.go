package monitor

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"
)

const (
	// MaxClients bounds the connections kept at a time, whatever their state; how
	// many a real box takes is not known. Further ones are reset.
	MaxClients = 10_000

	// maxQueued bounds the bytes that wait for a client that does not read. Half
	// of it is the most that is glued together.
	maxQueued = 64 << 20

	// reopenTimeout bounds the tries to get the own port back after Refuse.
	reopenTimeout = 5 * time.Second
)

// Options are what a Monitor is made with. Only Log may be nil, and Sent.
type Options struct {
	// Listen opens the port, at first and again after Refuse, as net.Listen does.
	Listen func(network, address string) (net.Listener, error)

	// Gap is the pause between the segments of a cut line and between the chunks
	// of Bytes; negative: none.
	Gap time.Duration

	// Sent is called with every line as it goes out, without its line end, in order.
	// It must not call the Monitor.
	Sent func(line string)

	Changed func() // called at each change of State; must not call the Monitor
	Log     *slog.Logger
}

// Monitor is the call monitor of a box: a port, its clients and what is wrong with
// them. Its methods may be called from any goroutine. None that writes waits for a
// client: what is written is queued for each.
type Monitor struct {
	opt    Options
	log    *slog.Logger
	closed chan struct{}
	wg     sync.WaitGroup // accept loop, readers and writers

	port sync.Mutex // held while the port is opened or closed; taken before mu

	mu       sync.Mutex
	ln       net.Listener  // nil while the port refuses
	stopped  chan struct{} // closed when ln's accept loop has ended
	addr     net.Addr
	clients  map[*client]struct{}
	format   format
	faults   faults
	glued    [][]byte
	gluedLen int
	recent   []string // the last lines written, oldest first
	lines    uint64
	accepted int
	dropped  int
}

// New returns a call monitor that listens nowhere yet.
func New(o Options) *Monitor {
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	return &Monitor{
		opt:     o,
		log:     o.Log.With("component", "fritztest"),
		closed:  make(chan struct{}),
		clients: map[*client]struct{}{},
		format:  format{final: true, trunk: true},
	}
}

// Listen opens the call monitor's port and serves it until Close. The port 0
// chooses a free one; Addr tells which.
func (m *Monitor) Listen(address string) error {
	m.port.Lock()
	defer m.port.Unlock()
	ln, err := m.opt.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("open call monitor port: %w", err)
	}
	return m.use(ln)
}

// Serve serves the call monitor on a listener until Close, and returns at once.
// The monitor owns the listener from here on.
func (m *Monitor) Serve(ln net.Listener) {
	m.port.Lock()
	defer m.port.Unlock()
	_ = m.use(ln) // after Close the listener is closed too
}

// use accepts connections on ln, instead of on the listener before. m.port is held.
func (m *Monitor) use(ln net.Listener) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-m.closed:
		ln.Close()
		return fmt.Errorf("open call monitor port: the box is closed: %w", net.ErrClosed)
	default:
	}
	if m.ln != nil {
		m.ln.Close()
	}
	m.ln, m.addr, m.stopped = ln, ln.Addr(), make(chan struct{})
	m.wg.Add(1)
	go m.acceptFrom(ln, m.stopped)
	m.opt.Changed()
	return nil
}

// Addr returns the address of the call monitor, also while it refuses; nil
// before Listen or Serve.
func (m *Monitor) Addr() net.Addr {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.addr
}

// Refuse closes the port, so that connections are refused (ECONNREFUSED), as on
// a box whose call monitor is switched off. Open connections stay; Drop and
// Reset end them. No connection is accepted any more when it returns.
func (m *Monitor) Refuse() {
	m.port.Lock()
	defer m.port.Unlock()
	m.mu.Lock()
	ln, stopped := m.ln, m.stopped
	m.ln = nil
	m.opt.Changed()
	m.mu.Unlock()
	if ln != nil {
		ln.Close()
		<-stopped
	}
}

// Accept opens the port again after Refuse, on the same address. Meanwhile the
// kernel may have lent the port to an outgoing connection, so it tries for a while
// and fails if the port is in use for more than 5 s.
func (m *Monitor) Accept() error {
	m.port.Lock()
	defer m.port.Unlock()
	m.mu.Lock()
	ln, addr := m.ln, m.addr
	m.mu.Unlock()
	if ln != nil {
		return nil
	}
	if addr == nil {
		return errors.New("open call monitor port: the box never listened")
	}
	for tried := time.Duration(0); ; tried += 20 * time.Millisecond {
		ln, err := m.opt.Listen(addr.Network(), addr.String())
		if err == nil {
			return m.use(ln)
		}
		if tried >= reopenTimeout {
			return fmt.Errorf("open call monitor port again: %w", err)
		}
		if !m.pause(20 * time.Millisecond) {
			return net.ErrClosed
		}
	}
}

// pause waits for d and reports whether the box is still open.
func (m *Monitor) pause(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-m.closed:
		return false
	}
}

// acceptFrom admits connections until the listener is closed or replaced.
func (m *Monitor) acceptFrom(ln net.Listener, stopped chan struct{}) {
	defer m.wg.Done()
	defer close(stopped)
	for {
		conn, err := ln.Accept()
		if err == nil {
			m.admit(conn)
			continue
		}
		m.mu.Lock()
		current := m.ln == ln
		m.mu.Unlock()
		if !current || errors.Is(err, net.ErrClosed) {
			return
		}
		m.log.Warn("cannot accept a connection", "error", err)
		if !m.pause(50 * time.Millisecond) { // out of file descriptors, perhaps
			return
		}
	}
}

// admit takes a connection in as the faults of the moment want it.
func (m *Monitor) admit(conn net.Conn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-m.closed:
		conn.Close()
		return
	default:
	}
	m.accepted++
	m.opt.Changed()
	if len(m.clients) >= MaxClients {
		m.dropped++
		reset(conn)
		return
	}
	c := newClient(conn)
	m.clients[c] = struct{}{}
	m.wg.Add(2)
	go m.readFrom(c)
	go m.writeTo(c)
	m.log.Debug("client connected", "clients", len(m.clients))
	switch {
	case m.faults.closeAtOnce:
		m.finish(c)
	case m.faults.halfOpen:
		m.freeze(c)
	}
}

// Close closes the port and every connection and waits until nothing of the monitor
// runs any more. It may be called twice.
func (m *Monitor) Close() {
	m.mu.Lock()
	select {
	case <-m.closed:
	default:
		close(m.closed) // Accept stops trying
	}
	m.mu.Unlock()
	m.Refuse()
	m.mu.Lock()
	for c := range m.clients {
		m.remove(c)
	}
	m.mu.Unlock()
	m.wg.Wait()
}
