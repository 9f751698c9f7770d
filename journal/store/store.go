package store

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Errors of a file that is not to be opened.
var (
	// ErrNewer says that the file was written by a newer callporter.
	ErrNewer = errors.New("the file was written by a newer callporter")
	// ErrForeign says that the file is a database of another program.
	ErrForeign = errors.New("the file is a database of another program")

	errClosed = errors.New("the journal is closed")
)

// Options say where a Store is and how it works.
type Options struct {
	Path       string        // the file; its folder must exist
	Lock       time.Duration // how long one write waits for a locked file
	Now        func() time.Time
	Log        *slog.Logger
	Registerer prometheus.Registerer // nil = no metrics

	// Opened is called when the file has been opened, before anything else reads or
	// writes it; nil = nothing is to be done. write runs a transaction. After an error
	// the file counts as not opened. It must use nothing else of the Store.
	Opened func(ctx context.Context, write func(context.Context, func(*Conn) error) error, reader *Conn) error
	// Salvaged is called before it, in a transaction, when the file holds what could be
	// read of a damaged one: some of what belongs together may be missing. nil = nothing is
	// to be done.
	Salvaged func(ctx context.Context, c *Conn) error
	// RolledBack is called after an attempt to write has failed and before the next
	// one: what was done in its transaction does not hold. nil = nobody asks.
	RolledBack func()
}

// Store is an open database. Its methods may be called from any goroutine.
type Store struct {
	o        Options
	failures *prometheus.CounterVec

	writing sync.Mutex // held by whoever writes or opens

	mu     sync.Mutex
	db     database // nil while the file cannot be opened
	closed bool
	health Health
}

// Open opens the file, making or migrating it as needed. [ErrNewer] and [ErrForeign]
// are errors, as is the end of ctx, and the file is left as it is then. In all other
// cases Open succeeds: Health tells what is wrong, and the file is opened when it can
// be. A damaged file is renamed and a new one begun.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{o: o, failures: newFailures(o.Registerer)}
	s.health.Since = o.Now()
	err := s.Check(ctx)
	if errors.Is(err, ErrNewer) || errors.Is(err, ErrForeign) || ctx.Err() != nil {
		return nil, err
	}
	return s, nil
}

// Check opens the file where that is still to be done, and finds out whether it can be
// written; see Health.
func (s *Store) Check(ctx context.Context) error {
	return s.Write(ctx, func(*Conn) error { return nil })
}

// Write runs f in a transaction, one at a time. It opens the file if that has not
// worked before, and runs f once more if the file turns out to be damaged or gone. As
// long as it is not known that the file can be written, something is written with it
// in any case: a transaction that changes nothing succeeds on a full disk too.
func (s *Store) Write(ctx context.Context, f func(*Conn) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.Health().State != StateUp {
		f = withProof(ctx, f)
	}
	for first := true; ; first = false {
		db, err := s.opened(ctx)
		if err == nil {
			err = db.write(ctx, f)
		}
		if err != nil && s.o.RolledBack != nil {
			s.o.RolledBack()
		}
		s.note(err)
		if err == nil || refused(err) || db == nil || ctx.Err() != nil {
			return err
		}
		switch state := troubleOf(err); {
		case state == StateDamaged || errors.Is(err, errGone):
			s.drop(db)
			if !first {
				return err
			}
		case state == StateUnavailable && !Constraint(err):
			s.drop(db) // the next write opens the file anew
			return err
		default:
			return err
		}
	}
}

// keyProof has another value each time it is shown that the file can be written.
const keyProof = "_proof"

// withProof is f with a change of the file before it.
func withProof(ctx context.Context, f func(*Conn) error) func(*Conn) error {
	return func(c *Conn) error {
		old, err := c.Value(ctx, keyProof)
		if err != nil {
			return err
		}
		if len(old) == 0 {
			old = []byte{0}
		}
		if err := c.SetValue(ctx, keyProof, []byte{old[0] ^ 1}); err != nil {
			return err
		}
		return f(c)
	}
}

// opened returns the database, opening it first where that is still to be done. The
// caller holds writing.
func (s *Store) opened(ctx context.Context) (database, error) {
	s.mu.Lock()
	db, closed := s.db, s.closed
	s.mu.Unlock()
	if closed {
		return nil, Refuse(errClosed)
	}
	if db != nil {
		return db, nil
	}
	file, err := openSQLite(ctx, s.o.Path, s.o.Lock, s.o.Now(), s.o.Log)
	if err != nil {
		return nil, err
	}
	if file.setAside != "" {
		s.mu.Lock()
		s.health.SetAside = file.setAside
		s.mu.Unlock()
	}
	if err := s.prepare(ctx, file); err != nil {
		file.close()
		return nil, err
	}
	s.mu.Lock()
	s.db = file
	s.mu.Unlock()
	return file, nil
}

// prepare does what is to be done with a database just opened.
func (s *Store) prepare(ctx context.Context, db database) error {
	if err := db.write(ctx, func(c *Conn) error { return s.finishSalvage(ctx, c) }); err != nil {
		return err
	}
	if s.o.Opened != nil {
		if err := s.o.Opened(ctx, db.write, db.reader()); err != nil {
			return err
		}
	}
	return s.finishScrub(ctx, db)
}

// finishSalvage has what was taken over from a damaged file put in order.
func (s *Store) finishSalvage(ctx context.Context, c *Conn) error {
	v, err := c.Value(ctx, keySalvaged)
	if err != nil || v == nil {
		return err
	}
	if s.o.Salvaged != nil {
		if err := s.o.Salvaged(ctx, c); err != nil {
			return err
		}
	}
	return c.SetValue(ctx, keySalvaged, nil)
}

// drop closes a database that is of no use any more.
func (s *Store) drop(db database) {
	s.mu.Lock()
	s.db = nil
	s.mu.Unlock()
	if err := db.close(); err != nil {
		s.o.Log.Warn("journal could not be closed", "reason", err.Error())
	}
}

// Reader returns where queries run, opening the file if need be. Queries run beside
// each other and beside a write.
func (s *Store) Reader(ctx context.Context) (*Conn, error) {
	s.mu.Lock()
	db := s.db
	s.mu.Unlock()
	if db != nil {
		return db.reader(), nil
	}
	err := s.Check(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.db != nil: // it can be read, also where it cannot be written
		return s.db.reader(), nil
	case err != nil:
		return nil, err
	}
	return nil, errClosed
}

// Close closes the database. The methods of a closed Store return an error.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	db := s.db
	s.db, s.closed = nil, true
	s.mu.Unlock()
	if db == nil {
		return nil
	}
	return db.close()
}
