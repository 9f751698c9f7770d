package journal

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
)

func TestMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, at(path))
	ctx := t.Context()
	if _, err := j.Recall(ctx, "refused"); !errors.Is(err, ErrUnknown) {
		t.Errorf("before: %v", err)
	}
	err := j.Update(ctx, func(m Memory) error {
		if _, err := m.Get("refused"); !errors.Is(err, ErrUnknown) {
			return err
		}
		return errors.Join(m.Set("refused", []byte("2")), m.Set("epoch", []byte{}))
	})
	if err != nil {
		t.Fatal(err)
	}
	no := errors.New("no")
	if err := j.Update(ctx, func(m Memory) error { m.Set("refused", []byte("3")); return no }); !errors.Is(err, no) {
		t.Errorf("the error was not passed on: %v", err)
	}
	if h := j.Health(); h.State != StateUp {
		t.Errorf("health: %+v", h)
	}
	j.Close()
	j = open(t, at(path))
	if v, err := j.Recall(ctx, "refused"); err != nil || string(v) != "2" {
		t.Errorf("%q, %v", v, err)
	}
	if v, err := j.Recall(ctx, "epoch"); err != nil || v == nil || len(v) != 0 {
		t.Errorf("%v, %v", v, err)
	}
	if err := j.Remember(ctx, "refused", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Recall(ctx, "refused"); !errors.Is(err, ErrUnknown) {
		t.Errorf("after it was forgotten: %v", err)
	}
	for _, key := range []string{"", "_mine", string(make([]byte, 300))} {
		if err := j.Remember(ctx, key, []byte("x")); err == nil {
			t.Errorf("key %q is taken", key)
		}
	}
}

func TestAudit(t *testing.T) {
	j := open(t)
	ctx := t.Context()
	w := Write{Box: "a", Action: "phonebook_add", Target: "Spam", Before: nil, After: json.RawMessage("{\n \"name\": \"SPAM 92\"}"), Who: "mqtt", Why: "block", At: day}
	id, err := j.RecordWrite(ctx, w)
	if err != nil {
		t.Fatal(err)
	}
	undo, err := j.RecordWrite(ctx, Write{Box: "a", Action: "phonebook_remove", Before: w.After})
	if err != nil || undo <= id {
		t.Fatalf("%d, %v", undo, err)
	}
	if err := j.MarkUndone(ctx, id, undo); err != nil {
		t.Fatal(err)
	}
	if err := j.MarkUndone(ctx, id, undo); !errors.Is(err, ErrUndone) {
		t.Errorf("undone twice: %v", err)
	}
	if err := j.MarkUndone(ctx, 99, undo); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown write: %v", err)
	}
	got, err := j.Write(ctx, id)
	w.ID, w.UndoneBy, w.After = id, undo, json.RawMessage(`{"name":"SPAM 92"}`)
	if diff := cmp.Diff(w, got, sameTime); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := j.Write(ctx, 99); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown write: %v", err)
	}
	for box, want := range map[string]int{"": 2, "a": 2, "b": 0} {
		if all, err := j.Writes(ctx, box, 0, 10); err != nil || len(all) != want || want > 0 && all[0].ID != undo {
			t.Errorf("of %q: %v, %+v", box, err, all)
		}
	}
	if all, err := j.Writes(ctx, "a", undo, 10); err != nil || len(all) != 1 {
		t.Errorf("before the last: %v, %+v", err, all)
	}
	for target, want := range map[string]int{"Spam": 1, "spam": 0, "": 1} {
		if all, err := j.WritesTo(ctx, "a", target); err != nil || len(all) != want {
			t.Errorf("to %q: %v, %+v", target, err, all)
		}
	}
	if all, err := j.WritesTo(ctx, "b", "Spam"); err != nil || len(all) != 0 {
		t.Errorf("at another box: %v, %+v", err, all)
	}
	if _, err := j.RecordWrite(ctx, Write{After: json.RawMessage("{")}); err == nil {
		t.Error("broken JSON is recorded")
	}
}

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

func TestCaller(t *testing.T) {
	j := open(t)
	m := newMaker(1)
	calls := []call.Call{m.missed("03023125123"), m.answered("03023125123", 3*time.Second), m.answered("030 23125123", 2*time.Minute), m.dialled("03023125123", time.Minute)}
	record(t, j, "a", calls[:2]...)
	record(t, j, "b", calls[1:]...) // one of them again
	got, ok, err := j.Caller(t.Context(), number("03023125123"))
	want := Caller{Number: "+493023125123", First: calls[0].Started, Last: calls[3].Started, Calls: 3, Dialled: 1, Answered: 2, EarlyHungUp: 1, Talked: 183 * time.Second}
	if diff := cmp.Diff(want, got, sameTime); !ok || err != nil || diff != "" {
		t.Errorf("%v, %v\n%s", ok, err, diff)
	}
	for _, n := range []string{"03023125199", ""} {
		if _, ok, err := j.Caller(t.Context(), number(n)); ok || err != nil {
			t.Errorf("%q is known: %v", n, err)
		}
	}
}

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
