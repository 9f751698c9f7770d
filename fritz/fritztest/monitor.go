package fritztest

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"
)

const (
	// maxClients bounds the connections kept at a time, whatever their state; how
	// many a real box takes is not known. Further ones are reset.
	maxClients = 10_000

	// maxQueued bounds the bytes that wait for a client that does not read. Half
	// of it is the most that is glued together.
	maxQueued = 64 << 20

	// reopening bounds the tries to get the own port back after Refuse.
	reopening = 5 * time.Second
)

// monitor is the call monitor of a Box: a port, its clients and what is wrong
// with them.
type monitor struct {
	opt    Options
	log    *slog.Logger
	closed chan struct{}
	wg     sync.WaitGroup // accept loop, readers and writers

	port sync.Mutex // held while the port is opened or closed; taken before mu

	mu       sync.Mutex
	ln       net.Listener  // nil while the port refuses
	quiet    chan struct{} // closed when ln's accept loop has ended
	addr     net.Addr
	clients  map[*client]struct{}
	changed  chan struct{} // closed at the next change; nil if nobody waits
	faults   faults
	glued    [][]byte
	gluedLen int
	accepted int
	dropped  int
}

func newMonitor(o Options) *monitor {
	return &monitor{
		opt:     o,
		log:     o.Log.With("component", "fritztest"),
		closed:  make(chan struct{}),
		clients: map[*client]struct{}{},
	}
}

// listen opens the port for the first time.
func (m *monitor) listen(address string) error {
	m.port.Lock()
	defer m.port.Unlock()
	ln, err := m.opt.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("open call monitor port: %w", err)
	}
	return m.use(ln)
}

func (m *monitor) serve(ln net.Listener) {
	m.port.Lock()
	defer m.port.Unlock()
	_ = m.use(ln) // after Close the listener is closed too
}

// use accepts connections on ln, instead of on the listener before. m.port is held.
func (m *monitor) use(ln net.Listener) error {
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
	m.ln, m.addr, m.quiet = ln, ln.Addr(), make(chan struct{})
	m.wg.Add(1)
	go m.accept(ln, m.quiet)
	m.notify()
	return nil
}

func (m *monitor) address() net.Addr {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.addr
}

// refuse closes the port and leaves the connections alone. Nothing is admitted
// any more when it returns.
func (m *monitor) refuse() {
	m.port.Lock()
	defer m.port.Unlock()
	m.mu.Lock()
	ln, quiet := m.ln, m.quiet
	m.ln = nil
	m.notify()
	m.mu.Unlock()
	if ln != nil {
		ln.Close()
		<-quiet
	}
}

// reopen listens on the same address again. Meanwhile the kernel may have lent
// the port to an outgoing connection, so it tries for a while.
func (m *monitor) reopen() error {
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
		if tried >= reopening {
			return fmt.Errorf("open call monitor port again: %w", err)
		}
		if !m.pause(20 * time.Millisecond) {
			return net.ErrClosed
		}
	}
}

// pause waits for d and reports whether the box is still open.
func (m *monitor) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-m.closed:
		return false
	}
}

// accept admits connections until the listener is closed or replaced.
func (m *monitor) accept(ln net.Listener, quiet chan struct{}) {
	defer m.wg.Done()
	defer close(quiet)
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
func (m *monitor) admit(conn net.Conn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-m.closed:
		conn.Close()
		return
	default:
	}
	m.accepted++
	m.notify()
	if len(m.clients) >= maxClients {
		m.dropped++
		reset(conn)
		return
	}
	c := newClient(conn)
	m.clients[c] = struct{}{}
	m.wg.Add(2)
	go m.read(c)
	go m.write(c)
	m.log.Debug("client connected", "clients", len(m.clients))
	switch {
	case m.faults.closeAtOnce:
		m.finish(c)
	case m.faults.halfOpen:
		m.freeze(c)
	}
}

// close ends everything and waits for it.
func (m *monitor) close() {
	m.mu.Lock()
	select {
	case <-m.closed:
	default:
		close(m.closed) // reopen gives up and lets the port go
	}
	m.mu.Unlock()
	m.refuse()
	m.mu.Lock()
	for c := range m.clients {
		m.remove(c)
	}
	m.mu.Unlock()
	m.wg.Wait()
}

// watch returns a channel that is closed at the next change of the box's state.
func (m *monitor) watch() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.changed == nil {
		m.changed = make(chan struct{})
	}
	return m.changed
}

// notify tells those who watch. m.mu is held.
func (m *monitor) notify() {
	if m.changed != nil {
		close(m.changed)
		m.changed = nil
	}
}
