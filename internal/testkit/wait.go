package testkit

import (
	"testing"
	"testing/synctest"
	"time"
)

// Tick is how often a condition is asked that costs next to nothing.
const Tick = 2 * time.Millisecond

// Within waits until a condition holds, asks each tick, and fails the test after the
// limit.
func Within(t testing.TB, limit, tick time.Duration, what string, ok func() bool) {
	t.Helper()
	late := time.NewTimer(limit)
	defer late.Stop()
	next := time.NewTicker(tick)
	defer next.Stop()
	for !ok() {
		select {
		case <-next.C:
		case <-late.C:
			t.Fatalf("gave up waiting until %s", what)
		}
	}
}

// Eventually is Within for a folder whose tests all have the same limit.
func Eventually(limit, tick time.Duration) func(t testing.TB, what string, ok func() bool) {
	return func(t testing.TB, what string, ok func() bool) {
		t.Helper()
		Within(t, limit, tick, what, ok)
	}
}

// Pass lets the time of a synctest bubble pass, and all goroutines in it do what is due.
func Pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
