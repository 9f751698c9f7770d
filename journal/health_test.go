package journal

import (
	"database/sql"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
)

// TestLocked: another program holds the file; calls wait, and are written when it
// lets go.
func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, at(path))
	background(t, j.Run)
	m := newMaker(1)
	other := lock(t, path)
	var calls []call.ID
	for range 20 {
		c := m.missed("03023125123")
		calls = append(calls, c.ID)
		j.Record("a", c)
	}
	eventually(t, "health says locked", func() bool { return j.Health().State == StateLocked })
	if h := j.Health(); h.Waiting != 20 || h.Reason == "" || h.Since.IsZero() {
		t.Errorf("health: %+v", h)
	}
	if _, err := j.AddEntry(t.Context(), ListEntry{List: Block, Pattern: "03023125123"}); err == nil {
		t.Error("an entry is added to a locked file")
	}
	if _, ok := j.Match(Block, number("03023125123")); ok {
		t.Error("an entry that was not written holds")
	}
	unlock(t, other)
	eventually(t, "the calls are written", func() bool { h := j.Health(); return h.Waiting == 0 && h.State == StateUp })
	if got := page(t, j, Filter{}); len(got) != len(calls) {
		t.Errorf("%d of %d calls are there", len(got), len(calls))
	}
}

// TestLockedAtStart: the same when callporter starts.
func TestLockedAtStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, at(path))
	if _, err := j.AddEntry(t.Context(), ListEntry{List: Allow, Pattern: "03023125123"}); err != nil {
		t.Fatal(err)
	}
	j.Close()
	other := lock(t, path)
	j = open(t, at(path))
	if h := j.Health(); h.State != StateLocked {
		t.Fatalf("health: %+v", h)
	}
	background(t, j.Run)
	j.Record("a", newMaker(1).missed("03023125123"))
	unlock(t, other)
	eventually(t, "the call is written", func() bool { h := j.Health(); return h.Waiting == 0 && h.State == StateUp })
	if _, ok := j.Match(Allow, number("03023125123")); !ok {
		t.Error("the own list was not read")
	}
}

func lock(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("PRAGMA busy_timeout=5000; BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func unlock(t *testing.T, db *sql.DB) {
	t.Helper()
	if _, err := db.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
}

// TestDamaged: whatever happened to the bytes, the journal opens and goes on, and
// no byte is thrown away.
func TestDamaged(t *testing.T) {
	sound := soundFile(t)
	damages := map[string]func(b []byte, r *rand.Rand) []byte{
		"no database": func(b []byte, r *rand.Rand) []byte { return []byte(strings.Repeat("no database ", 1000)) },
		"header":      func(b []byte, r *rand.Rand) []byte { return scribble(b, r, 0, 100) },
		"first page":  func(b []byte, r *rand.Rand) []byte { return scribble(b, r, 100, 4096) },
		"one page":    func(b []byte, r *rand.Rand) []byte { return scribble(b, r, 8*4096, 9*4096) },
		"everywhere": func(b []byte, r *rand.Rand) []byte {
			for range 400 {
				b[r.IntN(len(b))] = byte(r.Uint32())
			}
			return b
		},
		"half":        func(b []byte, r *rand.Rand) []byte { return b[:len(b)/2] },
		"part page":   func(b []byte, r *rand.Rand) []byte { return b[:4096*3+77] },
		"only header": func(b []byte, r *rand.Rand) []byte { return b[:100] },
		"zeros":       func(b []byte, r *rand.Rand) []byte { clear(b[4096 : len(b)/2]); return b },
	}
	for name, damage := range damages {
		for seed := range uint64(4) {
			b := damage(append([]byte{}, sound...), rand.New(rand.NewPCG(seed, 1)))
			path := filepath.Join(t.TempDir(), "journal.db")
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			j := open(t, at(path))
			m := newMaker(77)
			m.now = day.AddDate(1, 0, 0)
			c := m.missed("03023125123")
			record(t, j, "new", c)
			if got := page(t, j, Filter{Box: "new"}); len(got) != 1 || got[0] != c.ID {
				t.Errorf("%s (%d): the new call is not there: %v", name, seed, got)
			}
			h := j.Health()
			if h.SetAside == "" {
				t.Errorf("%s (%d): the damage was not seen", name, seed)
			} else if kept, err := os.ReadFile(h.SetAside); err != nil || string(kept) != string(b) {
				t.Errorf("%s (%d): set aside as %s: %v, the same bytes: %v", name, seed, h.SetAside, err, string(kept) == string(b))
			} else if got := SetAside(path); len(got) != 1 || got[0] != h.SetAside {
				t.Errorf("%s (%d): SetAside tells of %v", name, seed, got)
			}
			j.Close()
		}
	}
}

// TestDamagedWhileRunning: the file is overwritten under an open journal.
func TestDamagedWhileRunning(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	if err := os.WriteFile(path, soundFile(t), 0o600); err != nil {
		t.Fatal(err)
	}
	j := open(t, at(path))
	background(t, j.Run)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, scribble(b, rand.New(rand.NewPCG(1, 1)), 0, len(b)), 0o600); err != nil {
		t.Fatal(err)
	}
	m := newMaker(78)
	m.now = day.AddDate(1, 0, 0)
	eventually(t, "the damaged file is set aside", func() bool {
		j.Calls(t.Context(), Filter{}) // nothing is noticed until it is read
		j.Record("new", m.missed(""))
		return j.Health().SetAside != ""
	})
	eventually(t, "the calls are written", func() bool { h := j.Health(); return h.Waiting == 0 && h.State == StateUp })
	if got := page(t, j, Filter{Box: "new"}); len(got) == 0 {
		t.Error("no call is in the new file")
	}
}

// TestRemovedWhileRunning: somebody deletes the file; the next call begins a new one.
func TestRemovedWhileRunning(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, at(path))
	m := newMaker(79)
	record(t, j, "a", m.missed(""))
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + end); err != nil {
			t.Skip(err) // not on Windows
		}
	}
	record(t, j, "a", m.missed(""))
	j.Close()
	if got := page(t, open(t, at(path)), Filter{}); len(got) != 1 {
		t.Errorf("the new file holds %v", got)
	}
}

func soundFile(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, at(path))
	fillJournal(t, j, 300)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func scribble(b []byte, r *rand.Rand, from, to int) []byte {
	for i := from; i < to; i++ {
		b[i] = byte(r.Uint32())
	}
	return b
}
