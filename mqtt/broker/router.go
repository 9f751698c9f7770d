package broker

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/callporter/callporter/mqtt/broker/limit"

	mqtttopic "github.com/callporter/callporter/mqtt/topic"
)

// router delivers messages to subscribers. Its lock puts all messages in one order, so
// the retained message of a topic is the one that was delivered last.
type router struct {
	log      *slog.Logger
	refusals *limit.Refusals
	topics   ownTopics     // callporter's, for the rights of users
	store    *store        // nil = nothing is kept on disk
	slowTime time.Duration // for a slow subscriber, see slowBytes
	bytes    atomic.Int64  // that wait for all sessions

	// turn is held with mu for the work of any client but our own, which so waits for one of
	// them at most.
	turn sync.Mutex
	// streams is held for one piece of a stream, and then for as long again.
	streams sync.Mutex

	mu          sync.Mutex
	sessions    map[string]*session
	claims      map[string]chan struct{} // by client id, while a claim runs; closed at its end
	exact       map[string][]*filter     // filters without wildcards, by topic
	wildcards   []*filter
	filters     int
	filterBytes int               // of their names
	groups      map[string]*group // shared subscriptions, by name and filter
	targets     []target          // kept for its memory

	retained    map[string]*message
	topicList   []string // of retained, sorted
	others      int      // retained messages that are not our own client's
	othersBytes int
	expiring    int // retained messages that expire
}

// target is a session that gets the current message.
type target struct {
	session *session
	shared  bool
	qos     byte
	retain  bool // as it was published
	noLocal bool // only if somebody else published it
	ids     []int
}

func newRouter(log *slog.Logger, base string, refusals *limit.Refusals) *router {
	return &router{
		log: log, refusals: refusals, topics: ownTopics(base), slowTime: slowTime,
		sessions: map[string]*session{}, claims: map[string]chan struct{}{}, exact: map[string][]*filter{}, groups: map[string]*group{},
		retained: map[string]*message{},
	}
}

// offer publishes a message for a connection, if the connection may. The code is the
// reason if it may not.
func (r *router) offer(c *conn, m *message) (code packets.Code, deliveries int) {
	m.origin, m.inside = c.client.ID, c.inside()
	if !m.inside {
		if code := badTopic(m.topic); code != packets.CodeSuccess {
			if tooLong(m.topic) {
				r.refusals.Note(limit.Topic, c.RemoteAddr())
			}
			return code, 0
		}
		if !c.rights.mayPublish(r.topics, m.topic) {
			c.refused("publish", m.topic)
			return packets.ErrNotAuthorized, 0
		}
		if m.retain && !r.mayRetain(m) {
			r.refusals.Note(limit.Retained, c.RemoteAddr())
			return packets.ErrQuotaExceeded, 0
		}
		m.own()
	}
	deliveries = r.publish(m, c)
	if !m.inside && r.topics.command(m.topic) && len(m.payload) > maxCommand {
		r.refusals.Note(limit.Command, c.RemoteAddr())
		return packets.ErrQuotaExceeded, deliveries
	}
	return packets.CodeSuccess, deliveries
}

// lock locks the router for the work of any client but our own.
func (r *router) lock() {
	r.turn.Lock()
	r.mu.Lock()
}

func (r *router) unlock() {
	r.mu.Unlock()
	r.turn.Unlock()
}

// lockFor locks the router for the work of a connection, and returns what unlocks it.
func (r *router) lockFor(c *conn) (unlock func()) {
	if c != nil && c.inside() {
		r.mu.Lock()
		return r.mu.Unlock
	}
	r.lock()
	return r.unlock
}

// publish delivers a message, and returns to how many. If too much waits for a subscriber, a
// publisher waits, but not our own client, and none whose connection is closed: then the
// subscriber is given up.
func (r *router) publish(m *message, from *conn) (deliveries int) {
	size := m.size()
	var unlock func()
	for {
		unlock = r.lockFor(from)
		r.match(m.topic)
		slow := r.slow(size, from)
		if slow == nil {
			break
		}
		unlock()
		if slow == from.session { // it would wait for itself
			r.refusals.Note(limit.Queue, from.RemoteAddr())
			from.kick(packets.ErrQuotaExceeded)
			return 0
		}
		slow.wait(size, from.closed)
	}
	defer unlock()
	if m.retain {
		r.retain(m)
	}
	for i := range r.targets {
		t := &r.targets[i]
		if t.noLocal && t.session.id == m.origin { // [MQTT-3.8.3-3]
			continue
		}
		r.makeRoomFor(size)
		t.session.add(m.forSession(t.session), min(m.qos, t.qos), m.retain && t.retain, t.ids)
	}
	deliveries = len(r.targets)
	clear(r.targets)
	r.targets = r.targets[:0]
	return deliveries
}

// slow returns a target that has to be waited for; nil = there is none. If nobody can wait,
// targets are given up for which too much waits.
func (r *router) slow(size int, from *conn) *session {
	waits := from != nil && !from.inside() && !from.closing()
	var slow *session
	for i := range r.targets {
		switch s := r.targets[i].session; {
		case !s.full(size) || !s.connected():
		case waits:
			s.watch()
			slow = s
		case !s.inside && s.bytes.Load() > queueBytes:
			s.giveUp()
		}
	}
	return slow
}

// makeRoomFor has sessions lose what waits for them, as long as all together have no room
// for size bytes: first those that have taken nothing for longest.
func (r *router) makeRoomFor(size int) {
	for r.bytes.Load()+int64(size) > hardBytes {
		var stuck *session
		for _, s := range r.sessions {
			if !s.inside && s.bytes.Load() > sharedBytes && (stuck == nil || s.moved.Load() < stuck.moved.Load()) {
				stuck = s
			}
		}
		if stuck == nil {
			return
		}
		stuck.shed()
	}
}

// pending reports whether something still waits for a connected client.
func (r *router) pending() bool {
	r.lock()
	defer r.unlock()
	for _, s := range r.sessions {
		if s.bytes.Load() > 0 && s.connected() {
			return true
		}
	}
	return false
}

// match collects the targets of a message.
func (r *router) match(topic string) {
	r.targets = r.targets[:0]
	for _, f := range r.exact[topic] {
		r.addTarget(f)
	}
	for _, f := range r.wildcards {
		if mqtttopic.Covers(f.filter, topic) && (topic[0] != '$' || f.filter[0] == '$') { // [MQTT-4.7.2-1]
			r.addTarget(f)
		}
	}
}

// addTarget adds a filter that matches. A session with several gets the message once,
// with the highest QoS of them and all their identifiers [3.3.5-1].
func (r *router) addTarget(f *filter) {
	if f.group != nil {
		if f != f.group.members[0] {
			return // once for each group
		}
		f = f.group.choose()
	} else {
		for i := range r.targets {
			if t := &r.targets[i]; t.session == f.session && !t.shared {
				t.qos = max(t.qos, f.qos)
				t.retain = t.retain || f.retainAsPublished
				t.noLocal = t.noLocal && f.noLocal
				if f.id != 0 {
					t.ids = append(t.ids, f.id)
				}
				return
			}
		}
	}
	t := target{session: f.session, shared: f.group != nil, qos: f.qos, retain: f.retainAsPublished, noLocal: f.noLocal}
	if f.id != 0 {
		t.ids = []int{f.id}
	}
	r.targets = append(r.targets, t)
}

// tick ends what has expired. It is called once a second.
func (r *router) tick(now time.Time) {
	var wills []*message
	r.lock()
	for _, s := range r.sessions {
		if s.connected() {
			continue
		}
		ended := now.After(s.awaySince.Add(s.expiryInterval()))
		if s.will != nil && (ended || now.After(s.willAt)) {
			wills = append(wills, s.takeWill(now))
		}
		if ended {
			r.remove(s)
		}
	}
	if r.expiring > 0 {
		for topic, m := range r.retained {
			if m.expired(now) {
				r.dropRetained(topic)
				r.store.touch()
			}
		}
	}
	r.unlock()
	for _, m := range wills {
		r.publish(m, nil)
	}
}
