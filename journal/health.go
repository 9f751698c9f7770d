package journal

import (
	"context"
	"errors"
	"time"
)

// State tells whether the journal can write.
type State uint8

// States of a journal.
const (
	StateUnknown     State = iota
	StateUp                // what is recorded is written
	StateFull              // no space on the disk
	StateLocked            // another program has locked the file
	StateDamaged           // the file cannot be read and could not be set aside
	StateUnavailable       // any other failure: permissions, an input/output error
)

var stateNames = [...]string{"unknown", "up", "full", "locked", "damaged", "unavailable"}

// String returns "up", "full", "locked", "damaged", "unavailable" or "unknown".
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "unknown"
}

// MarshalText returns the String.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Health is how the journal fares.
type Health struct {
	State  State
	Reason string    // what the database said; "" while up
	Since  time.Time // when State began
	// Waiting is how many calls are in memory and not in the file, at most
	// MaxWaiting; Dropped how many were lost because more came than that.
	Waiting int
	Dropped uint64
	// SetAside is the damaged file that was renamed since the journal was opened,
	// "" if none was.
	SetAside string
}

// Health tells how the journal fares. It does not wait for the database.
func (j *Journal) Health() Health {
	j.mu.Lock()
	h := j.health
	j.mu.Unlock()
	h.Waiting, h.Dropped = j.queue.count()
	return h
}

// note remembers what an attempt to write came to. An attempt that was called off
// says nothing about the file.
func (j *Journal) note(st store, err error) {
	state, reason := StateUp, ""
	if err != nil {
		if errors.Is(err, context.Canceled) || refused(err) {
			return
		}
		state, reason = troubleOf(st, err), err.Error()
		j.metrics.errors.WithLabelValues(state.String()).Inc()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	changed := j.health.State != state
	if changed {
		j.health.Since = j.o.Now()
	}
	before := j.health.State
	j.health.State, j.health.Reason = state, reason
	switch {
	case !changed:
	case before == StateUnknown && (errors.Is(err, ErrNewer) || errors.Is(err, ErrForeign)):
		// Open fails, and nothing waits.
	case state != StateUp:
		j.log.Error("journal cannot be written, calls wait in memory", "state", state.String(), "reason", reason)
	case before != StateUnknown:
		j.log.Info("journal is written again")
	}
}

// Full reports whether an error says that a disk is full, or a quota used up.
func Full(err error) bool { return sqliteTrouble(err) == StateFull }

func troubleOf(st store, err error) State {
	if st == nil {
		return sqliteTrouble(err)
	}
	return st.trouble(err)
}
