package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/journal/spelling"
	"github.com/callporter/callporter/journal/store"
)

// Forgotten is what Forget removed.
type Forgotten struct {
	Calls    int // calls of the number, in memory or in the file
	Texts    int // other calls in whose texts it stood
	Entries  int // entries of own lists, or their texts
	Writes   int // writes to a box whose contents held it
	Memories int // values of the gateway's memory that held it
	Caller   bool
	Backups  int // copies made before migrations, deleted as a whole
	// SetAside are the damaged files set aside. They are never changed and may hold
	// the number; it is for the user to delete them.
	SetAside []string
}

// Forget removes all trace of a number from the journal: its calls and what was
// counted of it, its entries on own lists, and every text and every state of the
// audit that holds it, in whatever spelling. A beginning on an own list that fits
// the number stays, because it stands for other numbers too. The file is rewritten,
// which takes a few seconds for a million calls. If only that fails, the error says
// that the deleted bytes may still be in the file, and it is rewritten at the next
// start.
func (j *Journal) Forget(ctx context.Context, n call.Number) (Forgotten, error) {
	var f Forgotten
	number, ok := spelling.NewFinder(n)
	if !ok {
		return f, errors.New("forget number: it has no digits")
	}
	full, national := spellings(n)
	is := func(m call.Number) bool {
		a, b := spellings(m)
		return a != "" && (a == full || b == national)
	}
	// A newer value of a call in the file may still be in memory. After Flush the call is
	// counted once. What cannot be written now is removed from memory.
	if err := j.Flush(ctx); err != nil && ctx.Err() != nil {
		return f, fmt.Errorf("forget number: %w", err)
	}
	removed := j.queue.remove(func(w *waitingCall) bool {
		p := w.call.Peer()
		return is(p.Number) || is(p.Network) || inCall(number, &w.call)
	})
	f.Calls = removed
	err := j.changeLists(ctx, func(c *store.Conn) error {
		g := Forgotten{Calls: removed}
		for _, step := range []func() error{
			func() error { return j.forgetCalls(ctx, c, full, national, &g) },
			func() error { return j.forgetTexts(ctx, c, number, &g) },
			func() error { return forgetEntries(ctx, c, number, full, national, &g) },
			func() error { return forgetWrites(ctx, c, number, &g) },
			func() error { return forgetMemories(ctx, c, number, &g) },
		} {
			if err := step(); err != nil {
				return err
			}
		}
		f, j.ids = g, rowIDs{}
		return c.NeedScrub(ctx)
	})
	if err != nil {
		return f, fmt.Errorf("forget number: %w", err)
	}
	f.Backups, f.SetAside = len(store.Backups(j.o.Path)), SetAside(j.o.Path)
	if err := j.store.Scrub(ctx); err != nil {
		return f, fmt.Errorf("forget number: it is deleted, but may still be in the file: %w", err)
	}
	return f, nil
}

// forgetCalls deletes the calls of a number and the number itself.
func (j *Journal) forgetCalls(ctx context.Context, c *store.Conn, full, national string, f *Forgotten) error {
	numbers, err := rows(ctx, c, `SELECT id FROM numbers WHERE number = $1 OR national = $2`, full, national)
	if err != nil {
		return err
	}
	for id := range numbers {
		keys, err := rows(ctx, c, `SELECT key FROM calls WHERE number = $1 UNION SELECT key FROM calls WHERE network = $1 AND network > 0`, id)
		if err != nil {
			return err
		}
		for k := range keys {
			if err := j.deleteCall(ctx, c, k); err != nil {
				return err
			}
		}
		if _, err := c.Exec(ctx, `DELETE FROM numbers WHERE id = $1`, id); err != nil {
			return err
		}
		f.Calls += len(keys)
		f.Caller = true
	}
	return nil
}

// deleteCall deletes a call, and its name and network number if no other has them.
func (j *Journal) deleteCall(ctx context.Context, c *store.Conn, key int64) error {
	var number, network, name int64
	err := c.Row(ctx, `DELETE FROM calls WHERE key = $1 RETURNING number, network, name`, []any{key}, &number, &network, &name)
	if err != nil {
		return err
	}
	if name != 0 {
		if err := j.deleteUnusedName(ctx, c, name); err != nil {
			return err
		}
	}
	if network == 0 {
		return nil
	}
	_, err = c.Exec(ctx, `DELETE FROM numbers WHERE id = $1 AND first_seen IS NULL
		AND NOT EXISTS (SELECT 1 FROM calls WHERE network = $1 AND network > 0) AND NOT EXISTS (SELECT 1 FROM calls WHERE number = $1)`, network)
	return err
}

// inCall reports whether the number stands anywhere in a call.
func inCall(number spelling.Finder, c *call.Call) bool {
	doc, err := encode(c)
	return err != nil || number.In(string(doc))
}

// forgetTexts clears the texts of other calls in which the number stands. A call
// that still holds it then, in a field that is no text, is deleted.
func (j *Journal) forgetTexts(ctx context.Context, c *store.Conn, number spelling.Finder, f *Forgotten) error {
	if number.Short() {
		return nil // a service such as 110 is nobody's number, and its digits are part of many texts
	}
	type hit struct {
		key int64
		box string
		doc []byte
	}
	var hits []hit
	err := c.Each(ctx, `SELECT c.key, k.box, c.document FROM calls c JOIN kinds k ON k.id = c.kind`, nil, func(scan func(...any) error) (bool, error) {
		var h hit
		err := scan(&h.key, &h.box, &h.doc)
		if err == nil && number.In(string(h.doc)) {
			hits = append(hits, h)
		}
		return true, err
	})
	if err != nil {
		return err
	}
	for _, h := range hits {
		f.Texts++
		kept, err := decode(h.doc)
		if err == nil && clearTexts(number, &kept) && !inCall(number, &kept) {
			if err = j.rewrite(ctx, c, h.key, &kept); err != nil {
				return err
			}
			continue
		}
		if err := j.deleteCall(ctx, c, h.key); err != nil {
			return err
		}
	}
	return nil
}

// clearTexts empties the texts of a call that hold the number, and reports whether
// there were any.
func clearTexts(number spelling.Finder, c *call.Call) bool {
	texts := []*string{&c.Caller.Name, &c.Callee.Name, &c.Verdict.Reason, &c.Verdict.Code}
	for i := range c.Verdict.Evidence {
		e := &c.Verdict.Evidence[i]
		texts = append(texts, &e.Source, &e.Reason, &e.Detail)
	}
	cleared := false
	for _, t := range texts {
		if number.In(*t) {
			*t, cleared = "", true
		}
	}
	return cleared
}

// rewrite replaces the document of a call and its name. Unlike put it keeps nothing of
// the old value.
func (j *Journal) rewrite(ctx context.Context, c *store.Conn, key int64, kept *call.Call) error {
	doc, err := encode(kept)
	if err != nil {
		return err
	}
	var before int64
	if err := c.Row(ctx, `SELECT name FROM calls WHERE key = $1`, []any{key}, &before); err != nil {
		return err
	}
	name, err := j.nameID(ctx, c, kept.Peer().Name)
	if err != nil {
		return err
	}
	if _, err := c.Exec(ctx, `UPDATE calls SET document = $2, name = $3 WHERE key = $1`, key, doc, name); err != nil {
		return err
	}
	if before != 0 && before != name {
		return j.deleteUnusedName(ctx, c, before)
	}
	return nil
}

func forgetEntries(ctx context.Context, c *store.Conn, number spelling.Finder, full, national string, f *Forgotten) error {
	all, err := readLists(ctx, c)
	if err != nil {
		return err
	}
	for _, e := range all {
		switch {
		case e.Pattern == full || e.Pattern == national || !strings.HasSuffix(e.Pattern, "*") && number.In(e.Pattern):
			_, err = c.Exec(ctx, `DELETE FROM lists WHERE list = $1 AND pattern = $2`, e.List.String(), e.Pattern)
		case slices.ContainsFunc([]string{e.Name, e.Who, e.Why}, number.In):
			_, err = c.Exec(ctx, `UPDATE lists SET name = '', who = '', why = '' WHERE list = $1 AND pattern = $2`, e.List.String(), e.Pattern)
		default:
			continue
		}
		if err != nil {
			return err
		}
		f.Entries++
	}
	return nil
}

// forgetWrites empties the contents of writes and keeps that they took place.
func forgetWrites(ctx context.Context, c *store.Conn, number spelling.Finder, f *Forgotten) error {
	var hits []int64
	err := c.Each(ctx, `SELECT id, target, before, after, who, why FROM writes`, nil, func(scan func(...any) error) (bool, error) {
		var id int64
		var texts [5]string
		err := scan(&id, &texts[0], &texts[1], &texts[2], &texts[3], &texts[4])
		if err == nil && slices.ContainsFunc(texts[:], number.In) {
			hits = append(hits, id)
		}
		return true, err
	})
	for _, id := range hits {
		if err == nil {
			_, err = c.Exec(ctx, `UPDATE writes SET target = '', before = '', after = '', who = '', why = '', forgotten = 1 WHERE id = $1`, id)
		}
	}
	f.Writes = len(hits)
	return err
}

func forgetMemories(ctx context.Context, c *store.Conn, number spelling.Finder, f *Forgotten) error {
	var hits []string
	err := c.Each(ctx, `SELECT key, value FROM memory`, nil, func(scan func(...any) error) (bool, error) {
		var k string
		var v []byte
		err := scan(&k, &v)
		if err == nil && !strings.HasPrefix(k, "_") && (number.In(k) || number.In(string(v))) {
			hits = append(hits, k)
		}
		return true, err
	})
	for _, k := range hits {
		if err == nil {
			_, err = c.Exec(ctx, `DELETE FROM memory WHERE key = $1`, k)
		}
	}
	f.Memories = len(hits)
	return err
}

// Finder returns what tells whether a text holds the number in whatever spelling;
// false where the number has no digits. See [spelling.Finder].
func Finder(n call.Number) (holds func(text string) bool, ok bool) {
	f, ok := spelling.NewFinder(n)
	return f.In, ok
}
