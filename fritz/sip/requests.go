package sip

import (
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// invite is the handler of INVITE. It returns when the call is over.
func (c *calls) invite(req *sip.Request, tx sip.ServerTransaction) {
	c.mu.Lock()
	l := c.legs[requestIDOf(req)]
	c.mu.Unlock()
	switch {
	case l != nil && toTag(req) == l.tag:
		if l.take(req, tx, c.o.Endpoint()) {
			c.begin(l)
		} // else it is a copy: its call is known, and may be over
	case l != nil && toTag(req) == "":
		send(req, tx, response(req, 482, "Loop Detected"))
	case toTag(req) == "":
		send(req, tx, response(req, 503, "Service Unavailable", sip.NewHeader("Retry-After", "5")))
	default:
		c.inDialog(req, tx, (*leg).reinvite)
	}
}

// begin runs a leg, unless its INVITE asks for what we cannot do.
func (c *calls) begin(l *leg) {
	defer time.AfterFunc(remember(), func() { c.forget(l) })
	if l.at == nil || !c.enter() {
		l.refuse(503, "Service Unavailable", nil, sip.NewHeader("Retry-After", "5"))
		return
	}
	defer c.leave()
	count(c.o.Count.invites)
	inv, ok := readInvite(l.req, l.received)
	session, longEnough := readSessionTimer(l.req)
	switch {
	case l.req.SipVersion != "SIP/2.0":
		l.refuse(505, "Version Not Supported", nil)
	case !ok:
		l.refuse(400, "Bad Request", nil)
	case len(unsupported(l.req)) > 0:
		l.refuse(420, "Bad Extension", nil, unsupportedHeader(l.req))
	case !longEnough:
		l.refuse(422, "Session Interval Too Small", nil, minSE())
	default:
		l.mu.Lock()
		l.session = session
		l.mu.Unlock()
		l.run(inv)
	}
}

// cancel is the handler of a CANCEL that the transaction layer has not matched: its INVITE is on
// the way to its handler, is over, or has not come.
func (c *calls) cancel(req *sip.Request, tx sip.ServerTransaction) {
	c.mu.Lock()
	l := c.legs[requestIDOf(req)]
	c.mu.Unlock()
	if l == nil || l.branch != branchOf(req) {
		send(req, tx, response(req, 481, "Call/Transaction Does Not Exist"))
		return
	}
	send(req, tx, response(req, 200, "OK"))
}

// causeOf is why a CANCEL or a BYE has come (RFC 3326).
func causeOf(req *sip.Request) error {
	for _, h := range req.GetHeaders("Reason") {
		if strings.Contains(strings.ReplaceAll(strings.ToLower(h.Value()), " ", ""), "cause=200") {
			return ErrElsewhere
		}
	}
	return ErrCancelled
}

// ack is the handler of an ACK for a 200. It counts already: see arrived.
func (c *calls) ack(*sip.Request, sip.ServerTransaction) {}

// bye is the handler of BYE. That of an unknown call is answered 200 as well, so that the box does
// not send it again.
func (c *calls) bye(req *sip.Request, tx sip.ServerTransaction) {
	if l := c.find(req); l != nil {
		if !l.follows(req) {
			send(req, tx, response(req, 500, "Server Internal Error"))
			return
		}
		l.bye(req)
	}
	send(req, tx, response(req, 200, "OK"))
}

// update, info and prack are the handlers of these methods.
func (c *calls) update(req *sip.Request, tx sip.ServerTransaction) {
	c.inDialog(req, tx, (*leg).update)
}

func (c *calls) info(req *sip.Request, tx sip.ServerTransaction) {
	c.inDialog(req, tx, func(_ *leg, req *sip.Request, tx sip.ServerTransaction) { send(req, tx, response(req, 200, "OK")) })
}

// prack finds nothing to acknowledge: our provisional responses are not reliable.
func (c *calls) prack(req *sip.Request, tx sip.ServerTransaction) {
	send(req, tx, response(req, 481, "Call/Transaction Does Not Exist"))
}

// find is the leg of a request inside a dialog; nil = there is none.
func (c *calls) find(req *sip.Request) *leg {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.dialogs[dialogIDOf(req)]
	if l == nil || !l.begun() {
		return nil
	}
	return l
}

// inDialog gives a request to its leg if the dialog is there and the request is in order.
func (c *calls) inDialog(req *sip.Request, tx sip.ServerTransaction, do func(*leg, *sip.Request, sip.ServerTransaction)) {
	switch l := c.find(req); {
	case l == nil:
		send(req, tx, response(req, 481, "Call/Transaction Does Not Exist"))
	case !l.follows(req):
		send(req, tx, response(req, 500, "Server Internal Error"))
	case len(unsupported(req)) > 0:
		send(req, tx, response(req, 420, "Bad Extension", unsupportedHeader(req)))
	default:
		do(l, req, tx)
	}
}

func unsupportedHeader(req *sip.Request) sip.Header {
	return sip.NewHeader("Unsupported", strings.Join(unsupported(req), ", "))
}

func response(req *sip.Request, status int, reason string, headers ...sip.Header) *sip.Response {
	res := sip.NewResponseFromRequest(req, status, reason, nil)
	for _, h := range headers {
		res.AppendHeader(h)
	}
	return res
}

// send answers a request outside of the life of a leg.
func send(req *sip.Request, tx sip.ServerTransaction, res *sip.Response) error {
	if err := tx.Respond(res); err != nil {
		return err
	}
	if req.Method == sip.INVITE && res.StatusCode >= 300 { // read its ACK, or it keeps a goroutine
		late := time.NewTimer(sip.T4)
		defer late.Stop()
		select {
		case <-tx.Acks():
		case <-tx.Done():
		case <-late.C:
		}
	}
	return nil
}
