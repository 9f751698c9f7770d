package sip

import (
	"strconv"
	"strings"
	"time"
)

// legState is how far a call at an IP phone is.
type legState uint8

const (
	inviting legState = iota // no response yet
	ringing                  // a provisional response has come
	up                       // answered
	leaving                  // BYE is sent and not answered
	over
)

func (s legState) String() string {
	return [...]string{"inviting", "ringing", "up", "leaving", "over"}[s]
}

// leg is a call of the box at one IP phone: the INVITE's transaction and, once it is answered,
// its dialog.
type leg struct {
	r         *Registrar
	call      *Call
	account   Account
	to        peer
	invite    *message
	state     legState
	cseq      int // of the last request of the box
	began     time.Time
	timer     *timer // next repetition of INVITE, or its end
	expires   *timer
	cancelled bool   // the box does not want it any more
	elsewhere bool   // because another phone has answered
	asked     bool   // CANCEL is sent
	granted   bool   // and answered
	target    string // Contact of the phone
	remote    string // To with its tag
	route     []string
	theirs    int // CSeq of the last request of the phone
	ack       *message
	again     *message // re-INVITE that waits for its answer
	audio     *audio
}

// active reports whether the phone rings or talks.
func (l *leg) active() bool { return l.state <= up && !(l.cancelled && l.state < up) }

// newLeg sends an INVITE. r.mu is held.
func (r *Registrar) newLeg(c *Call, b *binding) *leg {
	l := &leg{r: r, call: c, account: b.account, to: b.to, cseq: 14, began: time.Now()}
	host := r.host(b.to)
	from := "<sip:" + c.in.Caller + "@fritz.box>"
	if c.in.Caller == "" {
		from = withheld[r.set.Withheld]
	} else if c.in.Name != "" {
		from = strconv.Quote(c.in.Name) + " " + from
	}
	m := r.compose("INVITE", b.contact, from+";tag="+randomHex(8), "<"+b.contact+">", randomHex(8)+"@"+host, l.cseq, b.to)
	m.add("Contact", "<sip:"+randomHex(16)+"@"+r.hostPort(b.to)+contactTransport(b.to)+">")
	m.add("P-Called-Party-ID", "<sip:"+c.in.Called+"@fritz.box>")
	m.add("Expires", strconv.Itoa(int(r.set.Expires.Seconds())))
	m.add("Session-Expires", "600;refresher=uac")
	m.add("Min-SE", "90")
	m.add("User-Agent", r.opt.Agent)
	m.add("Supported", "100rel,replaces,timer")
	m.add("Allow-Events", "telephone-event,refer")
	m.add("Allow", allow)
	if r.set.Offer != "none" {
		m.add("Content-Type", "application/sdp")
	}
	m.add("Accept", "application/sdp, multipart/mixed")
	m.add("Accept-Encoding", "identity")
	l.offer(m, host)
	l.invite = m
	r.legs[m.get("Call-ID")] = l
	if r.set.Overtaken {
		l.cancelled = true
		l.cancel()
	}
	r.send(m, b.to)
	wait := r.set.T1
	if b.to.conn != nil {
		wait = 64 * r.set.T1
	}
	l.repeat(wait)
	l.expires = r.after(r.set.Expires, func() { r.locked(func() { l.end(false) }) })
	return l
}

func contactTransport(p peer) string {
	if p.conn != nil {
		return ";transport=tcp"
	}
	return ""
}

// repeat sends the INVITE again until a response comes (RFC 3261, 17.1.1.2).
func (l *leg) repeat(wait time.Duration) {
	l.timer = l.r.after(wait, func() {
		l.r.locked(func() {
			switch {
			case l.state != inviting:
			case time.Since(l.began) >= 64*l.r.set.T1:
				l.drop() // nobody is there
			default:
				l.r.send(l.invite, l.to)
				l.repeat(2 * wait)
			}
		})
	})
}

// drop forgets the leg without a word. r.mu is held.
func (l *leg) drop() {
	l.state = over
	l.timer.stop()
	l.expires.stop()
	l.audio.close()
	if l.invite != nil {
		delete(l.r.legs, l.invite.get("Call-ID"))
	}
}

// finish is drop, but repetitions of the phone are still answered for a while.
func (l *leg) finish() {
	l.state = over
	l.timer.stop()
	l.expires.stop()
	l.audio.close()
	l.timer = l.r.after(64*l.r.set.T1, func() { l.r.locked(l.drop) })
}

// end takes the call back: CANCEL while it rings, BYE while it is up. r.mu is held.
func (l *leg) end(elsewhere bool) {
	switch l.state {
	case inviting, ringing:
		l.cancelled, l.elsewhere = true, l.elsewhere || elsewhere
		if l.state == ringing || l.r.set.EarlyCancel {
			l.cancel()
		}
	case up:
		l.bye()
	}
}

// cancel sends CANCEL: the INVITE's branch, and its To without a tag.
func (l *leg) cancel() {
	if l.asked {
		return
	}
	l.asked = true
	m := &message{method: "CANCEL", uri: l.invite.uri}
	for _, name := range []string{"Via", "From", "To", "Call-ID"} {
		m.add(name, l.invite.get(name))
	}
	m.add("CSeq", strconv.Itoa(l.cseq)+" CANCEL")
	m.add("Max-Forwards", "70")
	if l.elsewhere && l.r.set.Reason {
		m.add("Reason", `SIP;cause=200;text="Call completed elsewhere"`)
	}
	l.r.ask(m, l.to, func(answer *message) {
		if answer != nil && answer.status != 200 && l.state != over {
			l.r.note("%d answers a CANCEL of a call that rings", answer.status)
		}
		if answer == nil || answer.status != 200 {
			l.lost()
			return
		}
		l.granted = true
		if l.state <= ringing { // the 487 has to follow
			l.timer.stop()
			l.timer = l.r.after(64*l.r.set.T1, func() { l.r.locked(l.lost) })
		}
	})
}

// lost gives up a cancelled call whose final response does not come.
func (l *leg) lost() {
	if l.state <= ringing {
		l.r.note("no 487 follows the CANCEL")
		l.drop()
	}
}

// dialogRequest makes a request inside the dialog.
func (l *leg) dialogRequest(method string) *message {
	l.cseq++
	m := l.r.compose(method, l.target, l.invite.get("From"), l.remote, l.invite.get("Call-ID"), l.cseq, l.to)
	for _, route := range l.route {
		m.add("Route", route)
	}
	m.add("User-Agent", l.r.opt.Agent)
	return m
}

// bye hangs up.
func (l *leg) bye() {
	l.state = leaving
	m := l.dialogRequest("BYE")
	m.add("X-RTP-Stat", l.audio.stat())
	l.audio.close()
	l.r.ask(m, l.to, func(answer *message) {
		if answer == nil {
			l.r.note("no answer to a BYE")
		}
		l.finish()
	})
}

// request handles what the phone asks inside the call. r.mu is held.
func (l *leg) request(m *message, from peer) []func() {
	r, fits := l.r, l.remote != "" && m.get("From") == l.remote && param(m.get("To"), "tag") == param(l.invite.get("From"), "tag")
	if !fits {
		r.note("%s has the wrong tags for its dialog", m)
		r.reply(m, from, 481, reasons[481])
		return nil
	}
	if uri := uriOf(l.invite.get("Contact")); m.uri != uri {
		r.note("%s goes to %q, the Contact of the box is %q", m, m.uri, uri)
	}
	n, _ := m.cseq()
	if n <= l.theirs {
		r.note("%s has CSeq %d after %d", m, n, l.theirs)
		r.reply(m, from, 500, reasons[500])
		return nil
	}
	l.theirs = n
	switch m.method {
	case "BYE":
		return l.hungUp(m, from)
	case "INVITE":
		r.reply(m, from, 488, "Not Acceptable Here")
	default:
		r.reply(m, from, 200, "OK")
	}
	return nil
}

// hungUp is a BYE of the phone.
func (l *leg) hungUp(m *message, from peer) []func() {
	n, _ := m.cseq()
	switch l.r.set.Bye {
	case "ignore":
		l.theirs = n - 1
		return nil
	case "481":
		l.r.reply(m, from, 481, reasons[481])
	default:
		l.r.reply(m, from, 200, "OK", field{"X-RTP-Stat", l.audio.stat()})
	}
	was := l.state
	l.finish()
	if was != up {
		return nil
	}
	l.call.rejected()
	return []func(){func() { l.call.in.Over(0) }}
}

// response handles a response to the INVITE. r.mu is held.
func (l *leg) response(m *message, from peer) []func() {
	r := l.r
	if n, _ := m.cseq(); n != 14 {
		return l.answeredAgain(m)
	}
	if m.get("Via") != l.invite.get("Via") || m.get("From") != l.invite.get("From") ||
		uriOf(m.get("To")) != uriOf(l.invite.get("To")) {
		r.note("%s does not copy Via, From and To of the request", m)
		return nil
	}
	if m.status > 100 && param(m.get("To"), "tag") == "" {
		r.note("%s has no To tag", m)
	}
	switch {
	case m.status < 200:
		if l.state != inviting {
			return nil
		}
		l.state = ringing
		l.timer.stop()
		if l.cancelled {
			l.cancel()
		}
		return nil
	case m.status < 300:
		return l.accepted(m)
	}
	l.ackFailure(m)
	if l.state > ringing {
		return nil
	}
	if l.granted && m.status != 487 {
		r.note("%s follows a 200 to CANCEL", m)
	}
	wanted := !l.cancelled
	l.finish()
	if wanted {
		return l.call.refused(m.status, time.Since(l.began) >= r.set.AppWake)
	}
	return nil
}

// ackFailure acknowledges a final response that is no 2xx: within the transaction.
func (l *leg) ackFailure(m *message) {
	ack := &message{method: "ACK", uri: l.invite.uri}
	for _, name := range []string{"Via", "From"} {
		ack.add(name, l.invite.get(name))
	}
	ack.add("To", m.get("To"))
	ack.add("Call-ID", l.invite.get("Call-ID"))
	ack.add("CSeq", strconv.Itoa(14)+" ACK")
	ack.add("Max-Forwards", "70")
	l.r.send(ack, l.to)
}

// accepted is a 2xx: the phone has answered.
func (l *leg) accepted(m *message) []func() {
	r := l.r
	if l.ack != nil { // repeated
		if m.get("To") != l.remote {
			r.note("a 200 comes again with another To tag")
		}
		r.send(l.ack, l.to)
		return nil
	}
	if l.state > ringing {
		r.note("%s follows another final response", m)
		return nil
	}
	l.timer.stop()
	l.expires.stop()
	l.remote, l.target = m.get("To"), uriOf(m.get("Contact"))
	if l.target == "" {
		r.note("%s has no Contact", m)
		l.target = l.invite.uri
	}
	for _, f := range m.fields {
		if strings.EqualFold(f.name, "Record-Route") {
			l.route = append([]string{f.value}, l.route...)
		}
	}
	l.state = up
	crossed := r.set.Cross && !l.cancelled
	if crossed {
		l.cancel()
	}
	l.ack = r.compose("ACK", l.target, l.invite.get("From"), l.remote, l.invite.get("Call-ID"), 14, l.to)
	for _, route := range l.route {
		l.ack.add("Route", route)
	}
	r.send(l.ack, l.to)
	if l.cancelled || crossed || l.call.taken {
		l.bye()
		if crossed {
			return []func(){func() { l.call.in.Over(0) }}
		}
		return nil
	}
	l.talk(m)
	l.call.silence()
	for _, other := range l.call.legs {
		if other != l {
			other.end(true)
		}
	}
	return []func(){func() {
		if !l.call.in.Taken(l.account.Extension) {
			r.locked(func() { l.end(false) })
		}
	}}
}
