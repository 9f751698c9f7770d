package gateway

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/line"
	"github.com/callporter/callporter/journal"
)

// journalPast reads the last call, the last caller, the missed and the newest calls from the
// journal.
func (b *box) journalPast(ctx context.Context) (p line.Past, err error) {
	if b.journal == nil {
		return p, nil
	}
	p.Recent, err = b.journalRecent(ctx, "")
	p.Lines = map[string]line.Recent{}
	for _, own := range b.poller.Current().Plan.MSNs {
		var recent line.Recent
		if err == nil {
			recent, err = b.journalRecent(ctx, own.Digits())
		}
		if err == nil {
			p.Lines[own.Digits()] = recent
		}
	}
	if err == nil {
		var page journal.Page
		page, err = b.journal.Calls(ctx, journal.Filter{Box: b.id, Direction: call.Incoming, Limit: 1})
		for _, e := range page.Entries {
			p.Caller = e.Call
		}
	}
	if err == nil {
		p.Calls, err = b.journalCalls(ctx)
	}
	return p, err
}

// journalCalls reads the calls that ended last from the journal, newest first. Those that
// go on are among the newest too.
func (b *box) journalCalls(ctx context.Context) ([]call.Call, error) {
	page, err := b.journal.Calls(ctx, journal.Filter{Box: b.id, Limit: line.MaxCalls + call.MaxActive})
	if err != nil {
		return nil, err
	}
	ended := []call.Call{}
	for _, e := range page.Entries {
		if !e.Call.Active() {
			ended = append(ended, e.Call)
		}
	}
	slices.SortStableFunc(ended, func(a, b call.Call) int { return b.Ended.Compare(a.Ended) })
	return ended[:min(len(ended), line.MaxCalls)], nil
}

// journalRecent reads the last call and the missed calls of an own number, "" = of the box.
func (b *box) journalRecent(ctx context.Context, msn string) (r line.Recent, err error) {
	last, found, err := b.journal.LastCallOn(ctx, b.id, msn)
	if err == nil && found {
		r.Last = &last
	}
	if err == nil {
		r.Count, r.Missed, err = b.journal.MissedOn(ctx, b.id, msn, line.MaxMissed)
	}
	return r, err
}

// recallTimeout bounds how long the start waits for the history in the journal.
const recallTimeout = 5 * time.Second

// restoreHistory restores the state before the last restart from the journal: the last
// call, the last caller, the missed calls, and the limit of dialling.
func (b *box) restoreHistory(ctx context.Context) {
	if b.journal == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, recallTimeout)
	defer cancel()
	p, err := b.journalPast(ctx)
	b.history.Start(p)
	if err == nil {
		err = b.orders.RecallDials(ctx)
	}
	if err != nil {
		b.log.Warn("last and missed calls are not taken from the journal yet", "error", err)
	}
	b.restored.Store(err == nil)
	if b.poller.Client != nil && b.isFirstBackfill(ctx) {
		b.rereadCalls()
	}
}

// recount takes last call, last caller and missed calls from the journal. A call that ends
// meanwhile makes it start over, a few times at most: the history also counts calls
// itself, and the next snapshot recounts.
func (b *box) recount(ctx context.Context) {
	for range 5 {
		changes := b.history.Changes()
		err := b.journal.Flush(ctx)
		p, pastErr := b.journalPast(ctx)
		if errors.Join(err, pastErr) != nil || b.history.Replace(p, changes) {
			return
		}
	}
}
