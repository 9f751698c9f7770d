package journal

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
)

// grep returns the files below dir that hold any of the texts.
func grep(t *testing.T, dir string, texts ...string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, s := range texts {
			if bytes.Contains(b, []byte(s)) {
				found = append(found, filepath.Base(path)+": "+s)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestForget(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.db")
	j := open(t, at(path))
	ctx := t.Context()
	m := newMaker(1)
	fillJournal(t, j, 2000)
	forgotten := number("03023125123")
	pair := m.missed("08001234567")
	pair.Caller.Network = forgotten
	named := m.missed("03023125123")
	named.Caller.Name = "Berta Beispiel"
	telling := m.spam("06990009123") // another caller whose evidence names the number
	telling.Verdict.Evidence[0].Detail = "same text as 030 / 231 25-123"
	record(t, j, "a", named, m.answered("+49 30 23125123", 9), m.dialled("03023125123", 9), pair, telling, m.missed("030231251234"))
	j.Record("a", m.missed("03023125123")) // still waits
	for _, p := range []string{"03023125123", "+49 30 23125123", "0302312*"} {
		if _, err := j.AddEntry(ctx, ListEntry{List: Block, Pattern: p, Name: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.AddEntry(ctx, ListEntry{List: Allow, Pattern: "040 66969123", Why: "instead of +493023125123"}); err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{`{"number":"03023125123","name":"B"}`, `["0049 (0)30 231 25 123"]`, `{"number":493023125123}`, `{"number":"04066969123"}`} {
		if _, err := j.RecordWrite(ctx, Write{Box: "a", Action: "phonebook_add", Before: json.RawMessage(state), Why: "by hand"}); err != nil {
			t.Fatal(err)
		}
	}
	for k, v := range map[string]string{"last": "+493023125123", "other": "x"} {
		if err := j.Remember(ctx, k, []byte(v)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path+".before-v2-20260101T000000Z", []byte("03023125123"), 0o600); err != nil {
		t.Fatal(err)
	}
	calls := len(page(t, j, Filter{Limit: MaxPage}))

	got, err := j.Forget(ctx, forgotten)
	if err != nil {
		t.Fatal(err)
	}
	want := Forgotten{Calls: 5, Texts: 1, Entries: 3, Writes: 3, Memories: 1, Caller: true, Backups: 1}
	if gotJSON, wantJSON := mustJSON(t, got), mustJSON(t, want); gotJSON != wantJSON {
		t.Errorf("removed %s, want %s", gotJSON, wantJSON)
	}
	if found := grep(t, dir, "3023125123\"", "3023125123,", "+493023125123\x00", "231 25 123", "231 25-123", "Berta"); len(found) > 0 {
		t.Errorf("it still stands in %v", found)
	}
	for _, f := range grepDigits(t, dir, "23125123") {
		t.Errorf("digits still stand in %s", f)
	}
	// All else is as it was.
	if left := len(page(t, j, Filter{Limit: MaxPage})); left != min(calls, MaxPage) && left < calls-5 {
		t.Errorf("%d calls were, %d are left", calls, left)
	}
	e, err := j.Call(ctx, telling.ID)
	if err != nil || e.Call.Verdict.Evidence[0].Detail != "" || e.Call.Verdict.Reason == "" {
		t.Errorf("the other call: %v, %+v", err, e.Call.Verdict)
	}
	if got := page(t, j, Filter{Number: "030231251234"}); len(got) != 1 {
		t.Errorf("a number that begins the same is gone: %v", got)
	}
	if entries := j.Entries(Block); len(entries) != 1 || entries[0].Pattern != "0302312*" {
		t.Errorf("block list: %+v", entries)
	}
	if entries := j.Entries(Allow); len(entries) != 1 || entries[0].Why != "" {
		t.Errorf("allow list: %+v", entries)
	}
	w, err := j.Write(ctx, 1)
	if err != nil || !w.Forgotten || w.Before != nil || w.Why != "" || w.Action != "phonebook_add" {
		t.Errorf("the audit: %v, %+v", err, w)
	}
	if w, err := j.Write(ctx, 4); err != nil || w.Forgotten || w.Before == nil {
		t.Errorf("another write: %v, %+v", err, w)
	}
	if _, known, _ := j.Caller(ctx, forgotten); known {
		t.Error("the caller is still known")
	}
}

// grepDigits is grep for digits that are not a part of the longer number above.
func grepDigits(t *testing.T, dir, digits string) []string {
	t.Helper()
	var found []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		s := strings.ReplaceAll(string(b), digits+"4", "")
		if strings.Contains(s, digits) {
			found = append(found, e.Name())
		}
	}
	return found
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestForgetTellsOfDamagedFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("+493023125123 ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	j := open(t, at(path))
	got, err := j.Forget(t.Context(), number("03023125123"))
	if err != nil || len(got.SetAside) != 1 {
		t.Errorf("%v, %+v", err, got)
	}
	if _, err := j.Forget(t.Context(), call.Number{}); err == nil {
		t.Error("a withheld number is forgotten")
	}
}

// TestForgetWhileWriting: a call that one Flush is about to write, and another has written
// meanwhile, is not written once more after its number is forgotten.
func TestForgetWhileWriting(t *testing.T) {
	j := open(t)
	c := newMaker(1).missed("03023125123")
	j.Record("a", c)
	late := j.queue.batch(1)
	if f, err := j.Forget(t.Context(), c.Caller.Number); err != nil || f.Calls != 1 {
		t.Fatal(f, err)
	}
	if err := j.writeBatch(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if page, err := j.Calls(t.Context(), Filter{Limit: 1}); err != nil || len(page.Entries) != 0 {
		t.Error(page, err)
	}
}
