package sip

import (
	"errors"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/callporter/callporter/fritz/sip/media"
)

// dialog is what a leg has beside its INVITE (RFC 3261 12). The mutex of the leg guards it.
type dialog struct {
	remoteSeq uint32 // CSeq of the last request of the box
	localSeq  uint32 // and of ours
	target    sip.Uri
	awaited   uint32      // CSeq of the INVITE whose ACK is awaited; 0 = none
	acks      chan []byte // takes the body of that ACK; holds one
	isHungUp  bool
	voice     *media.Session // nil = there is none
	session   sessionTimer
}

// await begins to wait for the ACK of an INVITE.
func (d *dialog) await(seq uint32) (acks <-chan []byte) {
	d.awaited, d.acks = seq, make(chan []byte, 1)
	return d.acks
}

// follows notes the CSeq of a request inside the dialog. One that is out of order is refused
// (RFC 3261 12.2.2).
func (l *leg) follows(req *sip.Request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if req.CSeq().SeqNo < l.remoteSeq {
		return false
	}
	l.remoteSeq = req.CSeq().SeqNo
	return true
}

// ack notes the ACK that is awaited.
func (l *leg) ack(req *sip.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.awaited == 0 || req.CSeq().SeqNo != l.awaited {
		return // a copy
	}
	l.awaited = 0
	if l.phase == phaseAnswered {
		l.phase = phaseConfirmed
	}
	l.acks <- req.Body()
}

// bye notes that the box hangs up.
func (l *leg) bye(req *sip.Request) {
	if l.cancel(causeOf(req)) { // it has not waited for our answer
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase == phaseAnswered || l.phase == phaseConfirmed {
		l.phase = phaseEnded
		l.end()
	}
}

// end makes the call end. l.mu is held.
func (l *leg) end() {
	if !l.isHungUp {
		l.isHungUp = true
		close(l.hungUp)
	}
}

// reinvite answers an INVITE inside the dialog.
func (l *leg) reinvite(req *sip.Request, tx sip.ServerTransaction) {
	res, acks := l.refresh(req)
	err := send(req, tx, res)
	if acks == nil {
		return
	}
	var body []byte
	ok := false
	if err == nil {
		body, ok = l.awaitACK(res, tx, acks)
	} else { // the box has cancelled it; what is stored to be repeated must be no 200
		tx.Respond(response(req, 487, "Request Terminated"))
	}
	if ok && offerOf(req) == nil {
		l.heard(body)
	}
	if !ok {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.awaited = 0
		if err == nil {
			l.end() // without an ACK the dialog is broken (RFC 3261 14.2)
		}
	}
}

// update answers an UPDATE (RFC 3311), which is a re-INVITE without ACK.
func (l *leg) update(req *sip.Request, tx sip.ServerTransaction) {
	res, _ := l.refresh(req)
	send(req, tx, res)
}

// refresh answers a re-INVITE or an UPDATE: the box refreshes the session, or moves its voice. The
// same offer has the same answer. acks is where the ACK comes; nil = none will.
func (l *leg) refresh(req *sip.Request) (res *sip.Response, acks <-chan []byte) {
	offer, invite := offerOf(req), req.Method == sip.INVITE
	timer, ok := readSessionTimer(req)
	l.mu.Lock()
	defer l.mu.Unlock()
	var body []byte
	switch negotiates := invite || offer != nil; {
	case l.phase == phaseFinal || l.phase == phaseEnded:
		return response(req, 481, "Call/Transaction Does Not Exist"), nil
	case !ok:
		return response(req, 422, "Session Interval Too Small", minSE()), nil
	case negotiates && l.phase == phaseRinging: // our answer to the first offer is not out
		return response(req, 500, "Server Internal Error", sip.NewHeader("Retry-After", "5")), nil
	case negotiates && l.awaited != 0:
		return response(req, 491, "Request Pending"), nil
	case negotiates && l.voice != nil && offer == nil:
		body = l.voice.SDP()
	case negotiates && l.voice != nil:
		var err error
		if body, err = l.voice.Offered(offer); err != nil {
			return response(req, 488, "Not Acceptable Here"), nil
		}
	}
	if h := req.Contact(); h != nil && h.Address.Host != "" {
		l.target = *h.Address.Clone()
	}
	l.session = timer
	select {
	case l.refreshed <- struct{}{}:
	default:
	}
	if invite {
		acks = l.await(req.CSeq().SeqNo)
	}
	return l.ok(req, body), acks
}

// ok is a 200 of the dialog, with our description of the voice. l.mu is held.
func (l *leg) ok(req *sip.Request, sdp []byte) *sip.Response {
	res := response(req, 200, "OK", l.session.headers()...)
	l.introduce(res)
	if sdp != nil {
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		res.SetBody(sdp)
	}
	return res
}

// introduce adds to a response who we are and what we can do.
func (l *leg) introduce(res *sip.Response) {
	res.AppendHeader(l.at.contact.Clone())
	res.AppendHeader(sip.NewHeader("Allow", allow))
	res.AppendHeader(sip.NewHeader("Supported", "timer"))
}

// request makes a request of ours inside the dialog. It goes to where the INVITE came from: the
// box, which is the only one we talk to, or its proxy. l.mu is held.
func (l *leg) request(method sip.RequestMethod) *sip.Request {
	target, routes := l.target, l.req.GetHeaders("Record-Route")
	var values []string
	for _, h := range routes {
		values = append(values, h.Value())
	}
	if first, ok := firstRoute(routes); ok && !first.UriParams.Has("lr") { // a strict router
		values = append(values[1:], "<"+target.String()+">")
		target = first
	}
	l.localSeq++
	req := sip.NewRequest(method, target)
	for _, v := range values {
		req.AppendHeader(sip.NewHeader("Route", v))
	}
	from, to := l.req.To().AsFrom(), l.req.From().AsTo()
	maxForwards := sip.MaxForwardsHeader(70)
	req.AppendHeader(&from)
	req.AppendHeader(&to)
	req.AppendHeader(sip.HeaderClone(l.req.CallID()))
	req.AppendHeader(&sip.CSeqHeader{SeqNo: l.localSeq, MethodName: method})
	req.AppendHeader(&maxForwards)
	req.SetBody(nil)
	req.SetTransport(l.req.Transport())
	req.SetDestination(l.req.Source())
	return req
}

func firstRoute(routes []sip.Header) (uri sip.Uri, ok bool) {
	if len(routes) == 0 {
		return uri, false
	}
	h, ok := routes[0].(*sip.RecordRouteHeader)
	if !ok {
		return uri, false
	}
	return h.Address, true
}

// openVoice opens the voice of the call. Where the offer is none that can be read, it describes
// our side as if there were no offer: the call can be ended all the same.
func (l *leg) openVoice() (*media.Session, error) {
	from, err := netip.ParseAddrPort(l.req.Source())
	if err != nil {
		return nil, err
	}
	own, err := netip.ParseAddr(strings.Trim(l.at.contact.Address.Host, "[]"))
	if err != nil { // a name
		own, _ = netip.ParseAddr(strings.Trim(l.at.client.Hostname(), "[]"))
	}
	o := media.Options{Box: from.Addr(), Address: own, Ports: l.calls.o.Voice, Offer: offerOf(l.req)}
	voice, err := media.Open(o)
	if err != nil && o.Offer != nil {
		var again error
		o.Offer = nil
		if voice, again = media.Open(o); again != nil {
			return nil, errors.Join(err, again)
		}
		return voice, nil
	}
	return voice, err
}

// heard takes the answer that an ACK carries to an offer of ours.
func (l *leg) heard(body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.voice == nil || len(body) == 0 {
		return
	}
	if err := l.voice.Answered(body); err != nil {
		l.calls.o.Log.Warn("the box has not answered our offer of voice", "error", err)
	}
}

// offerOf is the SDP of a request; nil = it has none.
func offerOf(req *sip.Request) []byte {
	h := req.ContentType()
	if h == nil || len(req.Body()) == 0 {
		return nil
	}
	kind, _, _ := strings.Cut(h.Value(), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/sdp") {
		return nil
	}
	return req.Body()
}
