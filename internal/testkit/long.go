package testkit

import (
	"os"
	"testing"
)

// Long skips a test that takes long where only the quick ones are run. It stands in
// the Test function itself: .ci/long finds the long tests by it.
func Long(t testing.TB) {
	t.Helper()
	if !All() {
		t.Skip("takes long; make test-all runs it")
	}
}

// All reports whether the long tests run too: TESTALL=1 says so. A test that is long
// only because it does something often asks it how often.
func All() bool { return os.Getenv("TESTALL") == "1" }
