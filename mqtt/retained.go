package mqtt

import (
	"bytes"
	"slices"
	"strings"
)

// Ids of retained messages in flight, and with that how many are sent and not yet
// confirmed. One topic has at most one: its next value waits for the
// confirmation, so a slow broker gets fewer values, not a queue of old ones.
const (
	firstStateID = 3000
	stateWindow  = 64
)

// slot is the newest value of one retained topic.
type slot struct {
	topic    string
	payload  []byte // empty = clear the topic
	dirty    bool   // not sent in this form yet
	queued   bool   // stands in the queue
	inFlight bool   // sent and not confirmed
}

// retained is the newest value of every topic and the queue of what to send.
type retained struct {
	byTopic map[string]*slot
	// Order of the first value, which is the order of a full send. Announcements
	// come before state, availability after it.
	announced, state []*slot
	availability     *slot
	queue            []*slot
	ids              [stateWindow]*slot
	inFlight         int
}

// set stores a value and reports whether there is something to send.
func (r *retained) set(topic string, payload []byte, announce bool) bool {
	s, ok := r.byTopic[topic]
	if !ok {
		s = &slot{topic: topic}
		r.byTopic[topic] = s
		if announce {
			r.announced = append(r.announced, s)
		} else {
			r.state = append(r.state, s)
		}
	} else if bytes.Equal(s.payload, payload) {
		return false // sent, or on its way
	}
	s.payload = payload
	r.push(s)
	return true
}

func (r *retained) push(s *slot) {
	s.dirty = true
	if !s.queued && !s.inFlight {
		s.queued = true
		r.queue = append(r.queue, s)
	}
}

// all puts every value into the queue, in the order of a birth.
func (r *retained) all() {
	for _, s := range r.announced {
		r.push(s)
	}
	for _, s := range r.state {
		r.push(s)
	}
	if r.availability != nil {
		r.push(r.availability)
	}
}

// below puts the state values whose topic has the prefix into the queue.
func (r *retained) below(prefix string) {
	for _, s := range r.state {
		if strings.HasPrefix(s.topic, prefix) {
			r.push(s)
		}
	}
}

// reset forgets what an earlier connection sent and queues everything.
func (r *retained) reset() {
	for _, s := range r.byTopic {
		s.queued, s.inFlight = false, false
	}
	if r.availability != nil {
		r.availability.queued, r.availability.inFlight = false, false
	}
	r.queue, r.ids, r.inFlight = nil, [stateWindow]*slot{}, 0
	r.all()
}

// next takes the next value to send and its id, nil if there is none or
// too many are unconfirmed.
func (r *retained) next() (*slot, uint16) {
	if len(r.queue) == 0 || r.inFlight == stateWindow {
		return nil, 0
	}
	s := r.queue[0]
	if r.queue = r.queue[1:]; len(r.queue) == 0 {
		r.queue = nil // or the array behind it would grow without end
	}
	s.queued, s.dirty, s.inFlight = false, false, true
	for i := range r.ids {
		if r.ids[i] == nil {
			r.ids[i] = s
			r.inFlight++
			return s, uint16(firstStateID + i)
		}
	}
	return nil, 0 // not reached: inFlight counts the ids
}

// ack notes a confirmation. A newer value is queued, a cleared topic forgotten.
// It reports whether the id was in flight.
func (r *retained) ack(id uint16) bool {
	i := int(id) - firstStateID
	if i < 0 || i >= stateWindow || r.ids[i] == nil {
		return false
	}
	s := r.ids[i]
	r.ids[i] = nil
	r.inFlight--
	s.inFlight = false
	switch {
	case s.dirty:
		r.push(s)
	case len(s.payload) == 0:
		r.forget(s)
	}
	return true
}

func (r *retained) forget(s *slot) {
	delete(r.byTopic, s.topic)
	is := func(other *slot) bool { return other == s }
	r.announced = slices.DeleteFunc(r.announced, is)
	r.state = slices.DeleteFunc(r.state, is)
}
