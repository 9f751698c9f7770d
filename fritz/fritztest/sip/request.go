package sip

import (
	"net"
	"strconv"
	"time"
)

const allow = "INVITE,ACK,OPTIONS,CANCEL,BYE,UPDATE,PRACK,INFO,SUBSCRIBE,NOTIFY,REFER,MESSAGE,PUBLISH"

// reasons are the phrases of the statuses that a box may be told to answer.
var reasons = map[int]string{
	400: "Bad Request", 403: "Forbidden", 404: "Not Found", 408: "Request Timeout", 409: "Conflict", 423: "Interval Too Brief",
	481: "Call/Transaction Does Not Exist", 500: "Server Internal Error", 503: "Service Unavailable",
}

// request is a request of the box that waits for its response.
type request struct {
	message *message
	to      peer
	wait    time.Duration // to the next repetition
	left    time.Duration // until nothing more is waited for
	timer   *timer
	done    func(final *message) // with r.mu held; nil = no answer came
}

// host is the address at which a phone reaches the box.
func (r *Registrar) host(p peer) string {
	if p.conn != nil {
		if a, ok := p.conn.LocalAddr().(*net.TCPAddr); ok {
			return a.IP.String()
		}
	}
	if r.addr == nil {
		return "127.0.0.1"
	}
	if r.addr.IP.IsUnspecified() && p.udp != nil {
		if c, err := net.DialUDP("udp", nil, p.udp); err == nil { // asks the kernel for the route, sends nothing
			defer c.Close()
			return c.LocalAddr().(*net.UDPAddr).IP.String()
		}
	}
	return r.addr.IP.String()
}

// hostPort is host as it stands in Via and Contact; 5060 is left out, as by a box.
func (r *Registrar) hostPort(p peer) string {
	host := r.host(p)
	if r.addr != nil && r.addr.Port != 5060 {
		return net.JoinHostPort(host, strconv.Itoa(r.addr.Port))
	}
	if net.ParseIP(host).To4() == nil {
		return "[" + host + "]"
	}
	return host
}

// compose makes a request with the fields that every request has. r.mu is held.
func (r *Registrar) compose(method, uri, from, to, id string, cseq int, p peer) *message {
	m := &message{method: method, uri: uri}
	m.add("Via", "SIP/2.0/"+p.transport()+" "+r.hostPort(p)+";branch=z9hG4bK"+randomHex(8))
	m.add("From", from)
	m.add("To", to)
	m.add("Call-ID", id)
	m.add("CSeq", strconv.Itoa(cseq)+" "+method)
	m.add("Max-Forwards", "70")
	return m
}

// ask sends a request other than INVITE and repeats it until the final response (RFC 3261,
// 17.1.2), which done gets with r.mu held; nil if none comes. r.mu is held.
func (r *Registrar) ask(m *message, to peer, done func(*message)) {
	q := &request{message: m, to: to, wait: r.set.T1, left: 64 * r.set.T1, done: done}
	if to.conn != nil {
		q.wait = q.left
	}
	r.asked[m.method+" "+param(m.get("Via"), "branch")] = q
	r.send(m, to)
	r.repeat(q)
}

func (r *Registrar) repeat(q *request) {
	wait := min(q.wait, q.left)
	q.timer = r.after(wait, func() {
		r.locked(func() {
			key := q.message.method + " " + param(q.message.get("Via"), "branch")
			if r.asked[key] != q {
				return
			}
			if q.left -= wait; q.left <= 0 {
				delete(r.asked, key)
				q.done(nil)
				return
			}
			q.wait = min(2*q.wait, 8*r.set.T1)
			r.send(q.message, q.to)
			r.repeat(q)
		})
	})
}

// response gives a response to what waits for it. r.mu is held.
func (r *Registrar) response(m *message, from peer) []func() {
	_, method := m.cseq()
	if method == "INVITE" {
		if l := r.legs[m.get("Call-ID")]; l != nil {
			return l.response(m, from)
		}
		r.note("%s belongs to no call", m)
		return nil
	}
	key := method + " " + param(m.get("Via"), "branch")
	q := r.asked[key]
	if q == nil {
		return nil // repeated, or late
	}
	for _, name := range []string{"From", "Call-ID", "CSeq"} {
		if m.get(name) != q.message.get(name) {
			r.note("%s has another %s than the request", m, name)
		}
	}
	if m.status < 200 {
		return nil
	}
	delete(r.asked, key)
	q.timer.stop()
	q.done(m)
	return nil
}
