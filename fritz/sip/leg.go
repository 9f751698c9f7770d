package sip

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// onInvite serves a call from its INVITE to its end.
func (p *Phone) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	received := time.Now()
	e := p.endpoint.Load()
	if e == nil || p.o.Handler == nil {
		p.respond(req, tx, sip.StatusTemporarilyUnavailable, "Temporarily Unavailable")
		return
	}
	p.calls.mu.Lock()
	parent := p.calls.ctx
	if parent.Err() != nil {
		p.calls.mu.Unlock()
		p.respond(req, tx, sip.StatusTemporarilyUnavailable, "Temporarily Unavailable")
		return
	}
	p.calls.running.Add(1)
	p.calls.mu.Unlock()
	defer p.calls.running.Done()

	ua := sipgo.DialogUA{Client: e.client, ContactHDR: e.contact, RewriteContact: true}
	d, err := ua.ReadInvite(req, tx)
	if err != nil {
		p.respond(req, tx, sip.StatusBadRequest, "Bad Request")
		return
	}
	p.calls.mu.Lock()
	p.calls.dialogs[d.ID] = d
	p.calls.mu.Unlock()
	defer func() {
		p.calls.mu.Lock()
		delete(p.calls.dialogs, d.ID)
		p.calls.mu.Unlock()
	}()
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	defer context.AfterFunc(d.Context(), func() { cancel(ErrCancelled) })()

	res := Result{}
	d.Respond(sip.StatusTrying, "Trying", nil)   //nolint:errcheck // then the box repeats the INVITE
	d.Respond(sip.StatusRinging, "Ringing", nil) //nolint:errcheck // then it has been cancelled
	a := p.o.Handler(ctx, Invite{CallID: req.CallID().Value(), Caller: caller(req), Called: called(req),
		Name: req.From().DisplayName, Internal: strings.HasPrefix(req.From().Address.User, "*"), Received: received})
	p.answer(ctx, d, a, &res)
	res.Took = time.Since(received)
	if a.Done != nil {
		a.Done(res)
	}
}

// answer does what the Handler has decided.
func (p *Phone) answer(ctx context.Context, d *sipgo.DialogServerSession, a Answer, res *Result) {
	final := map[Method]int{Unavailable: 480, Hangup: 200, Busy: 486, Decline: 603, Unknown: 404, Announce: 200}[a.Method]
	if final == 0 {
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		if res.Err = context.Cause(ctx); d.Context().Err() == nil {
			d.Respond(480, "Temporarily Unavailable", nil) //nolint:errcheck // it has been cancelled
		}
		return
	}
	if final != 200 {
		if res.Err = d.Respond(final, "", nil); res.Err == nil {
			res.Status, res.Acknowledged = final, true
		}
		return
	}
	if res.Err = d.RespondSDP([]byte(silence(p.endpoint.Load()))); res.Err != nil {
		return
	}
	res.Status, res.Acknowledged = 200, true
	if a.Taken != nil {
		a.Taken()
	}
	if res.Err = d.Bye(ctx); res.Err == nil {
		res.Bye = 200
	}
}

// silence is an SDP answer without a voice.
func silence(e *endpoint) string {
	return fmt.Sprintf("v=0\r\no=- 0 0 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\na=inactive\r\n", e.contact.Address.Host)
}

func caller(req *sip.Request) string {
	switch user := req.From().Address.User; user {
	case "anonymous", "unknown", "restricted":
		return ""
	default:
		return user
	}
}

func called(req *sip.Request) string {
	h := req.GetHeader("P-Called-Party-ID")
	if h == nil {
		return ""
	}
	var uri sip.Uri
	if _, err := sip.ParseAddressValue(h.Value(), &uri, nil); err != nil {
		return ""
	}
	return uri.User
}
