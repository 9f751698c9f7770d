package journal

import (
	"context"
	"os"
	"time"

	"github.com/callporter/callporter/journal/store"
)

// purgeStep is how many calls one transaction deletes, so few that nobody notices.
const purgeStep = 200

// purgeForever runs Purge at intervals until ctx ends.
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
// lists when they have expired. Run does it at intervals. No file of the journal has
// a trace of them a day later. Only the copies made before migrations have, until they
// are deleted.
func (j *Journal) Purge(ctx context.Context) error {
	now := j.o.Now()
	if err := j.purgeEntries(ctx, now); err != nil || j.o.RetentionDays == 0 {
		return err
	}
	cut, deleted := j.retained(now), false
	for _, step := range []func(context.Context, *store.Conn, time.Time) (int, error){j.purgeCalls, purgeWrites, purgeNumbers} {
		for {
			n := 0
			err := j.store.Write(ctx, func(c *store.Conn) (err error) {
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
	for _, b := range store.Backups(j.o.Path) {
		if info, err := os.Stat(b); err == nil && info.ModTime().Before(cut) {
			os.Remove(b)
		}
	}
	return j.store.Clean(ctx, deleted)
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
	return j.changeLists(ctx, func(c *store.Conn) error {
		_, err := c.Exec(ctx, `DELETE FROM lists WHERE expires <= $1`, milli(now))
		return err
	})
}

func (j *Journal) purgeCalls(ctx context.Context, c *store.Conn, cut time.Time) (int, error) {
	keys, err := rows(ctx, c, `SELECT key FROM calls WHERE key < $1 ORDER BY key LIMIT $2`, keyAt(cut), purgeStep)
	for k := range keys {
		if err == nil {
			err = j.deleteCall(ctx, c, k)
		}
	}
	return len(keys), err
}

func purgeWrites(ctx context.Context, c *store.Conn, cut time.Time) (int, error) {
	n, err := c.Exec(ctx, `DELETE FROM writes WHERE id IN (SELECT id FROM writes WHERE at < $1 ORDER BY id LIMIT $2)`, milli(cut), purgeStep)
	return int(n), err
}

// purgeNumbers runs after purgeCalls: a number last seen before the cut has no calls
// any more. The conditions are for the case that a clock was wrong.
func purgeNumbers(ctx context.Context, c *store.Conn, cut time.Time) (int, error) {
	n, err := c.Exec(ctx, `DELETE FROM numbers WHERE id IN (SELECT id FROM numbers WHERE last_seen < $1
		AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.number = numbers.id)
		AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.network = numbers.id AND calls.network > 0) LIMIT $2)`, milli(cut), purgeStep)
	return int(n), err
}
