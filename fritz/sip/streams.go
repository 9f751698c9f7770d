package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// streams are our TCP connections: those we have dialled and those the box has opened. For the
// library it is a listener, so all of them are read alike, and it need not know of TLS.
type streams struct {
	listener net.Listener // nil = we only dial
	peer     *peer
	dropped  func() // counts a connection of somebody else
	incoming chan *stream
	closed   chan struct{}
	stop     func() // ends everything, once
	wg       sync.WaitGroup

	mu   sync.Mutex
	open map[*stream]struct{}

	last *stream // that Accept has returned; only the library's goroutine uses it
}

// maxStreams bounds how many connections are open at once.
const maxStreams = 16

const (
	dialTimeout  = 10 * time.Second
	writeTimeout = 5 * time.Second
)

// streamKeepAlive finds within 75 s that the box has gone without closing the connection.
var streamKeepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 15 * time.Second, Count: 4}

func newStreams(l net.Listener, allowed *peer, dropped func()) *streams {
	s := &streams{listener: l, peer: allowed, dropped: dropped, incoming: make(chan *stream), closed: make(chan struct{}), open: make(map[*stream]struct{})}
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
func (s *streams) accept() {
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
func (s *streams) wrap(conn net.Conn, remote netip.AddrPort, gone func()) *stream {
	c := &stream{Conn: conn, remote: remote, registered: make(chan struct{}), end: make(chan struct{})}
	c.over = sync.OnceFunc(func() {
		close(c.end)
		s.mu.Lock()
		delete(s.open, c)
		s.mu.Unlock()
		gone()
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil || len(s.open) >= maxStreams {
		conn.Close()
		return nil
	}
	s.open[c] = struct{}{}
	return c
}

// pass gives a connection to the library; false if nobody takes it any more.
func (s *streams) pass(c *stream) bool {
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

// dial connects to the box. The connection is known to the library when it returns.
func (s *streams) dial(ctx context.Context, remote netip.AddrPort, config *tls.Config, gone func()) (*stream, error) {
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
func (s *streams) Accept() (net.Conn, error) {
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

// Close closes all connections.
func (s *streams) Close() error {
	s.stop()
	s.wg.Wait()
	return nil
}

// Addr is where the box can connect to; port 0 if we only dial.
func (s *streams) Addr() net.Addr {
	if s.listener != nil {
		return s.listener.Addr()
	}
	return &net.TCPAddr{}
}

// stream is a connection that tells of its end.
type stream struct {
	net.Conn
	remote     netip.AddrPort
	registered chan struct{} // closed when the library knows it
	end        chan struct{}
	over       func()
}

func (c *stream) ended() bool {
	select {
	case <-c.end:
		return true
	default:
		return false
	}
}

// Read reads, and notes the end.
func (c *stream) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil {
		c.over()
	}
	return n, err
}

// Write writes within a time, so that a box that reads nothing holds up nobody.
func (c *stream) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

// Close closes the connection.
func (c *stream) Close() error { c.over(); return c.Conn.Close() }
