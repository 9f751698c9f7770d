package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Inspection is what Inspect has found out about a journal's file.
type Inspection struct {
	// State is StateUnknown where there is no file yet, StateUp where the journal can
	// be opened, and otherwise what Health would tell.
	State State
	// Migrates says that Open will bring the file to a newer form.
	Migrates bool
	// Size of the file in bytes, and of what is still to be copied into it.
	Size int64
}

// Inspect looks at the file of a journal that need not be open, changes nothing in it
// and makes none. The error says why the state is not StateUp; it is [ErrNewer] or
// [ErrForeign] where Open would refuse the file. A damaged file stays where it is.
// lock is how long to wait for a locked file.
func Inspect(ctx context.Context, path string, lock time.Duration) (Inspection, error) {
	var found Inspection
	err := inspect(ctx, path, lock, &found)
	switch {
	case err == nil:
		found.State = StateUp
	case errors.Is(err, fs.ErrNotExist):
		return Inspection{}, nil
	default:
		found.State, err = troubleOf(err), fmt.Errorf("inspect journal: %w", err)
	}
	return found, err
}

func inspect(ctx context.Context, path string, lock time.Duration, found *Inspection) error {
	path, err := filepath.Abs(path) // as Open does
	if err != nil {
		return err
	}
	if err := checkHeader(path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0) // as Open does
	if err != nil {
		return err
	}
	info, err := f.Stat()
	f.Close()
	if err != nil {
		return err
	}
	found.Size = info.Size()
	how := "&mode=ro&immutable=1" // then SQLite makes no file beside it
	log, err := os.Stat(path + "-wal")
	if err == nil { // a process has it open, or was killed: SQLite tidies up as at the next start
		how = "&mode=rw"
		found.Size += log.Size()
	}
	db, err := sql.Open("sqlite", source(path, lock)+how)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	s := &sqlite{path: path, writeConn: c}
	if err := s.check(ctx); err != nil {
		return err
	}
	version, err := s.version(ctx)
	if err != nil {
		return err
	}
	found.Migrates = version > 0 && version < len(schema)
	if log == nil {
		return nil
	}
	if _, err := c.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	_, err = c.ExecContext(ctx, "ROLLBACK")
	return err
}
