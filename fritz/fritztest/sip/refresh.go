package sip

import (
	"errors"
	"fmt"
)

// Refresh renews the session of an answered call, as the box does every 300 s: by re-INVITE or
// by UPDATE. answered gets the status of the phone's answer, 0 if none comes; it is called with
// the Registrar's lock held and must not call it.
func (c *Call) Refresh(method string, answered func(status int)) error {
	if method != "INVITE" && method != "UPDATE" {
		return fmt.Errorf("refresh session: %q is neither INVITE nor UPDATE", method)
	}
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	l := c.upLeg()
	if l == nil {
		return errors.New("refresh session: no IP phone has answered the call")
	}
	m := l.dialogRequest(method)
	m.add("Contact", l.invite.get("Contact"))
	m.add("Session-Expires", "600;refresher=uac")
	m.add("Supported", "100rel,replaces,timer")
	if method == "INVITE" {
		m.add("Content-Type", "application/sdp")
		m.body = l.invite.body
		l.again = m
	}
	l.r.ask(m, l.to, func(answer *message) {
		status := 0
		if answer == nil {
			l.r.note("no answer to a session refresh by %s", method)
		} else if status = answer.status; method == "INVITE" {
			l.ackAgain(m, answer)
		}
		if answered != nil {
			answered(status)
		}
	})
	return nil
}

// upLeg is the IP phone that has answered; nil if none has. r.mu is held.
func (c *Call) upLeg() *leg {
	if c != nil {
		for _, l := range c.legs {
			if l.state == up {
				return l
			}
		}
	}
	return nil
}

// answeredAgain handles a response to a re-INVITE; a repeated 200 is acknowledged again.
func (l *leg) answeredAgain(m *message) []func() {
	key := "INVITE " + param(m.get("Via"), "branch")
	q := l.r.asked[key]
	switch {
	case l.again == nil || m.get("CSeq") != l.again.get("CSeq"):
		l.r.note("%s answers no INVITE of the box", m)
	case q == nil && m.status >= 200:
		l.ackAgain(l.again, m)
	case q != nil && m.status < 200: // it is on its way: no more repetitions
		q.timer.stop()
		q.wait = q.left
		l.r.repeat(q)
	case q != nil:
		delete(l.r.asked, key)
		q.timer.stop()
		q.done(m)
	}
	return nil
}

// ackAgain acknowledges the final response to a re-INVITE.
func (l *leg) ackAgain(request, answer *message) {
	if l.state != up {
		return
	}
	n, _ := request.cseq()
	ack := l.r.compose("ACK", l.target, l.invite.get("From"), l.remote, l.invite.get("Call-ID"), n, l.to)
	if answer.status >= 300 {
		ack.set("Via", request.get("Via"))
	}
	for _, route := range l.route {
		ack.add("Route", route)
	}
	l.r.send(ack, l.to)
}
