package store

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// files are the names and contents in a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[e.Name()] = string(text)
	}
	return found
}

// TestInspect: a look tells what Open would find, and changes nothing.
func TestInspect(t *testing.T) {
	change := func(path string, statements ...string) {
		t.Helper()
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for _, s := range statements {
			if _, err := db.Exec(s); err != nil {
				t.Fatal(err)
			}
		}
	}
	sound := func(path string) {
		s := open(t, path)
		fill(t, s, 1)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name     string
		make     func(path string)
		state    State
		err      error
		migrates bool
	}{
		{"none", func(string) {}, StateUnknown, nil, false},
		{"empty", func(path string) { os.WriteFile(path, nil, 0o600) }, StateUp, nil, false},
		{"sound", sound, StateUp, nil, false},
		{"old", func(path string) {
			change(path, schema[0], "PRAGMA application_id = 0x636c7072", "PRAGMA user_version = 1")
		}, StateUp, nil, len(schema) > 1},
		{"newer", func(path string) { sound(path); change(path, "PRAGMA user_version = 900") }, StateUnavailable, ErrNewer, false},
		{"foreign", func(path string) { change(path, "CREATE TABLE other (a)") }, StateUnavailable, ErrForeign, false},
		{"nonsense", func(path string) { os.WriteFile(path, []byte(strings.Repeat("nonsense", 999)), 0o600) }, StateDamaged, nil, false},
		{"cut", func(path string) { sound(path); os.Truncate(path, 20_000) }, StateDamaged, nil, false},
		{"directory", func(path string) { os.Mkdir(path, 0o700) }, StateUnavailable, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal.db")
			test.make(path)
			var before map[string]string
			if test.name != "directory" {
				before = files(t, filepath.Dir(path))
			}
			got, err := Inspect(t.Context(), path, time.Second)
			if got.State != test.state || got.Migrates != test.migrates {
				t.Errorf("%+v, %v", got, err)
			}
			if good := test.state == StateUp || test.state == StateUnknown; good != (err == nil) || test.err != nil && !errors.Is(err, test.err) {
				t.Errorf("%v, want %v", err, test.err)
			}
			if before != nil {
				if diff := cmp.Diff(before, files(t, filepath.Dir(path))); diff != "" {
					t.Error("the look has changed something:", len(diff))
				}
			}
		})
	}
}

// TestInspectOpen: a file somebody has open, or has locked.
func TestInspectOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	fill(t, open(t, path), 1)
	if got, err := Inspect(t.Context(), path, time.Second); got.State != StateUp || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if got, err := Inspect(t.Context(), path, 20*time.Millisecond); got.State != StateLocked || err == nil {
		t.Errorf("%+v, %v", got, err)
	}
}
