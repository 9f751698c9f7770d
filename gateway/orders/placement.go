package orders

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/journal"
)

// placement is an entry on a list of the box that an order wrote and, as far as the audit
// tells, nobody has removed since.
type placement struct {
	target blockTarget
	root   journal.Write // the first write, by the order
	write  journal.Write // the last write: root, or an undo that restored the entry
	change tr064.Change  // of write
}

// blockPlacements returns the entries of a number that block wrote to the box, oldest
// first.
func (o *Orders) blockPlacements(ctx context.Context, target string) []placement {
	return slices.DeleteFunc(o.placements(ctx, target), func(p placement) bool { return p.root.Why != "block" })
}

// placements returns the entries of a number that orders wrote to the box, oldest first.
// An entry that was removed and restored by undo has a new UID at the box, but counts as
// the same entry.
func (o *Orders) placements(ctx context.Context, target string) (all []placement) {
	if o.Journal == nil {
		return nil
	}
	writes, err := o.Journal.WritesTo(ctx, o.Box, target)
	if err != nil {
		o.Log.Warn("what was written to the box is not known", "error", err)
		return nil
	}
	removedBy := map[int64]journal.Write{} // root of the entry a write removed, by the id of that write
	for _, w := range slices.Backward(writes) {
		var before, after writeState
		if w.Forgotten || errors.Join(json.Unmarshal(w.Before, &before), json.Unmarshal(w.After, &after)) != nil {
			continue
		}
		p := placement{root: w, write: w, change: after.change(w.Action, before)}
		switch p.change.Kind {
		case tr064.BarringAdded, tr064.BarringRemoved:
			p.target.where = config.BlockBarring
		case tr064.ContactAdded, tr064.ContactRemoved:
			p.target = blockTarget{config.BlockPhonebook, p.change.Book}
		default:
			continue
		}
		if p.change.Kind == tr064.BarringAdded || p.change.Kind == tr064.ContactAdded {
			if text, isUndo := strings.CutPrefix(w.Why, whyUndo+" "); isUndo {
				id, _ := strconv.ParseInt(text, 10, 64)
				p.root = removedBy[id] // not an entry of an order: the zero Write
			}
			if w.UndoneBy != w.ID { // else an undo found it gone
				all = append(all, p)
			}
			continue
		}
		all = slices.DeleteFunc(all, func(q placement) bool {
			same := q.target.is(p.target) && q.change.UID == p.change.UID
			if same {
				removedBy[w.ID] = q.root
			}
			return same
		})
	}
	return all
}

// currentChange returns the change of a write with the UID that the entry has at the box
// today. The UID differs from c if the entry was removed and restored since.
func (o *Orders) currentChange(ctx context.Context, w journal.Write, c tr064.Change) tr064.Change {
	if c.Kind == tr064.BarringAdded || c.Kind == tr064.ContactAdded {
		for _, p := range o.placements(ctx, w.Target) {
			if p.root.ID == w.ID {
				return p.change
			}
		}
	}
	return c
}
