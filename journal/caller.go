package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/journal/store"
)

// Caller is what the journal knows about a number over all boxes. It is kept until the
// number has had no call for the days of retention.
type Caller struct {
	Number      string    // E.164, or as reported where it has none
	First, Last time.Time // when it called or was called
	Calls       int       // its calls
	Dialled     int       // calls to it
	Answered    int       // its calls that somebody answered
	EarlyHungUp int       // those of them shorter than Options.EarlyHangUp
	Talked      time.Duration
}

// Caller returns what is known about a number; false if it never called and was
// never called, or is withheld.
func (j *Journal) Caller(ctx context.Context, n call.Number) (Caller, bool, error) {
	full, _ := spellings(n)
	if full == "" {
		return Caller{}, false, nil
	}
	r, err := j.store.Reader(ctx)
	if err != nil {
		return Caller{}, false, fmt.Errorf("look up caller: %w", err)
	}
	c := Caller{Number: full}
	var first, last sql.NullInt64
	var talked int64
	err = r.Row(ctx, `SELECT first_seen, last_seen, calls, dialled, answered, early, talked FROM numbers WHERE number = $1`, []any{full},
		&first, &last, &c.Calls, &c.Dialled, &c.Answered, &c.EarlyHungUp, &talked)
	if errors.Is(err, sql.ErrNoRows) {
		return Caller{}, false, nil
	} else if err != nil {
		return Caller{}, false, fmt.Errorf("look up caller: %w", err)
	}
	if !first.Valid {
		return Caller{}, false, nil // there is a row, but only as the network number of others
	}
	c.First, c.Last, c.Talked = fromMilli(first.Int64), fromMilli(last.Int64), time.Duration(talked)*time.Millisecond
	return c, true, nil
}

// tally is what one call adds to what is known about its number.
type tally struct{ calls, dialled, answered, early, talked int64 }

// A call of a test adds nothing: the caller was another one.
func (j *Journal) tally(c *call.Call) tally {
	var t tally
	if c.Injected() {
		return t
	}
	if c.Direction == call.Outgoing {
		t.dialled = 1
	} else {
		t.calls = 1
		if c.Outcome == call.Answered {
			t.answered = 1
			if c.Talk < j.o.EarlyHangUp {
				t.early = 1
			}
		}
	}
	if c.Outcome == call.Answered {
		t.talked = c.Talk.Milliseconds()
	}
	return t
}

func (t tally) minus(u tally) tally {
	return tally{t.calls - u.calls, t.dialled - u.dialled, t.answered - u.answered, t.early - u.early, t.talked - u.talked}
}

// countNumber adds a call to what is known about its number and returns the id of the
// number's row, 0 for a withheld number. With the zero time it only makes sure that
// there is a row.
func countNumber(ctx context.Context, c *store.Conn, n call.Number, t tally, at time.Time) (int64, error) {
	full, national := spellings(n)
	if full == "" {
		return 0, nil
	}
	var id int64
	var seen any
	if !at.IsZero() {
		seen = milli(at)
	}
	err := c.Row(ctx, `INSERT INTO numbers (number, national, first_seen, last_seen, calls, dialled, answered, talked, early)
		VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (number) DO UPDATE SET national = excluded.national,
		first_seen = CASE WHEN numbers.first_seen < excluded.first_seen OR excluded.first_seen IS NULL THEN numbers.first_seen ELSE excluded.first_seen END,
		last_seen = CASE WHEN numbers.last_seen > excluded.last_seen OR excluded.last_seen IS NULL THEN numbers.last_seen ELSE excluded.last_seen END,
		calls = numbers.calls + excluded.calls, dialled = numbers.dialled + excluded.dialled,
		answered = numbers.answered + excluded.answered, talked = numbers.talked + excluded.talked, early = numbers.early + excluded.early
		RETURNING id`,
		[]any{full, national, seen, t.calls, t.dialled, t.answered, t.talked, t.early}, &id)
	return id, err
}
