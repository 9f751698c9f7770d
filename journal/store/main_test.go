package store

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// options are those of a file at path.
func options(path string) Options {
	return Options{Path: path, Lock: 50 * time.Millisecond, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
}

// open opens the file at path until the test ends.
func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), options(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// execute runs a statement in a transaction of its own.
func execute(t testing.TB, s *Store, statement string, args ...any) {
	t.Helper()
	err := s.Write(t.Context(), func(c *Conn) error {
		_, err := c.Exec(t.Context(), statement, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fill writes n calls.
func fill(t testing.TB, s *Store, n int) {
	t.Helper()
	err := s.Write(t.Context(), func(c *Conn) error {
		for i := range n {
			if _, err := c.Exec(t.Context(), `INSERT INTO calls (key, id, kind, number, network, name, document) VALUES ($1, $2, $3, $4, 0, $5, $6)`,
				i+1, fmt.Sprintf("call %d", i), i%5+1, i%70, i%30, []byte(`{"msn":"493023125732"}`)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// texts reads the first column of a query.
func texts(t testing.TB, s *Store, query string) []string {
	t.Helper()
	r, err := s.Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	err = r.Each(t.Context(), query, nil, func(scan func(...any) error) (bool, error) {
		var text string
		err := scan(&text)
		found = append(found, text)
		return true, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// calls are the ids of all calls with all that a call has, newest first.
func calls(t testing.TB, s *Store) []string {
	t.Helper()
	return texts(t, s, `SELECT id || ' ' || kind || ' ' || number || ' ' || name || ' ' || document FROM calls ORDER BY key DESC`)
}
