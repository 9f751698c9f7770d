package broker

import "time"

// delivery is one message on its way to one client.
type delivery struct {
	before, behind *delivery
	message        *message // nil = the client has it (released)
	size           int
	id             uint16 // packet id, 0 = not sent yet
	qos            byte
	retain         bool
	stage          stage
	flies          bool // it has gone out on this connection
	ids            []int
}

// stage is how far a delivery has come.
type stage uint8

const (
	waiting  stage = iota
	unheard        // sent, no PUBACK or PUBREC yet
	released       // PUBREC has come, PUBREL is sent, PUBCOMP has not
)

// line is a queue that lets one in the middle out.
type line struct {
	first, last *delivery
}

func (l *line) push(d *delivery) {
	if d.before = l.last; d.before == nil {
		l.first = d
	} else {
		d.before.behind = d
	}
	l.last = d
}

func (l *line) remove(d *delivery) {
	if d.before == nil {
		l.first = d.behind
	} else {
		d.before.behind = d.behind
	}
	if d.behind == nil {
		l.last = d.before
	} else {
		d.behind.before = d.before
	}
}

// add puts a message into the queue. A client that is away gets none with QoS 0, and
// where too much waits for it the oldest makes room.
func (s *session) add(m *message, qos byte, retain bool, ids []int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		if qos == 0 || s.keep == 0 {
			return
		}
		s.makeRoom()
	}
	s.push(&delivery{message: m, size: m.size(), qos: qos, retain: retain, ids: ids})
	if s.conn != nil {
		s.conn.wakeUp()
	}
}

func (s *session) push(d *delivery) {
	s.queue.push(d)
	if s.next == nil {
		s.next = d
	}
	s.count(d.size)
}

// count notes bytes that wait now, or with a minus no longer.
func (s *session) count(n int) {
	s.bytes.Add(int64(n))
	s.router.bytes.Add(int64(n))
	if n > 0 {
		return
	}
	s.drained += uint64(-n)
	if s.room != nil && s.bytes.Load() < queueBytes*3/4 {
		close(s.room)
		s.room = nil
	}
}

// makeRoom drops the oldest messages of a client that is away.
func (s *session) makeRoom() {
	for d := s.queue.first; d != nil && s.full(); d = d.behind {
		if d.stage == waiting {
			s.finish(d)
		}
	}
}

// finish takes a delivery out of the queue: it is done, or given up.
func (s *session) finish(d *delivery) {
	if d == s.next {
		s.next = d.behind
	}
	s.queue.remove(d)
	if d.flies {
		s.flying--
	}
	if d.id != 0 {
		delete(s.ids, d.id)
	}
	s.count(-d.size)
}

// take appends what may go out now on a connection.
func (s *session) take(c *conn, to []parcel) []parcel {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != c {
		return to
	}
	now, bytes := time.Now(), 0
	for s.next != nil && len(to) < cap(to) && bytes < batchBytes {
		d := s.next
		if d.stage == waiting && d.message.expired(now) {
			s.finish(d)
			continue
		}
		if d.qos > 0 && (s.flying >= s.atMost || d.id == 0 && !s.number(d)) {
			break
		}
		to = append(to, parcel{message: d.message, id: d.id, qos: d.qos, retain: d.retain, dup: d.stage == unheard, ids: d.ids})
		bytes += d.size
		if d.qos == 0 {
			s.finish(d)
			continue
		}
		if d.stage == waiting {
			d.stage = unheard
		}
		s.next, d.flies = d.behind, true
		s.flying++
	}
	return to
}

// number gives a delivery a packet id that is not in use.
func (s *session) number(d *delivery) bool {
	for range 2 * window {
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

// acknowledged ends the delivery with a packet id: PUBACK, PUBCOMP, or it cannot be
// sent.
func (s *session) acknowledged(id uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.ids[id]
	if d == nil {
		return
	}
	s.finish(d)
	if s.conn != nil && s.next != nil {
		s.conn.wakeUp() // there is a place for it
	}
}

// arrived notes that the client has a QoS 2 message: what follows is PUBREL, and the
// message is not needed any more. It reports whether there is one with that id.
func (s *session) arrived(id uint16) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.ids[id]
	if d == nil {
		return false
	}
	if d.stage == unheard {
		s.count(-d.size)
		d.message, d.size, d.stage = nil, 0, released
	}
	return true
}
