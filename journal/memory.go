package journal

import (
	"context"
	"fmt"
	"strings"

	"github.com/callporter/callporter/journal/store"
)

// keyMissed begins the keys of the missed calls of each box. Keys that begin with '_'
// are the journal's own and its store's.
const keyMissed = "_missed/" // … box: the key from which on missed calls count

// Limits of the memory.
const (
	maxMemoryKey   = 200     // bytes
	maxMemoryValue = 1 << 20 // bytes
)

// MemoryTx is the gateway's small memory inside a transaction, see Update.
type MemoryTx struct {
	ctx context.Context
	c   *store.Conn
}

// Update runs f in a transaction on the memory. What f has set holds if it returns
// nil. f must use nothing else of the Journal.
func (j *Journal) Update(ctx context.Context, f func(MemoryTx) error) error {
	err := j.store.Write(ctx, func(c *store.Conn) error {
		return store.Refuse(f(MemoryTx{ctx, c}))
	})
	if err != nil {
		return fmt.Errorf("update memory: %w", err)
	}
	return nil
}

// Remember keeps a value beyond a restart. A key has 1 to 200 bytes and does not
// begin with '_', a value at most 1 MiB.
func (j *Journal) Remember(ctx context.Context, key string, value []byte) error {
	return j.Update(ctx, func(m MemoryTx) error { return m.Set(key, value) })
}

// Recall returns what was remembered; ErrUnknown if nothing was.
func (j *Journal) Recall(ctx context.Context, key string) ([]byte, error) {
	r, err := j.store.Reader(ctx)
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
func (m MemoryTx) Get(key string) ([]byte, error) { return recall(m.ctx, m.c, key) }

// Set remembers a value; nil forgets it.
func (m MemoryTx) Set(key string, value []byte) error {
	switch {
	case key == "" || len(key) > maxMemoryKey || strings.HasPrefix(key, "_"):
		return fmt.Errorf("key %q: 1 to %d bytes that do not begin with '_'", text(key), maxMemoryKey)
	case len(value) > maxMemoryValue:
		return fmt.Errorf("value of %q has %d bytes, %d are allowed", key, len(value), maxMemoryValue)
	}
	return m.c.SetValue(m.ctx, key, value)
}

func recall(ctx context.Context, c *store.Conn, key string) ([]byte, error) {
	v, err := c.Value(ctx, key)
	if err == nil && v == nil {
		err = ErrUnknown
	}
	return v, err
}
