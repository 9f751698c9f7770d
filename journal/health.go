package journal

import (
	"context"
	"time"

	"github.com/callporter/callporter/journal/store"
)

// State tells whether the journal can write.
type State = store.State

// States of a journal.
const (
	StateUnknown     = store.StateUnknown
	StateUp          = store.StateUp          // what is recorded is written
	StateFull        = store.StateFull        // no space on the disk
	StateLocked      = store.StateLocked      // another program has locked the file
	StateDamaged     = store.StateDamaged     // the file cannot be read and could not be set aside
	StateUnavailable = store.StateUnavailable // any other failure: permissions, an input/output error
)

// Health is how the journal fares.
type Health struct {
	store.Health
	// Waiting is how many calls are in memory and not in the file, at most
	// MaxWaiting; Dropped how many were lost because more came than that.
	Waiting int
	Dropped uint64
}

// Health tells how the journal fares. It does not wait for the database.
func (j *Journal) Health() Health {
	h := Health{Health: j.store.Health()}
	h.Waiting, h.Dropped = j.queue.count()
	return h
}

// Full reports whether an error says that a disk is full, or a quota used up.
func Full(err error) bool { return store.Full(err) }

// SetAside lists the damaged files that lie beside the journal, oldest first. They
// are never deleted by callporter and may hold any number.
func SetAside(path string) []string { return store.SetAside(path) }

// Inspection is what Inspect has found out about a journal's file.
type Inspection = store.Inspection

// Inspect looks at the file of a journal that need not be open, see [store.Inspect].
func Inspect(ctx context.Context, path string, lock time.Duration) (Inspection, error) {
	return store.Inspect(ctx, path, lock)
}
