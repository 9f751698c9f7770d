package broker

import (
	"sync"
	"sync/atomic"
	"time"
)

// session is what the broker keeps for one client id: its subscriptions and what waits
// for it. It ends with the connection, or outlives it for some time [3.1.2.4].
type session struct {
	id, user string
	inside   bool // our own client's
	router   *router

	// Guarded by the lock of the router.
	filters    map[string]*filter
	wildcards  int // filters with wildcards
	awaySince  time.Time
	will       *message      // waits for its delay
	willAt     time.Time     // when it is published
	willExpiry time.Duration // of the will once it is published

	stream stream // what is retained and not in the queue yet

	version byte         // of the protocol on conn
	bytes   atomic.Int64 // that wait, of the size of messages
	// streaming is set while stream holds something.
	streaming atomic.Bool

	mu             sync.Mutex
	conn           *conn         // nil = the client is away
	expiry         time.Duration // how long it outlives the connection; 0 = not at all
	queue          deliveryList
	next           *delivery            // the first that was not sent on this connection
	writing        int                  // bytes of QoS 0 messages that are being written
	inFlight       int                  // deliveries that were sent on it and are not confirmed
	receiveMaximum int                  // of inFlight
	ids            map[uint16]*delivery // by packet id
	lastID         uint16
	incoming       map[uint16]struct{} // QoS 2 messages of the client, until their PUBREL

	taken        uint64       // bytes taken by the client so far
	watched      time.Time    // since when publishers wait for it; zero = none does
	watchedTaken uint64       // taken then
	moved        atomic.Int64 // when something was taken, or began to wait; Unix time in nanoseconds

	room chan struct{} // closed when there is room again; nil = nobody waits
}

func newSession(id, user string, r *router) *session {
	return &session{
		id: id, user: user, router: r,
		filters: map[string]*filter{}, ids: map[uint16]*delivery{}, incoming: map[uint16]struct{}{},
	}
}

// full reports whether a publisher has to wait before size bytes are added.
func (s *session) full(size int) bool {
	n := s.bytes.Load() + int64(size)
	return n > int64(size) && (n > queueBytes || n > sharedBytes && s.router.bytes.Load()+int64(size) > totalBytes)
}

// attach starts delivery on a connection: first what was not confirmed on an earlier
// one, in the old order [4.6].
func (s *session) attach(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn, s.version = c, c.client.Properties.ProtocolVersion
	s.expiry, s.receiveMaximum = c.request.expiry, c.request.receiveMaximum
	s.rewind()
}

// rewind marks everything that was sent on an earlier connection to be sent again.
func (s *session) rewind() {
	for d := s.queue.first; d != s.next && d != nil; d = d.next {
		d.inFlight = false
	}
	s.next, s.inFlight = s.queue.first, 0
}

// detach notes that the client is away. Messages of QoS 0 do not wait for it.
func (s *session) detach() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = nil
	s.count(-s.writing)
	s.writing = 0
	s.rewind()
	for d := s.queue.first; d != nil; d = d.next {
		if d.qos == 0 {
			s.finish(d)
		}
	}
	s.makeRoom()
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
}

// end drops everything.
func (s *session) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.queue.first != nil {
		s.finish(s.queue.first)
	}
	s.count(-s.writing)
	s.writing = 0
}

// watch begins to measure how much a client takes while publishers wait for it.
func (s *session) watch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beginWatch()
}

func (s *session) beginWatch() {
	if now := time.Now(); now.Sub(s.watched) > 2*s.router.slowTime {
		s.watched, s.watchedTaken = now, s.taken
	}
}

// wait blocks a publisher until there is room in the queue, or the subscriber is away.
// A subscriber that takes too little meanwhile is disconnected.
func (s *session) wait(size int, closed <-chan struct{}) {
	timeout := time.NewTimer(s.router.slowTime)
	defer timeout.Stop()
	for {
		s.mu.Lock()
		if s.conn == nil || s.conn.closing() || !s.full(size) {
			s.watched = time.Time{}
			s.mu.Unlock()
			return
		}
		s.beginWatch()
		if s.room == nil {
			s.room = make(chan struct{})
		}
		c, room, left := s.conn, s.room, time.Until(s.watched.Add(s.router.slowTime))
		if left <= 0 && s.taken-s.watchedTaken < slowBytes && !c.inside() {
			s.mu.Unlock()
			s.giveUp()
			continue
		}
		if left <= 0 {
			s.watched, s.watchedTaken, left = time.Now(), s.taken, s.router.slowTime
		}
		s.mu.Unlock()
		timeout.Reset(left)
		select {
		case <-room:
		case <-closed:
			return
		case <-timeout.C:
		}
	}
}

// receiving reports whether a QoS 2 message of the client is known already, and
// whether there are too many to take another.
func (s *session) receiving(id uint16) (known, full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known = s.incoming[id]
	return known, len(s.incoming) >= maxReceiving
}

// receive notes a QoS 2 message of the client until its PUBREL.
func (s *session) receive(id uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.incoming[id] = struct{}{}
}

// release forgets a QoS 2 message of the client, and reports whether it was known.
func (s *session) release(id uint16) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.incoming[id]
	delete(s.incoming, id)
	return known
}
