package sip

import (
	"runtime/debug"
	"strings"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// allow are the methods we understand.
const allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, PRACK, NOTIFY"

// handle says who answers which request of the box.
func (t *transport) handle(s *sipgo.Server) {
	s.OnInvite(t.guard(t.calls.invite))
	s.OnAck(t.guard(t.calls.ack))
	s.OnBye(t.guard(t.calls.bye))
	s.OnCancel(t.guard(t.calls.cancel))
	s.OnUpdate(t.guard(t.calls.update))
	s.OnInfo(t.guard(t.calls.info))
	s.OnPrack(t.guard(t.calls.prack))
	s.OnOptions(t.guard(t.onOptions))
	s.OnNotify(t.guard(t.onNotify))
	s.OnNoRoute(t.guard(t.onUnknown))
}

// guard calls a handler only with a request that has what each request must have (RFC 3261
// 8.1.1), and survives the handler.
func (p *Phone) guard(h sipgo.RequestHandler) sipgo.RequestHandler {
	return func(req *sip.Request, tx sip.ServerTransaction) {
		defer func() {
			if fault := recover(); fault != nil {
				p.log.Error("sip request not handled", "method", knownMethod(req.Method), "fault", faultOf(fault), "stack", string(debug.Stack()))
				p.respond(req, tx, sip.StatusInternalServerError, "Server Internal Error")
			}
		}()
		if malformed(req) {
			p.respond(req, tx, sip.StatusBadRequest, "Bad Request")
			return
		}
		h(req, tx)
	}
}

// respond answers a request; an ACK has no answer.
func (p *Phone) respond(req *sip.Request, tx sip.ServerTransaction, code int, reason string, headers ...sip.Header) {
	if req.IsAck() {
		return
	}
	if err := send(req, tx, response(req, code, reason, headers...)); err != nil {
		p.log.Debug("sip request not answered", "method", knownMethod(req.Method), "status", code)
	}
}

// onOptions answers the box's question whether we are still there, inside and outside of a call.
// A phone that does not answer loses its registration.
func (p *Phone) onOptions(req *sip.Request, tx sip.ServerTransaction) {
	p.respond(req, tx, sip.StatusOK, "OK", sip.NewHeader("Allow", allow), sip.NewHeader("Accept", "application/sdp"))
}

// onNotify takes what the box tells without being asked, such as messages waiting.
func (p *Phone) onNotify(req *sip.Request, tx sip.ServerTransaction) {
	p.respond(req, tx, sip.StatusOK, "OK")
}

// onUnknown answers the methods that a phone does not have.
func (p *Phone) onUnknown(req *sip.Request, tx sip.ServerTransaction) {
	p.respond(req, tx, sip.StatusMethodNotAllowed, "Method Not Allowed", sip.NewHeader("Allow", allow))
}

// methods are those that may stand in a log or a metric: whatever else the box sends is "other".
var methods = map[sip.RequestMethod]string{}

func init() {
	for _, m := range strings.Fields("INVITE ACK CANCEL BYE OPTIONS UPDATE INFO NOTIFY MESSAGE SUBSCRIBE PUBLISH PRACK REFER REGISTER") {
		methods[sip.RequestMethod(m)] = m
	}
}

func knownMethod(m sip.RequestMethod) string {
	if name, ok := methods[m]; ok {
		return name
	}
	return "other"
}

// faultOf is a panic's text where it can hold nothing of the message.
func faultOf(fault any) string {
	if err, ok := fault.(interface {
		error
		RuntimeError()
	}); ok {
		return err.Error()
	}
	return "panic"
}
