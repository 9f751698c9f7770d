package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
)

// Conn runs statements, each prepared once; the statements of a program are a fixed
// set. Their arguments are $1, $2 and so on.
type Conn struct {
	prepare func(ctx context.Context, statement string) (*sql.Stmt, error)

	mu       sync.Mutex
	prepared map[string]*sql.Stmt
	damaged  atomic.Bool // a statement has met damage
}

// noted keeps in mind whether an error tells of damage, and returns it.
func (c *Conn) noted(err error) error {
	if damaged(err) {
		c.damaged.Store(true)
	}
	return err
}

func (c *Conn) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.prepared[text]; s != nil {
		return s, nil
	}
	s, err := c.prepare(ctx, text)
	if err != nil {
		return nil, c.noted(err)
	}
	if c.prepared == nil {
		c.prepared = map[string]*sql.Stmt{}
	}
	c.prepared[text] = s
	return s, nil
}

// Exec runs a statement and returns how many rows it changed.
func (c *Conn) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	s, err := c.statement(ctx, text)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, c.noted(err)
	}
	return r.RowsAffected()
}

// Row reads the first row into dest; [sql.ErrNoRows] if there is none.
func (c *Conn) Row(ctx context.Context, text string, args []any, dest ...any) error {
	s, err := c.statement(ctx, text)
	if err != nil {
		return err
	}
	return c.noted(s.QueryRowContext(ctx, args...).Scan(dest...))
}

// Each calls f for every row until it returns false or an error.
func (c *Conn) Each(ctx context.Context, text string, args []any, f func(scan func(...any) error) (bool, error)) error {
	s, err := c.statement(ctx, text)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return c.noted(err)
	}
	defer rows.Close()
	for rows.Next() {
		if more, err := f(rows.Scan); err != nil || !more {
			return err
		}
	}
	return c.noted(rows.Err())
}

// Value returns what the table memory keeps under a key, nil if it keeps nothing.
func (c *Conn) Value(ctx context.Context, key string) ([]byte, error) {
	var v []byte
	err := c.Row(ctx, `SELECT value FROM memory WHERE key = $1`, []any{key}, &v)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err == nil && v == nil {
		v = []byte{}
	}
	return v, err
}

// SetValue keeps a value in the table memory; nil removes it. The keys that begin
// with '_' are callporter's own, among them those of [Store].
func (c *Conn) SetValue(ctx context.Context, key string, value []byte) error {
	if value == nil {
		_, err := c.Exec(ctx, `DELETE FROM memory WHERE key = $1`, key)
		return err
	}
	_, err := c.Exec(ctx, `INSERT INTO memory (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}

func (c *Conn) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.prepared {
		s.Close()
	}
	c.prepared = nil
}
