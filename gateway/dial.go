package gateway

import (
	"context"
	"slices"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// Limits of dialling, those of the contract.
const (
	dialsAnHour = 6
	dialBegins  = 15 * time.Second // until the box tells of the call it was asked for
)

// dial has the box's dialling aid call a number. It costs money and disturbs
// people, so it is off unless switched on, and bounded then.
func (b *box) dial(o incomingOrder, r *order.Result) work {
	number := b.plan.Dialled(o.command.Args["number"])
	now := b.now()
	b.dialTimes = slices.DeleteFunc(b.dialTimes, func(at time.Time) bool { return now.Sub(at) >= time.Hour })
	switch {
	case !b.commands.Dial:
		r.Refusal = refusal.DialOff
	case b.access == nil:
		r.Refusal = refusal.NoAccess
	case !b.mayDial(number):
		r.Refusal = refusal.NotDialled
	case len(b.dialTimes) >= dialsAnHour:
		r.Refusal = refusal.DialledOften
	case b.dials(now):
		r.Refusal = refusal.Dialling
	}
	if r.Refusal != nil {
		return nil
	}
	b.dialTimes, b.dialAt = append(b.dialTimes, now), now
	w, phone, shown := b.writer(o), o.command.Args["phone"], b.dialled(number)
	return func(ctx context.Context, r *order.Result) func() {
		changes, err := b.access.client.Dial(ctx, phone, shown)
		b.report(ctx, r, w, number.Full(), changes, err)
		if r.Refusal == nil || r.Refusal.Code == order.CodeFailed || r.Refusal.Code == order.CodeTimeout {
			return nil // it may ring, even where no answer came
		}
		return func() {
			b.dialAt = time.Time{}
			if i := slices.IndexFunc(b.dialTimes, now.Equal); i >= 0 {
				b.dialTimes = slices.Delete(b.dialTimes, i, i+1)
			}
		}
	}
}

// recallDials takes from the audit what was dialled within the last hour, or a
// restart would begin a new one. What was ordered last may still be being set up.
func (b *box) recallDials(ctx context.Context) error {
	writes, err := b.journal.Writes(ctx, b.id, 0, journal.MaxPage)
	for _, w := range slices.Backward(writes) {
		switch w.Action {
		case string(tr064.NumberDialled):
			if b.now().Sub(w.At) < time.Hour {
				b.dialTimes, b.dialAt = append(b.dialTimes, w.At), w.At
			}
		case string(tr064.DialHungUp):
			b.dialAt = time.Time{}
		}
	}
	return err
}

// mayDial reports whether a number may be dialled on order: no codes that set the
// box, nothing that costs extra, nothing abroad, no emergency call, unless listed.
func (b *box) mayDial(n call.Number) bool {
	listed := slices.ContainsFunc(b.commands.DialAllow, func(entry string) bool {
		return b.plan.Dialled(entry).Full() == n.Full()
	})
	switch n.Kind {
	case call.Fixed, call.Mobile, call.Service:
		return true
	case call.Internal:
		// **1, **610: a phone of the house; never *121#, #96*5* and their like.
		return listed || len(n.Raw) > 2 && len(n.Raw) <= 5 && n.Raw[:2] == "**"
	}
	return listed && n.Full() != ""
}

// dials reports whether a call that was ordered may still be being set up.
func (b *box) dials(now time.Time) bool {
	return !b.dialAt.IsZero() && now.Sub(b.dialAt) < dialBegins || slices.ContainsFunc(b.tracker.Active(), func(c call.Call) bool {
		return c.Direction == call.Outgoing && c.Phase == call.Dialing
	})
}

// hangup stops the call that the dialling aid is setting up.
func (b *box) hangup(o incomingOrder, r *order.Result) work {
	switch {
	case !b.commands.Dial:
		r.Refusal = refusal.DialOff
	case b.access == nil:
		r.Refusal = refusal.NoAccess
	}
	if r.Refusal != nil {
		return nil
	}
	w := b.writer(o)
	return func(ctx context.Context, r *order.Result) func() {
		change, err := b.access.client.Hangup(ctx)
		b.report(ctx, r, w, "", []tr064.Change{change}, err)
		return func() {
			if r.Refusal == nil {
				b.dialAt = time.Time{}
			}
		}
	}
}
