package sip

import (
	"context"
	"sync"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// calls are the calls that ring at our phone or are up.
type calls struct {
	mu      sync.Mutex
	ctx     context.Context // of the session; it ends when the phone stops
	dialogs map[string]*sipgo.DialogServerSession
	running sync.WaitGroup
}

// start begins a session: calls end with ctx.
func (c *calls) start(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ctx, c.dialogs = ctx, make(map[string]*sipgo.DialogServerSession)
}

// wait returns when all calls have ended.
func (c *calls) wait() { c.running.Wait() }

func (p *Phone) dialog(req *sip.Request) *sipgo.DialogServerSession {
	id, err := sip.DialogIDFromRequestUAS(req)
	if err != nil {
		return nil
	}
	p.calls.mu.Lock()
	defer p.calls.mu.Unlock()
	return p.calls.dialogs[id]
}

func (p *Phone) onAck(req *sip.Request, tx sip.ServerTransaction) {
	if d := p.dialog(req); d != nil {
		d.ReadAck(req, tx) //nolint:errcheck // an ACK of another CSeq is not ours
	}
}

func (p *Phone) onBye(req *sip.Request, tx sip.ServerTransaction) {
	if d := p.dialog(req); d != nil && d.ReadBye(req, tx) == nil {
		return
	}
	p.respond(req, tx, sip.StatusOK, "OK")
}

// onCancel answers a CANCEL of an INVITE that is not known. For all others the library does.
func (p *Phone) onCancel(req *sip.Request, tx sip.ServerTransaction) {
	p.respond(req, tx, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist")
}
