package broker

import (
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// claim gives a connection the session of its client id: the one there is, or a new
// one. Whoever is connected with it is sent away first [3.1.4-2], and claim waits
// until nothing of that connection is left: its will comes before anything of the
// new one. Claims of one id come one after the other: who is sent away may be back
// before the one who came first has its session, and would be sent away by it again.
func (r *router) claim(c *conn, id, user string) packets.Code {
	r.mu.Lock()
	for r.claims[id] != nil {
		before := r.claims[id]
		r.mu.Unlock()
		select {
		case <-before:
		case <-c.gone:
			return packets.ErrServerUnavailable
		}
		r.mu.Lock()
	}
	over := make(chan struct{})
	r.claims[id] = over
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.claims, id)
		r.mu.Unlock()
		close(over)
	}()

	r.mu.Lock()
	s := r.sessions[id]
	for s != nil && s.connected() {
		old := s.connection()
		// Nobody takes the id of another user, or ours, while it is in use.
		if !c.inside() && !old.closing() && (s.user != user || old.inside()) {
			r.mu.Unlock()
			return packets.ErrClientIdentifierNotValid
		}
		r.mu.Unlock()
		old.kick(packets.ErrSessionTakenOver)
		select {
		case <-old.left:
		case <-c.gone:
			return packets.ErrServerUnavailable
		}
		r.mu.Lock()
		s = r.sessions[id]
	}
	var wills []*message
	if s != nil && (c.hello.clean || s.user != user) {
		if s.will != nil { // the session it waited for ends here [MQTT-3.1.3-9]
			wills = append(wills, s.takeWill(time.Now()))
		}
		r.remove(s)
		s = nil
	}
	c.present = s != nil
	if s == nil {
		s = newSession(id, user, r)
		r.sessions[id] = s
	}
	s.will = nil
	c.session = s
	s.attach(c)
	if s.kept() > 0 {
		r.limitAway()
	}
	r.mu.Unlock()
	for _, m := range wills {
		r.publish(m, nil)
	}
	return packets.CodeSuccess
}

// leave ends what a connection was: its will is published, and the session is away
// or ends.
func (r *router) leave(c *conn) {
	s := c.session
	if s == nil {
		return // it never came in
	}
	h := c.hello
	keep := s.kept()
	later := min(h.delay, keep)
	if h.will != nil && !c.goodbye && later == 0 {
		h.will.expires = expiry(time.Now(), h.lasting)
		r.offer(c, h.will)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	s.away = now
	if h.will != nil && !c.goodbye && later > 0 && c.rights.mayPublish(r.topics, h.will.topic) {
		s.will, s.willAt, s.lasting = h.will, now.Add(later), h.lasting
	}
	if keep == 0 {
		r.remove(s)
	}
	s.detach()
}

// keep changes how long a session outlives its connection.
func (r *router) keep(s *session, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep = d
}

// remove ends a session.
func (r *router) remove(s *session) {
	for _, f := range s.filters {
		r.drop(f)
	}
	delete(r.sessions, s.id)
	s.end()
}

// limitAway ends the sessions that have been away for longest where there are too
// many.
func (r *router) limitAway() {
	for len(r.sessions) > maxSessions {
		var oldest *session
		for _, s := range r.sessions {
			if !s.connected() && (oldest == nil || s.away.Before(oldest.away)) {
				oldest = s
			}
		}
		if oldest == nil {
			return
		}
		r.log.Warn("broker: too many sessions, the one unused for longest ends", "client", oldest.id)
		r.remove(oldest)
	}
}

// connections are those of all sessions.
func (r *router) connections() []*conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*conn
	for _, s := range r.sessions {
		if c := s.connection(); c != nil {
			all = append(all, c)
		}
	}
	return all
}

// publishWills publishes the wills that wait: the broker ends, and nobody will.
func (r *router) publishWills() {
	r.mu.Lock()
	var wills []*message
	for _, s := range r.sessions {
		if s.will != nil {
			wills = append(wills, s.takeWill(time.Now()))
		}
	}
	r.mu.Unlock()
	for _, m := range wills {
		r.publish(m, nil)
	}
}

func (s *session) connected() bool { return s.connection() != nil }

func (s *session) connection() *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn
}

// kept is how long the session outlives its connection.
func (s *session) kept() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keep
}

// takeWill returns the will that waits.
func (s *session) takeWill(now time.Time) *message {
	m := s.will
	s.will = nil
	m.expires = expiry(now, s.lasting)
	return m
}

// expiry is the end of something that lives for d from now; zero is no end.
func expiry(now time.Time, d time.Duration) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return now.Add(d)
}
