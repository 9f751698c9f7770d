package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// sqlite is a database in a file. One connection writes, two read.
type sqlite struct {
	path     string
	file     os.FileInfo // what was opened
	setAside string      // where a damaged file was moved when this one was opened

	writeDB   *sql.DB
	writeConn *sql.Conn // the only one of writeDB
	w         *Conn     // on writeConn
	readDB    *sql.DB
	r         *Conn // on readDB
}

// openSQLite opens the file at path, making it, migrating it, or setting it aside
// if it is damaged, with a new one in its place that holds what can be read.
func openSQLite(ctx context.Context, path string, lock time.Duration, now time.Time, log *slog.Logger) (*sqlite, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		os.Rename(path+newEnd, path) // callporter was killed before the last step of replaceDamaged
	}
	s, err := tryOpen(ctx, path, lock, now, log)
	if err == nil || !damaged(err) {
		return s, err
	}
	aside, err := replaceDamaged(ctx, path, lock, now, log, err)
	if err != nil {
		return nil, err
	}
	if s, err = tryOpen(ctx, path, lock, now, log); err != nil {
		return nil, err
	}
	s.setAside = aside
	return s, nil
}

func tryOpen(ctx context.Context, path string, lock time.Duration, now time.Time, log *slog.Logger) (*sqlite, error) {
	if err := checkHeader(path); err != nil {
		return nil, err
	}
	file, err := makeFile(path)
	if err != nil {
		return nil, err
	}
	s := &sqlite{path: path, file: file}
	if err := s.connect(ctx, lock, now, log); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *sqlite) connect(ctx context.Context, lock time.Duration, now time.Time, log *slog.Logger) error {
	var err error
	// A commit waits for the disk (synchronous=FULL): calls are few and written in
	// batches by one goroutine. Eight megabytes hold the upper levels of the indices
	// of a million calls; a small file never takes them.
	s.writeDB, err = sql.Open("sqlite", source(s.path, lock, "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)",
		"cache_size(-8000)", "wal_autocheckpoint(4000)", "journal_size_limit(4194304)"))
	if err != nil {
		return err
	}
	s.writeDB.SetMaxOpenConns(1)
	if s.writeConn, err = s.writeDB.Conn(ctx); err != nil {
		return err
	}
	if err := s.check(ctx); err != nil {
		return err
	}
	if err := s.migrate(ctx, now, log); err != nil {
		return err
	}
	s.w = &Conn{prepare: s.writeConn.PrepareContext}
	s.readDB, err = sql.Open("sqlite", source(s.path, lock, "query_only(ON)", "cache_size(-1000)"))
	if err != nil {
		return err
	}
	s.readDB.SetMaxOpenConns(2)
	s.readDB.SetConnMaxIdleTime(5 * time.Minute)
	s.r = &Conn{prepare: s.readDB.PrepareContext}
	return nil
}

// source is a file and how to open it, as the driver reads it.
func source(path string, lock time.Duration, pragmas ...string) string {
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // C:/…
	}
	q := url.Values{"_pragma": append([]string{fmt.Sprintf("busy_timeout(%d)", lock.Milliseconds())}, pragmas...)}
	return "file:" + (&url.URL{Path: p}).EscapedPath() + "?" + q.Encode()
}

// check looks for damage in the structure of the file. It reads all of it once;
// PRAGMA integrity_check would compare every index with its table besides, which
// takes several times as long.
func (s *sqlite) check(ctx context.Context) error {
	var said string
	if err := s.writeConn.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said); err != nil {
		return fmt.Errorf("check file: %w", err)
	}
	if said != "ok" {
		return fmt.Errorf("%w: %s", errDamaged, strings.ReplaceAll(said, "\n", " "))
	}
	return nil
}

func (s *sqlite) write(ctx context.Context, f func(*Conn) error) (err error) {
	if info, err := os.Stat(s.path); errors.Is(err, os.ErrNotExist) || err == nil && !os.SameFile(info, s.file) {
		return errGone
	}
	if s.r.damaged.Load() {
		return errDamaged
	}
	if _, err := s.writeConn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil { // some failures have ended the transaction already
			s.writeConn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	if err := f(s.w); err != nil {
		return err
	}
	_, err = s.writeConn.ExecContext(ctx, "COMMIT")
	return err
}

func (s *sqlite) reader() *Conn { return s.r }

// scrub rewrites the file, empties the write-ahead log and removes copies.
func (s *sqlite) scrub(ctx context.Context) error {
	if err := s.rewrite(ctx); err != nil {
		return err
	}
	return s.removeBackups()
}

// rewrite rewrites the file and empties the write-ahead log. Deleted cells are
// overwritten anyway, but what moved within the file may have left copies.
func (s *sqlite) rewrite(ctx context.Context) error {
	if _, err := s.writeConn.ExecContext(ctx, "VACUUM"); err != nil {
		return fmt.Errorf("rewrite file: %w", err)
	}
	return s.emptyLog(ctx)
}

// settle brings deletions into the file itself and empties the write-ahead log, where
// what was deleted would stand until it happens to be written over.
func (s *sqlite) settle(ctx context.Context) error {
	return s.emptyLog(ctx)
}

func (s *sqlite) emptyLog(ctx context.Context) error {
	for range 10 { // each waits for the lock
		var busy, frames, copied int
		if err := s.writeConn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &copied); err != nil {
			return fmt.Errorf("empty write-ahead log: %w", err)
		}
		if busy == 0 {
			return nil
		}
	}
	return errors.New("empty write-ahead log: somebody keeps reading")
}

func (s *sqlite) close() error {
	var errs []error
	if s.r != nil {
		s.r.close()
	}
	if s.readDB != nil {
		errs = append(errs, s.readDB.Close())
	}
	if s.w != nil {
		s.w.close()
	}
	if s.writeConn != nil {
		errs = append(errs, s.writeConn.Close())
	}
	if s.writeDB != nil { // the last one out copies the write-ahead log into the file
		errs = append(errs, s.writeDB.Close())
	}
	return errors.Join(errs...)
}
