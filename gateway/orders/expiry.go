package orders

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// expiry says when to remove an entry that an order wrote to the box.
type expiry struct {
	ID     int64     `json:"id"` // of the write in the audit
	At     time.Time `json:"at"`
	Target string    `json:"target"` // which list of the box, and the number
}

// maxExpiries bounds how many expiries the journal keeps for one box.
const maxExpiries = 5000

func (o *Orders) expiryKey() string { return "expiry/" + o.Box }

// sameTime reports whether two expiries are at the same time. nil stands for no expiry.
func (e *expiry) sameTime(other *expiry) bool {
	if e == nil || other == nil {
		return e == other
	}
	return e.At.Equal(other.At)
}

// storeExpiry keeps an expiry in the journal in place of the one with the same target. A
// zero At only deletes that one. It returns the expiry it replaced, nil if there was none,
// and whether anything changed.
func (o *Orders) storeExpiry(ctx context.Context, e expiry) (before *expiry, changed bool) {
	e.At = e.At.UTC().Truncate(time.Second)
	err := o.Journal.Update(ctx, func(m journal.MemoryTx) error {
		all, err := readExpiries(m, o.expiryKey())
		if err != nil {
			return err
		}
		before = nil
		kept := slices.DeleteFunc(slices.Clone(all), func(old expiry) bool {
			if old.Target == e.Target {
				before = &old
			}
			return old.Target == e.Target
		})
		if !e.At.IsZero() {
			kept = append(kept, e)
		}
		if changed = !slices.Equal(kept, all); !changed {
			return nil
		}
		return m.Set(o.expiryKey(), data(kept[max(0, len(kept)-maxExpiries):]))
	})
	if err != nil {
		o.Log.Warn("an entry at the box will not be removed when its time is over", "error", err)
	}
	return before, changed && err == nil
}

// findExpiry returns the expiry of a target, nil if there is none.
func (o *Orders) findExpiry(ctx context.Context, target string) (*expiry, error) {
	text, err := o.Journal.Recall(ctx, o.expiryKey())
	if errors.Is(err, journal.ErrUnknown) {
		return nil, nil //nolint:nilnil // none
	}
	var expiries []expiry
	if err == nil && json.Unmarshal(text, &expiries) == nil {
		for _, e := range expiries {
			if e.Target == target {
				return &e, nil
			}
		}
	}
	return nil, err
}

// removeExpiry deletes the expiry of the entry that a change has removed from the box, and
// returns it. The expiry of another entry with the same number stays.
func (o *Orders) removeExpiry(ctx context.Context, c tr064.Change, target string) *expiry {
	where := config.BlockBarring
	switch c.Kind {
	case tr064.BarringRemoved:
	case tr064.ContactRemoved:
		where = config.BlockPhonebook
	default:
		return nil
	}
	e, err := o.findExpiry(ctx, where.String()+" "+target)
	if err != nil || e == nil {
		return nil
	}
	var after writeState
	w, err := o.Journal.Write(ctx, e.ID)
	if err != nil || json.Unmarshal(w.After, &after) != nil || after.UID != c.UID {
		return nil
	}
	o.storeExpiry(ctx, expiry{Target: e.Target})
	return e
}

func readExpiries(m journal.MemoryTx, key string) (all []expiry, err error) {
	text, err := m.Get(key)
	switch {
	case errors.Is(err, journal.ErrUnknown):
		return nil, nil
	case err != nil:
		return nil, err
	case json.Unmarshal(text, &all) != nil:
		return nil, nil // unreadable: start with an empty list
	}
	return all, nil
}

// Expire removes the entries at the box whose time is over, by undoing their writes. It
// leaves an entry that somebody has undone or changed meanwhile. It runs beside
// the worker, not in the loop of the line.
func (o *Orders) Expire(ctx context.Context) {
	if o.Journal == nil || !o.hasBox() || o.Poller.Current().Down {
		return
	}
	text, err := o.Journal.Recall(ctx, o.expiryKey())
	var all []expiry
	if err != nil || json.Unmarshal(text, &all) != nil || len(all) == 0 {
		return
	}
	now := o.Now()
	var done []int64
	removed, skipped := 0, 0
	for _, e := range all {
		if now.Before(e.At) {
			continue
		}
		w, err := o.Journal.Write(ctx, e.ID)
		switch {
		case err != nil && !errors.Is(err, journal.ErrUnknown):
			continue // next time
		case err == nil && w.UndoneBy == 0 && !w.Forgotten:
			result, refused := o.undoWrite(ctx, writer{who: "callporter", why: whyExpired, order: "expiry " + strconv.FormatInt(e.ID, 10)}, w)
			switch {
			case refused == nil && result.writeID == 0: // somebody removed it already
			case refused == nil:
				removed++
			case refused.Code == order.CodeChanged || refused.Code == order.CodeNotFound || refused.Code == order.CodeNotAvailable:
				skipped++
			default:
				o.Log.Warn("an entry at the box whose time is over is still there", "error", refused)
				continue // next time
			}
		}
		done = append(done, e.ID)
	}
	if len(done) == 0 {
		return
	}
	if removed > 0 {
		o.Log.Info("entries at the box whose time was over are removed", "count", removed)
		o.Poller.Want()
	}
	if skipped > 0 {
		o.Log.Info("entries at the box whose time was over are left, since others have changed them", "count", skipped)
	}
	err = o.Journal.Update(ctx, func(m journal.MemoryTx) error {
		kept, err := readExpiries(m, o.expiryKey())
		if err != nil {
			return err
		}
		kept = slices.DeleteFunc(kept, func(e expiry) bool { return slices.Contains(done, e.ID) })
		return m.Set(o.expiryKey(), data(kept))
	})
	if err != nil {
		o.Log.Warn("what has expired is not noted", "error", err)
	}
}
