package poll

import (
	"context"
	"slices"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
)

// Read asks the box once; everything = for all of it, not only for what changes with
// calls. What cannot be read stays as it was last. Run calls it, or who has no Run; the
// two do not read at once.
func (p *Poller) Read(ctx context.Context, everything bool) *Snapshot {
	upTo := uint64(0)
	if everything { // what was written to is part of it
		_, upTo = p.takeDirty()
	}
	defer func() { p.settle(upTo) }()
	before := p.Current()
	s := p.read(ctx, before, everything)
	if ctx.Err() != nil {
		return s
	}
	if err := p.complete(s, before); err != nil {
		p.log.Warn("what the box tells of its line is left aside", "error", err)
	}
	if everything && !s.Down {
		kept := s.Copy
		kept.Calls = p.confirmed()
		p.save(kept)
	}
	p.current.Store(s)
	return s
}

func (p *Poller) confirmed() tr064.CallMark {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mark
}

func (p *Poller) read(ctx context.Context, before *Snapshot, everything bool) *Snapshot {
	s := *before
	s.At, s.Problem, s.Down, s.Calls, s.NewEpoch, s.CallsRead = p.now(), nil, false, nil, false, false
	s.everything = everything
	p.mu.Lock()
	mark := p.mark
	s.Anew = p.anew
	p.mu.Unlock()
	r := boxRead{p: p, s: &s, ctx: ctx}
	if everything {
		r.everything()
		s.lasting = s.Problem
	}
	r.try("call list", noPart, func() (err error) {
		s.Calls, s.Copy.Calls, s.NewEpoch, err = p.Client.CallsSince(ctx, mark)
		s.CallsRead = err == nil
		if err != nil {
			s.Copy.Calls = mark
		}
		if s.Epoch = p.Memory.Epoch(); s.NewEpoch {
			s.Epoch++
		}
		return err
	})
	r.try("diversions", Deflections, r.deflections)
	r.try("answering machines", Machines, func() error { return keep(&s.Machines)(p.Client.AnsweringMachines(ctx)) })
	r.try("voice messages", Messages, r.messages)
	s.fault(s.lasting)
	if before.At.IsZero() || (before.Problem == nil) != (s.Problem == nil) || before.Down != s.Down ||
		tr064.ReasonOf(before.Problem) != tr064.ReasonOf(s.Problem) {
		s.Since = s.At
		p.tell(&s, !before.At.IsZero())
	}
	return &s
}

// boxRead is one read of the box into a snapshot.
type boxRead struct {
	p      *Poller
	s      *Snapshot
	ctx    context.Context
	worked bool // the box has answered something

	failures int // parts in a row that could not be read
}

// try reads one part, unless there is no way into the box.
func (r *boxRead) try(what string, part Part, read func() error) {
	s := r.s
	switch {
	case r.ctx.Err() != nil:
		return
	case s.Down:
		_ = s.note(part, s.At, s.Problem)
		return
	}
	err := s.note(part, s.At, read())
	switch reason := tr064.ReasonOf(err); {
	case err == nil:
		r.answered()
	case reason == tr064.NotAvailable || reason == tr064.CallListOff:
		r.answered()
		r.p.log.Debug("not read from the box", "what", what, "reason", string(reason))
	case reason == tr064.RightMissing, reason == tr064.BookUnreadable:
		r.answered()
		s.fault(err)
	default:
		s.fault(err)
		r.failed(reason)
		if s.Down {
			s.Problem = err // not what came before and cost a part alone
		}
	}
}

// answered notes that the box has let us in. What refused the login before was one action
// alone.
func (r *boxRead) answered() {
	r.worked, r.failures = true, 0
	switch tr064.ReasonOf(r.s.Problem) {
	case tr064.BadCredentials, tr064.NoCredentials:
		r.s.Problem = nil
	}
}

// failed notes that a part could not be read. It costs that part alone, unless there is no
// way into the box: nothing has worked, or nothing does any more.
func (r *boxRead) failed(reason tr064.Reason) {
	r.failures++
	switch reason {
	case tr064.LockedOut, tr064.BadCertificate:
		r.s.Down = true
	case tr064.BadCredentials, tr064.NoCredentials:
		r.s.Down = r.failures >= 2 // one action alone may refuse
	case tr064.Silent, tr064.Unreachable, tr064.Refused:
		r.s.Down = !r.worked || r.failures >= 2
	default:
		r.s.Down = !r.worked
	}
}

func (r *boxRead) everything() {
	c, into, ctx := r.p.Client, &r.s.Copy, r.ctx
	r.try("device", noPart, func() error {
		d, err := c.Device(ctx)
		if d.Model != "" { // the description needs no login
			into.Device.Description = d.Description
		}
		return keep(&into.Device)(d, err)
	})
	r.try("telephony", noPart, func() error {
		t, err := c.Telephony(ctx)
		into.Telephony = t.Or(into.Telephony)
		if err == nil {
			into.Telephony = t
		}
		return err
	})
	r.try("phones", noPart, func() error {
		phones, err := c.Phones(ctx)
		if err != nil { // some kinds may be missing
			phones = withMissing(phones, into.Phones, func(p tr064.Phone) call.Extension { return p.Extension })
		}
		into.Phones = phones
		return err
	})
	r.try("phonebooks", Phonebooks, r.phonebooks)
	r.try("call barring", Barring, func() error { return keep(&into.Barring)(c.Barring(ctx)) })
	if !r.s.Down {
		into.Saved = r.s.At
	}
}

// withMissing returns what was read with what was known before and is missing.
func withMissing[T any, K comparable](read, before []T, key func(T) K) []T {
	for _, old := range before {
		if !slices.ContainsFunc(read, func(t T) bool { return key(t) == key(old) }) {
			read = append(slices.Clip(read), old)
		}
	}
	return read
}

func (r *boxRead) deflections() error {
	rules, err := r.p.Client.Deflections(r.ctx)
	if err != nil {
		rules = withMissing(rules, r.s.Deflections, func(d tr064.Deflection) int { return d.ID })
	}
	r.s.Deflections = rules
	return err
}

// messages reads the messages of all machines. Those of a machine that does not tell them
// stay as they were.
func (r *boxRead) messages() error {
	if fault := r.s.freshness[Machines].Fault; fault != nil && len(r.s.Machines) == 0 {
		return fault
	}
	var all []tr064.Message
	var fault error // the first
	silent := 0     // machines in a row
	for _, m := range r.s.Machines {
		some, err := r.p.Client.Messages(r.ctx, m.Index)
		if err != nil {
			some = slices.DeleteFunc(slices.Clone(r.s.Messages), func(o tr064.Message) bool { return o.Machine != m.Index })
			if fault == nil {
				fault = err
			}
		}
		all = append(all, some...)
		if silent++; tr064.ReasonOf(err) != tr064.Silent {
			silent = 0
		}
		if silent >= 2 {
			return err
		}
	}
	r.s.Messages = newestFirst(all)
	return fault
}

func newestFirst(all []tr064.Message) []tr064.Message {
	slices.SortStableFunc(all, func(x, y tr064.Message) int { return y.Date.Compare(x.Date) })
	return all
}

// keep takes a value over unless it came with an error.
func keep[T any](into *T) func(T, error) error {
	return func(v T, err error) error {
		if err == nil {
			*into = v
		}
		return err
	}
}

func (s *Snapshot) fault(err error) {
	if s.Problem == nil {
		s.Problem = err
	}
}

// tell logs the beginning and the end of an outage, once each.
func (p *Poller) tell(s *Snapshot, again bool) {
	text := "access to the box is limited"
	if s.Down {
		text = "no access to the box"
	}
	switch {
	case s.Problem != nil:
		attrs := []any{"reason", string(tr064.ReasonOf(s.Problem)), "error", s.Problem}
		if hint := s.Hint(p.lang); hint != "" {
			attrs = append(attrs, "hint", hint)
		}
		p.log.Warn(text, attrs...)
	case again:
		p.log.Info("access to the box is there again")
	default:
		p.log.Info("access to the box", "model", s.Copy.Device.Model, "firmware", s.Copy.Device.Version, "phonebooks", len(s.Copy.Phonebooks))
	}
}
