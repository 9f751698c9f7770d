package store

import (
	"context"
	"time"
)

// Keys in the table memory.
const (
	keyScrub     = "_scrub"  // deleted numbers may still be in the file
	keyPurged    = "_purged" // something was deleted since the file was rewritten
	keyRewritten = "_whole"  // when the file was rewritten after a purge
)

// NeedScrub notes, in the transaction that deletes something, that a Scrub has to
// follow. If callporter is killed before, it follows at the next start.
func (c *Conn) NeedScrub(ctx context.Context) error { return c.SetValue(ctx, keyScrub, []byte{}) }

// Scrub leaves nothing of what was deleted in any file but those set aside. It
// rewrites the file, which takes a few seconds for a million calls, and deletes the
// copies made before migrations.
func (s *Store) Scrub(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	db, err := s.opened(ctx)
	if err != nil {
		return err
	}
	return scrub(ctx, db)
}

func scrub(ctx context.Context, db database) error {
	if err := db.scrub(ctx); err != nil {
		return err
	}
	return db.write(ctx, func(c *Conn) error { return c.SetValue(ctx, keyScrub, nil) })
}

// finishScrub makes up for a Scrub that did not take place.
func (s *Store) finishScrub(ctx context.Context, db database) error {
	due := false
	err := db.write(ctx, func(c *Conn) error {
		v, err := c.Value(ctx, keyScrub)
		due = v != nil
		return err
	})
	if err != nil || !due {
		return err
	}
	if err := scrub(ctx, db); err != nil {
		s.o.Log.Warn("deleted numbers may still be in the journal's file", "reason", err.Error())
	}
	return nil
}

// rewriteEvery is how often Clean rewrites the file at most.
const rewriteEvery = 24 * time.Hour

// Clean sees to it that what is past its time and was deleted cannot be read in the
// file either: at once where it stood, and once a day wherever it may have stood
// before. deleted reports whether something was deleted since the last call.
func (s *Store) Clean(ctx context.Context, deleted bool) error {
	now, due := s.o.Now(), false
	err := s.Write(ctx, func(c *Conn) error {
		if deleted {
			if err := c.SetValue(ctx, keyPurged, []byte{}); err != nil {
				return err
			}
		}
		purged, err := c.Value(ctx, keyPurged)
		if err != nil || purged == nil {
			return err
		}
		rewritten, err := c.Value(ctx, keyRewritten)
		last, unreadable := time.Parse(time.RFC3339, string(rewritten))
		due = unreadable != nil || now.Sub(last).Abs() >= rewriteEvery
		return err
	})
	if err != nil || !deleted && !due {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	db, err := s.opened(ctx)
	switch {
	case err != nil:
		return err
	case !due:
		return db.settle(ctx)
	}
	if err := db.rewrite(ctx); err != nil {
		return err
	}
	return db.write(ctx, func(c *Conn) error {
		if err := c.SetValue(ctx, keyPurged, nil); err != nil {
			return err
		}
		return c.SetValue(ctx, keyRewritten, []byte(now.UTC().Format(time.RFC3339)))
	})
}
