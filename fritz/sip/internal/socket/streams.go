package socket

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Streams are our TCP connections: those we have dialled and those the box has opened. For the
// library it is a listener, so all of them are read alike, and it need not know of TLS.
type Streams struct {
	listener net.Listener // nil = we only dial
	peer     *Peer
	dropped  func() // counts a connection of somebody else
	incoming chan *Stream
	closed   chan struct{}
	stop     func() // ends everything, once
	wg       sync.WaitGroup

	mu   sync.Mutex
	open map[*Stream]struct{}

	last *Stream // that Accept has returned; only the library's goroutine uses it
}

// MaxStreams bounds how many connections are open at once.
const MaxStreams = 16

const (
	dialTimeout  = 10 * time.Second
	writeTimeout = 5 * time.Second
)

// streamKeepAlive finds within 75 s that the box has gone without closing the connection.
var streamKeepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 15 * time.Second, Count: 4}

// NewStreams serves a listener, nil = we only dial; dropped counts a connection of somebody else.
func NewStreams(l net.Listener, allowed *Peer, dropped func()) *Streams {
	s := &Streams{listener: l, peer: allowed, dropped: dropped, incoming: make(chan *Stream), closed: make(chan struct{}), open: make(map[*Stream]struct{})}
	s.stop = sync.OnceFunc(func() {
		close(s.closed)
		if s.listener != nil {
			s.listener.Close()
		}
		s.mu.Lock()
		open := s.open
		s.open = nil
		s.mu.Unlock()
		for conn := range open {
			conn.Close()
		}
	})
	if l != nil {
		s.wg.Go(s.accept)
	}
	return s
}

// accept takes the connections of the box, and closes those of all others unread.
func (s *Streams) accept() {
	for failures := 0; ; {
		conn, err := s.listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				s.stop()
				return
			}
			select {
			case <-s.closed:
			case <-time.After(10 * time.Millisecond << min(failures, 7)): // such as too many open files
				failures++
				continue
			}
			return
		}
		failures = 0
		from, ok := conn.RemoteAddr().(*net.TCPAddr)
		if !ok || !s.peer.is(from.AddrPort().Addr()) {
			conn.Close()
			s.dropped()
			continue
		}
		s.pass(s.wrap(conn, from.AddrPort(), func() {}))
	}
}

// wrap notes a connection; nil and closed if there are too many.
func (s *Streams) wrap(conn net.Conn, remote netip.AddrPort, gone func()) *Stream {
	c := &Stream{Conn: conn, Remote: remote, registered: make(chan struct{}), end: make(chan struct{})}
	c.over = sync.OnceFunc(func() {
		close(c.end)
		s.mu.Lock()
		delete(s.open, c)
		s.mu.Unlock()
		gone()
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil || len(s.open) >= MaxStreams {
		conn.Close()
		return nil
	}
	s.open[c] = struct{}{}
	return c
}

// pass gives a connection to the library; false if nobody takes it any more.
func (s *Streams) pass(c *Stream) bool {
	if c == nil {
		return false
	}
	select {
	case s.incoming <- c:
		return true
	case <-s.closed:
		c.Close()
		return false
	}
}

// Dial connects to the box. The connection is known to the library when it returns.
func (s *Streams) Dial(ctx context.Context, remote netip.AddrPort, config *tls.Config, gone func()) (*Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := (&net.Dialer{KeepAliveConfig: streamKeepAlive}).DialContext(ctx, "tcp", remote.String())
	if err != nil {
		return nil, err
	}
	if config != nil {
		secured := tls.Client(conn, config)
		if err := secured.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, err
		}
		conn = secured
	}
	c := s.wrap(conn, remote, gone)
	if !s.pass(c) {
		return nil, net.ErrClosed
	}
	select {
	case <-c.registered:
		return c, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

// Accept returns the next connection. The library asks for it when it has noted the one before.
func (s *Streams) Accept() (net.Conn, error) {
	if s.last != nil {
		close(s.last.registered)
		s.last = nil
	}
	select {
	case c := <-s.incoming:
		s.last = c
		return c, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

// Listens reports whether the box can connect to us.
func (s *Streams) Listens() bool { return s.listener != nil }

// Close closes all connections.
func (s *Streams) Close() error {
	s.stop()
	s.wg.Wait()
	return nil
}

// Addr is where the box can connect to; port 0 if we only dial.
func (s *Streams) Addr() net.Addr {
	if s.listener != nil {
		return s.listener.Addr()
	}
	return &net.TCPAddr{}
}

// Stream is a connection that tells of its end.
type Stream struct {
	net.Conn
	Remote     netip.AddrPort // of the box
	registered chan struct{}  // closed when the library knows it
	end        chan struct{}
	over       func()
}

// Ended reports whether the connection is gone.
func (c *Stream) Ended() bool {
	select {
	case <-c.end:
		return true
	default:
		return false
	}
}

// Read reads, and notes the end.
func (c *Stream) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil {
		c.over()
	}
	return n, err
}

// Write writes within a time, so that a box that reads nothing holds up nobody.
func (c *Stream) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

// Close closes the connection.
func (c *Stream) Close() error { c.over(); return c.Conn.Close() }
