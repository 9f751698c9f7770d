package gateway

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/journal"
)

// again is what an order has written to, so that just that is read again.
type again struct {
	books       []tr064.BookRef // phonebooks
	machines    []int           // answering machines whose messages have changed
	barring     bool
	deflections bool
	switches    bool // of the answering machines
}

// with adds what another order has written to.
func (w again) with(o again) again {
	for _, ref := range o.books {
		if !slices.Contains(w.books, ref) {
			w.books = append(slices.Clip(w.books), ref)
		}
	}
	for _, m := range o.machines {
		if !slices.Contains(w.machines, m) {
			w.machines = append(slices.Clip(w.machines), m)
		}
	}
	w.barring, w.deflections, w.switches = w.barring || o.barring, w.deflections || o.deflections, w.switches || o.switches
	return w
}

// none reports that nothing is to be read.
func (w again) none() bool {
	return len(w.books) == 0 && len(w.machines) == 0 && !w.barring && !w.deflections && !w.switches
}

// againOf is what has to be read again when a write of the audit is taken back.
func againOf(one journal.Write) (w again) {
	var before, after written
	if json.Unmarshal(one.Before, &before) != nil || json.Unmarshal(one.After, &after) != nil {
		return again{}
	}
	switch tr064.ChangeKind(one.Action) {
	case tr064.ContactAdded, tr064.ContactChanged, tr064.ContactRemoved:
		for _, s := range []written{before, after} {
			if s.Book != nil {
				w = w.with(again{books: []tr064.BookRef{*s.Book}})
			}
		}
	case tr064.BarringAdded, tr064.BarringRemoved:
		w.barring = true
	case tr064.DeflectionSet:
		w.deflections = true
	case tr064.MachineSet:
		w.switches = true
	case tr064.MessageMarked, tr064.MessageDeleted:
		var m tr064.Message
		if json.Unmarshal([]byte(before.Entry), &m) == nil {
			w.machines = []int{m.Machine}
		}
	}
	return w
}

// rereads has what was written to read again. Whoever asks for a list from then on
// waits until it is, see [access.settled].
func (b *box) rereads(w again) func() {
	return func() {
		if b.access == nil || w.none() {
			return
		}
		a := b.access
		a.mu.Lock()
		a.again = a.again.with(w)
		a.asked++
		a.mu.Unlock()
		token(a.parts)
	}
}

// due takes what is to be read again, and the count to report when it is done.
func (a *access) due() (w again, upTo uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w, upTo = a.again, a.asked
	a.again = again{}
	return w, upTo
}

// done tells those who wait that everything asked for up to a count is read, or that
// it cannot be read now.
func (a *access) done(upTo uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answered = max(a.answered, upTo)
	if a.news != nil {
		close(a.news)
		a.news = nil
	}
}

// settled waits until what orders have written to is read again and, while the box is
// read for the first time, for that; not longer than ctx.
func (a *access) settled(ctx context.Context) {
	if !a.attended.Load() {
		return
	}
	a.mu.Lock()
	upTo := a.asked
	for a.answered < upTo || a.current.Load().at.IsZero() {
		if a.news == nil {
			a.news = make(chan struct{})
		}
		news := a.news
		a.mu.Unlock()
		select {
		case <-news:
		case <-ctx.Done():
			return
		}
		a.mu.Lock()
	}
	a.mu.Unlock()
}

// takeAgain reads what orders have written to, and hands it on.
func (a *access) takeAgain(ctx context.Context, b *box) {
	w, upTo := a.due()
	defer a.done(upTo)
	before := a.current.Load()
	if w.none() || before.at.IsZero() && before.copy.Saved.IsZero() {
		return // everything is read soon
	}
	r := *before
	r.calls, r.epoch = nil, false // those of before are dealt with
	books := a.readAgain(ctx, &r, w)
	if ctx.Err() != nil {
		return
	}
	if b.learned != nil {
		b.learned(ctx, b, &r)
	}
	if books && !r.copy.Saved.IsZero() {
		a.save(&r)
	}
	a.current.Store(&r)
	sorted := a.sort(b.planNow.Load(), &r)
	b.post(ctx, func() { b.adoptReading(before, &r, sorted) })
}

// readAgain reads what was written to into r, and reports whether a list was among it
// that is kept on the disk.
func (a *access) readAgain(ctx context.Context, r *reading, w again) (kept bool) {
	for _, ref := range w.books {
		book, err := a.client.Phonebook(ctx, ref, nil)
		at := -1
		if err == nil {
			at = slices.IndexFunc(r.copy.Phonebooks, func(p *tr064.Phonebook) bool { return p.Index == book.Index && p.Name == book.Name })
		}
		if at < 0 { // the books have moved, or it is gone
			a.want()
			r.pieces[theBooks].fault = err
			continue
		}
		r.copy.Phonebooks = slices.Clone(r.copy.Phonebooks)
		r.copy.Phonebooks[at], kept = book, true
	}
	if w.barring {
		kept = r.note(theBarring, a.now(), keep(&r.copy.Barring)(a.client.Barring(ctx))) == nil || kept
	}
	if w.deflections {
		_ = r.note(theDeflections, a.now(), keep(&r.deflections)(a.client.Deflections(ctx)))
	}
	if w.switches {
		_ = r.note(theMachines, a.now(), keep(&r.machines)(a.client.AnsweringMachines(ctx)))
	}
	for _, m := range w.machines {
		fresh, err := a.client.Messages(ctx, m)
		if err != nil {
			r.pieces[theMessages].fault = err
			continue
		}
		others := slices.DeleteFunc(slices.Clone(r.messages), func(o tr064.Message) bool { return o.Machine == m })
		r.messages = newestFirst(append(others, fresh...))
	}
	return kept
}

func newestFirst(all []tr064.Message) []tr064.Message {
	slices.SortStableFunc(all, func(x, y tr064.Message) int { return y.Date.Compare(x.Date) })
	return all
}

// part is one of the things that are read of a box and asked for one by one.
type part uint8

const (
	theBooks part = iota
	theBarring
	theDeflections
	theMachines
	theMessages
	parts
	noPart
)

// piece is how reading one part went.
type piece struct {
	read  time.Time // when it was read last; zero = never
	fault error     // why it could not be read since then; nil = it could
}

// note keeps how reading a part went, and returns the error.
func (r *reading) note(p part, at time.Time, err error) error {
	switch reason := tr064.ReasonOf(err); {
	case p >= parts:
	case err == nil, reason == tr064.NotAvailable: // what this model lacks is not unknown
		r.pieces[p] = piece{read: at}
	default:
		r.pieces[p].fault = err
	}
	return err
}
