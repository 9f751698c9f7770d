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

// placement is an entry that an order has written to a list of the box and that nobody
// has taken away since, as far as the audit tells.
type placement struct {
	target blockTarget
	root   journal.Write // the write of the order
	write  journal.Write // the same, or the one that has put it back since
	change tr064.Change  // of write
}

// placed are the entries of a number that block has written to the box, oldest first.
func (o *Orders) blockPlacements(ctx context.Context, target string) []placement {
	return slices.DeleteFunc(o.placements(ctx, target), func(p placement) bool { return p.root.Why != "block" })
}

// placements are the entries of a number that orders have written to the box. One that
// was taken away and came back by undo has another UID, and is still the same.
func (o *Orders) placements(ctx context.Context, target string) (all []placement) {
	if o.Journal == nil {
		return nil
	}
	writes, err := o.Journal.WritesTo(ctx, o.Box, target)
	if err != nil {
		o.Log.Warn("what was written to the box is not known", "error", err)
		return nil
	}
	took := map[int64]journal.Write{} // what a write has taken away, by its id
	for _, one := range slices.Backward(writes) {
		var before, after writeState
		if one.Forgotten || errors.Join(json.Unmarshal(one.Before, &before), json.Unmarshal(one.After, &after)) != nil {
			continue
		}
		p := placement{root: one, write: one, change: after.change(one.Action, before)}
		switch p.change.Kind {
		case tr064.BarringAdded, tr064.BarringRemoved:
			p.target.where = config.BlockBarring
		case tr064.ContactAdded, tr064.ContactRemoved:
			p.target = blockTarget{config.BlockPhonebook, p.change.Book}
		default:
			continue
		}
		if p.change.Kind == tr064.BarringAdded || p.change.Kind == tr064.ContactAdded {
			if text, undo := strings.CutPrefix(one.Why, whyUndo+" "); undo {
				id, _ := strconv.ParseInt(text, 10, 64)
				p.root = took[id] // none of ours: the zero Write
			}
			if one.UndoneBy != one.ID { // else it was gone before
				all = append(all, p)
			}
			continue
		}
		all = slices.DeleteFunc(all, func(q placement) bool {
			gone := q.target.is(p.target) && q.change.UID == p.change.UID
			if gone {
				took[one.ID] = q.root
			}
			return gone
		})
	}
	return all
}

// asItIs is what a write has left at the box, as it is there now: an entry that it
// added may have been taken away and put back since.
func (o *Orders) currentChange(ctx context.Context, one journal.Write, c tr064.Change) tr064.Change {
	if c.Kind == tr064.BarringAdded || c.Kind == tr064.ContactAdded {
		for _, p := range o.placements(ctx, one.Target) {
			if p.root.ID == one.ID {
				return p.change
			}
		}
	}
	return c
}
