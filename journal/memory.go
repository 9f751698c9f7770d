package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Keys of the journal's own; others may not begin with '_'.
const (
	keyMissed = "_missed/" // … box: the key from which on missed calls count
	keyScrub  = "_scrub"   // deleted numbers may still be in the file
	keyProof  = "_proof"   // another value shows that the file can be written
	keyPurged = "_purged"  // something was deleted since the file was rewritten
	keyWhole  = "_whole"   // when the file was rewritten after a purge
)

// Limits of the memory.
const (
	maxMemoryKey   = 200     // bytes
	maxMemoryValue = 1 << 20 // bytes
)

// Memory is the gateway's small memory inside a transaction, see Update.
type Memory struct {
	ctx context.Context
	c   *conn
}

// Update runs f in a transaction on the memory, which holds if f returns nil. f
// must use nothing else of the Journal.
func (j *Journal) Update(ctx context.Context, f func(Memory) error) error {
	err := j.write(ctx, func(c *conn) error {
		err := f(Memory{ctx, c})
		if err != nil && code(err) == 0 {
			err = refusal{err}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("update memory: %w", err)
	}
	return nil
}

// Remember keeps a value beyond a restart. A key has 1 to 200 bytes and does not
// begin with '_', a value at most 1 MiB.
func (j *Journal) Remember(ctx context.Context, key string, value []byte) error {
	return j.Update(ctx, func(m Memory) error { return m.Set(key, value) })
}

// Recall returns what was remembered; ErrUnknown if nothing was.
func (j *Journal) Recall(ctx context.Context, key string) ([]byte, error) {
	r, err := j.reader(ctx)
	if err != nil {
		return nil, fmt.Errorf("recall: %w", err)
	}
	v, err := recall(ctx, r, key)
	if err != nil {
		return nil, fmt.Errorf("recall %q: %w", text(key), err)
	}
	return v, nil
}

// Get returns what was remembered; ErrUnknown if nothing was.
func (m Memory) Get(key string) ([]byte, error) { return recall(m.ctx, m.c, key) }

// Set remembers a value; nil forgets it.
func (m Memory) Set(key string, value []byte) error {
	switch {
	case key == "" || len(key) > maxMemoryKey || strings.HasPrefix(key, "_"):
		return fmt.Errorf("key %q: 1 to %d bytes that do not begin with '_'", text(key), maxMemoryKey)
	case len(value) > maxMemoryValue:
		return fmt.Errorf("value of %q has %d bytes, %d are allowed", key, len(value), maxMemoryValue)
	}
	return m.set(key, value)
}

func (m Memory) set(key string, value []byte) error {
	if value == nil {
		_, err := m.c.exec(m.ctx, `DELETE FROM memory WHERE key = $1`, key)
		return err
	}
	_, err := m.c.exec(m.ctx, `INSERT INTO memory (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}

func recall(ctx context.Context, c *conn, key string) ([]byte, error) {
	var v []byte
	err := c.row(ctx, `SELECT value FROM memory WHERE key = $1`, []any{key}, &v)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrUnknown
	}
	if err == nil && v == nil {
		v = []byte{}
	}
	return v, err
}
