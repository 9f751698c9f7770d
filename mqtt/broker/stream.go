package broker

import (
	"slices"
	"time"

	mqtttopic "github.com/callporter/callporter/mqtt/topic"
)

// stream is what is retained and a session has asked for. It goes into the queue in pieces,
// so that it takes no memory while it waits. In one pass over the topics each message is
// taken once, whichever filters match it.
type stream struct {
	asked  []*filter          // for a pass that has not begun
	wild   []*filter          // with wildcards, of this pass
	exact  map[string]*filter // without, by topic
	topics []string           // those of exact, sorted
	after  string             // the topic that this pass has dealt with last
}

// sendRetained begins to give a client what is retained for filters [3.8.4].
func (r *router) sendRetained(c *conn, wanted []*filter) {
	if len(wanted) == 0 {
		return
	}
	unlock := r.lockFor(c)
	s := c.session
	gone := func(f *filter) bool { return f.gone }
	s.stream.asked = append(slices.DeleteFunc(s.stream.asked, gone), wanted...)
	s.streaming.Store(true)
	unlock()
	r.refill(c)
}

// refill puts the next piece of the stream of a client into its queue, if there is room.
func (r *router) refill(c *conn) {
	s := c.session
	if !s.streaming.Load() || s.bytes.Load() >= streamBytes {
		return
	}
	if !r.streams.TryLock() {
		time.AfterFunc(streamPause, c.wakeUp)
		return
	}
	now := time.Now()
	rest := r.stream(c, now)
	if rest {
		c.wakeUp() // for the next piece
		time.AfterFunc(time.Since(now), r.streams.Unlock)
	} else {
		r.streams.Unlock()
	}
}

// stream puts a piece into the queue, and reports whether it has ended for the time it took.
func (r *router) stream(c *conn, now time.Time) (rest bool) {
	s := c.session
	defer r.lockFor(c)()
	for steps := 0; s.bytes.Load() < streamBytes; {
		if steps > streamSteps {
			return true
		}
		topic, ok := s.stream.next(r.topicList)
		if !ok {
			if s.stream.begin(); s.stream.empty() {
				s.streaming.Store(false)
				return false
			}
			continue
		}
		steps += 1 + len(s.stream.wild)
		if m := r.retained[topic]; m != nil && !m.expired(now) {
			if qos, ids, ok := s.stream.match(topic); ok {
				s.add(m, min(m.qos, qos), true, ids)
			}
		}
	}
	return false
}

// begin makes what was asked for the next pass.
func (t *stream) begin() {
	asked := t.asked
	*t = stream{}
	for _, f := range asked {
		switch {
		case f.gone:
		case wildcard(f.filter):
			t.wild = append(t.wild, f)
		default:
			if t.exact == nil {
				t.exact = map[string]*filter{}
			}
			t.exact[f.filter] = f
			t.topics = append(t.topics, f.filter)
		}
	}
	slices.Sort(t.topics)
}

func (t *stream) empty() bool { return len(t.wild) == 0 && len(t.exact) == 0 }

// next returns the next topic to look at, given all that are retained.
func (t *stream) next(all []string) (topic string, ok bool) {
	if t.empty() {
		return "", false
	}
	if len(t.wild) == 0 {
		all = t.topics
	}
	at, found := slices.BinarySearch(all, t.after)
	if found {
		at++
	}
	if at >= len(all) {
		return "", false
	}
	t.after = all[at]
	return t.after, true
}

// match tells with which QoS and identifiers a topic is sent, and whether it is.
func (t *stream) match(topic string) (qos byte, ids []int, ok bool) {
	take := func(f *filter) {
		qos, ok = max(qos, f.qos), true
		if f.id != 0 {
			ids = append(ids, f.id)
		}
	}
	if f := t.exact[topic]; f != nil && !f.gone {
		take(f)
	}
	for _, f := range t.wild {
		if !f.gone && mqtttopic.Covers(f.filter, topic) && (topic[0] != '$' || f.filter[0] == '$') {
			take(f)
		}
	}
	return qos, ids, ok
}
