package journal

import (
	"errors"
	"path/filepath"
	"testing"
)

func TestMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, at(path))
	ctx := t.Context()
	if _, err := j.Recall(ctx, "refused"); !errors.Is(err, ErrUnknown) {
		t.Errorf("before: %v", err)
	}
	err := j.Update(ctx, func(m MemoryTx) error {
		if _, err := m.Get("refused"); !errors.Is(err, ErrUnknown) {
			return err
		}
		return errors.Join(m.Set("refused", []byte("2")), m.Set("epoch", []byte{}))
	})
	if err != nil {
		t.Fatal(err)
	}
	no := errors.New("no")
	if err := j.Update(ctx, func(m MemoryTx) error { m.Set("refused", []byte("3")); return no }); !errors.Is(err, no) {
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
