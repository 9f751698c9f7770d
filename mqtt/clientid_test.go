package mqtt

import (
	"os"
	"path/filepath"
	"testing"
)

func TestClientID(t *testing.T) {
	dir := t.TempDir()
	first, err := RememberClientID(dir)
	if err != nil || !validClientID(first) {
		t.Fatalf("%q, %v", first, err)
	}
	second, err := RememberClientID(dir)
	if err != nil || second != first {
		t.Errorf("%q, %v; not %q", second, err, first)
	}
	st, err := os.Stat(filepath.Join(dir, clientIDFile))
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	os.WriteFile(filepath.Join(dir, clientIDFile), []byte("not an id!\n"), 0o600)
	if third, err := RememberClientID(dir); err != nil || !validClientID(third) {
		t.Errorf("%q, %v", third, err)
	}
	if _, err := RememberClientID(filepath.Join(dir, "missing")); err == nil {
		t.Error("no error without a directory")
	}
}
