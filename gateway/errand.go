package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// maxErrands bounds what waits for the clerk of one box.
const maxErrands = 16

// errand is an order that takes time, because it needs the box or the journal's
// file. The loop hands it to a clerk, who runs beside it.
type errand struct {
	order  incomingOrder
	result order.Result
	work   work
	late   *time.Timer
	begun  atomic.Bool
	told   bool // the result has gone out
}

// work carries an errand out and fills in what the result says. It runs beside the
// loop and must not touch what the loop owns; what it returns, unless nil, runs in
// the loop before the result goes out.
type work func(ctx context.Context, r *order.Result) (after func())

// soFar is what an errand has done when nobody waits for the rest any more.
type soFar struct{ now atomic.Pointer[stage] }

// stage is a part of an order that is done.
type stage struct {
	said call.Text
	data json.RawMessage
}

// cut is the result of an errand that has none yet, for the reason given.
func (e *errand) cut(why *order.Refusal) order.Result {
	r := e.result
	r.Refusal = why
	if s := e.order.soFar.now.Load(); s != nil {
		refused := *why
		refused.Message = call.Text{"%s; %s", "%s; %s"}.With(s.said, why.Message)
		r.Refusal, r.Data = &refused, s.data
	}
	return r
}

// clerk carries out errands, one after the other in the order in which they came:
// ON and then OFF is not the same as OFF and then ON. One clerk goes to the box,
// another one only to the journal, so that a silent box does not hold up what does
// not need it.
func (b *box) clerk(ctx context.Context, errands <-chan *errand) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-errands:
			e.begun.Store(true)
			result := e.result
			after := e.work(ctx, &result)
			b.post(ctx, func() {
				if after != nil {
					after()
				}
				b.tell(e, result)
			})
		}
	}
}

// clerkFor is where an errand goes: to the clerk of the journal if it does not need the
// box, unless one before it that does writes to the same lists.
func (b *box) clerkFor(cmd order.Command) chan *errand {
	switch cmd.Name {
	case "reset_missed":
		return b.memos
	case "block":
		if where, _ := b.where(cmd); where != config.BlockOwn {
			return b.errands
		}
	case "unblock", "allow":
		// Both look at the box too, as far as it is there.
		if b.access != nil && cmd.Args["where"] != config.BlockOwn.String() && !b.access.current.Load().down() {
			return b.errands
		}
		if where, _ := b.where(cmd); cmd.Name == "unblock" && where != config.BlockOwn {
			return b.errands
		}
	case "disallow":
	default:
		return b.errands
	}
	for e := range b.open {
		if n := e.order.command.Name; n == "undo" || n == "block" || n == "unblock" || n == "allow" || n == "disallow" {
			return b.errands
		}
	}
	return b.memos
}

// post has the loop run f, and waits for nothing but the loop's attention.
func (b *box) post(ctx context.Context, f func()) {
	select {
	case b.tasks <- f:
	case <-ctx.Done():
	}
}

// run hands an errand to the clerk. Its result goes out when it is done, at the
// latest after the time the contract gives; what comes of it then is found in the
// journal.
func (b *box) run(e *errand) {
	over := b.over
	e.late = time.AfterFunc(cmp.Or(e.order.patience, b.patience), func() {
		select {
		case b.tasks <- func() {
			b.tell(e, e.cut(refusal.Late))
		}:
		case <-over:
		}
	})
	clerk := b.clerkFor(e.order.command)
	b.open[e] = true
	select {
	case clerk <- e:
	default:
		e.result.Refusal = refusal.QueueFull
		b.tell(e, e.result)
	}
}

// tell sends the one result of an errand.
func (b *box) tell(e *errand, r order.Result) {
	e.late.Stop()
	delete(b.open, e)
	if !e.told {
		e.told = true
		b.answer(e.order, r)
	}
}

// dismiss sends the results of errands that nobody will see the end of, since the
// loop ends. What has begun may still happen at the box.
func (b *box) dismiss() {
	for e := range b.open {
		why := refusal.Stopping
		if e.begun.Load() {
			why = refusal.Late
		}
		b.tell(e, e.cut(why))
	}
}

// data writes what a result carries; what cannot be written is left out.
func data(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return text
}
