package testkit

import (
	"os"
	"os/exec"
	"testing"
)

// Peer finds the program of a real peer. Without it the test is skipped, or, where
// PEERS=required says that all peers are there, failed. how is the command that
// installs it.
func Peer(t testing.TB, program, how string) string {
	t.Helper()
	for _, name := range []string{program, "/usr/sbin/" + program} { // sbin is not on everybody's path
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Missing(t, program+" is not installed: "+how)
	return ""
}

// Missing ends a test that lacks a peer: it is skipped, or failed as Peer says.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("PEERS") == "required" {
		t.Fatal(what)
	}
	t.Skip(what)
}
