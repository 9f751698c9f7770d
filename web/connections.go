package web

import (
	"net"
	"net/http"
	"slices"
	"sync"
)

// connections bound how many connections there are at a time. A new one takes the place of
// the oldest whose request has not come whole, so that slow clients do not keep others out.
type connections struct {
	net.Listener
	most int

	mu    sync.Mutex
	order []*connection // those open, oldest first
}

// connection is one of them.
type connection struct {
	net.Conn
	all    *connections
	served bool // a request is being answered; under the lock of all
}

// Accept waits for a connection, and closes those for which there is no room.
func (l *connections) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := l.admit(conn); c != nil {
			return c, nil
		}
		_ = conn.Close()
	}
}

// admit returns nil if there is no room: all others are being answered.
func (l *connections) admit(conn net.Conn) *connection {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.order) >= l.most {
		i := slices.IndexFunc(l.order, func(c *connection) bool { return !c.served })
		if i < 0 {
			return nil
		}
		_ = l.order[i].Conn.Close()
		l.order = slices.Delete(l.order, i, i+1)
	}
	c := &connection{Conn: conn, all: l}
	l.order = append(l.order, c)
	return c
}

// Close makes room.
func (c *connection) Close() error {
	l := c.all
	l.mu.Lock()
	if i := slices.Index(l.order, c); i >= 0 {
		l.order = slices.Delete(l.order, i, i+1)
	}
	l.mu.Unlock()
	return c.Conn.Close()
}

// connectionKey finds the connection in the context of a request.
type connectionKey struct{}

// answering notes that a request has come and is being answered.
func answering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, ok := r.Context().Value(connectionKey{}).(*connection)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		c.setServed(true)
		if r.ContentLength != 0 { // nothing takes a body, and nobody is to wait for its end
			w.Header().Set("Connection", "close")
			defer func() {
				_ = http.NewResponseController(w).Flush()
				c.setServed(false)
			}()
		}
		next.ServeHTTP(w, r)
	})
}

// noteState notes that an answer has been written.
func noteState(conn net.Conn, state http.ConnState) {
	if c, ok := conn.(*connection); ok && state == http.StateIdle {
		c.setServed(false)
	}
}

func (c *connection) setServed(is bool) {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	c.served = is
}
