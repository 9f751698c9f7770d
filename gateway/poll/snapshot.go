package poll

import (
	"errors"
	"slices"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
)

// Snapshot is what was read of a box at one time. It never changes.
type Snapshot struct {
	Box      config.Box // as configured, with what the box has told of its line
	Plan     *call.Plan // of Box
	Contacts Contacts   // of the phonebooks, by Plan

	Copy        tr064.Copy // what is kept on the disk
	Deflections []tr064.Deflection
	Machines    []tr064.AnsweringMachine
	Messages    []tr064.Message   // newest first
	Calls       []tr064.CallEntry // in the call list and not confirmed yet, oldest first
	CallsRead   bool              // the call list was read
	NewEpoch    bool              // the call list has begun anew
	Epoch       int               // how often it has, from 1
	Anew        bool              // the call list was read as a whole, as ForgetCalls has asked

	At, Since time.Time // when it was read, and since when it is as good or bad
	Problem   error     // the first thing that could not be read
	Down      bool      // nothing could be read at all

	everything bool  // all of the box was read
	lasting    error // the first thing that could not be read of what is read with everything only
	freshness  [parts]Freshness
	hidden     func(call.Number) bool // numbers that were forgotten; nil = none
}

// Known reports whether anything of the box is known, by this run or an earlier one.
func (s *Snapshot) Known() bool { return !s.At.IsZero() || !s.Copy.Saved.IsZero() }

// Hint says what to do about the problem; "" where there is nothing to say.
func (s *Snapshot) Hint(l call.Language) string {
	var e *tr064.Error
	if errors.As(s.Problem, &e) {
		return e.Hint(l)
	}
	return ""
}

// complete adds what follows from what was read: line, plan and contacts. before is the
// snapshot it takes the place of.
func (p *Poller) complete(s, before *Snapshot) error {
	if box := WithLine(p.box, s.Copy.Telephony); !SameLine(box, before.Box) || s.Plan == nil {
		plan, err := p.areaCodes.NewPlan(box.Country, box.AreaCode, box.Numbers)
		if err != nil {
			return err
		}
		s.Box, s.Plan = box, plan
		p.Client.SetPlan(plan)
	}
	if c := before.Contacts; c.Directory != nil && c.plan == s.Plan && slices.Equal(c.books, s.Copy.Phonebooks) {
		s.Contacts = c.with(s.Copy.Barring)
	} else {
		s.Contacts = newContacts(s.Plan, s.Copy.Phonebooks, p.roles, p.note).with(s.Copy.Barring)
	}
	if s != before {
		p.Memory.KeepSwitches(s)
	}
	return nil
}

// Confirm says that the calls of a snapshot are dealt with: they are not read again.
func (p *Poller) Confirm(s *Snapshot) {
	p.mu.Lock()
	known := s.CallsRead && !p.anewSince(s)
	if known {
		p.mark, p.anew = s.Copy.Calls, false
	}
	p.mu.Unlock()
	if known && s.NewEpoch {
		p.Memory.SetEpoch(s.Epoch)
	}
	if known && s.everything && !s.Down {
		p.save(s.Copy)
	}
}

// anewSince reports whether ForgetCalls came after a snapshot was read. p.mu is held.
func (p *Poller) anewSince(s *Snapshot) bool { return p.anew && !s.Anew }

// ForgetCalls has the whole call list read again, and returns how far it was known.
func (p *Poller) ForgetCalls() tr064.CallMark {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.mark
	if len(known.Seen) > 0 {
		p.mark, p.anew = tr064.CallMark{}, true
	}
	return known
}
