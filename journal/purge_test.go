package journal

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

func TestPurge(t *testing.T) {
	now := day
	j := open(t, func(o *Options) { o.RetentionDays = 30; o.Now = func() time.Time { return now } })
	ctx := t.Context()
	m := newMaker(1)
	for range purgeStep + 50 {
		c := m.missed("03023125123")
		c.Caller.Name = "Old"
		j.Record("a", c)
	}
	m.now = day.AddDate(0, 0, 20)
	kept := m.missed("06990009123")
	record(t, j, "a", kept)
	if _, err := j.RecordWrite(ctx, Write{Box: "a", At: day}); err != nil {
		t.Fatal(err)
	}
	now = day.AddDate(0, 0, 40)
	if err := j.Purge(ctx); err != nil {
		t.Fatal(err)
	}
	if got := page(t, j, Filter{}); len(got) != 1 || got[0] != kept.ID {
		t.Errorf("left: %v", got)
	}
	if all, _ := j.Writes(ctx, "", 0, 10); len(all) != 0 {
		t.Errorf("the audit keeps %v", all)
	}
	if _, ok, _ := j.Caller(ctx, number("03023125123")); ok {
		t.Error("the old caller is known")
	}
	if _, ok, _ := j.Caller(ctx, number("06990009123")); !ok {
		t.Error("the new caller is not known")
	}
	if got := page(t, j, Filter{Name: "old"}); len(got) != 0 {
		t.Errorf("by name: %v", got)
	}
}

// TestPurgeLeavesNoTrace: what is past its time is no longer in the file, nor in those
// beside it, whatever moved about in them meanwhile.
func TestPurgeLeavesNoTrace(t *testing.T) {
	testkit.Long(t)
	now := day
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, at(path), func(o *Options) { o.RetentionDays = 30; o.Now = func() time.Time { return now } })
	old, fresh := newMaker(1), newMaker(2)
	fresh.now = day.AddDate(0, 0, 30)
	for i := range 3000 {
		a := old.missed(fmt.Sprintf("06990009%03d", old.rnd.IntN(1000)))
		a.Caller.Name = fmt.Sprintf("Gone %d", old.rnd.IntN(2000))
		b := fresh.missed(fmt.Sprintf("03023125%03d", fresh.rnd.IntN(1000)))
		b.Caller.Name = fmt.Sprintf("Guest %d", fresh.rnd.IntN(2000))
		for _, c := range []call.Call{a, b}[:1+i%2] {
			j.Record("a", c)
		}
		if i%50 == 0 {
			record(t, j, "a")
		}
	}
	record(t, j, "a")
	now = day.AddDate(0, 0, 40)
	if err := j.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found := grep(t, filepath.Dir(path), "6990009", "Gone", "gone"); len(found) > 0 {
		t.Errorf("it still stands in %v", found)
	}
	if got := page(t, j, Filter{Limit: MaxPage}); len(got) != MaxPage {
		t.Errorf("%d calls are left", len(got))
	}
}

// TestPurgeRewritesOnceADay: a purge soon after another costs little, and what it may
// have left is made up for a day later.
func TestPurgeRewritesOnceADay(t *testing.T) {
	now := day
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, at(path), func(o *Options) { o.RetentionDays = 30; o.Now = func() time.Time { return now } })
	m := newMaker(1)
	record(t, j, "a", m.missed("06990009123"))
	m.now = day.Add(6 * time.Hour)
	record(t, j, "a", m.missed("06990009124"), m.missed("06990009125"))
	for _, step := range []struct {
		after             time.Duration
		calls             int
		purged, rewritten bool
	}{
		{time.Hour, 2, false, true}, // the first time
		{8 * time.Hour, 0, true, true},
		{20 * time.Hour, 0, true, true},
		{26 * time.Hour, 0, false, true},
	} {
		now = day.AddDate(0, 0, 30).Add(step.after)
		if err := j.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(page(t, j, Filter{})); n != step.calls {
			t.Errorf("after %v: %d calls", step.after, n)
		}
		for key, want := range map[string]bool{"_purged": step.purged, "_whole": step.rewritten} {
			if _, err := j.Recall(t.Context(), key); (err == nil) != want {
				t.Errorf("after %v: %s: %v", step.after, key, err)
			}
		}
		if found := grep(t, filepath.Dir(path), "6990009123"); len(found) > 0 {
			t.Errorf("after %v: it still stands in %v", step.after, found)
		}
	}
	if found := grep(t, filepath.Dir(path), "6990009"); len(found) > 0 {
		t.Errorf("it still stands in %v", found)
	}
}
