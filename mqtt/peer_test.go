package mqtt

import (
	"os"
	"os/exec"
	"testing"
)

// peer finds the program of a real peer. Without it the test is skipped, or, where
// PEERS=required says that all peers are there, failed.
func peer(t testing.TB, program, debian string) string {
	t.Helper()
	for _, name := range []string{program, "/usr/sbin/" + program} { // sbin is not on everybody's path
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("PEERS") == "required" {
		t.Fatalf("%s is not installed: apt-get install %s", program, debian)
	}
	t.Skipf("%s is not installed: apt-get install %s", program, debian)
	return ""
}
