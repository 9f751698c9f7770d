package orders

import (
	"context"
	"errors"
	"strings"

	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// enlistOwn puts a number onto an own list, and takes it off the other one, which it
// tells.
func (o *Orders) addOwnEntry(ctx context.Context, w writer, e journal.ListEntry) (taken bool, refused *order.Refusal) {
	before := writeState{Order: w.order}
	before.List = o.ownEntry(e)
	if is := before.List; is == nil || is.Name != e.Name || !is.Expires.Equal(e.Expires) { // nothing is written twice
		kept, err := o.Journal.AddEntry(ctx, e)
		if err != nil {
			return false, refusal.JournalFailed(err)
		}
		o.recordWrite(ctx, w, listAdded, kept.Pattern, before, writeState{Order: w.order, List: listStateOf(kept)})
	}
	if opposite := o.ownEntry(journal.ListEntry{List: oppositeList(e.List), Pattern: e.Pattern}); opposite != nil {
		// On both lists the allowed one would win, against what was just ordered.
		if gone, err := o.Journal.RemoveEntry(ctx, oppositeList(e.List), e.Pattern); err == nil {
			o.recordWrite(ctx, w, listRemoved, gone.Pattern, writeState{Order: w.order, List: listStateOf(gone)}, writeState{Order: w.order})
			taken = true
		}
	}
	return taken, nil
}

// delistOwn takes a number off an own list, and tells whether it was there.
func (o *Orders) removeOwnEntry(ctx context.Context, w writer, e journal.ListEntry) (found bool, refused *order.Refusal) {
	if o.Journal == nil {
		return false, nil
	}
	gone, err := o.Journal.RemoveEntry(ctx, e.List, e.Pattern)
	switch {
	case errors.Is(err, journal.ErrUnknown):
		return false, nil
	case err != nil:
		return false, refusal.JournalFailed(err)
	}
	o.recordWrite(ctx, w, listRemoved, gone.Pattern, writeState{Order: w.order, List: listStateOf(gone)}, writeState{Order: w.order})
	return true, nil
}

// entryOf is the entry of a list with the pattern given, nil if there is none.
func (o *Orders) ownEntry(e journal.ListEntry) *listState {
	pattern := digits(e.Pattern)
	for _, old := range o.Journal.Entries(e.List) {
		if digits(old.Pattern) == pattern && strings.HasSuffix(old.Pattern, "*") == strings.HasSuffix(e.Pattern, "*") {
			return listStateOf(old)
		}
	}
	return nil
}

func listStateOf(e journal.ListEntry) *listState {
	return &listState{List: e.List.String(), Pattern: e.Pattern, Name: e.Name, Expires: e.Expires}
}

func oppositeList(l journal.List) journal.List {
	if l == journal.Allow {
		return journal.Block
	}
	return journal.Allow
}
