package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

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
	sel, err := f.resolve(ctx, r)
	if err != nil {
		return Page{}, fmt.Errorf("read calls: %w", err)
	}
	p, err := j.page(ctx, r, sel)
	if err != nil {
		return Page{}, fmt.Errorf("read calls: %w", err)
	}
	return p, nil
}

func (j *Journal) page(ctx context.Context, r *store.Conn, sel *selection) (Page, error) {
	var p Page
	keys, err := sel.find(ctx, r)
	if err != nil {
		return p, err
	}
	var last call.ID
	for i, k := range keys {
		if i == sel.limit { // one more than asked for: there is another page
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
