package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// TestConfigPath: the working directory counts before CALLPORTER_CONFIG, and both before
// the file of the system.
func TestConfigPath(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	before := systemConfig
	t.Cleanup(func() { systemConfig = before })
	systemConfig = filepath.Join(dir, "etc", "gateway.yaml")
	write := func(name string) {
		t.Helper()
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	is := func(flag, want string) {
		t.Helper()
		if got := ConfigPath(flag); got != want {
			t.Errorf("--config %q: %q, want %q", flag, got, want)
		}
		if got := Configured(flag); got != (want != "") {
			t.Errorf("--config %q: configured %v", flag, got)
		}
	}
	t.Setenv("CALLPORTER_CONFIG", "")
	is("", "")
	if err := os.Mkdir("etc", 0o700); err != nil {
		t.Fatal(err)
	}
	write(systemConfig)
	is("", systemConfig)
	t.Setenv("CALLPORTER_CONFIG", "missing.yaml")
	is("", "missing.yaml")
	if ignored := IgnoredConfig(""); ignored != "" {
		t.Error("ignored", ignored)
	}
	write(localConfig)
	is("", localConfig)
	is("other.yaml", "other.yaml")
	if ignored := IgnoredConfig(""); ignored != "missing.yaml" {
		t.Error("ignored", ignored)
	}
	t.Setenv("CALLPORTER_CONFIG", filepath.Join(dir, localConfig))
	if ignored := IgnoredConfig(""); ignored != "" {
		t.Error("ignored", ignored)
	}
}

// TestConfigPathDenied: a file of the system that may not be looked at is named, one of the
// working directory is not.
func TestConfigPathDenied(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may look everywhere")
	}
	dir := t.TempDir()
	before := systemConfig
	t.Cleanup(func() { systemConfig = before })
	systemConfig = filepath.Join(dir, "etc", "gateway.yaml")
	if err := os.Mkdir(filepath.Join(dir, "etc"), 0); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	t.Setenv("CALLPORTER_CONFIG", "")
	if got := ConfigPath(""); got != systemConfig {
		t.Errorf("%q, want %q", got, systemConfig)
	}
}
