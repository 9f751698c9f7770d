package poll

import (
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// Part is one of the things that are read of a box and asked for one by one.
type Part uint8

// The parts.
const (
	Phonebooks Part = iota
	Barring
	Deflections
	Machines
	Messages
	parts
	noPart
)

// Freshness is how reading one part went.
type Freshness struct {
	Read  time.Time // when it was read last; zero = never
	Fault error     // why it could not be read since then; nil = it could
}

// Freshness is how reading a part went.
func (s *Snapshot) Freshness(p Part) Freshness { return s.freshness[p] }

// note keeps how reading a part went, and returns the error.
func (s *Snapshot) note(p Part, at time.Time, err error) error {
	switch reason := tr064.ReasonOf(err); {
	case p >= parts:
	case err == nil, reason == tr064.NotAvailable: // what this model lacks is not unknown
		s.freshness[p] = Freshness{Read: at}
	case reason == tr064.BookUnreadable: // the others were read
		s.freshness[p] = Freshness{Read: at, Fault: err}
	default:
		s.freshness[p].Fault = err
	}
	return err
}

// Fault is why a part is not as fresh as it should be; nil where it is.
func (s *Snapshot) Fault(p Part) error {
	if fault := s.freshness[p].Fault; fault != nil {
		return fault
	}
	return s.Problem
}

// Unread is the refusal of what is about a part that was never read, nil for one that
// was: nobody shall take it for empty.
func (s *Snapshot) Unread(p Part) *order.Refusal {
	fault := s.Fault(p)
	switch {
	case !s.freshness[p].Read.IsZero():
		return nil
	case fault == nil:
		return refusal.FirstReading
	}
	refused := refusal.ByBox(fault)
	refused.Message = call.Text{"nothing of it was read yet, %s", "davon ist noch nichts gelesen, %s"}.With(refusal.BoxMessage(fault))
	return refused
}

// Old reports whether a part could not be read when it was wanted last.
func (p *Poller) Old(s *Snapshot, part Part) bool {
	return s.freshness[part].Fault != nil || s.Down || s.At.IsZero() && p.running.Load()
}
