package mqtt

import "time"

// Limits of the event ring.
const (
	ringSize    = 1000             // events kept
	eventWindow = 512              // events sent and not yet confirmed
	maxEventAge = 30 * time.Second // after an outage nothing older is sent
	roomLevel   = ringSize * 3 / 4 // events left when callers that wait may go on
)

// firstEventID is the id of ring slot 0 among the messages in flight. A slot keeps
// its id until the broker confirmed it, so ids need no book-keeping.
const firstEventID = 1000

// event is one event that waits or is not confirmed yet.
type event struct {
	topic   string
	payload []byte
	at      time.Time // when it happened
	emitted time.Time // when it came in, for the latency histogram
	acked   bool
}

// events is a ring of events in order: first the sent ones, of which the broker
// may have confirmed some, then the waiting ones.
type events struct {
	slots [ringSize]event
	head  int // slot of the oldest
	n     int // events kept
	sent  int // of them sent on this connection
}

func (e *events) slot(i int) int { return (e.head + i) % ringSize }

func (e *events) full() bool { return e.n == ringSize }

func (e *events) push(x event) {
	e.slots[e.slot(e.n)] = x
	e.n++
}

// pop drops the oldest event.
func (e *events) pop() {
	e.slots[e.head] = event{}
	e.head = e.slot(1)
	e.n--
	e.sent = max(e.sent-1, 0)
}

// next returns the first waiting event and its id, nil if there is none or
// the window is full.
func (e *events) next() (*event, uint16) {
	for e.sent < min(e.n, eventWindow) {
		i := e.slot(e.sent)
		e.sent++
		if !e.slots[i].acked { // confirmed on an earlier connection, out of order
			return &e.slots[i], uint16(firstEventID + i)
		}
	}
	return nil, 0
}

// ack marks an event confirmed and drops the leading confirmed ones. It returns
// when the event came in; ok is false for an id that is not in flight.
func (e *events) ack(id uint16) (emitted time.Time, ok bool) {
	i := int(id) - firstEventID
	if i < 0 || i >= ringSize || (i-e.head+ringSize)%ringSize >= e.sent || e.slots[i].acked {
		return time.Time{}, false
	}
	emitted = e.slots[i].emitted
	e.slots[i].acked = true
	for e.sent > 0 && e.slots[e.head].acked {
		e.pop()
	}
	return emitted, true
}

// unsend makes all unconfirmed events wait again: the connection is gone.
func (e *events) unsend() { e.sent = 0 }

// expire drops the events that happened before t and were not confirmed, and
// counts them. Events are in order of time but for a clock that stepped, so only
// leading ones are looked at.
func (e *events) expire(t time.Time) (dropped int) {
	for e.n > 0 && (e.slots[e.head].acked || e.slots[e.head].at.Before(t)) {
		if !e.slots[e.head].acked {
			dropped++
		}
		e.pop()
	}
	return dropped
}
