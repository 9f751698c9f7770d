package monitor

import (
	"context"
	"net"
	"time"
)

// segment is what goes out to a client in one write, or byte by byte.
type segment struct {
	pause time.Duration // before each write
	bytes []byte
	slow  bool          // one write for each byte
	mark  chan struct{} // if set, closed as soon as the segment is written
}

// client is one connection. Its fields are guarded by Monitor.mu. A client is
// served until one of three things happens: it is frozen (half open: never read
// or written again), finished (the box has sent its FIN and waits for the
// client's), or gone.
type client struct {
	conn   net.Conn
	queue  []segment
	queued int           // bytes in queue
	wake   chan struct{} // holds a token when the queue has grown
	ended  chan struct{} // closed when the client is not served any more
	frozen bool
	over   bool // finished or gone
}

func newClient(conn net.Conn) *client {
	return &client{
		conn:  conn,
		wake:  make(chan struct{}, 1),
		ended: make(chan struct{}),
	}
}

// served reports whether lines go to the client. m.mu is held.
func (c *client) served() bool { return !c.frozen && !c.over }

// queueTo adds segments to the queue of a client. A client that does not read
// 64 MiB is reset. m.mu is held.
func (m *Monitor) queueTo(c *client, segments []segment) {
	for _, s := range segments {
		c.queued += len(s.bytes)
	}
	if c.queued > maxQueued {
		m.dropped++
		m.log.Warn("client does not read, connection reset")
		m.abort(c)
		return
	}
	c.queue = append(c.queue, segments...)
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// next waits for the client's next segment; false means that it is not served
// any more.
func (m *Monitor) next(c *client) (segment, bool) {
	for {
		m.mu.Lock()
		if c.served() && len(c.queue) > 0 {
			s := c.queue[0]
			c.queue[0] = segment{} // let the bytes go
			c.queue = c.queue[1:]
			c.queued -= len(s.bytes)
			m.mu.Unlock()
			return s, true
		}
		m.mu.Unlock()
		select {
		case <-c.wake:
		case <-c.ended:
			return segment{}, false
		}
	}
}

// writeTo sends the client's segments one by one.
func (m *Monitor) writeTo(c *client) {
	defer m.wg.Done()
	for {
		s, ok := m.next(c)
		if !ok {
			return
		}
		for len(s.bytes) > 0 {
			n := len(s.bytes)
			if s.slow {
				n = 1
			}
			if !c.pause(s.pause) {
				return
			}
			if _, err := c.conn.Write(s.bytes[:n]); err != nil {
				m.hungUp(c)
				return
			}
			s.bytes = s.bytes[n:]
		}
		if s.mark != nil {
			close(s.mark)
		}
	}
}

// pause waits for d and reports whether the client is still served.
func (c *client) pause(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	select {
	case <-time.After(d):
		return true
	case <-c.ended:
		return false
	}
}

// readFrom drains what the client sends, which a call monitor ignores, until the
// client closes its side.
func (m *Monitor) readFrom(c *client) {
	defer m.wg.Done()
	buf := make([]byte, 512)
	for {
		_, err := c.conn.Read(buf)
		m.mu.Lock()
		frozen := c.frozen
		m.mu.Unlock()
		if frozen {
			return
		}
		if err != nil {
			m.hungUp(c)
			return
		}
	}
}

// hungUp removes a client whose connection has failed or ended; a frozen one
// stays, for its box does not know.
func (m *Monitor) hungUp(c *client) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !c.frozen {
		m.remove(c)
	}
}

// freeze stops reading and writing and keeps the connection. m.mu is held.
func (m *Monitor) freeze(c *client) {
	if !c.served() {
		return
	}
	c.frozen = true
	c.queue, c.queued = nil, 0
	close(c.ended)
	c.conn.SetDeadline(time.Unix(1, 0)) // ends a Read or Write that is under way
	m.opt.Changed()
}

// finish sends FIN and then waits for the client to close its side too; until
// then the connection counts as left open. m.mu is held.
func (m *Monitor) finish(c *client) {
	if !c.served() {
		return
	}
	half, ok := c.conn.(interface{ CloseWrite() error })
	if !ok {
		m.remove(c)
		return
	}
	c.over = true
	c.queue, c.queued = nil, 0
	close(c.ended)
	half.CloseWrite()
	m.opt.Changed()
}

// abort sends RST. m.mu is held.
func (m *Monitor) abort(c *client) {
	linger(c.conn)
	m.remove(c)
}

// remove closes the connection. m.mu is held.
func (m *Monitor) remove(c *client) {
	if _, ok := m.clients[c]; !ok {
		return
	}
	delete(m.clients, c)
	if c.served() {
		close(c.ended)
	}
	c.over = true
	c.queue, c.queued = nil, 0
	c.conn.Close()
	m.opt.Changed()
}

// reset closes a connection with RST where it is TCP.
func reset(conn net.Conn) {
	linger(conn)
	conn.Close()
}

func linger(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
}

// Flush waits until everything written so far has been handed to the kernel for
// every client that is being served. It returns ctx's error, or nil.
func (m *Monitor) Flush(ctx context.Context) error {
	type wait struct {
		c    *client
		mark chan struct{}
	}
	var waits []wait
	m.mu.Lock()
	for c := range m.clients {
		if c.served() {
			w := wait{c, make(chan struct{})}
			m.queueTo(c, []segment{{mark: w.mark}})
			waits = append(waits, w)
		}
	}
	m.mu.Unlock()
	for _, w := range waits {
		select {
		case <-w.mark:
		case <-w.c.ended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
