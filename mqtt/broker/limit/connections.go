package limit

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// MaxBeforeLogin is how many connections of one address there may be that have not
// logged in.
const MaxBeforeLogin = 50

// acceptRetry is the pause after an accept that failed.
const acceptRetry = 100 * time.Millisecond

// Connections count the connections of all ports that others can reach, from the first
// byte on. The library counts none before its CONNECT, and waits for that for ever.
type Connections struct {
	max, users  int
	connectTime time.Duration
	failed      *FailedLogins
	refusals    *Refusals

	mu          sync.Mutex
	open        map[*Conn]struct{}
	beforeLogin map[netip.Prefix]int // connections without a login
	byUser      map[string]int       // connections with one
	closed      bool
}

// NewConnections allows max connections at a time, of so many users that may log in. Each
// has connectTime for its CONNECT, TLS and WebSocket handshakes included.
func NewConnections(max, users int, connectTime time.Duration, failed *FailedLogins, refusals *Refusals) *Connections {
	return &Connections{
		max: max, users: users, connectTime: connectTime, failed: failed, refusals: refusals,
		open: make(map[*Conn]struct{}), beforeLogin: make(map[netip.Prefix]int), byUser: make(map[string]int),
	}
}

// Open returns how many connections there are, and from how many addresses come those
// that have not logged in.
func (l *Connections) Open() (connections, addressesBeforeLogin int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open), len(l.beforeLogin)
}

// Close refuses all connections from now on, and ends those that have not logged in.
func (l *Connections) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for c := range l.open {
		if !c.loggedIn.Load() {
			l.evict(c)
		}
	}
}

// evict closes a connection that has not logged in. l.mu is held.
func (l *Connections) evict(c *Conn) {
	l.notBeforeLogin(c.address)
	delete(l.open, c)
	close(c.evicted)
	c.Conn.Close()
}

// admit counts a connection. If there is no room, it closes the connection and returns
// nil.
func (l *Connections) admit(c net.Conn) *Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	address := network(c.RemoteAddr())
	limit := ""
	switch {
	case l.closed:
		c.Close()
		return nil
	case len(l.open) >= l.max:
		limit = Clients
	case l.beforeLogin[address] >= MaxBeforeLogin:
		limit = Logins
	}
	if limit != "" {
		l.refusals.Note(limit, c.RemoteAddr())
		if !l.makeRoom(limit == Logins, address) {
			c.Close()
			return nil
		}
	}
	limited := &Conn{
		Conn: c, limiter: l, address: address, suspect: l.failed.from(address),
		deadline: time.Now().Add(l.connectTime), evicted: make(chan struct{}),
	}
	l.beforeLogin[address]++
	_ = c.SetDeadline(limited.deadline)
	l.open[limited] = struct{}{}
	return limited
}

// makeRoom closes a connection that has no business: one whose login was refused or, for
// another address, whose own has sent a wrong password, or else the oldest without a CONNECT.
// It reports whether there was one. Otherwise such connections would lock out clients that
// know their password.
func (l *Connections) makeRoom(sameAddress bool, address netip.Prefix) bool {
	refused := func(c *Conn) bool { return c.failed.Load() || c.suspect && !sameAddress }
	var idle *Conn
	for c := range l.open {
		switch {
		case c.loggedIn.Load() || sameAddress && c.address != address || c.hasConnect.Load() && !refused(c):
		case idle == nil || refused(c) && !refused(idle):
			idle = c
		case refused(c) == refused(idle) && c.deadline.Before(idle.deadline):
			idle = c
		}
	}
	if idle == nil {
		return false
	}
	l.evict(idle)
	return true
}

// notBeforeLogin counts one connection less that has not logged in.
func (l *Connections) notBeforeLogin(address netip.Prefix) {
	if l.beforeLogin[address]--; l.beforeLogin[address] <= 0 {
		delete(l.beforeLogin, address)
	}
}

// Conn is a connection that counts until it is closed. Until its client has logged in,
// the layers above it (TLS, HTTP) cannot extend its deadline.
type Conn struct {
	net.Conn
	limiter    *Connections
	address    netip.Prefix
	suspect    bool      // which has sent a wrong password
	user       string    // once it has logged in
	deadline   time.Time // for the CONNECT
	evicted    chan struct{}
	hasConnect atomic.Bool
	failed     atomic.Bool // its login was refused
	loggedIn   atomic.Bool
}

// Below finds the limited connection below TLS and WebSocket; nil = there is none.
func Below(c net.Conn) *Conn {
	for {
		switch layer := c.(type) {
		case *Conn:
			return layer
		case interface{ NetConn() net.Conn }:
			c = layer.NetConn()
		default:
			return nil
		}
	}
}

// SetHasConnect notes that there was a CONNECT.
func (c *Conn) SetHasConnect() { c.hasConnect.Store(true) }

// SetFailed notes that the login is refused.
func (c *Conn) SetFailed() { c.failed.Store(true) }

// Evicted is closed when the connection had to make room for another, or the broker ends.
func (c *Conn) Evicted() <-chan struct{} { return c.evicted }

// SetLoggedIn notes that the password of a user was right. It reports whether that user may
// have one more connection.
func (c *Conn) SetLoggedIn(user string) bool {
	l := c.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, open := l.open[c]; !open {
		return false
	}
	if !l.roomFor(user) {
		c.failed.Store(true)
		l.refusals.Note(UserClients, c.RemoteAddr(), "user", user)
		return false
	}
	c.loggedIn.Store(true)
	c.user = user
	l.byUser[user]++
	l.notBeforeLogin(c.address)
	return true
}

// roomFor reports whether a user may have one more connection. Half of all are kept for the
// users in equal parts, the others are for who comes first.
func (l *Connections) roomFor(user string) bool {
	kept := l.max / 2 / max(l.users, 1)
	rest := l.max - kept*l.users
	for _, n := range l.byUser {
		rest -= max(n-kept, 0)
	}
	return l.byUser[user] < kept || rest > 0
}

// SetDeadline and SetReadDeadline set no later deadline than that for the CONNECT.
func (c *Conn) SetDeadline(t time.Time) error     { return c.Conn.SetDeadline(c.atMost(t)) }
func (c *Conn) SetReadDeadline(t time.Time) error { return c.Conn.SetReadDeadline(c.atMost(t)) }

func (c *Conn) atMost(t time.Time) time.Time {
	if !c.loggedIn.Load() && (t.IsZero() || t.After(c.deadline)) {
		return c.deadline
	}
	return t
}

// Close closes the connection, which then no longer counts.
func (c *Conn) Close() error {
	c.limiter.mu.Lock()
	switch _, open := c.limiter.open[c]; {
	case open && c.loggedIn.Load():
		if c.limiter.byUser[c.user]--; c.limiter.byUser[c.user] == 0 {
			delete(c.limiter.byUser, c.user)
		}
	case open:
		c.limiter.notBeforeLogin(c.address)
		if !c.hasConnect.Load() && !time.Now().Before(c.deadline) {
			c.limiter.refusals.Note(FirstPacket, c.RemoteAddr())
		}
	}
	delete(c.limiter.open, c)
	c.limiter.mu.Unlock()
	return c.Conn.Close()
}

// listener accepts connections that are limited.
type listener struct {
	net.Listener
	limiter *Connections
	done    chan struct{}
	once    sync.Once
}

// Listener returns a listener that accepts [Conn] as long as there is room. Its Accept
// fails only after Close: a lack of file descriptors passes.
func (l *Connections) Listener(below net.Listener) net.Listener {
	return &listener{Listener: below, limiter: l, done: make(chan struct{})}
}

func (l *listener) Accept() (net.Conn, error) {
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
		if limited := l.limiter.admit(c); limited != nil {
			return limited, nil
		}
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}
