package broker

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/callporter/callporter/mqtt/broker/limit"
)

// session is what the broker keeps for one client id: its subscriptions and what waits
// for it. It ends with the connection, or outlives it for some time [3.1.2.4].
type session struct {
	id, user string
	router   *router

	// Guarded by the lock of the router.
	filters    map[string]*filter
	wildcards  int // filters with wildcards
	awaySince  time.Time
	will       *message      // waits for its delay
	willAt     time.Time     // when it is published
	willExpiry time.Duration // of the will once it is published

	version byte         // of the protocol on conn
	bytes   atomic.Int64 // that wait, of the size of messages

	mu             sync.Mutex
	conn           *conn         // nil = the client is away
	expiry         time.Duration // how long it outlives the connection; 0 = not at all
	queue          deliveryList
	next           *delivery            // the first that was not sent on this connection
	inFlight       int                  // deliveries that were sent on it and are not confirmed
	receiveMaximum int                  // of inFlight
	ids            map[uint16]*delivery // by packet id
	lastID         uint16
	incoming       map[uint16]struct{} // QoS 2 messages of the client, until their PUBREL

	taken uint64        // bytes taken by the client so far
	room  chan struct{} // closed when there is room again; nil = nobody waits
}

func newSession(id, user string, r *router) *session {
	return &session{
		id: id, user: user, router: r,
		filters: map[string]*filter{}, ids: map[uint16]*delivery{}, incoming: map[uint16]struct{}{},
	}
}

// full reports whether a publisher has to wait before more is added.
func (s *session) full() bool {
	n := s.bytes.Load()
	return n > queueBytes || n > sharedBytes && s.router.bytes.Load() > totalBytes
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
}

// wait blocks a publisher until there is room in the queue, or the subscriber is away.
// A subscriber that takes too little meanwhile is disconnected.
func (s *session) wait(closed <-chan struct{}) {
	timeout := time.NewTimer(s.router.slowTime)
	defer timeout.Stop()
	s.mu.Lock()
	before := s.taken
	s.mu.Unlock()
	for {
		s.mu.Lock()
		if s.conn == nil || !s.full() {
			s.mu.Unlock()
			return
		}
		if s.room == nil {
			s.room = make(chan struct{})
		}
		c, room, taken := s.conn, s.room, s.taken
		s.mu.Unlock()
		select {
		case <-room:
		case <-closed:
			return
		case <-timeout.C:
			if taken-before < slowBytes {
				s.router.log.Warn("broker: client is too slow, connection closed", "client", s.id)
				s.router.refusals.Note(limit.Queue, c.RemoteAddr())
				c.kick(packets.ErrQuotaExceeded) // its end makes room
			}
			before = taken
			timeout.Reset(s.router.slowTime)
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
