package broker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/mochi-mqtt/server/v2/packets"
)

// savedMessage is a message in the file.
type savedMessage struct {
	Topic   string `json:"t,omitempty"` // absent where the client has the message already
	Text    string `json:"m,omitempty"` // the payload, where it is one
	Payload []byte `json:"p,omitempty"` // where it is not, and in files of before
	QoS     byte   `json:"q,omitempty"`
	Retain  bool   `json:"r,omitempty"`
	Inside  bool   `json:"i,omitempty"`
	Expires int64  `json:"e,omitempty"` // Unix time
	Extra   *extra `json:"x,omitempty"`
}

// savedDelivery is what waits for a session, in the file.
type savedDelivery struct {
	savedMessage
	ID     uint16 `json:"id,omitempty"` // packet id, once it was sent
	As     byte   `json:"as,omitempty"` // QoS it is sent with
	Kept   bool   `json:"k,omitempty"`  // it is sent as a retained message
	Stage  stage  `json:"s,omitempty"`
	Filter []int  `json:"f,omitempty"` // subscription identifiers
}

// savedSession is a session in the file.
type savedSession struct {
	User     string        `json:"u,omitempty"`
	Keep     int64         `json:"k"`           // seconds
	Away     int64         `json:"a,omitempty"` // Unix time; 0 = it was connected
	Filters  []savedFilter `json:"f,omitempty"`
	Incoming []uint16      `json:"i,omitempty"`
}

type savedFilter struct {
	Name        string `json:"n"`
	QoS         byte   `json:"q,omitempty"`
	Foreign     bool   `json:"l,omitempty"`
	AsPublished bool   `json:"r,omitempty"`
	ID          int    `json:"i,omitempty"`
}

// record is the form of a value in the file.
func record(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil { // not reached: there is nothing in these types that JSON has no word for
		return nil
	}
	return sealed(text)
}

func saveMessage(m *message) savedMessage {
	r := savedMessage{Topic: m.topic, QoS: m.qos, Retain: m.retain, Inside: m.inside, Extra: m.extra}
	if utf8.Valid(m.payload) {
		r.Text = string(m.payload) // so that whoever looks into the file finds what is in it
	} else {
		r.Payload = m.payload
	}
	if !m.expires.IsZero() {
		r.Expires = m.expires.Unix()
	}
	return r
}

func (r *savedMessage) message() *message {
	payload := r.Payload
	if r.Text != "" {
		payload = []byte(r.Text)
	}
	m := &message{topic: r.Topic, payload: payload, qos: r.QoS, retain: r.Retain, inside: r.Inside, extra: r.Extra}
	if r.Expires != 0 {
		m.expires = time.Unix(r.Expires, 0)
	}
	return m
}

// queueKey orders what waits by session and number.
func queueKey(id string, n uint64) []byte {
	return binary.BigEndian.AppendUint64(queuePrefix(id), n)
}

// queuePrefix begins with the length, or the queue of "a" would be found below "ab".
func queuePrefix(id string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(id))), id...)
}

// save writes what has changed, until done; then once more.
func (r *router) save(done <-chan struct{}) {
	s := r.store
	defer s.close()
	for running := true; running; {
		select {
		case <-s.dirty:
		case answer := <-s.rewrites:
			s.due, s.asking = true, append(s.asking, answer)
		case <-done:
			running = false
		}
		changes := r.changes()
		for len(changes) > 0 {
			err := s.write(changes)
			if err == nil {
				s.succeeded()
				break
			}
			s.failed(err)
			if errors.Is(err, errDamaged) {
				s.setAside(err, "retained messages and sessions are in memory, and go into a new one")
			}
			s.asked()
			s.answer(err)
			if !running {
				return
			}
			pause(s.again, done)
			if s.db == nil { // a new file has to have all of it
				s.everything()
				changes = r.changes()
			}
			select {
			case <-done:
				running = false
			default:
			}
		}
		s.rewriteIfDue()
		if running {
			s.rest(done)
		}
	}
}

// everything makes the next changes a full copy.
func (s *store) everything() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = true
	s.wake()
}

// changes collects what the file does not have yet. It holds the locks only for as
// long as it takes to note what there is.
func (r *router) changes() []change {
	s := r.store
	r.mu.Lock()
	s.mu.Lock()
	all := s.all
	s.all = false
	s.mu.Unlock()
	if all {
		r.markAll()
	}
	s.mu.Lock()
	topics, parts, ended := s.topics, s.parts, s.ended
	s.forget()
	s.mu.Unlock()

	var changes []change
	if all {
		for _, b := range buckets {
			changes = append(changes, change{bucket: b, all: true})
		}
	}
	for id := range ended {
		changes = append(changes,
			change{bucket: bucketSessions, key: []byte(id)},
			change{bucket: bucketQueue, key: queuePrefix(id), all: true})
	}
	retained := make(map[string]*message, len(topics))
	for topic := range topics {
		retained[topic] = r.retained[topic]
	}
	records := make(map[*session]*savedSession, len(parts))
	for _, p := range parts {
		if saved := p.snapshot(); saved != nil {
			records[p], p.inFile = saved, true
		}
	}
	r.mu.Unlock()

	for topic, m := range retained {
		c := change{bucket: bucketRetained, key: []byte(topic)}
		if m != nil {
			c.value = record(saveMessage(m))
		}
		changes = append(changes, c)
	}
	for _, p := range parts {
		changes = p.changes(changes, records[p])
	}
	return changes
}

// markAll makes everything there is changed. A session's lock comes before that of
// the store.
func (r *router) markAll() {
	var parts []*session
	for _, p := range r.sessions {
		if p.forgetSaved() {
			parts = append(parts, p)
		}
	}
	s := r.store
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	s.parts = parts
	for topic := range r.retained {
		s.topics[topic] = struct{}{}
	}
}

// forgetSaved makes everything of a session unsaved, and reports whether it belongs
// in the file.
func (s *session) forgetSaved() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for d := s.queue.first; d != nil; d = d.behind {
		d.saved, d.stored = false, false
	}
	s.gone = nil
	s.changed, s.dirty = true, s.keep > 0
	return s.dirty
}

// snapshot is what the file has to know of a session beside its queue; nil = it
// knows it.
func (s *session) snapshot() *savedSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirty = false
	if !s.changed || s.ended {
		return nil
	}
	s.changed = false
	saved := &savedSession{User: s.user, Keep: int64(s.keep / time.Second)}
	if s.conn == nil {
		saved.Away = s.away.Unix()
	}
	for _, f := range s.subscriptions() {
		saved.Filters = append(saved.Filters, savedFilter{f.name, f.qos, f.foreign, f.asPublished, f.id})
	}
	for id := range s.incoming {
		saved.Incoming = append(saved.Incoming, id)
	}
	slices.Sort(saved.Incoming)
	return saved
}

// changes adds what the file does not have of a session.
func (s *session) changes(to []change, head *savedSession) []change {
	if head != nil {
		to = append(to, change{bucket: bucketSessions, key: []byte(s.id), value: record(head)})
	}
	var fresh []delivery
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return to
	}
	gone := s.gone
	s.gone = nil
	for d := s.queue.first; d != nil; d = d.behind {
		if !d.saved && d.qos > 0 {
			d.saved, d.stored = true, true
			fresh = append(fresh, *d)
		}
	}
	s.mu.Unlock()
	for _, n := range gone {
		to = append(to, change{bucket: bucketQueue, key: queueKey(s.id, n)})
	}
	for i := range fresh {
		d := &fresh[i]
		saved := savedDelivery{ID: d.id, As: d.qos, Kept: d.retain, Stage: d.stage, Filter: d.ids}
		if d.message != nil {
			saved.savedMessage = saveMessage(d.message)
		}
		to = append(to, change{bucket: bucketQueue, key: queueKey(s.id, d.number), value: record(saved)})
	}
	return to
}

// load takes over what the file holds. What of it is damaged is left out, and the
// file then set aside and written anew.
func (r *router) load() {
	now := time.Now()
	var failed error
	read := func(bucket []byte, fn func(key, value []byte) error) {
		err := r.store.read(bucket, func(k, v []byte) {
			if err := fn(k, v); err != nil {
				failed = errors.Join(errDamaged, err)
			}
		})
		failed = errors.Join(failed, err)
	}
	read(bucketRetained, func(_, v []byte) error {
		var saved savedMessage
		if err := json.Unmarshal(v, &saved); err != nil {
			return err
		}
		if m := saved.message(); m.topic != "" && !m.expired(now) {
			r.retain(m)
		}
		return nil
	})
	read(bucketSessions, func(k, v []byte) error {
		var saved savedSession
		if err := json.Unmarshal(v, &saved); err != nil {
			return err
		}
		r.loadSession(string(k), &saved, now)
		return nil
	})
	read(bucketQueue, func(k, v []byte) error {
		var saved savedDelivery
		if err := json.Unmarshal(v, &saved); err != nil {
			return err
		}
		if n := len(k) - 8; n > 2 {
			if s := r.sessions[string(k[2:n])]; s != nil {
				s.load(&saved, binary.BigEndian.Uint64(k[n:]))
			}
		}
		return nil
	})
	r.sayOffline()
	if failed != nil {
		so := "what can be read of it is kept"
		if len(r.retained)+len(r.sessions) == 0 {
			so = "nothing of it can be read: retained messages and sessions begin anew"
		}
		r.store.setAside(failed, so, "retained", len(r.retained), "sessions", len(r.sessions))
		if err := r.store.open(); err != nil {
			r.store.failed(err)
		}
		r.store.everything()
		return
	}
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	r.store.forget()
}

// sayOffline does what the last will of our own client would have: when the process
// dies, the broker that would publish it dies too. The client says "online" again.
func (r *router) sayOffline() {
	if m := r.retained[r.topics.availability()]; m != nil && m.inside {
		gone := *m
		gone.payload = []byte(offline)
		r.retain(&gone)
	}
}

func (r *router) loadSession(id string, saved *savedSession, now time.Time) {
	s := newSession(id, saved.User, r)
	s.inFile = true
	s.keep = min(time.Duration(saved.Keep)*time.Second, maxAway)
	if s.away = now; saved.Away != 0 {
		s.away = time.Unix(saved.Away, 0)
	}
	for _, id := range saved.Incoming {
		s.incoming[id] = struct{}{}
	}
	for _, f := range saved.Filters {
		r.add(newFilter(s, &packets.Subscription{
			Filter: f.Name, Qos: f.QoS, NoLocal: f.Foreign, RetainAsPublished: f.AsPublished, Identifier: f.ID,
		}))
	}
	r.sessions[id] = s
}

// load puts one delivery back. Those of a session come in the order of their
// numbers.
func (s *session) load(saved *savedDelivery, number uint64) {
	d := &delivery{id: saved.ID, qos: saved.As, retain: saved.Kept, stage: saved.Stage, ids: saved.Filter, saved: true, stored: true}
	if saved.Topic != "" {
		d.message = saved.message()
		d.size = d.message.size()
	} else if d.stage != released {
		return
	}
	s.queue.number = number - 1
	s.push(d)
	if d.id != 0 {
		s.ids[d.id] = d
		s.lastID = d.id
	}
}
