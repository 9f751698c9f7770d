package gateway

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/journal"
)

// backfill compares the journal with the new part of the call list of the box. It adds
// names, outcomes, and the calls of the time when callporter did not run. The poller marks
// the list as read only if the journal took it, else it reads it again.
func (b *box) backfill(ctx context.Context, s *poll.Snapshot) {
	if s.Down || !s.CallsRead {
		return
	}
	if b.journal != nil {
		if err := b.backfillCalls(ctx, s); err != nil {
			b.log.Warn("the box's call list is not taken over", "error", err)
			return
		}
	}
	b.poller.Confirm(s)
	b.countSkipped(s)
}

// listable reports whether an entry of the call list can be taken over: a type that is not
// known says nothing about how the call went.
func listable(e tr064.CallEntry) bool { return e.Type.Known() && !e.Date.IsZero() }

// countSkipped counts the new entries of the call list that are passed over, and names them
// in the log.
func (b *box) countSkipped(s *poll.Snapshot) {
	var types []string
	undated := 0
	for _, e := range s.Calls {
		switch {
		case !e.Type.Known():
			types = append(types, strconv.Itoa(int(e.Type)))
		case e.Date.IsZero():
			undated++
		}
	}
	b.metrics.Skipped(b.id, "type", len(types))
	b.metrics.Skipped(b.id, "date", undated)
	if len(types)+undated == 0 {
		return
	}
	slices.Sort(types)
	b.log.Warn("entries of the box's call list are passed over", "unknown_types", strings.Join(slices.Compact(types), ", "),
		"of_unknown_type", len(types), "without_date", undated)
}

// backfillCalls writes the calls of a snapshot to the journal. With a new journal it also
// asks for the whole call list, and decides from when on missed calls count.
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
		if !listable(e) {
			continue
		}
		c := listedCall(s.Plan, s.Contacts, e)
		if peer := c.Peer(); b.forgotten.Knows(peer.Number, c.Started) || b.forgotten.Knows(peer.Network, c.Started) {
			continue
		}
		listed = append(listed, journal.Listed{ID: int64(e.ID), Epoch: epoch, Call: c, Latest: now})
	}
	err, since := b.journal.Flush(ctx), time.Time{} // calls that callporter has seen itself are no news
	if err == nil && first {
		since, err = b.missedSince(ctx, listed, now)
	}
	var result journal.Reconciled
	if err == nil {
		result, err = b.journal.Backfill(ctx, b.id, listed)
	}
	if err == nil && first {
		err = b.journal.ResetMissed(ctx, b.id, since)
	}
	if err == nil && first {
		err = b.markBackfilled(ctx)
	}
	if b.screened != nil {
		for i := range result.Added {
			b.past.Add(&result.Added[i])
		}
	}
	if err == nil && len(result.Added)+len(result.Filled) > 0 {
		b.log.Info("the box's call list is taken over", "added", len(result.Added), "filled_in", len(result.Filled))
		b.recount(ctx)
	}
	return err
}

// isFirstBackfill reports whether this journal never took a call list of this box.
func (b *box) isFirstBackfill(ctx context.Context) bool {
	_, err := b.journal.Recall(ctx, journal.KeyBegan+b.id)
	return errors.Is(err, journal.ErrUnknown)
}

// markBackfilled notes in the journal that it took the call list of this box.
func (b *box) markBackfilled(ctx context.Context) error {
	err := b.journal.Remember(ctx, journal.KeyBegan+b.id, []byte(b.now().UTC().Format(time.RFC3339)))
	if err == nil {
		b.lostMark = nil
	}
	return err
}

// rereadCalls has the poller read the whole call list again if the journal is new or has lost
// calls but an earlier one had the list: the earlier one was deleted or set aside. It reports
// whether there is anything to read.
func (b *box) rereadCalls() bool {
	mark := b.poller.ForgetCalls()
	if len(mark.Seen) == 0 {
		return false
	}
	b.log.Info("the journal is new or has lost calls; it is filled again from the box's call list")
	b.lostMark = &mark
	return true
}

// missedSince returns the time from which missed calls count in a new journal. On a first
// start, the calls missed before were seen on the phones, so only those count that
// callporter has seen itself. If an earlier journal was lost, the missed calls that
// callporter still knows count, too, and those that are new in the call list. Calls are
// compared by their id in the list and not by time, since the clock of the box may be
// ahead of ours.
func (b *box) missedSince(ctx context.Context, listed []journal.Listed, now time.Time) (time.Time, error) {
	since := now
	lower := func(t time.Time) {
		if t.Before(since) {
			since = t
		}
	}
	mark := b.lostMark
	slices.SortFunc(listed, func(a, b journal.Listed) int { return cmp.Compare(a.ID, b.ID) })
	moments, moment := make([]time.Time, len(listed)), time.Time{}
	for i := range listed {
		moment = listed[i].Moment(moment)
		moments[i] = moment
		if (mark == nil || int(listed[i].ID) <= mark.Seen[0].ID) && !moment.Before(since) {
			since = moment.Add(time.Millisecond)
		}
	}
	_, missed, err := b.journal.Missed(ctx, b.id, journal.MaxPage)
	if len(missed) > 0 {
		lower(missed[len(missed)-1].Started)
	}
	if mark == nil || err != nil {
		return since, err
	}
	missed = b.history.Missed()
	for i := range listed {
		l := &listed[i]
		if int(l.ID) > mark.Seen[0].ID || slices.ContainsFunc(missed, func(c call.Call) bool { return l.Same(&c) }) {
			lower(moments[i])
		}
	}
	return since, nil
}

// listedCall returns an entry of the call list as a call.
func listedCall(plan *call.Plan, contacts poll.Contacts, e tr064.CallEntry) call.Call {
	c := call.Call{Direction: call.Incoming, Phase: call.Ended, Extension: e.Extension, Started: e.Date, Stamp: e.Date}
	ownRaw := e.Own
	switch e.Type {
	case tr064.CallOutgoing:
		c.Direction = call.Outgoing
		ownRaw = cmp.Or(ownRaw, e.Caller)
	default:
		ownRaw = cmp.Or(ownRaw, e.Called)
	}
	own, msn := plan.Own(ownRaw)
	if c.Direction == call.Outgoing {
		own, msn = plan.Dialler(ownRaw)
	}
	c.MSN = msn
	if c.Direction == call.Outgoing {
		c.Caller = own
		c.Callee = call.Party{Number: plan.Dialled(e.Called)}
		c.Callee.Name = cmp.Or(contacts.Named(c.Callee.Number, e.Name), plan.OwnName(c.Callee.Number))
	} else {
		c.Callee = own
		c.Caller = plan.CallerAt(e.Caller, own.Number)
		c.Caller.Name = cmp.Or(contacts.Named(c.Caller.Number, e.Name), plan.OwnName(c.Caller.Number))
	}
	switch {
	case e.TakenBy.AnsweringMachine():
		c.Outcome = call.AnsweringMachine
	case e.TakenBy != "":
		c.Outcome = call.Answered
	case e.Type == tr064.CallMissed:
		c.Outcome = call.Missed
	case e.Type == tr064.CallRejected:
		c.Outcome = call.Blocked
	case c.Direction == call.Outgoing && e.Duration == 0:
		c.Outcome = call.Unanswered
	case c.Direction == call.Incoming && e.Extension.AnsweringMachine():
		c.Outcome = call.AnsweringMachine
	default:
		c.Outcome = call.Answered
	}
	if e.TakenBy == "" && (c.Outcome == call.Answered || c.Outcome == call.AnsweringMachine) {
		c.Answered, c.Talk = c.Started, e.Duration
	}
	c.Ended = c.Started.Add(e.Duration)
	return c
}
