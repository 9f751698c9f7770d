package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/journal/store"
)

// Entry is a call in the journal.
type Entry struct {
	Box  string
	Call call.Call
	// Listed reports whether the call was found in the box's call list.
	Listed bool
}

// Page is a part of the calls that a filter picks, newest first.
type Page struct {
	Entries []Entry
	Next    call.ID // Filter.Before of the next page; "" = there are no more
}

// Calls returns a page of calls, newest first. A call recorded a moment ago may
// still wait to be written; Flush first where that matters.
func (j *Journal) Calls(ctx context.Context, f Filter) (Page, error) {
	r, err := j.store.Reader(ctx)
	if err != nil {
		return Page{}, fmt.Errorf("read calls: %w", err)
	}
	w, err := f.resolve(ctx, r)
	if err != nil {
		return Page{}, fmt.Errorf("read calls: %w", err)
	}
	p, err := j.page(ctx, r, w)
	if err != nil {
		return Page{}, fmt.Errorf("read calls: %w", err)
	}
	return p, nil
}

// Call returns one call; ErrUnknown if the journal does not have it.
func (j *Journal) Call(ctx context.Context, id call.ID) (Entry, error) {
	r, err := j.store.Reader(ctx)
	if err != nil {
		return Entry{}, fmt.Errorf("read call: %w", err)
	}
	var row row
	err = row.read(ctx, r, id)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknown
	}
	if err != nil {
		return Entry{}, fmt.Errorf("read call: %w", err)
	}
	return readEntry(ctx, r, row.key)
}

func (j *Journal) page(ctx context.Context, r *store.Conn, w *wanted) (Page, error) {
	var p Page
	keys, err := w.find(ctx, r)
	if err != nil {
		return p, err
	}
	var last call.ID
	for i, k := range keys {
		if i == w.limit { // one more than asked for: there is another page
			p.Next = last
			break
		}
		e, err := readEntry(ctx, r, k)
		var id string
		switch {
		case errors.Is(err, sql.ErrNoRows): // deleted meanwhile
			continue
		case errors.As(err, new(unreadable)):
			j.metrics.unreadable.Inc()
			if err := r.Row(ctx, `SELECT id FROM calls WHERE key = $1`, []any{k}, &id); err != nil {
				return p, err
			}
			last = call.ID(id)
			continue
		case err != nil:
			return p, err
		}
		last = e.Call.ID
		p.Entries = append(p.Entries, e)
	}
	return p, nil
}

// unreadable is a call whose document cannot be read.
type unreadable struct{ error }

func readEntry(ctx context.Context, r *store.Conn, key int64) (Entry, error) {
	var e Entry
	var doc []byte
	err := r.Row(ctx, `SELECT k.box, c.listed IS NOT NULL, c.document FROM calls c JOIN kinds k ON k.id = c.kind WHERE c.key = $1`,
		[]any{key}, &e.Box, &e.Listed, &doc)
	if err != nil {
		return e, err
	}
	if e.Call, err = decode(doc); err != nil {
		return e, unreadable{err}
	}
	return e, nil
}

// Streams of calls in the order of time, newest first, each read from one index.
// Their columns are the same, so that any filter can be applied to any of them.
const (
	streamAll     = `SELECT key, kind, number, network, name FROM calls WHERE key >= $2 AND key < $3 AND $1 = 0 ORDER BY key DESC`
	streamKind    = `SELECT key, kind, number, network, name FROM calls WHERE kind = $1 AND key >= $2 AND key < $3 ORDER BY key DESC`
	streamNumber  = `SELECT key, kind, number, network, name FROM calls WHERE number = $1 AND key >= $2 AND key < $3 ORDER BY key DESC`
	streamNetwork = `SELECT key, kind, number, network, name FROM calls WHERE network = $1 AND network > 0 AND key >= $2 AND key < $3 ORDER BY key DESC`
	streamName    = `SELECT key, kind, number, network, name FROM calls WHERE name = $1 AND name > 0 AND key >= $2 AND key < $3 ORDER BY key DESC`
)

// How many streams are merged. A set of numbers or names larger than that is so
// likely to be met that reading in the order of time finds a page sooner, unless
// its numbers have few calls in all.
const (
	maxStreams     = 300
	maxRareStreams = 1000
	rareCalls      = 5000
	maxKindStreams = 1000
	manyNumbers    = 20 // from here on it pays to ask which of them are a network's
)

// find returns the keys of the newest calls that are wanted, and one more if there
// is one. It reads the streams of the narrowest set one after the other; each ends
// where it falls behind what the others have found, so their number counts, and
// hardly their length.
func (w *wanted) find(ctx context.Context, r *store.Conn) ([]int64, error) {
	if w.impossible() {
		return nil, nil
	}
	var found newest
	found.limit = w.limit + 1
	streams, of := []string{streamAll}, map[int64]bool{0: true}
	switch numbers, names := w.numbers != nil && w.fewNumbers(), w.names != nil && len(w.names) <= maxStreams; {
	case numbers && (!names || len(w.numbers) <= len(w.names)):
		streams, of = []string{streamNumber, streamNetwork}, w.numbers
	case names:
		streams, of = []string{streamName}, w.names
	case w.kinds != nil && len(w.kinds) <= maxKindStreams:
		streams, of = []string{streamKind}, w.kinds
	}
	var networks map[int64]bool // nil = any may be one
	if len(streams) == 2 && len(of) > manyNumbers {
		var err error
		if networks, err = rows(ctx, r, `SELECT DISTINCT network FROM calls WHERE network > 0`); err != nil {
			return nil, err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(of)) {
		for _, stream := range streams {
			if stream == streamNetwork && networks != nil && !networks[id] {
				continue
			}
			low := max(w.low, found.low)
			err := r.Each(ctx, stream, []any{id, low, w.high}, func(scan func(...any) error) (bool, error) {
				var k, kind, number, network, name int64
				if err := scan(&k, &kind, &number, &network, &name); err != nil {
					return false, err
				}
				if !w.has(kind, number, network, name) {
					return true, nil
				}
				return found.add(k), nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return found.sorted(), nil
}

func (w *wanted) fewNumbers() bool {
	return len(w.numbers) <= maxStreams || len(w.numbers) <= maxRareStreams && w.calls < rareCalls
}

// newest keeps the greatest keys of all it is given.
type newest struct {
	limit int
	keys  []int64
	low   int64 // smaller keys are not wanted any more
}

// add takes a key of a stream that falls, and reports whether the stream may have
// another one that counts.
func (n *newest) add(k int64) bool {
	if k < n.low {
		return false
	}
	n.keys = append(n.keys, k)
	if n.low == 0 && len(n.keys) >= n.limit || len(n.keys) >= 2*n.limit {
		n.cut()
	}
	return k > n.low
}

func (n *newest) cut() {
	slices.SortFunc(n.keys, func(a, b int64) int { return cmp.Compare(b, a) })
	n.keys = slices.Compact(n.keys)
	if len(n.keys) >= n.limit {
		n.keys = n.keys[:n.limit]
		n.low = n.keys[n.limit-1]
	}
}

func (n *newest) sorted() []int64 {
	n.cut()
	return n.keys
}
