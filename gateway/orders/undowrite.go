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

// undoResult says what the undo of a write has done.
type undoResult struct {
	writeID int64 // id of the write that restored the old state; 0 = none was needed
	expired bool  // the entry is not restored: its time is over
}

// undoWrite takes one write back and marks it in the audit.
func (o *Orders) undoWrite(ctx context.Context, w writer, write journal.Write) (undoResult, *order.Refusal) {
	var before, after writeState
	if err := errors.Join(json.Unmarshal(write.Before, &before), json.Unmarshal(write.After, &after)); err != nil {
		return undoResult{}, refusal.Forgotten
	}
	var result undoResult
	var refused *order.Refusal
	switch write.Action {
	case listAdded, listRemoved:
		result, refused = o.undoList(ctx, w, write, before, after)
	case expirySet:
		result, refused = o.undoExpiry(ctx, w, write, before, after)
	default:
		result, refused = o.undoAtBox(ctx, w, write, before, after)
	}
	if refused != nil {
		return result, refused
	}
	ctx, cancel := auditContext(ctx)
	defer cancel()
	// Where no write was needed, the write is marked with its own id.
	if err := o.Journal.MarkUndone(ctx, write.ID, cmp.Or(result.writeID, write.ID)); err != nil {
		o.Log.Warn("what was undone is not marked in the journal", "id", write.ID, "error", err)
	}
	return result, nil
}

// undoAtBox restores the state of the box before a write. A restored entry keeps its
// expiry; if that time has passed, the entry is not restored.
func (o *Orders) undoAtBox(ctx context.Context, w writer, write journal.Write, before, after writeState) (result undoResult, refused *order.Refusal) {
	if !o.hasBox() {
		return result, refusal.NoAccess
	}
	if e := before.Expiry; e != nil && !o.Now().Before(e.At) {
		return undoResult{expired: true}, nil
	}
	change, err := o.Poller.Client.Undo(ctx, o.currentChange(ctx, write, after.change(write.Action, before)))
	result.writeID = o.recordChange(ctx, w, change, write.Target)
	if e := before.Expiry; e != nil && result.writeID != 0 {
		auditCtx, cancel := auditContext(ctx)
		o.storeExpiry(auditCtx, expiry{result.writeID, e.At, e.Target})
		cancel()
	}
	if err != nil {
		return result, refusal.ByBox(err)
	}
	return result, nil
}

// undoExpiry restores the expiry that an entry at the box had before.
func (o *Orders) undoExpiry(ctx context.Context, w writer, write journal.Write, before, after writeState) (result undoResult, refused *order.Refusal) {
	old, written := before.Expiry, after.Expiry
	known := cmp.Or(old, written)
	if known == nil {
		return result, refusal.Forgotten
	}
	current, err := o.findExpiry(ctx, known.Target)
	switch {
	case err != nil:
		return result, refusal.JournalFailed(err)
	case current.sameTime(old):
		return result, nil
	case !current.sameTime(written):
		return result, refusal.Changed
	}
	restored := expiry{ID: known.ID, Target: known.Target}
	if old != nil {
		restored = *old
	}
	o.storeExpiry(ctx, restored)
	after.Order, before.Order = w.order, w.order
	result.writeID = o.recordWrite(ctx, w, write.Action, write.Target, after, before)
	return result, nil
}

// undoList restores an entry of an own list.
func (o *Orders) undoList(ctx context.Context, w writer, write journal.Write, before, after writeState) (result undoResult, refused *order.Refusal) {
	written, old := after.List, before.List
	current := o.ownEntry(cmp.Or(written, old, &listState{}).entry(w))
	switch {
	case sameEntry(current, old):
		return result, nil // somebody restored it already
	case !sameEntry(current, written):
		return result, refusal.Changed
	case written == nil && !old.Expires.IsZero() && !o.Now().Before(old.Expires):
		return undoResult{expired: true}, nil
	}
	var err error
	action := listRemoved
	switch {
	case old != nil:
		action = listAdded
		_, err = o.Journal.AddEntry(ctx, old.entry(w))
	case written != nil:
		if _, err = o.Journal.RemoveEntry(ctx, parseList(written.List), written.Pattern); errors.Is(err, journal.ErrUnknown) {
			err = nil
		}
	}
	if err != nil {
		return result, refusal.JournalFailed(err)
	}
	after.Order, before.Order = w.order, w.order
	result.writeID = o.recordWrite(ctx, w, action, write.Target, after, before)
	return result, nil
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
