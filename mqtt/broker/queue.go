package broker

import (
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/callporter/callporter/mqtt/broker/limit"
)

// delivery is one message on its way to one client.
type delivery struct {
	prev, next *delivery
	message    *message // nil = the client has it, stage is released
	size       int
	id         uint16 // packet id, 0 = not sent yet
	qos        byte
	retain     bool
	stage      stage
	inFlight   bool // sent on this connection
	ids        []int
}

// stage is how far a delivery has come.
type stage uint8

const (
	unsent      stage = iota
	unconfirmed       // sent, no PUBACK or PUBREC yet
	released          // PUBREC has come, PUBREL is sent, PUBCOMP has not
)

// deliveryList is a queue from which deliveries in the middle can be removed.
type deliveryList struct {
	first, last *delivery
}

func (l *deliveryList) push(d *delivery) {
	if d.prev = l.last; d.prev == nil {
		l.first = d
	} else {
		d.prev.next = d
	}
	l.last = d
}

func (l *deliveryList) remove(d *delivery) {
	if d.prev == nil {
		l.first = d.next
	} else {
		d.prev.next = d.next
	}
	if d.next == nil {
		l.last = d.prev
	} else {
		d.next.prev = d.prev
	}
}

// add puts a message into the queue. A client that is away gets none with QoS 0. If too
// much waits for it, the oldest messages are dropped.
func (s *session) add(m *message, qos byte, retain bool, ids []int) {
	size := m.size() + 8*len(ids)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil || s.conn.closing() {
		if qos == 0 || s.expiry == 0 {
			return
		}
		if s.makeRoom(); s.bytes.Load()+int64(size) > sharedBytes && s.router.bytes.Load()+int64(size) > totalBytes {
			return
		}
	}
	s.push(&delivery{message: m, size: size, qos: qos, retain: retain, ids: ids})
	if s.conn != nil {
		s.conn.wakeUp()
	}
}

func (s *session) push(d *delivery) {
	if s.queue.first == nil {
		s.moved.Store(time.Now().UnixNano())
	}
	s.queue.push(d)
	if s.next == nil {
		s.next = d
	}
	s.count(d.size)
}

// count adds to the bytes that wait; negative = they no longer do.
func (s *session) count(n int) {
	s.bytes.Add(int64(n))
	s.router.bytes.Add(int64(n))
	if n >= 0 {
		return
	}
	s.taken += uint64(-n)
	s.moved.Store(time.Now().UnixNano())
	if s.bytes.Load() <= sharedBytes {
		s.watched = time.Time{}
	}
	if s.room != nil && s.bytes.Load() < queueBytes*3/4 {
		close(s.room)
		s.room = nil
	}
}

// makeRoom drops the oldest messages of a client that is away.
func (s *session) makeRoom() {
	for d := s.queue.first; d != nil && s.full(0); d = d.next {
		if d.stage == unsent {
			s.finish(d)
		}
	}
}

// giveUp ends the connection of a client that does not take what waits for it.
func (s *session) giveUp() {
	if c := s.connection(); c != nil && !c.closing() {
		s.router.refusals.Note(limit.Queue, c.RemoteAddr())
		c.kick(packets.ErrQuotaExceeded)
	}
}

// shed is giveUp, and drops the oldest messages, whether they were sent or not. What is
// being written goes with the connection. After it no more than sharedBytes wait.
func (s *session) shed() {
	s.giveUp()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count(-s.writing)
	s.writing = 0
	for d := s.queue.first; d != nil && (s.expiry == 0 || s.bytes.Load() > sharedBytes); d = d.next {
		s.finish(d)
	}
}

// written notes that what take returned last has left.
func (s *session) written() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count(-s.writing)
	s.writing = 0
}

// forgetMessage lets go of a QoS 2 message that the client has. Its packet id is not free
// before PUBCOMP.
func (s *session) forgetMessage(d *delivery) {
	s.count(overhead - d.size)
	d.message, d.size, d.stage, d.ids = nil, overhead, released, nil
}

// finish takes a delivery out of the queue: it is done, or given up.
func (s *session) finish(d *delivery) {
	if d == s.next {
		s.next = d.next
	}
	s.queue.remove(d)
	if d.inFlight {
		s.inFlight--
	}
	if d.id != 0 {
		delete(s.ids, d.id)
	}
	s.count(-d.size)
}

// take appends what may be sent now on a connection.
func (s *session) take(c *conn, to []outgoing) []outgoing {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != c {
		return to
	}
	now, bytes := time.Now(), 0
	for s.next != nil && len(to) < cap(to) && bytes < maxBatchBytes {
		d := s.next
		if d.stage == unsent && d.message.expired(now) {
			s.finish(d)
			continue
		}
		if d.qos > 0 && (s.inFlight >= s.receiveMaximum || d.id == 0 && !s.assignID(d)) {
			break
		}
		to = append(to, outgoing{message: d.message, id: d.id, qos: d.qos, retain: d.retain, dup: d.stage == unconfirmed, ids: d.ids})
		bytes += d.size
		if d.qos == 0 {
			s.writing, d.size = s.writing+d.size, 0
			s.finish(d)
			continue
		}
		if d.stage == unsent {
			d.stage = unconfirmed
		}
		s.next, d.inFlight = d.next, true
		s.inFlight++
	}
	return to
}

// assignID gives a delivery a packet id that is not in use.
func (s *session) assignID(d *delivery) bool {
	for range 2 * maxInFlight {
		if s.lastID++; s.lastID == 0 {
			s.lastID = 1
		}
		if _, used := s.ids[s.lastID]; !used {
			d.id = s.lastID
			s.ids[d.id] = d
			return true
		}
	}
	return false
}

// acknowledged ends the delivery with a packet id, after PUBACK or PUBCOMP or because it
// cannot be sent. It reports whether there was one.
func (s *session) acknowledged(id uint16) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.ids[id]
	if d == nil {
		return false
	}
	s.finish(d)
	if s.conn != nil && (s.next != nil || s.streaming.Load()) {
		s.conn.wakeUp() // one more may be in flight
	}
	return true
}

// received notes a PUBREC: the client has the QoS 2 message, PUBREL follows, and the
// message is not needed any more. It reports whether there is one with that id.
func (s *session) received(id uint16) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.ids[id]
	if d == nil {
		return false
	}
	if d.stage == unconfirmed {
		s.forgetMessage(d)
	}
	return true
}
