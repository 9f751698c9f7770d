package broker

import (
	"cmp"
	"context"
	"net"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/callporter/callporter/mqtt/broker/limit"
)

// claim gives a connection the session of its client id: an existing one or a new one.
// It first disconnects a client that uses the id [3.1.4-2] and waits until that
// connection has ended, so that its will is published before anything of the new one.
// Claims of one id run one after the other. Otherwise a client that was disconnected
// and is back at once would be disconnected a second time by the same claim.
func (r *router) claim(ctx context.Context, c *conn, id, user string) packets.Code {
	r.lock()
	for r.claims[id] != nil {
		earlier := r.claims[id]
		r.unlock()
		select {
		case <-earlier:
		case <-ctx.Done():
			return packets.ErrServerUnavailable
		case <-c.closed:
			return packets.ErrServerUnavailable
		}
		r.lock()
	}
	done := make(chan struct{})
	r.claims[id] = done
	r.unlock()
	defer func() {
		r.lock()
		delete(r.claims, id)
		r.unlock()
		close(done)
	}()

	r.lock()
	s := r.sessions[id]
	for s != nil && s.connected() {
		old := s.connection()
		// Nobody takes the id of another user, or ours, while it is in use.
		if !c.inside() && !old.closing() && (s.user != user || old.inside()) {
			r.unlock()
			return packets.ErrClientIdentifierNotValid
		}
		r.unlock()
		old.kick(packets.ErrSessionTakenOver)
		select {
		case <-old.ended:
		case <-ctx.Done():
			return packets.ErrServerUnavailable
		case <-c.closed:
			return packets.ErrServerUnavailable
		}
		r.lock()
		s = r.sessions[id]
	}
	var wills []*message
	if s != nil && (c.request.clean || s.user != user) {
		if s.will != nil { // the session it waited for ends here [MQTT-3.1.3-9]
			wills = append(wills, s.takeWill(time.Now()))
		}
		r.remove(s)
		s = nil
	}
	c.sessionPresent = s != nil
	if s == nil {
		s = newSession(id, user, r)
		s.inside = c.inside()
		r.sessions[id] = s
	}
	s.will = nil
	c.session = s
	s.attach(c)
	if s.expiryInterval() > 0 {
		r.limitSessions(c.RemoteAddr())
	}
	r.unlock()
	for _, m := range wills {
		r.publish(m, nil)
	}
	return packets.CodeSuccess
}

// leave ends a connection: it publishes the will, and keeps the session or ends it.
func (r *router) leave(c *conn) {
	s := c.session
	if s == nil {
		return // its CONNECT was not accepted
	}
	req := c.request
	expiry := s.expiryInterval()
	delay := min(req.willDelay, expiry)
	if req.will != nil && !c.noWill && delay == 0 {
		will := *req.will // others read its size
		will.expires = expiryTime(time.Now(), req.willExpiry)
		r.offer(c, &will)
	}
	r.lock()
	defer r.unlock()
	now := time.Now()
	s.awaySince = now
	if req.will != nil && !c.noWill && delay > 0 && c.rights.mayPublish(r.topics, req.will.topic) {
		s.will, s.willAt, s.willExpiry = req.will, now.Add(delay), req.willExpiry
	}
	if expiry == 0 {
		r.remove(s)
	}
	s.detach()
}

// setExpiry changes how long a session outlives its connection.
func (r *router) setExpiry(s *session, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expiry = d
}

// remove ends a session.
func (r *router) remove(s *session) {
	for _, f := range s.filters {
		r.drop(f)
	}
	delete(r.sessions, s.id)
	s.end()
}

// limitSessions ends sessions where there are too many: of the user with most of them, the
// one whose client has been away for longest.
func (r *router) limitSessions(from net.Addr) {
	for len(r.sessions) > maxSessions {
		of := map[string]int{}
		for _, s := range r.sessions {
			of[s.user]++
		}
		var oldest *session
		for _, s := range r.sessions {
			if !s.connected() && (oldest == nil || cmp.Or(cmp.Compare(of[oldest.user], of[s.user]), s.awaySince.Compare(oldest.awaySince)) < 0) {
				oldest = s
			}
		}
		if oldest == nil {
			return
		}
		r.refusals.Note(limit.Sessions, from)
		r.remove(oldest)
	}
}

// connections returns the connections of all sessions.
func (r *router) connections() []*conn {
	r.lock()
	defer r.unlock()
	var all []*conn
	for _, s := range r.sessions {
		if c := s.connection(); c != nil {
			all = append(all, c)
		}
	}
	return all
}

// publishWills publishes the wills that wait for their delay, since the broker ends.
func (r *router) publishWills() {
	r.lock()
	var wills []*message
	for _, s := range r.sessions {
		if s.will != nil {
			wills = append(wills, s.takeWill(time.Now()))
		}
	}
	r.unlock()
	for _, m := range wills {
		r.publish(m, nil)
	}
}

// willBytes is the size of all wills, of connected clients too.
func (r *router) willBytes() (n int) {
	r.lock()
	defer r.unlock()
	for _, s := range r.sessions {
		if s.will != nil {
			n += s.will.size()
		}
		if c := s.connection(); c != nil && c.request.will != nil {
			n += c.request.will.size()
		}
	}
	return n
}

func (s *session) connected() bool { return s.connection() != nil }

func (s *session) connection() *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn
}

// expiryInterval is how long the session outlives its connection.
func (s *session) expiryInterval() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.expiry
}

// takeWill returns the will that waits.
func (s *session) takeWill(now time.Time) *message {
	m := s.will
	s.will = nil
	m.expires = expiryTime(now, s.willExpiry)
	return m
}

// expiryTime is the end of something that lives for d from now. If d is 0, it has no
// end and expiryTime is zero.
func expiryTime(now time.Time, d time.Duration) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return now.Add(d)
}
