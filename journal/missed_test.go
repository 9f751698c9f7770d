package journal

import (
	"path/filepath"
	"testing"
	"time"
)

func TestMissedAndLastCall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, at(path))
	ctx := t.Context()
	if _, ok, err := j.LastCall(ctx, "a"); ok || err != nil {
		t.Errorf("an empty journal: %v, %v", ok, err)
	}
	m := newMaker(1)
	long := m.answered("03023125123", time.Hour) // ends after all that follow
	first, other, second := m.missed("03023125124"), m.missed("03023125125"), m.missed("")
	record(t, j, "a", long, first, second)
	record(t, j, "b", other)
	j.Close()
	j = open(t, at(path))
	last, ok, err := j.LastCall(ctx, "a")
	if !ok || err != nil || last.ID != long.ID {
		t.Errorf("last: %v, %v, %s", ok, err, last.ID)
	}
	n, calls, err := j.Missed(ctx, "a", 10)
	if err != nil || n != 2 || len(calls) != 2 || calls[0].ID != second.ID {
		t.Errorf("missed: %d, %v, %v", n, calls, err)
	}
	if n, calls, _ := j.Missed(ctx, "a", 1); n != 2 || len(calls) != 1 {
		t.Errorf("one of the missed: %d, %v", n, calls)
	}
	if err := j.ResetMissed(ctx, "a", second.Started); err != nil {
		t.Fatal(err)
	}
	j.Close()
	j = open(t, at(path))
	if n, calls, err := j.Missed(ctx, "a", 10); err != nil || n != 1 || calls[0].ID != second.ID {
		t.Errorf("after the reset: %d, %v, %v", n, calls, err)
	}
	if n, _, _ := j.Missed(ctx, "b", 10); n != 1 {
		t.Errorf("the other box: %d", n)
	}
}
