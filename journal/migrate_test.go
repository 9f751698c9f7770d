package journal

import (
	"bytes"
	"context"
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
		j := open(t, at(path))
		stock(t, j, 700)
		before := page(t, j, Filter{Limit: MaxPage})
		if _, err := j.AddEntry(t.Context(), ListEntry{List: Block, Pattern: "030231*"}); err != nil {
			t.Fatal(err)
		}
		j.Close()

		schema = newest
		j = open(t, at(path))
		if after := page(t, j, Filter{Limit: MaxPage}); len(before) != 700 || !slices.Equal(before, after) {
			t.Errorf("from %d: %d calls became %d", version, len(before), len(after))
		}
		if _, ok := j.Match(Block, number("03023125123")); !ok {
			t.Errorf("from %d: the list is lost", version)
		}
		if got := versionOf(t, j); got != len(newest) {
			t.Errorf("from %d: it is version %d", version, got)
		}
		copies := backups(path)
		if len(copies) != 1 {
			t.Fatalf("from %d: copies %v", version, copies)
		}
		if info, err := os.Stat(copies[0]); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("from %d: the copy: %v, %v", version, err, info)
		}
		j.Close()
		schema = newest[:version] // the copy is a file of the old version, whole
		old := open(t, at(copies[0]))
		if got := page(t, old, Filter{Limit: MaxPage}); !slices.Equal(before, got) || versionOf(t, old) != version {
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
	j := open(t, at(path))
	stock(t, j, 10)
	j.Close()
	schema = append(slices.Clone(newest), "CREATE TABLE more (id INTEGER); INSERT INTO nowhere VALUES (1)")
	j = open(t, at(path))
	if h := j.Health(); h.State != StateUnavailable || h.SetAside != "" {
		t.Errorf("health: %+v", h)
	}
	j.Close()
	schema = newest
	j = open(t, at(path))
	if got := page(t, j, Filter{}); len(got) != 10 || versionOf(t, j) != len(newest) {
		t.Errorf("%d calls, version %d", len(got), versionOf(t, j))
	}
}

// TestNewer: a file of a newer callporter, and that of another program, stay as
// they are.
func TestNewer(t *testing.T) {
	for what, change := range map[string]string{"newer": "PRAGMA user_version = 99", "foreign": "PRAGMA application_id = 77"} {
		path := filepath.Join(t.TempDir(), "journal.db")
		j := open(t, at(path))
		stock(t, j, 10)
		if _, err := j.st.(*sqlite).wconn.ExecContext(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		j.Close()
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		_, err = Open(context.Background(), Options{Path: path, Log: slog.New(slog.NewTextHandler(&said, nil))})
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
	if _, err := Open(t.Context(), Options{Path: path}); !errors.Is(err, ErrForeign) {
		t.Errorf("opened: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was touched (%v)", err)
	}
}

func versionOf(t *testing.T, j *Journal) int {
	t.Helper()
	var v int
	if err := j.st.(*sqlite).wconn.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
