package journal

import (
	"context"
	"errors"
	"os"
	"time"
)

// purgeStep is how many calls one transaction deletes, so that nobody waits for it.
const purgeStep = 200

// purgeForever deletes what is past its time, now and again, until ctx ends.
func (j *Journal) purgeForever(ctx context.Context) {
	for {
		if err := j.Purge(ctx); err != nil && ctx.Err() == nil {
			j.log.Warn("old calls could not be deleted", "reason", err.Error())
		}
		if !pause(ctx, j.o.Timing.Purge) {
			return
		}
	}
}

// Purge deletes what is past its time: calls, writes of the audit, callers that
// were silent and copies of the file after the days of retention, entries of own
// lists when they have expired. Run does it now and again. No file of the journal has
// a trace of them a day later, but copies made before migrations, which are deleted in
// their turn.
func (j *Journal) Purge(ctx context.Context) error {
	now := j.o.Now()
	if err := j.purgeEntries(ctx, now); err != nil || j.o.RetentionDays == 0 {
		return err
	}
	cut, deleted := j.retained(now), false
	for _, step := range []func(context.Context, *conn, time.Time) (int, error){j.purgeCalls, purgeWrites, purgeNumbers} {
		for {
			n := 0
			err := j.write(ctx, func(c *conn) (err error) {
				n, err = step(ctx, c, cut)
				return err
			})
			if err != nil {
				return err
			}
			deleted = deleted || n > 0
			if n < purgeStep {
				break
			}
		}
	}
	for _, b := range backups(j.o.Path) {
		if info, err := os.Stat(b); err == nil && info.ModTime().Before(cut) {
			os.Remove(b)
		}
	}
	return j.clean(ctx, deleted)
}

// rewriteEvery is how often the file is rewritten after a purge, at most: what has
// moved about in it leaves traces where it stood before.
const rewriteEvery = 24 * time.Hour

// clean sees to it that what was purged cannot be read in the file either: at once
// where it stood, and once a day wherever it may have stood before.
func (j *Journal) clean(ctx context.Context, deleted bool) error {
	now, due := j.o.Now(), false
	err := j.write(ctx, func(c *conn) error {
		m := Memory{ctx, c}
		if deleted {
			if err := m.set(keyPurged, []byte{}); err != nil {
				return err
			}
		}
		switch _, err := m.Get(keyPurged); {
		case errors.Is(err, ErrUnknown):
			return nil
		case err != nil:
			return err
		}
		before, err := m.Get(keyWhole)
		last, bad := time.Parse(time.RFC3339, string(before))
		due = errors.Is(err, ErrUnknown) || bad != nil || now.Sub(last).Abs() >= rewriteEvery
		if due {
			err = nil
		}
		return err
	})
	if err != nil || !deleted && !due {
		return err
	}
	j.writing.Lock()
	defer j.writing.Unlock()
	st, err := j.opened(ctx)
	switch {
	case err != nil:
		return err
	case !due:
		return st.settle(ctx)
	}
	if err := st.rewrite(ctx); err != nil {
		return err
	}
	return st.write(ctx, func(c *conn) error {
		m := Memory{ctx, c}
		return errors.Join(m.set(keyPurged, nil), m.set(keyWhole, []byte(now.UTC().Format(time.RFC3339))))
	})
}

// retained is the moment before which nothing is kept, the zero time = all is.
func (j *Journal) retained(now time.Time) time.Time {
	if j.o.RetentionDays == 0 {
		return time.Time{}
	}
	return now.AddDate(0, 0, -j.o.RetentionDays)
}

func (j *Journal) purgeEntries(ctx context.Context, now time.Time) error {
	expired := false
	for _, e := range j.lists.Load().all {
		expired = expired || e.expired(now)
	}
	if !expired {
		return nil
	}
	return j.changeLists(ctx, func(c *conn) error {
		_, err := c.exec(ctx, `DELETE FROM lists WHERE expires <= $1`, milli(now))
		return err
	})
}

func (j *Journal) purgeCalls(ctx context.Context, c *conn, cut time.Time) (int, error) {
	keys, err := rows(ctx, c, `SELECT key FROM calls WHERE key < $1 ORDER BY key LIMIT $2`, keyAt(cut), purgeStep)
	for k := range keys {
		if err == nil {
			err = j.deleteCall(ctx, c, k)
		}
	}
	return len(keys), err
}

func purgeWrites(ctx context.Context, c *conn, cut time.Time) (int, error) {
	n, err := c.exec(ctx, `DELETE FROM writes WHERE id IN (SELECT id FROM writes WHERE at < $1 ORDER BY id LIMIT $2)`, milli(cut), purgeStep)
	return int(n), err
}

// purgeNumbers runs after purgeCalls: what was last seen before the cut has no
// calls any more, unless a clock was wrong, which the conditions mind.
func purgeNumbers(ctx context.Context, c *conn, cut time.Time) (int, error) {
	n, err := c.exec(ctx, `DELETE FROM numbers WHERE id IN (SELECT id FROM numbers WHERE last_seen < $1
		AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.number = numbers.id)
		AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.network = numbers.id AND calls.network > 0) LIMIT $2)`, milli(cut), purgeStep)
	return int(n), err
}
