//go:build unix

package phonebook_test

import (
	"syscall"
	"testing"
	"time"
)

// cpu is the time that processors have worked for this process, its collector and all
// else included. Unlike the clock's it does not grow while others have the machine.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
