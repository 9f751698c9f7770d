package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"time"
)

// Append runs f on a file that another process may have open, each statement in a
// transaction of its own. It makes no file, migrates none and sets none aside. lock is
// how long to wait for a locked file.
func Append(ctx context.Context, path string, lock time.Duration, f func(*Conn) error) error {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	if err := checkHeader(path); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", source(path, lock, "synchronous(FULL)", "secure_delete(ON)")+"&mode=rw")
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
	switch version, err := (&sqlite{path: path, writeConn: c}).version(ctx); {
	case err != nil:
		return err
	case version != len(schema):
		return errors.New("the journal is of another version")
	}
	return f(&Conn{prepare: c.PrepareContext})
}
