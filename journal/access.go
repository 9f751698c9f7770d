package journal

import (
	"context"
	"errors"
	"fmt"
)

// refusal is an error that is about the order, not about the file.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

func refused(err error) bool {
	var r refusal
	return errors.As(err, &r)
}

// write runs f in a transaction. It opens the file if that has not worked before,
// and once more if the file turns out to be damaged or gone. As long as it is not
// known that the file can be written, something is written with it in any case: a
// transaction that changes nothing succeeds on a full disk too.
func (j *Journal) write(ctx context.Context, f func(*conn) error) error {
	j.writing.Lock()
	defer j.writing.Unlock()
	if j.Health().State != StateUp {
		f = proving(ctx, f)
	}
	for again := true; ; again = false {
		st, err := j.opened(ctx)
		if err == nil {
			err = st.write(ctx, f)
		}
		if err != nil {
			j.ids = ids{} // some may have been made in the transaction that failed
		}
		j.note(st, err)
		if err == nil || refused(err) || st == nil || ctx.Err() != nil {
			return err
		}
		switch state := st.trouble(err); {
		case state == StateDamaged || errors.Is(err, errGone):
			j.abandon(st)
			if !again {
				return err
			}
		case state == StateUnavailable && !constraint(err):
			j.abandon(st) // the next write begins with a fresh look
			return err
		default:
			return err
		}
	}
}

// proving is f with a change of the file before it.
func proving(ctx context.Context, f func(*conn) error) func(*conn) error {
	return func(c *conn) error {
		m := Memory{ctx, c}
		was, err := m.Get(keyProof)
		switch {
		case errors.Is(err, ErrUnknown) || err == nil && len(was) == 0:
			was = []byte{0}
		case err != nil:
			return err
		}
		if err := m.set(keyProof, []byte{was[0] ^ 1}); err != nil {
			return err
		}
		return f(c)
	}
}

// opened returns the store, opening it first where that is still to be done. The
// caller holds writing.
func (j *Journal) opened(ctx context.Context) (store, error) {
	j.mu.Lock()
	st, closed := j.st, j.closed
	j.mu.Unlock()
	if closed {
		return nil, refusal{errClosed}
	}
	if st != nil {
		return st, nil
	}
	s, err := openSQLite(ctx, j.o.Path, j.o.Timing.Lock, j.o.Now(), j.log)
	if err != nil {
		return nil, err
	}
	if s.aside != "" {
		j.log.Error("journal was damaged and a new one is begun", "set_aside", s.aside, "reason", s.damage)
		j.mu.Lock()
		j.health.SetAside = s.aside
		j.mu.Unlock()
	}
	j.ids = ids{}
	if err := j.takeUp(ctx, s); err != nil {
		s.close()
		return nil, err
	}
	j.mu.Lock()
	j.st = s
	j.mu.Unlock()
	return s, nil
}

// takeUp does what is to be done with a file just opened.
func (j *Journal) takeUp(ctx context.Context, st store) error {
	if !j.swept {
		if err := st.write(ctx, func(c *conn) error { return j.sweep(ctx, c) }); err != nil {
			return fmt.Errorf("close calls that were cut off: %w", err)
		}
		j.swept = true
	}
	due := false
	if err := st.write(ctx, func(c *conn) error {
		_, err := recall(ctx, c, keyScrub)
		due = err == nil
		if errors.Is(err, ErrUnknown) {
			err = nil
		}
		return err
	}); err != nil {
		return err
	}
	if due {
		if err := j.scrub(ctx, st); err != nil {
			j.log.Warn("deleted numbers may still be in the journal's file", "reason", err.Error())
		}
	}
	return j.loadLists(ctx, st.reader())
}

func (j *Journal) abandon(st store) {
	j.mu.Lock()
	j.st = nil
	j.mu.Unlock()
	if err := st.close(); err != nil {
		j.log.Warn("journal could not be closed", "reason", err.Error())
	}
}

// reader returns where queries run, opening the file if need be.
func (j *Journal) reader(ctx context.Context) (*conn, error) {
	j.mu.Lock()
	st := j.st
	j.mu.Unlock()
	if st != nil {
		return st.reader(), nil
	}
	err := j.write(ctx, func(*conn) error { return nil })
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.st != nil: // it can be read, also where it cannot be written
		return j.st.reader(), nil
	case err != nil:
		return nil, err
	}
	return nil, errClosed
}
