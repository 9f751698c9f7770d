package journal

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

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

// TestAppendWrite: beside a journal that is open, and never by making or mending a file.
func TestAppendWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	w := Write{Box: "fritzbox", Action: "number_dialled", Target: "#96*5*", Who: "check", At: time.Unix(1_700_000_000, 0)}
	if _, err := AppendWrite(t.Context(), path, time.Second, w); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
	j, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if _, err := j.RecordWrite(t.Context(), Write{Box: "fritzbox", Action: "phonebook_add"}); err != nil {
		t.Fatal(err)
	}
	id, err := AppendWrite(t.Context(), path, time.Second, w)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := j.Write(t.Context(), id); err != nil || id != 2 || got.Target != w.Target || got.Who != w.Who || !got.At.Equal(w.At) {
		t.Errorf("%d: %+v, %v", id, got, err)
	}
	if _, err := j.RecordWrite(t.Context(), Write{Box: "fritzbox", Action: "phonebook_remove"}); err != nil {
		t.Errorf("the journal that was open: %v", err)
	}

	other := filepath.Join(t.TempDir(), "journal.db")
	if err := os.WriteFile(other, []byte("no database, and long enough to be told from an empty one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := AppendWrite(t.Context(), other, time.Second, w); err == nil {
		t.Error("written into what is no journal")
	}
	if aside := SetAside(other); len(aside) > 0 {
		t.Errorf("set aside: %v", aside)
	}
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := AppendWrite(t.Context(), other, time.Second, w); err == nil {
		t.Error("a table was made")
	}
}
