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
	"github.com/callporter/callporter/journal"
)

// catchUpWith compares the journal with what is new in the box's call list: it
// fills in names and how calls went, and adds the calls of the time in which
// callporter was away. It reports whether they are dealt with. It runs beside the
// loop.
func (b *box) catchUpWith(ctx context.Context, r *reading) bool {
	if b.journal == nil || r.broken {
		return true
	}
	first := b.firstReading(ctx)
	if !r.listed {
		return true
	}
	if len(r.calls) == 0 {
		return !first || b.began(ctx) == nil
	}
	epoch := strconv.Itoa(b.access.memory.epoch(r.epoch))
	plan := b.planNow.Load()
	listed, now := make([]journal.Listed, 0, len(r.calls)), b.now()
	for _, e := range r.calls {
		c := listedCall(plan, e)
		if peer := c.Peer(); b.gone.knows(peer.Number, c.Started) || b.gone.knows(peer.Network, c.Started) {
			continue
		}
		listed = append(listed, journal.Listed{ID: int64(e.ID), Epoch: epoch, Call: c, Latest: now})
	}
	err, since := b.journal.Flush(ctx), time.Time{} // what it has heard itself is no news
	if err == nil && first {
		since, err = b.missedFrom(ctx, listed, now)
	}
	var done journal.Reconciled
	if err == nil {
		done, err = b.journal.Backfill(ctx, b.id, listed)
	}
	if err == nil && first {
		err = b.journal.ResetMissed(ctx, b.id, since)
	}
	if err == nil && first {
		err = b.began(ctx)
	}
	if err != nil {
		b.log.Warn("the box's call list is not taken over", "error", err)
		return false
	}
	if len(done.Added)+len(done.Filled) > 0 {
		b.log.Info("the box's call list is taken over", "added", len(done.Added), "filled_in", len(done.Filled))
		b.recount(ctx)
	}
	return true
}

// recount takes last call, last caller and missed calls from the journal. It runs beside the loop; what
// comes in meanwhile makes it begin anew, a few times: where calls end all the time,
// the loop counts them itself, and the next look recounts.
func (b *box) recount(ctx context.Context) {
	again := true
	for tries := 0; again && tries < 5; tries++ {
		gen := b.closed.Load()
		err := b.journal.Flush(ctx)
		p := b.past(ctx)
		if errors.Join(err, p.err) != nil {
			return
		}
		done := make(chan bool, 1)
		b.post(ctx, func() {
			if b.closed.Load() != gen {
				done <- true
				return
			}
			if p.last != nil {
				b.last = p.last
				b.publishLast()
			}
			if !p.caller.Started.Before(b.caller.Started) { // not if somebody rings by now
				b.caller = p.caller
			}
			b.missing, b.missed = p.missing, p.missed
			b.publishMissed()
			done <- false
		})
		select {
		case again = <-done:
		case <-ctx.Done():
			return
		}
	}
}

// firstReading reports that this journal has never taken this box's call list over.
func (b *box) firstReading(ctx context.Context) bool {
	_, err := b.journal.Recall(ctx, "began/"+b.id)
	return errors.Is(err, journal.ErrUnknown)
}

// began notes that it has.
func (b *box) began(ctx context.Context) error {
	err := b.journal.Remember(ctx, "began/"+b.id, []byte(b.now().UTC().Format(time.RFC3339)))
	if err == nil {
		b.access.lost = nil
	}
	return err
}

// beginAnew has the whole call list read again where the journal is another one than
// that which took it over before: deleted, or set aside because it was damaged.
func (a *access) beginAnew(ctx context.Context, b *box) {
	if b.journal == nil || !b.firstReading(ctx) {
		return
	}
	r := *a.current.Load()
	if known := r.copy.Calls; len(known.Seen) > 0 {
		a.log.Info("the journal is new; it is filled again from the box's call list")
		a.lost, r.copy.Calls = &known, tr064.CallMark{}
	}
	if a.lost != nil {
		r.anew = true
		a.current.Store(&r)
	}
}

// missedFrom is from when on missed calls count in a journal that has just begun. What
// was missed before callporter moved in was seen on the phones: only what it has heard
// itself counts. After another journal was lost, so does what callporter still knows to
// be missed, and what is new in the box's list since. The box's clock may be ahead of
// ours, so that calls of the list are told apart by their place in it.
func (b *box) missedFrom(ctx context.Context, listed []journal.Listed, now time.Time) (time.Time, error) {
	since := now
	earlier := func(t time.Time) {
		if t.Before(since) {
			since = t
		}
	}
	lost := b.access.lost
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
	still := make(chan []call.Call, 1)
	b.post(ctx, func() { still <- b.missed })
	select {
	case missed = <-still:
	case <-ctx.Done():
		return since, ctx.Err()
	}
	for i := range listed {
		l := &listed[i]
		if int(l.ID) > lost.Seen[0].ID || slices.ContainsFunc(missed, func(c call.Call) bool { return l.Same(&c) }) {
			earlier(begun[i])
		}
	}
	return since, nil
}

// watch looks whether the box lists calls of which its call monitor has told
// nothing although the link was up: the telephony is then on another box. Between
// two readings the list has grown, and not one line has come.
func (b *box) watch(before, r *reading) {
	fresh := slices.ContainsFunc(r.calls, func(e tr064.CallEntry) bool {
		// Those the journal could not take come again.
		return !slices.ContainsFunc(before.calls, func(old tr064.CallEntry) bool { return old.ID == e.ID })
	})
	if !fresh || r.epoch || before.anew || before.at.IsZero() || before.broken || !b.link.Up() || b.mute ||
		!b.link.Since.Before(before.at) || !b.heard.Before(before.at) {
		return
	}
	b.mute, b.muteSince = true, b.now()
	b.log.Warn("the box lists calls that its call monitor does not tell of", "hint", silentHint.In(call.English))
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
		c.Callee = call.Party{Number: plan.Dialled(e.Called), Name: named(e.Name)}
	} else {
		c.Callee = own
		c.Caller = plan.CallerAt(e.Caller, own.Number)
		c.Caller.Name = named(e.Name)
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
