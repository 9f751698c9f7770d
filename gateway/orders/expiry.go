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

// expiry is a write to the box that holds only for a time.
type expiry struct {
	ID     int64     `json:"id"` // in the audit
	At     time.Time `json:"at"`
	Target string    `json:"target"` // which list of the box, and the number
}

// maxExpiries bounds what is remembered for one box.
const maxExpiries = 5000

func (o *Orders) expiryKey() string { return "expiry/" + o.Box }

// till reports whether an entry, which may have no expiry, is to be removed at the time
// of another one.
func (e *expiry) sameTime(f *expiry) bool {
	if e == nil || f == nil {
		return e == f
	}
	return e.At.Equal(f.At)
}

// expiring remembers that a write is to be taken back at a time; never, if that is
// zero. It returns what was remembered of the same number before, nil if nothing was,
// and whether that is something else.
func (o *Orders) storeExpiry(ctx context.Context, e expiry) (before *expiry, changed bool) {
	e.At = e.At.UTC().Truncate(time.Second)
	err := o.Journal.Update(ctx, func(m journal.Memory) error {
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

// expiryOf is what is remembered of one number on one list of the box, nil if nothing
// is.
func (o *Orders) findExpiry(ctx context.Context, target string) (*expiry, error) {
	text, err := o.Journal.Recall(ctx, o.expiryKey())
	if errors.Is(err, journal.ErrUnknown) {
		return nil, nil //nolint:nilnil // none
	}
	var all []expiry
	if err == nil && json.Unmarshal(text, &all) == nil {
		for _, e := range all {
			if e.Target == target {
				return &e, nil
			}
		}
	}
	return nil, err
}

// released forgets the expiry of an entry that was removed from the box, and returns
// it. That of another entry of the number stays.
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
	one, err := o.Journal.Write(ctx, e.ID)
	if err != nil || json.Unmarshal(one.After, &after) != nil || after.UID != c.UID {
		return nil
	}
	o.storeExpiry(ctx, expiry{Target: e.Target})
	return e
}

func readExpiries(m journal.Memory, key string) (all []expiry, err error) {
	text, err := m.Get(key)
	switch {
	case errors.Is(err, journal.ErrUnknown):
		return nil, nil
	case err != nil:
		return nil, err
	case json.Unmarshal(text, &all) != nil:
		return nil, nil // unreadable: begin anew
	}
	return all, nil
}

// Expire takes back the writes whose time is over. One that was undone or changed
// by somebody meanwhile is left as it is. It runs beside the loop.
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
	var over []int64
	removed, left := 0, 0
	for _, e := range all {
		if now.Before(e.At) {
			continue
		}
		one, err := o.Journal.Write(ctx, e.ID)
		switch {
		case err != nil && !errors.Is(err, journal.ErrUnknown):
			continue // next time
		case err == nil && one.UndoneBy == 0 && !one.Forgotten:
			did, refused := o.undoWrite(ctx, writer{who: "callporter", why: whyExpired, order: "expiry " + strconv.FormatInt(e.ID, 10)}, one)
			switch {
			case refused == nil && did.writeID == 0: // somebody has removed it before
			case refused == nil:
				removed++
			case refused.Code == order.CodeChanged || refused.Code == order.CodeNotFound || refused.Code == order.CodeNotAvailable:
				left++
			default:
				o.Log.Warn("an entry at the box whose time is over is still there", "error", refused)
				continue // next time
			}
		}
		over = append(over, e.ID)
	}
	if len(over) == 0 {
		return
	}
	if removed > 0 {
		o.Log.Info("entries at the box whose time was over are removed", "count", removed)
		o.Poller.Want()
	}
	if left > 0 {
		o.Log.Info("entries at the box whose time was over are left, since others have changed them", "count", left)
	}
	err = o.Journal.Update(ctx, func(m journal.Memory) error {
		left, err := readExpiries(m, o.expiryKey())
		if err != nil {
			return err
		}
		left = slices.DeleteFunc(left, func(e expiry) bool { return slices.Contains(over, e.ID) })
		return m.Set(o.expiryKey(), data(left))
	})
	if err != nil {
		o.Log.Warn("what has expired is not noted", "error", err)
	}
}
