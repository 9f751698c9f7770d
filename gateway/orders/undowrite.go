package orders

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// undone is what came of taking a write back.
type undoResult struct {
	writeID int64 // the write that did; 0 = there was nothing to write
	expired bool  // what would come back has stood for its time
}

// undoOne takes one write back and notes it.
func (o *Orders) undoWrite(ctx context.Context, w writer, one journal.Write) (undoResult, *order.Refusal) {
	var before, after writeState
	if err := errors.Join(json.Unmarshal(one.Before, &before), json.Unmarshal(one.After, &after)); err != nil {
		return undoResult{}, refusal.Forgotten
	}
	var did undoResult
	var refused *order.Refusal
	switch one.Action {
	case listAdded, listRemoved:
		did, refused = o.undoList(ctx, w, one, before, after)
	case expirySet:
		did, refused = o.undoExpiry(ctx, w, one, before, after)
	default:
		did, refused = o.undoAtBox(ctx, w, one, before, after)
	}
	if refused != nil {
		return did, refused
	}
	ctx, cancel := auditContext(ctx)
	defer cancel()
	// What needed no write, since it was so already, is noted by its own id.
	if err := o.Journal.MarkUndone(ctx, one.ID, cmp.Or(did.writeID, one.ID)); err != nil {
		o.Log.Warn("what was undone is not marked in the journal", "id", one.ID, "error", err)
	}
	return did, nil
}

// undoAtBox puts the box back to what it was. An entry that comes back is removed when
// its time is over, as it would have been; if that has passed, it stays away.
func (o *Orders) undoAtBox(ctx context.Context, w writer, one journal.Write, before, after writeState) (did undoResult, refused *order.Refusal) {
	if !o.hasBox() {
		return did, refusal.NoAccess
	}
	if e := before.Expiry; e != nil && !o.Now().Before(e.At) {
		return undoResult{expired: true}, nil
	}
	change, err := o.Poller.Client.Undo(ctx, o.currentChange(ctx, one, after.change(one.Action, before)))
	did.writeID = o.recordChange(ctx, w, change, one.Target)
	if e := before.Expiry; e != nil && did.writeID != 0 {
		noted, done := auditContext(ctx)
		o.storeExpiry(noted, expiry{did.writeID, e.At, e.Target})
		done()
	}
	if err != nil {
		return did, refusal.ByBox(err)
	}
	return did, nil
}

// undoExpiry lets an entry at the box stand for as long as before.
func (o *Orders) undoExpiry(ctx context.Context, w writer, one journal.Write, before, after writeState) (did undoResult, refused *order.Refusal) {
	was, is := before.Expiry, after.Expiry
	known := cmp.Or(was, is)
	if known == nil {
		return did, refusal.Forgotten
	}
	now, err := o.findExpiry(ctx, known.Target)
	switch {
	case err != nil:
		return did, refusal.JournalFailed(err)
	case now.sameTime(was):
		return did, nil
	case !now.sameTime(is):
		return did, refusal.Changed
	}
	to := expiry{ID: known.ID, Target: known.Target}
	if was != nil {
		to = *was
	}
	o.storeExpiry(ctx, to)
	after.Order, before.Order = w.order, w.order
	did.writeID = o.recordWrite(ctx, w, one.Action, one.Target, after, before)
	return did, nil
}

// undoList puts an own list back to what it was.
func (o *Orders) undoList(ctx context.Context, w writer, one journal.Write, before, after writeState) (did undoResult, refused *order.Refusal) {
	is, was := after.List, before.List
	there := o.ownEntry(cmp.Or(is, was, &listState{}).entry(w))
	switch {
	case sameEntry(there, was):
		return did, nil // taken back by hand
	case !sameEntry(there, is):
		return did, refusal.Changed
	case is == nil && !was.Expires.IsZero() && !o.Now().Before(was.Expires):
		return undoResult{expired: true}, nil
	}
	var err error
	action := listRemoved
	switch {
	case was != nil:
		action = listAdded
		_, err = o.Journal.AddEntry(ctx, was.entry(w))
	case is != nil:
		if _, err = o.Journal.RemoveEntry(ctx, parseList(is.List), is.Pattern); errors.Is(err, journal.ErrUnknown) {
			err = nil
		}
	}
	if err != nil {
		return did, refusal.JournalFailed(err)
	}
	after.Order, before.Order = w.order, w.order
	did.writeID = o.recordWrite(ctx, w, action, one.Target, after, before)
	return did, nil
}

func sameEntry(a, b *listState) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.List == b.List && a.Pattern == b.Pattern && a.Name == b.Name && a.Expires.Equal(b.Expires)
}

func (l *listState) entry(w writer) journal.ListEntry {
	return journal.ListEntry{List: parseList(l.List), Pattern: l.Pattern, Name: l.Name, Expires: l.Expires, Who: w.who, Why: w.why}
}

func parseList(name string) journal.List {
	if name == journal.Allow.String() {
		return journal.Allow
	}
	return journal.Block
}
