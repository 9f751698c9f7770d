package store

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRowsTellTheirTable: of a sound file every row of every table is found, also those in
// the write-ahead log, and those that take many pages.
func TestRowsTellTheirTable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	s := open(t, path)
	fill(t, s, 3000)
	for _, statement := range []string{
		`INSERT INTO kinds (box, direction, outcome, verdict, line) VALUES ('a', 'incoming', 'missed', 'unknown', '49302')`,
		`INSERT INTO numbers (number, national, first_seen, last_seen, calls, dialled, answered, talked, early) VALUES ('+493023125123', '03023125123', NULL, NULL, 1, 128, 70000, -1, 0)`,
		`INSERT INTO names (name, folded) VALUES ('Ä', 'ä')`,
		`INSERT INTO lists (list, pattern, name, who, why, added, expires) VALUES ('block', '+493023125123', '', 'mqtt', '', 1764525600000, NULL)`,
		`INSERT INTO writes (box, action, target, before, after, who, why, at, undone_by, forgotten) VALUES ('a', 'b', 'c', x'7b7d', '', 'd', 'e', 1, 0, 0)`,
		`INSERT INTO memory (key, value) VALUES ('long', zeroblob(1000000))`,
	} {
		execute(t, s, statement)
	}
	rows := func(s *Store) (all []string) {
		for _, table := range tables {
			columns := strings.Split(table.columns, ", ")
			all = append(all, texts(t, s, `SELECT '`+table.name+` ' || quote(`+strings.Join(columns, `) || ' ' || quote(`)+`) FROM `+table.name+` WHERE substr(`+columns[0]+`, 1, 1) <> '_' ORDER BY 1`)...)
		}
		return all
	}
	want := rows(s)
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() < 100_000 {
		t.Fatal(info, err)
	}
	for _, where := range []string{"log", "file"} {
		fresh := filepath.Join(t.TempDir(), "new.db")
		o, err := openSQLite(t.Context(), fresh, time.Second, time.Now(), options("").Log)
		if err != nil {
			t.Fatal(err)
		}
		if found, err := o.salvage(t.Context(), path); err != nil || !found.complete || found.rows["calls"] != 3000 {
			t.Errorf("%s: %+v %v", where, found, err)
		}
		if err := o.close(); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, rows(open(t, fresh))); d != "" {
			t.Errorf("%s: %s", where, d)
		}
		s.Close()
	}
}

// TestKilledWhileReplaced: what was killed before the last step is completed, what was
// killed before that begins again.
func TestKilledWhileReplaced(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	s := open(t, path)
	fill(t, s, 100)
	s.Close()
	if err := os.Rename(path, path+newEnd); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	if n := len(calls(t, s)); n != 100 {
		t.Errorf("%d calls", n)
	}
	s.Close()

	if err := os.WriteFile(path+newEnd, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(text[:4096])
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	if n := len(calls(t, s)); n != 100 {
		t.Errorf("%d calls", n)
	}
	if _, err := os.Stat(path + newEnd); err == nil {
		t.Error("the new file lies beside itself")
	}
}

// FuzzPages: whatever the bytes of a file are, reading them ends and stays inside of them.
func FuzzPages(f *testing.F) {
	path := filepath.Join(f.TempDir(), "small.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := db.Exec(`PRAGMA page_size = 512; CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT UNIQUE, c BLOB);
		INSERT INTO t VALUES (1, 'text', NULL), (-5, 'other', zeroblob(1500)), (99999999, '', 1.5)`); err != nil {
		f.Fatal(err)
	}
	db.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		p := &pages{file: bytes.NewReader(text), size: 512, count: uint32(len(text) / 512)}
		page := make([]byte, p.size)
		for n := uint32(1); n <= p.count; n++ {
			if !p.read(n, page) {
				t.Fatal("a page is missing")
			}
			p.records(n, page, func(_ byte, _ int64, values []any) {
				for i := range tables {
					tables[i].fits(values)
				}
				new(salvaged).fromIndex(values)
			})
		}
	})
}
