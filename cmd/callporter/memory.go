package main

import (
	"os"
	"runtime/debug"
)

// What a gateway keeps is a few megabytes, and about 60 KB for each box. The garbage
// collector would let it grow to twice that and more before it begins.
const (
	memoryBase   = 96 << 20 // bytes
	memoryPerBox = 96 << 10
)

// boundMemory makes the garbage collector work harder from a size on that no more than
// a storm of calls leads to. It is no hard limit: more is taken where more is needed.
// GOMEMLIMIT in the environment goes before.
func boundMemory(boxes int) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryBase + memoryPerBox*int64(boxes))
	}
}
