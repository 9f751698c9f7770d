package orders

import (
	"context"
	"errors"
	"strings"

	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// addOwnEntry adds an entry to an own list and removes it from the opposite list. moved
// says that the opposite list had it.
func (o *Orders) addOwnEntry(ctx context.Context, w writer, e journal.ListEntry) (moved bool, refused *order.Refusal) {
	before := writeState{WriteState: w.state("")}
	before.List = o.ownEntry(e)
	if old := before.List; old == nil || old.Name != e.Name || !old.Expires.Equal(e.Expires) { // an unchanged entry needs no write
		added, err := o.Journal.AddEntry(ctx, e)
		if err != nil {
			return false, refusal.JournalFailed(err)
		}
		o.recordWrite(ctx, w, listAdded, added.Pattern, before, writeState{WriteState: w.state(""), List: listStateOf(added)})
	}
	if opposite := o.ownEntry(journal.ListEntry{List: oppositeList(e.List), Pattern: e.Pattern}); opposite != nil {
		// With the number on both lists, allow would win even after a block.
		if removed, err := o.Journal.RemoveEntry(ctx, oppositeList(e.List), e.Pattern); err == nil {
			o.recordWrite(ctx, w, listRemoved, removed.Pattern, writeState{WriteState: w.state(""), List: listStateOf(removed)}, writeState{WriteState: w.state("")})
			moved = true
		}
	}
	return moved, nil
}

// removeOwnEntry removes an entry from an own list. found says that the list had it.
func (o *Orders) removeOwnEntry(ctx context.Context, w writer, e journal.ListEntry) (found bool, refused *order.Refusal) {
	if o.Journal == nil {
		return false, nil
	}
	removed, err := o.Journal.RemoveEntry(ctx, e.List, e.Pattern)
	switch {
	case errors.Is(err, journal.ErrUnknown):
		return false, nil
	case err != nil:
		return false, refusal.JournalFailed(err)
	}
	o.recordWrite(ctx, w, listRemoved, removed.Pattern, writeState{WriteState: w.state(""), List: listStateOf(removed)}, writeState{WriteState: w.state("")})
	return true, nil
}

// ownEntry returns the entry on the list of e that has the pattern of e, nil if there is
// none.
func (o *Orders) ownEntry(e journal.ListEntry) *listState {
	pattern := digits(e.Pattern)
	for _, listed := range o.Journal.Entries(e.List) {
		if digits(listed.Pattern) == pattern && strings.HasSuffix(listed.Pattern, "*") == strings.HasSuffix(e.Pattern, "*") {
			return listStateOf(listed)
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
