package datadir

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSoftphone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if s, err := ReadSoftphone(dir, "fritzbox"); s != (Softphone{}) || err != nil {
		t.Fatal("before it is set up:", s, err)
	}
	want := NewSoftphone()
	if want.Username == NewSoftphone().Username || strings.Trim(want.Username, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		t.Errorf("user name %q", want.Username)
	}
	want.Password, want.Internal = "Geheim1234567890abcdef", "621"
	if err := want.Write(dir, "fritzbox"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "softphone-fritzbox.json")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if got, err := ReadSoftphone(dir, "fritzbox"); got != want || err != nil {
		t.Error(got, err)
	}
	if s, _ := ReadSoftphone(dir, "annexe"); s != (Softphone{}) {
		t.Error("another box has", s)
	}
	var shown bytes.Buffer
	fmt.Fprintf(&shown, "%v %+v %#v %s %d", want, want, want, want, want)
	slog.New(slog.NewJSONHandler(&shown, nil)).Info("x", "softphone", want)
	if strings.Contains(shown.String(), want.Password) || !strings.Contains(shown.String(), want.Username+" (**621)") {
		t.Error(shown.String())
	}
	if err := RemoveSoftphone(dir, "fritzbox"); err != nil {
		t.Fatal(err)
	}
	if err := RemoveSoftphone(dir, "fritzbox"); err != nil {
		t.Error("again:", err)
	}
}

func TestSoftphoneDamaged(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"", "{", "null", `{"username":"","password":"Geheim123"}`, `{"username":1,"password":"Geheim123"}`, `{"password":"Geheim123`, `{"username":"` + strings.Repeat("a", maxSoftphone) + `"}`} {
		if err := os.WriteFile(softphonePath(dir, "fritzbox"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := ReadSoftphone(dir, "fritzbox")
		if err == nil || s != (Softphone{}) || strings.Contains(err.Error(), "Geheim123") {
			t.Errorf("%.40q: %v %v", text, s, err)
		}
	}
}
