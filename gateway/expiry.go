package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/mqtt"
)

// expiry is a write to the box that holds only for a time.
type expiry struct {
	ID     int64     `json:"id"` // in the audit
	At     time.Time `json:"at"`
	Target string    `json:"target"` // which list of the box, and the number
}

// maxExpiries bounds what is remembered for one box.
const maxExpiries = 5000

func (b *box) expiryKey() string { return "expiry/" + b.id }

// expiring remembers that a write is to be taken back at a time; never, if that is
// zero. Where the number was there already, its earlier write gets the new time.
func (b *box) expiring(ctx context.Context, e expiry) {
	e.At = e.At.UTC().Truncate(time.Second)
	err := b.journal.Update(ctx, func(m journal.Memory) error {
		all, err := readExpiries(m, b.expiryKey())
		if err != nil {
			return err
		}
		kept := slices.DeleteFunc(slices.Clone(all), func(old expiry) bool {
			if old.Target == e.Target && e.ID == 0 {
				e.ID = old.ID
			}
			return old.Target == e.Target
		})
		if e.ID != 0 && !e.At.IsZero() {
			kept = append(kept, e)
		}
		if slices.Equal(kept, all) {
			return nil
		}
		return m.Set(b.expiryKey(), data(kept[max(0, len(kept)-maxExpiries):]))
	})
	if err != nil {
		b.log.Warn("an entry at the box will not be removed when its time is over", "error", err)
	}
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

// expire takes back the writes whose time is over. One that was undone or changed
// by somebody meanwhile is left as it is. It runs beside the loop.
func (b *box) expire(ctx context.Context) {
	if b.journal == nil || b.access == nil || b.access.current.Load().down() {
		return
	}
	text, err := b.journal.Recall(ctx, b.expiryKey())
	var all []expiry
	if err != nil || json.Unmarshal(text, &all) != nil || len(all) == 0 {
		return
	}
	now := b.now()
	var over []int64
	removed := 0
	for _, e := range all {
		if now.Before(e.At) {
			continue
		}
		one, err := b.journal.Write(ctx, e.ID)
		if err == nil && one.UndoneBy == 0 && !one.Forgotten {
			w := writer{who: "callporter", why: "expired", order: "expiry"}
			refusal := b.undoOne(ctx, w, one)
			switch {
			case refusal == nil:
				removed++
			case refusal.Code != mqtt.CodeChanged && refusal.Code != mqtt.CodeNotFound && refusal.Code != mqtt.CodeNotAvailable:
				b.log.Warn("an entry at the box whose time is over is still there", "error", refusal)
				continue // next time
			}
		}
		over = append(over, e.ID)
	}
	if len(over) == 0 {
		return
	}
	if removed > 0 {
		b.log.Info("entries at the box whose time was over are removed", "count", removed)
		b.access.want()
	}
	err = b.journal.Update(ctx, func(m journal.Memory) error {
		left, err := readExpiries(m, b.expiryKey())
		if err != nil {
			return err
		}
		left = slices.DeleteFunc(left, func(e expiry) bool { return slices.Contains(over, e.ID) })
		return m.Set(b.expiryKey(), data(left))
	})
	if err != nil {
		b.log.Warn("what has expired is not noted", "error", err)
	}
}
