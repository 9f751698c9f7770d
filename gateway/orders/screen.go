package orders

import (
	"context"

	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// maxScreens bounds how many numbers are judged by order at a time: each may wait some
// seconds for sources outside the house.
const maxScreens = 4

// screen prepares screen: the verdict about a number that does not call.
func (o *Orders) screen(j *job) work {
	return func(ctx context.Context, r *order.Result) {
		r.Data = o.Documents.Screening(o.Screen(ctx, j.Command.Argument))
	}
}

// carryOutBeside carries out a job beside all others, since it waits neither for the box
// nor for them. It ends with Run.
func (o *Orders) carryOutBeside(j *job) {
	o.mu.Lock()
	reason := refusal.Stopping
	if !o.stopping {
		select {
		case o.screens <- struct{}{}:
			reason = nil
			o.startTimeout(j)
			o.beside.Go(func() {
				defer func() { <-o.screens }()
				o.carryOut(o.besideContext, j)
			})
		default:
			reason = refusal.QueueFull
		}
	}
	o.mu.Unlock()
	if reason != nil {
		j.result.Refusal = reason
		o.finish(j, j.result)
	}
}
