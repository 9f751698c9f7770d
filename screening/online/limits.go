package online

import "time"

// How long things may take, and how large they may be.
const (
	ConnectTimeout = time.Second             // name, connection
	Patience       = 2500 * time.Millisecond // a caller waits for one source
	Deadline       = 3 * time.Second         // a caller waits for all sources together
	RequestTimeout = 8 * time.Second         // a request nobody waits for any more: its answer goes to the cache
	lookupTimeout  = 15 * time.Second        // all requests of one lookup

	MaxBody      = 512 << 10 // of an answer
	maxHeader    = 64 << 10
	maxRedirects = 3
	maxParallel  = 128 // lookups of different numbers at one source
)

// How long an answer counts.
const (
	KeepHit       = 24 * time.Hour      // the source knows the number
	KeepUnknown   = 6 * time.Hour       // it does not
	KeepFailure   = 5 * time.Minute     // it did not answer
	KeepDirectory = 30 * 24 * time.Hour // whose number it is changes rarely
)

// A source that fails is left alone.
const (
	maxFailures  = 3 // in a row
	firstPause   = 5 * time.Minute
	pauseGrowth  = 1.5
	longestPause = 24 * time.Hour
	maxRetry     = 7 * 24 * time.Hour // the longest wait a source can ask for
)
