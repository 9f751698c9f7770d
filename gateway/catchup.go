package gateway

import (
	"context"
	"strconv"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/journal"
)

// catchUpWith compares the journal with what is new in the box's call list: it
// fills in names and how calls went, and adds the calls of the time in which
// callporter was away. It runs beside the loop.
func (b *box) catchUpWith(ctx context.Context, r *reading) {
	if b.journal == nil || len(r.calls) == 0 {
		return
	}
	epoch := strconv.Itoa(b.access.memory.epoch(r.epoch))
	plan := b.planNow.Load()
	listed := make([]journal.Listed, 0, len(r.calls))
	for _, e := range r.calls {
		listed = append(listed, journal.Listed{ID: int64(e.ID), Epoch: epoch, Call: listedCall(plan, e)})
	}
	_, known, err := b.journal.LastCall(ctx, b.id)
	if err != nil {
		b.log.Warn("the box's call list is not taken over", "error", err)
		return
	}
	first := b.journalBegan(ctx, known)
	done, err := b.journal.Backfill(ctx, b.id, listed)
	if err == nil && first {
		// What was missed before callporter moved in was seen on the phones.
		err = b.journal.ResetMissed(ctx, b.id, b.now())
	}
	if err != nil {
		b.log.Warn("the box's call list is not taken over", "error", err)
		return
	}
	if len(done.Added)+len(done.Filled) == 0 {
		return
	}
	b.log.Info("the box's call list is taken over", "added", len(done.Added), "filled_in", len(done.Filled))
	last, found, err := b.journal.LastCall(ctx, b.id)
	missing, missed, fault := b.journal.Missed(ctx, b.id, maxMissed)
	if err != nil || fault != nil {
		return
	}
	b.post(ctx, func() {
		if found {
			b.last = &last
			b.publishLast()
		}
		b.missing, b.missed = missing, missed
		b.publishMissed()
		if !first {
			b.watch(done.Added)
		}
	})
}

// journalBegan reports, once, that the journal holds no call of this box yet.
func (b *box) journalBegan(ctx context.Context, known bool) bool {
	key := "began/" + b.id
	if _, err := b.journal.Recall(ctx, key); err == nil {
		return false
	}
	if err := b.journal.Remember(ctx, key, []byte(b.now().UTC().Format(time.RFC3339))); err != nil {
		return false
	}
	return !known
}

// monitorSlack is how long before a listed call the link must have been up for the
// call monitor to have told of it: the list knows minutes only.
const monitorSlack = 2 * time.Minute

// watch looks whether the box lists calls of which its call monitor has told
// nothing although the link was up: the telephony is then on another box.
func (b *box) watch(added []call.Call) {
	if !b.link.Up() || b.mute {
		return
	}
	for i := range added {
		if added[i].Started.After(b.link.Since.Add(monitorSlack)) {
			b.mute = true
			b.log.Warn("the box lists calls that its call monitor does not tell of", "hint", silentHint.In(call.English))
			b.publishHealth()
			return
		}
	}
}

// listedCall is a call as the call list tells of it.
func listedCall(plan *call.Plan, e tr064.CallEntry) call.Call {
	c := call.Call{Direction: call.Incoming, Phase: call.Ended, Extension: e.Extension, Started: e.Date, Stamp: e.Date}
	ownRaw := e.Own
	switch e.Type {
	case tr064.CallOutgoing:
		c.Direction = call.Outgoing
		if ownRaw == "" {
			ownRaw = e.Caller
		}
	default:
		if ownRaw == "" {
			ownRaw = e.Called
		}
	}
	own, msn := plan.Own(ownRaw)
	c.MSN = msn
	if c.Direction == call.Outgoing {
		c.Caller = own
		c.Callee = call.Party{Number: plan.Dialled(e.Called), Name: e.Name}
	} else {
		c.Callee = own
		c.Caller = plan.CallerAt(e.Caller, own.Number)
		c.Caller.Name = e.Name
	}
	switch {
	case e.Type == tr064.CallMissed:
		c.Outcome = call.Missed
	case e.Type == tr064.CallRejected:
		c.Outcome = call.Blocked
	case e.Type == tr064.CallActiveIncoming || e.Type == tr064.CallActiveOutgoing:
		return c // goes on: passed over
	case c.Direction == call.Outgoing && e.Duration == 0:
		c.Outcome = call.Unanswered
	case c.Direction == call.Incoming && e.Extension.AnsweringMachine():
		c.Outcome = call.AnsweringMachine
	default:
		c.Outcome = call.Answered
	}
	if c.Outcome == call.Answered || c.Outcome == call.AnsweringMachine {
		c.Answered, c.Talk = c.Started, e.Duration
	}
	c.Ended = c.Started.Add(e.Duration)
	return c
}
