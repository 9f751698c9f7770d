package store

import (
	"bytes"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMigrate opens a file of every older version, with calls in it.
func TestMigrate(t *testing.T) {
	if len(schema) < 2 {
		t.Fatal("there is nothing to migrate from")
	}
	newest := schema
	defer func() { schema = newest }()
	for version := 1; version < len(newest); version++ {
		path := filepath.Join(t.TempDir(), "journal.db")
		schema = newest[:version]
		s := open(t, path)
		fill(t, s, 700)
		before := calls(t, s)
		execute(t, s, `INSERT INTO lists (list, pattern, name, who, why, added) VALUES ('block', '030231*', '', '', '', 0)`)
		s.Close()

		schema = newest
		s = open(t, path)
		if after := calls(t, s); len(before) != 700 || !slices.Equal(before, after) {
			t.Errorf("from %d: %d calls became %d", version, len(before), len(after))
		}
		if got := texts(t, s, `SELECT pattern FROM lists WHERE list = 'block'`); !slices.Equal(got, []string{"030231*"}) {
			t.Errorf("from %d: the list is lost", version)
		}
		if got := versionOf(t, s); got != len(newest) {
			t.Errorf("from %d: it is version %d", version, got)
		}
		copies := Backups(path)
		if len(copies) != 1 {
			t.Fatalf("from %d: copies %v", version, copies)
		}
		if info, err := os.Stat(copies[0]); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("from %d: the copy: %v, %v", version, err, info)
		}
		s.Close()
		schema = newest[:version] // the copy is a complete file of the old version
		old := open(t, copies[0])
		if got := calls(t, old); !slices.Equal(before, got) || versionOf(t, old) != version {
			t.Errorf("from %d: the copy holds %d calls, version %d", version, len(got), versionOf(t, old))
		}
		old.Close()
		schema = newest
	}
}

// TestMigrationFails: a step that does not work leaves the file as it was.
func TestMigrationFails(t *testing.T) {
	newest := schema
	defer func() { schema = newest }()
	path := filepath.Join(t.TempDir(), "journal.db")
	s := open(t, path)
	fill(t, s, 10)
	s.Close()
	schema = append(slices.Clone(newest), "CREATE TABLE more (id INTEGER); INSERT INTO nowhere VALUES (1)")
	s = open(t, path)
	if h := s.Health(); h.State != StateUnavailable || h.SetAside != "" {
		t.Errorf("health: %+v", h)
	}
	s.Close()
	schema = newest
	s = open(t, path)
	if got := calls(t, s); len(got) != 10 || versionOf(t, s) != len(newest) {
		t.Errorf("%d calls, version %d", len(got), versionOf(t, s))
	}
}

// TestNewer: a file of a newer callporter, and that of another program, stay as
// they are.
func TestNewer(t *testing.T) {
	for what, change := range map[string]string{"newer": "PRAGMA user_version = 99", "foreign": "PRAGMA application_id = 77"} {
		path := filepath.Join(t.TempDir(), "journal.db")
		s := open(t, path)
		fill(t, s, 10)
		if _, err := s.db.(*sqlite).writeConn.ExecContext(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		s.Close()
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		o := options(path)
		o.Log = slog.New(slog.NewTextHandler(&said, nil))
		_, err = Open(t.Context(), o)
		if strings.Contains(said.String(), "wait in memory") {
			t.Errorf("%s: nothing waits, but the log says: %s", what, said.String())
		}
		if !errors.Is(err, map[string]error{"newer": ErrNewer, "foreign": ErrForeign}[what]) {
			t.Errorf("%s: %v", what, err)
		}
		after, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: the file was touched (%v)", what, err)
		}
		if found, _ := filepath.Glob(path + "?*"); len(found) != 0 {
			t.Errorf("%s: beside it lie %v", what, found)
		}
	}
}

// TestForeign: a database of another program, which has no write-ahead log, stays as it
// is, byte by byte.
func TestForeign(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	db, err := sql.Open("sqlite", source(path, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE other (a)"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), options(path)); !errors.Is(err, ErrForeign) {
		t.Errorf("opened: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was touched (%v)", err)
	}
}

func versionOf(t *testing.T, s *Store) int {
	t.Helper()
	var v int
	if err := s.db.(*sqlite).writeConn.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
