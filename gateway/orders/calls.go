package orders

import (
	"context"
	"slices"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// resetMissed forgets the missed calls, in the journal too.
func (o *Orders) resetMissed(ctx context.Context) work {
	at := o.History.Reset(o.Calls.Clock(ctx))
	if o.Journal == nil {
		return nil
	}
	return func(ctx context.Context, _ *order.Result) {
		if err := o.Journal.ResetMissed(ctx, o.Box, at); err != nil {
			o.Log.Warn("missed calls will come back with the next start", "error", err)
			return
		}
		o.Recount(ctx)
	}
}

// reject finds the call to end. Without a softphone at the box there is no way to end it,
// so a call that rings is refused too, and says so.
func (o *Orders) reject(ctx context.Context, cmd order.Command, r *order.Result) {
	for _, c := range o.Calls.Active(ctx) {
		if cmd.Argument != "" && call.ID(cmd.Argument) != c.ID {
			continue
		}
		if c.Phase == call.Ringing {
			r.Call = c.ID
			r.Refusal = refusal.NoSoftphone
			return
		}
	}
	r.Refusal = refusal.NoRingingCall
	if cmd.Argument != "" {
		r.Refusal = refusal.NoSuchCall
	}
}

// lastCaller is the call that rings, or else the last one that rang; nil where its number
// was withheld, since nobody means the caller before.
func (o *Orders) lastCaller(ctx context.Context) *call.Call {
	for _, c := range slices.Backward(o.Calls.Active(ctx)) {
		if c.Direction == call.Incoming && c.Phase == call.Ringing {
			if c.Caller.Number.Withheld() {
				return nil // meant is who rings, not who rang before
			}
			return &c
		}
	}
	c := o.History.Caller()
	if c.Caller.Number.Withheld() {
		return nil
	}
	return &c
}

// forget has nothing that callporter keeps or has published hold a number any more. What
// the box itself keeps is the box's, and is named.
func (o *Orders) forget(j *job, r *order.Result) work {
	number := o.plan().Number(j.Command.Argument)
	switch {
	case number.Withheld() || number.E164 == "" && number.Kind != call.Internal && number.Kind != call.Short:
		r.Refusal = refusal.NoNumber
	case o.isOwn(number):
		r.Refusal = refusal.OwnNumber
	}
	if r.Refusal != nil {
		return nil
	}
	return func(ctx context.Context, r *order.Result) {
		done, refused := o.Forget(ctx, number)
		r.Refusal, r.Data = refused, data(done)
	}
}
