package orders

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// Limits of dialling, as the contract gives them.
const (
	maxDialsPerHour = 6
	dialSetupTime   = 15 * time.Second // how long the call monitor may take to report the call
)

// dialLimit bounds how often orders dial.
type dialLimit struct {
	mu      sync.Mutex
	times   []time.Time // when numbers were dialled within the last hour
	pending time.Time   // when the call was ordered that the call monitor has not reported yet; zero = none
}

// reserve counts a number that is about to be dialled, or refuses it. dialing says that
// the box is setting up a call.
func (d *dialLimit) reserve(now time.Time, dialing bool) *order.Refusal {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.times = slices.DeleteFunc(d.times, func(at time.Time) bool { return now.Sub(at) >= time.Hour })
	switch {
	case len(d.times) >= maxDialsPerHour:
		return refusal.DialLimit
	case dialing || !d.pending.IsZero() && now.Sub(d.pending) < dialSetupTime:
		return refusal.Dialling
	}
	d.times, d.pending = append(d.times, now), now
	return nil
}

// release removes what reserve counted at a time, since nothing was dialled.
func (d *dialLimit) release(at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pending = time.Time{}
	if i := slices.IndexFunc(d.times, at.Equal); i >= 0 {
		d.times = slices.Delete(d.times, i, i+1)
	}
}

// clearPending says that the call monitor has reported the call, or that the call is over.
func (d *dialLimit) clearPending() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pending = time.Time{}
}

// restore counts a number that was dialled before the start.
func (d *dialLimit) restore(at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.times, d.pending = append(d.times, at), at
}

// Observe watches for outgoing calls: the call that an order dialled is no longer pending.
func (o *Orders) Observe(_ string, t call.Transition) {
	if t.Type == call.EventDial {
		o.dials.clearPending()
	}
}

// RecallDials counts the numbers that, by the audit, were dialled within the last hour.
// Without it, a restart would begin a new hour. The last of these calls may still be
// pending.
func (o *Orders) RecallDials(ctx context.Context) error {
	if o.Journal == nil {
		return nil
	}
	writes, err := o.Journal.Writes(ctx, o.Box, 0, journal.MaxPage)
	for _, w := range slices.Backward(writes) {
		switch w.Action {
		case string(tr064.NumberDialled):
			if o.Now().Sub(w.At) < time.Hour {
				o.dials.restore(w.At)
			}
		case string(tr064.DialHungUp):
			o.dials.clearPending()
		}
	}
	return err
}

// dial has the dialling aid of the box call a number. Calls cost money and disturb people,
// so dialling is off by default, and limited when it is on.
func (o *Orders) dial(j *job, r *order.Result) work {
	number := o.plan().Number(j.Command.Args["number"]) // what chooses a carrier or a line is no part of one
	switch {
	case !o.Commands.Dial:
		r.Refusal = refusal.DialOff
	case !o.hasBox():
		r.Refusal = refusal.NoAccess
	case !o.mayDial(number) && isName(j.Command.Args["number"]):
		r.Refusal = NotListable(number, j.Command.Args["number"], o.Poller.Current(), o.Journal)
	case !o.mayDial(number):
		r.Refusal = refusal.NotDialled
	}
	if r.Refusal != nil {
		return nil
	}
	dialing := slices.ContainsFunc(o.Calls.Active(), func(c call.Call) bool {
		return c.Direction == call.Outgoing && c.Phase == call.Dialing
	})
	now := o.Now()
	if r.Refusal = o.dials.reserve(now, dialing); r.Refusal != nil {
		return nil
	}
	w, phone, boxNumber := newWriter(j), j.Command.Args["phone"], compact(o.boxNumber(number))
	return func(ctx context.Context, r *order.Result) {
		changes, err := o.Poller.Client.Dial(ctx, phone, boxNumber)
		o.recordChanges(ctx, r, w, number.Full(), changes, err,
			call.Text{"%s is dialled; lift the phone that rings", "%s wird gewählt; den Hörer abnehmen, der klingelt"}.With(number.National))
		if errors.Is(err, tr064.ErrUncertain) {
			r.Refusal = refusal.WithHint(r.Refusal, refusal.MayRing)
		}
		if r.Refusal != nil && r.Refusal.Code != order.CodeFailed && r.Refusal.Code != order.CodeTimeout {
			o.dials.release(now) // after a failure or a timeout the phone may ring all the same
		}
	}
}

// mayDial reports whether an order may dial a number: a landline or a mobile of the country,
// or a freephone number. Numbers that cost extra or are abroad, short and internal numbers,
// emergency calls, codes, and numbers with one or a carrier in front of them are forbidden,
// unless the configuration lists them just so.
func (o *Orders) mayDial(n call.Number) bool {
	switch n.Kind {
	case call.Fixed, call.Mobile:
		return true
	case call.Service:
		if strings.HasPrefix(n.National, "0800 ") { // in all plans that know services
			return true
		}
	}
	return n.Full() != "" && slices.ContainsFunc(o.Commands.DialAllow, func(entry string) bool {
		return compact(o.plan().Number(entry).Full()) == compact(n.Full())
	})
}

// compact leaves out what people write between digits.
func compact(number string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" /-.()[]", r) {
			return -1
		}
		return r
	}, number)
}

// hangup ends the call that the dialling aid is setting up.
func (o *Orders) hangup(j *job, r *order.Result) work {
	switch {
	case !o.Commands.Dial:
		r.Refusal = refusal.DialOff
	case !o.hasBox():
		r.Refusal = refusal.NoAccess
	}
	if r.Refusal != nil {
		return nil
	}
	w := newWriter(j)
	return func(ctx context.Context, r *order.Result) {
		change, err := o.Poller.Client.Hangup(ctx)
		o.recordChanges(ctx, r, w, "", []tr064.Change{change}, err, call.Text{"the call is stopped", "der Ruf ist beendet"})
		if r.Refusal == nil {
			o.dials.clearPending()
		}
	}
}
