package store

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
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

// Health is how the file fares.
type Health struct {
	State  State
	Reason string    // what the database said; "" while up
	Since  time.Time // when State began
	// SetAside is the damaged file that was renamed since the journal was opened,
	// "" if none was.
	SetAside string
}

// Health tells how the file fares. It does not wait for the database.
func (s *Store) Health() Health {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.health
}

// note remembers what an attempt to write came to. An attempt that was called off
// says nothing about the file.
func (s *Store) note(err error) {
	state, reason := StateUp, ""
	if err != nil {
		if errors.Is(err, context.Canceled) || refused(err) {
			return
		}
		state, reason = troubleOf(err), err.Error()
		s.failures.WithLabelValues(state.String()).Inc()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := s.health.State != state
	if changed {
		s.health.Since = s.o.Now()
	}
	before := s.health.State
	s.health.State, s.health.Reason = state, reason
	switch {
	case !changed:
	case before == StateUnknown && (errors.Is(err, ErrNewer) || errors.Is(err, ErrForeign)):
		// Open fails, and nothing waits.
	case state != StateUp:
		s.o.Log.Error("journal cannot be written, calls wait in memory", "state", state.String(), "reason", reason)
	case before != StateUnknown:
		s.o.Log.Info("journal is written again")
	}
}

// newFailures counts failed attempts to write. It works without a registry.
func newFailures(reg prometheus.Registerer) *prometheus.CounterVec {
	failures := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "callporter_journal_errors_total",
		Help: "Failed attempts to write to the journal by what was wrong.",
	}, []string{"state"})
	if reg != nil {
		reg.MustRegister(failures)
	}
	return failures
}
