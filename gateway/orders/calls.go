package orders

import (
	"context"
	"slices"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// resetMissed clears the missed calls, in the history and in the journal.
func (o *Orders) resetMissed() work {
	at := o.History.Reset(o.Calls.Clock())
	if o.Journal == nil {
		return nil
	}
	return func(ctx context.Context, r *order.Result) {
		if err := o.Journal.ResetMissed(ctx, o.Box, at); err != nil {
			o.Log.Warn("missed calls will come back with the next start", "error", err)
			r.Refusal = refusal.NotKept(call.Text{"the missed calls are reset", "die verpassten Anrufe sind zurückgesetzt"}, err)
			return
		}
		o.Recount(ctx)
	}
}

// ringing returns the call that rings and that an order means: the one of an id, or any.
func (o *Orders) ringing(id string) call.ID {
	for _, c := range o.Calls.Active() {
		if c.Phase == call.Ringing && (id == "" || call.ID(id) == c.ID) {
			return c.ID
		}
	}
	return ""
}

// lastCaller returns the ringing call, or else the last call that rang. It refuses one
// whose number is withheld: nobody means the caller before it.
func (o *Orders) lastCaller() (*call.Call, *order.Refusal) {
	for _, c := range slices.Backward(o.Calls.Active()) {
		if c.Direction == call.Incoming && c.Phase == call.Ringing {
			if c.Caller.Number.Withheld() {
				return nil, refusal.WithheldRings
			}
			return &c, nil
		}
	}
	switch c := o.History.Caller(); {
	case c.ID == "":
		return nil, refusal.NoCaller
	case c.Caller.Number.Withheld():
		return nil, refusal.WithheldCaller
	default:
		return &c, nil
	}
}

// forget removes a number from all that callporter keeps or has published. The box keeps
// its own data; the result names where the box still has the number.
func (o *Orders) forget(j *job, r *order.Result) work {
	number := o.plan().Number(j.Command.Argument)
	r.Refusal = NotForgettable(number, j.Command.Argument, o.Poller.Current(), o.Journal)
	if r.Refusal != nil {
		return nil
	}
	return func(ctx context.Context, r *order.Result) {
		result, refused := o.Forget(ctx, number)
		r.Refusal, r.Data = refused, data(result)
	}
}
