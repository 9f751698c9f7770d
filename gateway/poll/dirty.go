package poll

import (
	"context"
	"slices"

	"github.com/callporter/callporter/fritz/tr064"
)

// Dirty is what an order has written to, so that just that is read again.
type Dirty struct {
	Books       []tr064.BookRef // phonebooks
	Machines    []int           // answering machines whose messages have changed
	Barring     bool
	Deflections bool
	Switches    bool // of the answering machines
}

// With adds what another order has written to.
func (d Dirty) With(o Dirty) Dirty {
	for _, ref := range o.Books {
		if !slices.Contains(d.Books, ref) {
			d.Books = append(slices.Clip(d.Books), ref)
		}
	}
	for _, m := range o.Machines {
		if !slices.Contains(d.Machines, m) {
			d.Machines = append(slices.Clip(d.Machines), m)
		}
	}
	d.Barring, d.Deflections, d.Switches = d.Barring || o.Barring, d.Deflections || o.Deflections, d.Switches || o.Switches
	return d
}

// Empty reports that nothing is to be read.
func (d Dirty) Empty() bool {
	return len(d.Books) == 0 && len(d.Machines) == 0 && !d.Barring && !d.Deflections && !d.Switches
}

// Written has what was written to read again. Whoever asks for a list from then on waits
// until it is, see [Poller.Settled].
func (p *Poller) Written(d Dirty) {
	if p.Client == nil || d.Empty() {
		return
	}
	p.mu.Lock()
	p.dirty = p.dirty.With(d)
	p.asked++
	p.mu.Unlock()
	token(p.written)
}

// takeDirty returns what is to be read again, and the count to report when it is done.
func (p *Poller) takeDirty() (d Dirty, upTo uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d, upTo = p.dirty, p.asked
	p.dirty = Dirty{}
	return d, upTo
}

// settle tells those who wait that everything asked for up to a count is read, or that it
// cannot be read now.
func (p *Poller) settle(upTo uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answered = max(p.answered, upTo)
	if p.news != nil {
		close(p.news)
		p.news = nil
	}
}

// Settled waits until what orders have written to is read again and, while the box is
// read for the first time, for that; not longer than ctx. Without Run it does not wait.
func (p *Poller) Settled(ctx context.Context) {
	if !p.running.Load() {
		return
	}
	p.mu.Lock()
	upTo := p.asked
	for p.answered < upTo || p.Current().At.IsZero() {
		if p.news == nil {
			p.news = make(chan struct{})
		}
		news := p.news
		p.mu.Unlock()
		select {
		case <-news:
		case <-ctx.Done():
			return
		}
		p.mu.Lock()
	}
	p.mu.Unlock()
}

// ReadWritten reads what orders have written to; nil where that is nothing, or everything
// is read soon.
func (p *Poller) ReadWritten(ctx context.Context) *Snapshot {
	d, upTo := p.takeDirty()
	defer p.settle(upTo)
	before := p.Current()
	if d.Empty() || !before.Known() {
		return nil
	}
	s := *before
	s.Calls, s.NewEpoch, s.CallsRead, s.everything = nil, false, false, false // the earlier ones are dealt with
	save := p.readDirty(ctx, &s, d)
	if ctx.Err() != nil {
		return nil
	}
	if err := p.complete(&s, before); err != nil {
		p.log.Warn("what the box tells of its line is left aside", "error", err)
	}
	if save && !s.Copy.Saved.IsZero() {
		kept := s.Copy
		kept.Calls = p.confirmed()
		p.save(kept)
	}
	p.current.Store(&s)
	return &s
}

// readDirty reads what was written to into s, and reports whether a list was among it
// that is kept on the disk.
func (p *Poller) readDirty(ctx context.Context, s *Snapshot, d Dirty) (kept bool) {
	for _, ref := range d.Books {
		book, err := p.Client.Phonebook(ctx, ref, nil)
		at := -1
		if err == nil {
			at = slices.IndexFunc(s.Copy.Phonebooks, func(p *tr064.Phonebook) bool { return p.Index == book.Index && p.Name == book.Name })
		}
		if at < 0 { // the books have moved, or it is gone
			p.Want()
			if err != nil {
				s.freshness[Phonebooks].Fault = err
			}
			continue
		}
		s.Copy.Phonebooks = slices.Clone(s.Copy.Phonebooks)
		s.Copy.Phonebooks[at], kept = book, true
		s.readAgain(book)
	}
	if d.Barring {
		kept = s.note(Barring, p.now(), keep(&s.Copy.Barring)(p.Client.Barring(ctx))) == nil || kept
	}
	if d.Deflections {
		_ = s.note(Deflections, p.now(), (&boxRead{p: p, s: s, ctx: ctx}).deflections())
	}
	if d.Switches {
		_ = s.note(Machines, p.now(), keep(&s.Machines)(p.Client.AnsweringMachines(ctx)))
	}
	for _, m := range d.Machines {
		fresh, err := p.Client.Messages(ctx, m)
		if err != nil {
			s.freshness[Messages].Fault = err
			continue
		}
		others := slices.DeleteFunc(slices.Clone(s.Messages), func(o tr064.Message) bool { return o.Machine == m })
		s.Messages = newestFirst(append(others, fresh...))
	}
	return kept
}

// ListsNow are phonebooks and call barring list as they are at this moment, or as they
// were last read where the box does not answer before ctx ends.
func (p *Poller) ListsNow(ctx context.Context) ([]*tr064.Phonebook, *tr064.Phonebook) {
	s := p.Current()
	books, err := p.Client.AllPhonebooks(ctx, s.Copy.Phonebooks)
	if err != nil && len(tr064.BookErrors(err)) == 0 {
		books = s.Copy.Phonebooks
	}
	barring, err := p.Client.Barring(ctx)
	if err != nil {
		barring = s.Copy.Barring
	}
	return books, barring
}
