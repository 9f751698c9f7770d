package gateway

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/journal"
)

// backfill compares the journal with what is new in the box's call list: it fills in names
// and how calls went, and adds the calls of the time in which callporter was away. What
// the journal could not take is read again.
func (b *box) backfill(ctx context.Context, s *poll.Snapshot) {
	if s.Down || !s.CallsRead {
		return
	}
	if b.journal == nil {
		b.poller.Confirm(s)
		return
	}
	if err := b.backfillCalls(ctx, s); err != nil {
		b.log.Warn("the box's call list is not taken over", "error", err)
		return
	}
	b.poller.Confirm(s)
}

func (b *box) backfillCalls(ctx context.Context, s *poll.Snapshot) error {
	first := b.isFirstBackfill(ctx)
	if first && !s.Anew && b.rereadCalls() {
		b.poller.Want()
		return nil // the whole list comes with the next snapshot
	}
	if len(s.Calls) == 0 {
		if first {
			return b.markBackfilled(ctx)
		}
		return nil
	}
	epoch := strconv.Itoa(s.Epoch)
	listed, now := make([]journal.Listed, 0, len(s.Calls)), b.now()
	for _, e := range s.Calls {
		c := listedCall(s.Plan, e)
		if peer := c.Peer(); b.forgotten.Knows(peer.Number, c.Started) || b.forgotten.Knows(peer.Network, c.Started) {
			continue
		}
		listed = append(listed, journal.Listed{ID: int64(e.ID), Epoch: epoch, Call: c, Latest: now})
	}
	err, since := b.journal.Flush(ctx), time.Time{} // what it has heard itself is no news
	if err == nil && first {
		since, err = b.missedSince(ctx, listed, now)
	}
	var done journal.Reconciled
	if err == nil {
		done, err = b.journal.Backfill(ctx, b.id, listed)
	}
	if err == nil && first {
		err = b.journal.ResetMissed(ctx, b.id, since)
	}
	if err == nil && first {
		err = b.markBackfilled(ctx)
	}
	if err == nil && len(done.Added)+len(done.Filled) > 0 {
		b.log.Info("the box's call list is taken over", "added", len(done.Added), "filled_in", len(done.Filled))
		b.recount(ctx)
	}
	return err
}

// isFirst reports that this journal has never taken this box's call list over.
func (b *box) isFirstBackfill(ctx context.Context) bool {
	_, err := b.journal.Recall(ctx, "began/"+b.id)
	return errors.Is(err, journal.ErrUnknown)
}

// began notes that it has.
func (b *box) markBackfilled(ctx context.Context) error {
	err := b.journal.Remember(ctx, "began/"+b.id, []byte(b.now().UTC().Format(time.RFC3339)))
	if err == nil {
		b.lostMark = nil
	}
	return err
}

// forgetCalls has the whole call list read again, where the journal is another one than
// that which took it over before: deleted, or set aside because it was damaged. It reports
// whether there is more to read.
func (b *box) rereadCalls() bool {
	known := b.poller.ForgetCalls()
	if len(known.Seen) == 0 {
		return false
	}
	b.log.Info("the journal is new; it is filled again from the box's call list")
	b.lostMark = &known
	return true
}

// missedFrom is from when on missed calls count in a journal that has just begun. What
// was missed before callporter moved in was seen on the phones: only what it has heard
// itself counts. After another journal was lost, so does what callporter still knows to
// be missed, and what is new in the box's list since. The box's clock may be ahead of
// ours, so that calls of the list are told apart by their place in it.
func (b *box) missedSince(ctx context.Context, listed []journal.Listed, now time.Time) (time.Time, error) {
	since := now
	earlier := func(t time.Time) {
		if t.Before(since) {
			since = t
		}
	}
	lost := b.lostMark
	slices.SortFunc(listed, func(a, b journal.Listed) int { return cmp.Compare(a.ID, b.ID) })
	begun, before := make([]time.Time, len(listed)), time.Time{}
	for i := range listed {
		before = listed[i].Moment(before)
		begun[i] = before
		if (lost == nil || int(listed[i].ID) <= lost.Seen[0].ID) && !before.Before(since) {
			since = before.Add(time.Millisecond)
		}
	}
	_, missed, err := b.journal.Missed(ctx, b.id, journal.MaxPage)
	if len(missed) > 0 {
		earlier(missed[len(missed)-1].Started)
	}
	if lost == nil || err != nil {
		return since, err
	}
	missed = b.history.Missed()
	for i := range listed {
		l := &listed[i]
		if int(l.ID) > lost.Seen[0].ID || slices.ContainsFunc(missed, func(c call.Call) bool { return l.Same(&c) }) {
			earlier(begun[i])
		}
	}
	return since, nil
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
	if c.Direction == call.Outgoing {
		own, msn = plan.Dialler(ownRaw)
	}
	c.MSN = msn
	if c.Direction == call.Outgoing {
		c.Caller = own
		c.Callee = call.Party{Number: plan.Dialled(e.Called), Name: poll.Named(e.Name)}
	} else {
		c.Callee = own
		c.Caller = plan.CallerAt(e.Caller, own.Number)
		c.Caller.Name = poll.Named(e.Name)
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
