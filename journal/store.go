package journal

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
)

// store is what a database must do for a Journal. Everything else in the package
// is SQL that any database with ON CONFLICT and RETURNING understands.
type store interface {
	// write runs f in a transaction, which holds if f returns nil. One runs at a
	// time.
	write(ctx context.Context, f func(*conn) error) error
	// reader is where queries run, beside each other and beside a write.
	reader() *conn
	// settle leaves no trace of what was deleted in the places where it stood. It is
	// cheap.
	settle(ctx context.Context) error
	// rewrite also leaves none where it stood once, before it was moved within the
	// file; a million calls take seconds.
	rewrite(ctx context.Context) error
	// scrub is rewrite that also removes copies made before migrations: no file of the
	// store has a trace then but those set aside.
	scrub(ctx context.Context) error
	// trouble tells what an error of any of these means.
	trouble(err error) State
	close() error
}

// conn runs statements, each prepared once; the package's statements are a fixed
// set.
type conn struct {
	prepare func(ctx context.Context, statement string) (*sql.Stmt, error)

	mu       sync.Mutex
	prepared map[string]*sql.Stmt
	damaged  atomic.Bool // a statement has met damage
}

// met notes what came of a statement.
func (c *conn) met(err error) error {
	if damaged(err) {
		c.damaged.Store(true)
	}
	return err
}

func (c *conn) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.prepared[text]; s != nil {
		return s, nil
	}
	s, err := c.prepare(ctx, text)
	if err != nil {
		return nil, c.met(err)
	}
	if c.prepared == nil {
		c.prepared = map[string]*sql.Stmt{}
	}
	c.prepared[text] = s
	return s, nil
}

// exec runs a statement and returns how many rows it changed.
func (c *conn) exec(ctx context.Context, text string, args ...any) (int64, error) {
	s, err := c.statement(ctx, text)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, c.met(err)
	}
	return r.RowsAffected()
}

// row reads the first row into dest; sql.ErrNoRows if there is none.
func (c *conn) row(ctx context.Context, text string, args []any, dest ...any) error {
	s, err := c.statement(ctx, text)
	if err != nil {
		return err
	}
	return c.met(s.QueryRowContext(ctx, args...).Scan(dest...))
}

// each calls f for every row until it returns false or an error.
func (c *conn) each(ctx context.Context, text string, args []any, f func(scan func(...any) error) (bool, error)) error {
	s, err := c.statement(ctx, text)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return c.met(err)
	}
	defer rows.Close()
	for rows.Next() {
		if more, err := f(rows.Scan); err != nil || !more {
			return err
		}
	}
	return c.met(rows.Err())
}

func (c *conn) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.prepared {
		s.Close()
	}
	c.prepared = nil
}
