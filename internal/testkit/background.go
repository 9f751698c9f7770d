package testkit

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"
)

// Background returns what runs something beside a test, until stop or the end of the
// test. The test fails if that returns an error, or does not end within the limit.
func Background(limit time.Duration) func(t testing.TB, run func(context.Context) error) (stop func()) {
	return func(t testing.TB, run func(context.Context) error) (stop func()) {
		t.Helper()
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- run(ctx) }()
		stop = sync.OnceFunc(func() {
			cancel()
			select {
			case err := <-done:
				if err != nil {
					t.Errorf("run: %v", err)
				}
			case <-time.After(limit):
				t.Errorf("run did not end:\n%s", Stacks())
			}
		})
		t.Cleanup(stop)
		return stop
	}
}

// Stacks is what all goroutines are doing.
func Stacks() []byte {
	buf := make([]byte, 1<<20)
	return buf[:runtime.Stack(buf, true)]
}
