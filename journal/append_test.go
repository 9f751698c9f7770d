package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

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
