package journal

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
	"sync"
	"time"

	driver "modernc.org/sqlite"
)

// Result codes of SQLite (sqlite.org/rescode.html); an extended code holds one of
// them in its low byte.
const (
	codeBusy       = 5
	codeLocked     = 6
	codeCorrupt    = 11
	codeFull       = 13
	codeConstraint = 19
	codeNotADB     = 26

	codeNoShared = 10 | 19<<8 // SQLITE_IOERR_SHMSIZE: no room for the index of the write-ahead log
)

var (
	errGone    = errors.New("the file was removed or replaced")
	errDamaged = errors.New("the file is damaged")
)

// sqlite is the store in a file. One connection writes, two read.
type sqlite struct {
	path   string
	file   os.FileInfo // what was opened
	aside  string      // where a damaged file was moved when this one was opened
	damage string      // and what was wrong with it

	mu     sync.Mutex // held by a write
	writer *sql.DB
	wconn  *sql.Conn
	w, r   *conn
	readDB *sql.DB
}

// openSQLite opens the file at path, making it, migrating it, or setting it aside
// if it is damaged.
func openSQLite(ctx context.Context, path string, lock time.Duration, now time.Time, log *slog.Logger) (*sqlite, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	s, err := tryOpen(ctx, path, lock, now, log)
	if err == nil || !damaged(err) {
		return s, err
	}
	aside, moving := setAside(path, now)
	if moving != nil {
		return nil, fmt.Errorf("%w, and cannot be set aside: %w", err, moving)
	}
	damage := err
	if s, err = tryOpen(ctx, path, lock, now, log); err != nil {
		return nil, err
	}
	s.aside, s.damage = aside, damage.Error()
	return s, nil
}

func tryOpen(ctx context.Context, path string, lock time.Duration, now time.Time, log *slog.Logger) (*sqlite, error) {
	if err := stranger(path); err != nil {
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

// makeFile makes the file if there is none and lets nobody but its owner read it.
// SQLite gives the files beside it the same mode.
func makeFile(path string) (os.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := f.Chmod(0o600); err != nil {
			return nil, err
		}
	}
	return info, nil
}

func (s *sqlite) connect(ctx context.Context, lock time.Duration, now time.Time, log *slog.Logger) error {
	var err error
	// A commit waits for the disk (synchronous=FULL): calls are few and written in
	// batches by one goroutine. Eight megabytes hold the upper levels of the indices
	// of a million calls; a small file never takes them.
	s.writer, err = sql.Open("sqlite", source(s.path, lock, "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)",
		"cache_size(-8000)", "wal_autocheckpoint(4000)", "journal_size_limit(4194304)"))
	if err != nil {
		return err
	}
	s.writer.SetMaxOpenConns(1)
	if s.wconn, err = s.writer.Conn(ctx); err != nil {
		return err
	}
	if err := s.check(ctx); err != nil {
		return err
	}
	if err := s.migrate(ctx, now, log); err != nil {
		return err
	}
	s.w = &conn{prepare: s.wconn.PrepareContext}
	s.readDB, err = sql.Open("sqlite", source(s.path, lock, "query_only(ON)", "cache_size(-1000)"))
	if err != nil {
		return err
	}
	s.readDB.SetMaxOpenConns(2)
	s.readDB.SetConnMaxIdleTime(5 * time.Minute)
	s.r = &conn{prepare: s.readDB.PrepareContext}
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
	if err := s.wconn.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said); err != nil {
		return fmt.Errorf("check file: %w", err)
	}
	if said != "ok" {
		return fmt.Errorf("%w: %s", errDamaged, strings.ReplaceAll(said, "\n", " "))
	}
	return nil
}

func (s *sqlite) write(ctx context.Context, f func(*conn) error) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if info, err := os.Stat(s.path); errors.Is(err, os.ErrNotExist) || err == nil && !os.SameFile(info, s.file) {
		return errGone
	}
	if s.r.damaged.Load() {
		return errDamaged
	}
	if _, err := s.wconn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil { // some failures have ended the transaction already
			s.wconn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	if err := f(s.w); err != nil {
		return err
	}
	_, err = s.wconn.ExecContext(ctx, "COMMIT")
	return err
}

func (s *sqlite) reader() *conn { return s.r }

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
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.wconn.ExecContext(ctx, "VACUUM"); err != nil {
		return fmt.Errorf("rewrite file: %w", err)
	}
	return s.emptyLog(ctx)
}

// settle brings deletions into the file itself and empties the write-ahead log, where
// what was deleted would stand until it happens to be written over.
func (s *sqlite) settle(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.emptyLog(ctx)
}

func (s *sqlite) emptyLog(ctx context.Context) error {
	for range 10 { // each waits for the lock
		var busy, frames, copied int
		if err := s.wconn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &copied); err != nil {
			return fmt.Errorf("empty write-ahead log: %w", err)
		}
		if busy == 0 {
			return nil
		}
	}
	return errors.New("empty write-ahead log: somebody keeps reading")
}

func (s *sqlite) trouble(err error) State { return sqliteTrouble(err) }

func sqliteTrouble(err error) State {
	switch code(err) {
	case codeBusy, codeLocked:
		return StateLocked
	case codeFull:
		return StateFull
	}
	switch {
	case damaged(err):
		return StateDamaged
	case fullDisk(err) || extended(err) == codeNoShared:
		return StateFull
	}
	return StateUnavailable
}

func code(err error) int { return extended(err) & 0xff }

func extended(err error) int {
	var e *driver.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

func damaged(err error) bool {
	c := code(err)
	return errors.Is(err, errDamaged) || c == codeCorrupt || c == codeNotADB
}

func constraint(err error) bool { return code(err) == codeConstraint }

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
	if s.wconn != nil {
		errs = append(errs, s.wconn.Close())
	}
	if s.writer != nil { // the last one out copies the write-ahead log into the file
		errs = append(errs, s.writer.Close())
	}
	return errors.Join(errs...)
}
