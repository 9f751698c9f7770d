package broker

import (
	"maps"
	"slices"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	mqtttopic "github.com/callporter/callporter/mqtt/topic"
)

// retain keeps a message as the newest of its topic; an empty one clears it.
func (r *router) retain(m *message) {
	r.setRetained(m)
	r.store.touch()
}

// setRetained is retain without a note for the file.
func (r *router) setRetained(m *message) {
	if old, ok := r.retained[m.topic]; ok {
		r.uncount(old)
		delete(r.retained, m.topic)
	}
	if len(m.payload) > 0 {
		r.retained[m.topic] = m
		if !m.inside {
			r.others++
			r.othersBytes += m.size()
		}
		if !m.expires.IsZero() {
			r.expiring++
		}
	}
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
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Values(r.retained))
}

// mayRetain reports whether there is room for a retained message of others.
func (r *router) mayRetain(m *message) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(m.payload) == 0 {
		return true
	}
	n, bytes := r.others+1, r.othersBytes+m.size()
	if old, ok := r.retained[m.topic]; ok && !old.inside {
		n, bytes = n-1, bytes-old.size()
	}
	return n <= maxRetained && bytes <= maxRetainedBytes
}

// sendRetained gives a session the retained messages that match a filter [3.8.4]. A
// shared filter gets none.
func (r *router) sendRetained(s *session, a *packets.Subscription, added bool) {
	if a.RetainHandling == 2 || a.RetainHandling == 1 && !added {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f := s.filters[a.Filter]
	if f == nil || f.group != nil {
		return
	}
	var ids []int
	if f.id != 0 {
		ids = []int{f.id}
	}
	now := time.Now()
	send := func(m *message) {
		if !m.expired(now) {
			s.add(m, min(m.qos, f.qos), true, ids)
		}
	}
	if !wildcard(f.filter) {
		if m := r.retained[f.filter]; m != nil {
			send(m)
		}
		return
	}
	var topics []string
	for topic := range r.retained {
		if mqtttopic.Covers(f.filter, topic) && (topic[0] != '$' || f.filter[0] == '$') {
			topics = append(topics, topic)
		}
	}
	slices.Sort(topics)
	for _, topic := range topics {
		send(r.retained[topic])
	}
}
