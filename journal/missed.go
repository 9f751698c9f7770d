package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/journal/store"
)

// Missed returns how many calls of a box were missed since ResetMissed, and the
// newest of them, at most limit.
func (j *Journal) Missed(ctx context.Context, box string, limit int) (int, []call.Call, error) {
	return j.MissedOn(ctx, box, "", limit)
}

// MissedOn is Missed of one own number, as in Filter.Line; "" = all of them.
func (j *Journal) MissedOn(ctx context.Context, box, line string, limit int) (int, []call.Call, error) {
	r, err := j.store.Reader(ctx)
	if err != nil {
		return 0, nil, fmt.Errorf("read missed calls: %w", err)
	}
	since, err := missedSince(ctx, r, box)
	if err != nil {
		return 0, nil, fmt.Errorf("read missed calls: %w", err)
	}
	sel, err := (&Filter{Box: box, Line: line, Outcomes: []call.Outcome{call.Missed}, Limit: limit}).resolve(ctx, r)
	if err != nil {
		return 0, nil, fmt.Errorf("read missed calls: %w", err)
	}
	sel.low = since
	count := 0
	for kind := range sel.kinds {
		var n int
		if err := r.Row(ctx, `SELECT count(*) FROM calls WHERE kind = $1 AND key >= $2`, []any{kind, since}, &n); err != nil {
			return 0, nil, fmt.Errorf("count missed calls: %w", err)
		}
		count += n
	}
	p, err := j.page(ctx, r, sel)
	if err != nil {
		return 0, nil, fmt.Errorf("read missed calls: %w", err)
	}
	calls := make([]call.Call, len(p.Entries))
	for i := range p.Entries {
		calls[i] = p.Entries[i].Call
	}
	return count, calls, nil
}

// ResetMissed makes the missed calls of a box count from the moment given on.
func (j *Journal) ResetMissed(ctx context.Context, box string, at time.Time) error {
	value := binary.BigEndian.AppendUint64(nil, uint64(keyAt(at)))
	return j.Update(ctx, func(m MemoryTx) error { return m.c.SetValue(ctx, keyMissed+box, value) })
}

func missedSince(ctx context.Context, c *store.Conn, box string) (int64, error) {
	v, err := recall(ctx, c, keyMissed+box)
	if errors.Is(err, ErrUnknown) || err == nil && len(v) != 8 {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(v)), nil
}
