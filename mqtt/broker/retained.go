package broker

import (
	"maps"
	"slices"
	"time"
)

// retain keeps a message as the newest of its topic; an empty one clears it.
func (r *router) retain(m *message) {
	r.setRetained(m)
	r.store.touch()
}

// setRetained is retain without a note for the file.
func (r *router) setRetained(m *message) {
	old, had := r.retained[m.topic]
	switch {
	case len(m.payload) == 0:
		r.dropRetained(m.topic)
		return
	case had:
		r.uncount(old)
	default:
		at, _ := slices.BinarySearch(r.topicList, m.topic)
		r.topicList = slices.Insert(r.topicList, at, m.topic)
	}
	r.retained[m.topic] = m
	if !m.inside {
		r.others++
		r.othersBytes += m.size()
	}
	if !m.expires.IsZero() {
		r.expiring++
	}
}

// dropRetained takes away what a topic retains.
func (r *router) dropRetained(topic string) {
	m, had := r.retained[topic]
	if !had {
		return
	}
	r.uncount(m)
	delete(r.retained, topic)
	at, _ := slices.BinarySearch(r.topicList, topic)
	r.topicList = slices.Delete(r.topicList, at, at+1)
}

// uncount takes a retained message out of the counts.
func (r *router) uncount(m *message) {
	if !m.inside {
		r.others--
		r.othersBytes -= m.size()
	}
	if !m.expires.IsZero() {
		r.expiring--
	}
}

// load reads the file. Our own availability becomes "offline": when the process dies, the
// broker that would publish its last will dies too. The client says "online" again.
func (r *router) load() {
	now := time.Now()
	for _, m := range r.store.load() {
		if !m.expired(now) {
			r.setRetained(m)
		}
	}
	if m := r.retained[r.topics.availability()]; m != nil && m.inside {
		unavailable := *m
		unavailable.payload = []byte(offline)
		r.setRetained(&unavailable)
	}
}

// retainedMessages returns the messages for the file.
func (r *router) retainedMessages() []*message {
	r.lock()
	defer r.unlock()
	return slices.Collect(maps.Values(r.retained))
}

// mayRetain reports whether there is room for a retained message of others.
func (r *router) mayRetain(m *message) bool {
	r.lock()
	defer r.unlock()
	if len(m.payload) == 0 {
		return true
	}
	n, bytes := r.others+1, r.othersBytes+m.size()
	if old, ok := r.retained[m.topic]; ok && !old.inside {
		n, bytes = n-1, bytes-old.size()
	}
	return n <= maxRetained && bytes <= maxRetainedBytes
}
