package testkit

import (
	"os"
	"runtime"
	"testing"
	"time"
)

// Use is what the process of a test needs: goroutines, open files, bytes of heap.
type Use struct{ Goroutines, Files, Heap int }

// Used is what the process needs now. Files are counted on Linux only.
func Used() (u Use) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	open, _ := os.ReadDir("/proc/self/fd")
	return Use{runtime.NumGoroutine(), len(open), int(m.HeapAlloc)}
}

// Returns waits until the process needs no more than it did before, but for some bytes of
// heap, and fails the test after the limit.
func (before Use) Returns(t testing.TB, limit time.Duration, heap int) {
	t.Helper()
	var now Use
	defer func() {
		if t.Failed() {
			t.Logf("before %+v, now %+v\n%s", before, now, Stacks())
		}
	}()
	Within(t, limit, 100*time.Millisecond, "goroutines, files and memory are back", func() bool {
		now = Used()
		return now.Goroutines <= before.Goroutines && now.Files <= before.Files && now.Heap <= before.Heap+heap
	})
}
