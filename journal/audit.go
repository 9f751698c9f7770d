package journal

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/callporter/callporter/journal/store"
)

// Write is one write to a box, as the audit keeps it.
type Write struct {
	ID     int64 // given by RecordWrite, growing
	Box    string
	Action string // what was done: "phonebook_add", "deflection", …
	Target string // to what: a phonebook, a number, a position
	// Before and After are what stood there, in the terms of whoever wrote it; nil
	// = nothing.
	Before, After json.RawMessage
	Who, Why      string
	At            time.Time // zero = now
	UndoneBy      int64     // the write that took it back; 0 = it holds
	Forgotten     bool      // its contents held a number that was forgotten
}

// WriteState is what all who write to a box keep in Before and After, as JSON; some keep
// more beside it.
type WriteState struct {
	Order string `json:"order"` // unique per order; undo takes back all its writes together
	Entry string `json:"entry,omitempty"`
}

const maxWrite = 1 << 20 // bytes of Before and After each

// RecordWrite adds a write to the audit and returns its ID.
func (j *Journal) RecordWrite(ctx context.Context, w Write) (int64, error) {
	if w.At.IsZero() {
		w.At = j.o.Now()
	}
	var id int64
	err := j.store.Write(ctx, func(c *store.Conn) (err error) {
		id, err = insertWrite(ctx, c, w)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("record write: %w", err)
	}
	return id, nil
}

// insertWrite is the statement of RecordWrite.
func insertWrite(ctx context.Context, c *store.Conn, w Write) (id int64, err error) {
	var states [2]string
	for i, state := range []json.RawMessage{w.Before, w.After} {
		var b bytes.Buffer
		if len(state) > maxWrite {
			return 0, store.Refuse(fmt.Errorf("a state of %d bytes, %d are allowed", len(state), maxWrite))
		}
		if state != nil && json.Compact(&b, state) != nil {
			return 0, store.Refuse(errors.New("before or after is no JSON"))
		}
		states[i] = b.String()
	}
	err = c.Row(ctx, `INSERT INTO writes (box, action, target, before, after, who, why, at, undone_by, forgotten)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0) RETURNING id`,
		[]any{text(w.Box), text(w.Action), text(w.Target), states[0], states[1], text(w.Who), text(w.Why), milli(w.At), w.UndoneBy}, &id)
	return id, err
}

// AppendWrite adds a write to the audit of a journal that another process may have
// open, for a command that is soon over. It makes no file, migrates none and sets none
// aside. lock is how long to wait for a locked file. w.At has to be set.
func AppendWrite(ctx context.Context, path string, lock time.Duration, w Write) (id int64, err error) {
	err = store.Append(ctx, path, lock, func(c *store.Conn) error {
		id, err = insertWrite(ctx, c, w)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("append write: %w", err)
	}
	return id, nil
}

// MarkUndone notes that a write was taken back by another one. ErrUnknown if there
// is no such write, ErrUndone if it was taken back before.
func (j *Journal) MarkUndone(ctx context.Context, id, by int64) error {
	err := j.store.Write(ctx, func(c *store.Conn) error {
		n, err := c.Exec(ctx, `UPDATE writes SET undone_by = $2 WHERE id = $1 AND undone_by = 0`, id, by)
		if err != nil || n == 1 {
			return err
		}
		var undone int64
		err = c.Row(ctx, `SELECT undone_by FROM writes WHERE id = $1`, []any{id}, &undone)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return store.Refuse(ErrUnknown)
		case err != nil:
			return err
		}
		return store.Refuse(ErrUndone)
	})
	if err != nil {
		return fmt.Errorf("mark write %d undone: %w", id, err)
	}
	return nil
}

// Write returns one write of the audit; ErrUnknown if there is none.
func (j *Journal) Write(ctx context.Context, id int64) (Write, error) {
	var found []Write
	r, err := j.store.Reader(ctx)
	if err == nil {
		found, err = readWrites(ctx, r, `WHERE id = $1`, id)
	}
	if err == nil && len(found) == 0 {
		err = ErrUnknown
	}
	if err != nil {
		return Write{}, fmt.Errorf("read write %d: %w", id, err)
	}
	return found[0], nil
}

// Writes returns the audit, newest first: of one box, or of all where box is "",
// before the ID given (0 = from the newest), at most limit.
func (j *Journal) Writes(ctx context.Context, box string, before int64, limit int) ([]Write, error) {
	before = cmp.Or(before, math.MaxInt64)
	if limit < 1 || limit > MaxPage {
		return nil, fmt.Errorf("read audit: %d writes, 1 to %d are allowed", limit, MaxPage)
	}
	var found []Write
	r, err := j.store.Reader(ctx)
	if err == nil {
		found, err = readWrites(ctx, r, `WHERE ($1 = '' OR box = $1) AND id < $2 ORDER BY id DESC LIMIT $3`, text(box), before, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("read audit: %w", err)
	}
	return found, nil
}

// WritesTo returns the audit of one target of a box, such as a number, newest first,
// at most MaxPage.
func (j *Journal) WritesTo(ctx context.Context, box, target string) ([]Write, error) {
	var found []Write
	r, err := j.store.Reader(ctx)
	if err == nil {
		found, err = readWrites(ctx, r, `WHERE box = $1 AND target = $2 ORDER BY id DESC LIMIT $3`, text(box), text(target), MaxPage)
	}
	if err != nil {
		return nil, fmt.Errorf("read audit: %w", err)
	}
	return found, nil
}

func readWrites(ctx context.Context, c *store.Conn, where string, args ...any) ([]Write, error) {
	var found []Write
	err := c.Each(ctx, `SELECT id, box, action, target, before, after, who, why, at, undone_by, forgotten FROM writes `+where, args,
		func(scan func(...any) error) (bool, error) {
			var w Write
			var before, after string
			var at int64
			err := scan(&w.ID, &w.Box, &w.Action, &w.Target, &before, &after, &w.Who, &w.Why, &at, &w.UndoneBy, &w.Forgotten)
			w.Before, w.After, w.At = raw(before), raw(after), fromMilli(at)
			found = append(found, w)
			return true, err
		})
	return found, err
}

func raw(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}
