package main

import (
	"context"
	"os"
	"runtime/debug"
	"time"
)

// A gateway keeps a few megabytes, and about 60 KB for each box. Without a limit the heap
// grows to more than twice that before the garbage collector runs.
const (
	memoryBase   = 96 << 20 // bytes
	memoryPerBox = 96 << 10
)

// boundMemory sets a soft memory limit above which the garbage collector runs more often.
// Only a burst of calls gets there. The process takes more memory if it needs more.
// GOMEMLIMIT in the environment has priority.
func boundMemory(boxes int) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryBase + memoryPerBox*int64(boxes))
	}
}

// startLength is after which time everything is there that a gateway does when it starts:
// the configuration, the box and the copies of lists are read.
const startLength = 10 * time.Second

// releaseStart gives back, some time after ready, the memory that only the start has needed.
func releaseStart(ctx context.Context, ready <-chan struct{}) {
	select {
	case <-ready:
	case <-ctx.Done():
		return
	}
	select {
	case <-time.After(startLength):
		debug.FreeOSMemory()
		releaseProgram()
	case <-ctx.Done():
	}
}
