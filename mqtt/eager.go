package mqtt

import (
	"errors"
	"net"
	"sync"
)

// maxBehind is how much the reader of an eager connection may leave unread, in
// bytes, before it counts as stuck.
const maxBehind = 16 << 20

var errBehind = errors.New("the reader is too far behind")

// eager is the broker's end of a pipe, whose Write never waits. A pipe has no
// buffer, unlike a socket. The broker holds a client's lock while it writes to
// it, and needs that lock to confirm what it has read: without a buffer broker
// and client can come to wait for each other.
type eager struct {
	net.Conn
	wake chan struct{}
	done chan struct{}

	mu      sync.Mutex
	waiting []byte
	err     error
	once    sync.Once
}

func newEager(conn net.Conn) *eager {
	e := &eager{Conn: conn, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go e.pass()
	return e
}

// Write takes all of p, or nothing if the connection has failed.
func (e *eager) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err == nil && len(e.waiting)+len(p) > maxBehind {
		e.err = errBehind
	}
	if e.err != nil {
		return 0, e.err
	}
	e.waiting = append(e.waiting, p...)
	select {
	case e.wake <- struct{}{}:
	default:
	}
	return len(p), nil
}

// pass hands on what was written, until the connection is closed.
func (e *eager) pass() {
	for {
		select {
		case <-e.wake:
		case <-e.done:
			return
		}
		e.mu.Lock()
		p := e.waiting
		e.waiting = nil
		e.mu.Unlock()
		if _, err := e.Conn.Write(p); err != nil {
			e.mu.Lock()
			if e.err == nil {
				e.err = err
			}
			e.mu.Unlock()
			e.Close()
			return
		}
	}
}

// Close drops what has not been read yet.
func (e *eager) Close() error {
	e.once.Do(func() { close(e.done) })
	return e.Conn.Close()
}
