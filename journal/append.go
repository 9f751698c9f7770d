package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"
)

// AppendWrite adds a write to the audit of a journal that another process may have
// open, for a command that is soon over. It makes no file, migrates none and sets none
// aside. lock is how long to wait for a locked file. w.At has to be set.
func AppendWrite(ctx context.Context, path string, lock time.Duration, w Write) (id int64, err error) {
	if id, err = appendWrite(ctx, path, lock, w); err != nil {
		return 0, fmt.Errorf("append write: %w", err)
	}
	return id, nil
}

func appendWrite(ctx context.Context, path string, lock time.Duration, w Write) (int64, error) {
	if _, err := os.Stat(path); err != nil {
		return 0, err
	}
	if err := stranger(path); err != nil {
		return 0, err
	}
	db, err := sql.Open("sqlite", source(path, lock, "synchronous(FULL)", "secure_delete(ON)")+"&mode=rw")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	c, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	switch version, err := (&sqlite{path: path, wconn: c}).version(ctx); {
	case err != nil:
		return 0, err
	case version != len(schema):
		return 0, errors.New("the journal is of another version")
	}
	return insertWrite(ctx, &conn{prepare: c.PrepareContext}, w)
}
