package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/line"
	"github.com/callporter/callporter/journal"
)

// past asks the journal for the last call, who called last, the missed calls.
func (b *box) journalPast(ctx context.Context) (p line.Past, err error) {
	if b.journal == nil {
		return p, nil
	}
	last, found, err := b.journal.LastCall(ctx, b.id)
	if err == nil && found {
		p.Last = &last
	}
	if err == nil {
		p.Count, p.Missed, err = b.journal.Missed(ctx, b.id, line.MaxMissed)
	}
	if err == nil {
		var page journal.Page
		page, err = b.journal.Calls(ctx, journal.Filter{Box: b.id, Direction: call.Incoming, Limit: 1})
		for _, e := range page.Entries {
			p.Caller = e.Call
		}
	}
	return p, err
}

// recalling bounds how long the start waits for what the journal remembers of a box.
const recallTimeout = 5 * time.Second

// recall takes from the journal what was there before the last restart: the last call, who
// called last, the missed calls, what was dialled.
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

// recount takes last call, last caller and missed calls from the journal. What comes in
// meanwhile makes it begin anew, a few times: where calls end all the time, the history
// counts them itself, and the next snapshot recounts.
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
