package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/mqtt"
)

// writer is who writes to a box or to callporter's lists, and on which order. All
// writes of one order are undone together.
type writer struct {
	who   string
	why   string
	order string // one for each order
}

// writer begins the writes of an order.
func (b *box) writer(o order) writer {
	return writer{who: o.who, why: o.command.Name, order: string(b.tracker.IDs.Next(b.now()))}
}

// written is what the audit keeps of a state before or after a write.
type written struct {
	Order string         `json:"order"`
	Book  *tr064.BookRef `json:"book,omitempty"`
	UID   uint32         `json:"uid,omitempty"`
	Entry string         `json:"entry,omitempty"`
	List  *listWritten   `json:"list,omitempty"`
}

// listWritten is an entry of an own list.
type listWritten struct {
	List    string    `json:"list"`
	Pattern string    `json:"pattern"`
	Name    string    `json:"name,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
}

// Actions of the audit beside those of tr064.
const (
	listAdded   = "list_added"
	listRemoved = "list_removed"
)

// audited writes down what was done at the box and returns its id, 0 where it
// could not be written down: what was done is done.
func (b *box) audited(ctx context.Context, w writer, c tr064.Change, target string) int64 {
	if c.None() || b.journal == nil {
		return 0
	}
	book := &c.Book
	if *book == (tr064.BookRef{}) {
		book = nil
	}
	return b.auditWrite(ctx, w, string(c.Kind), target,
		written{Order: w.order, Book: book, UID: c.UID, Entry: c.Before}, written{Order: w.order, Book: book, UID: c.UID, Entry: c.After})
}

func (b *box) auditWrite(ctx context.Context, w writer, action, target string, before, after written) int64 {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditing)
	defer cancel()
	id, err := b.journal.RecordWrite(ctx, journal.Write{
		Box: b.id, Action: action, Target: target, Before: data(before), After: data(after), Who: w.who, Why: w.why,
	})
	if err != nil {
		b.log.Warn("a write is not in the journal and cannot be undone from there", "action", action, "error", err)
	}
	return id
}

// auditing bounds how long a write to the journal may hold an order up.
const auditing = 5 * time.Second

// change is what was written down, as tr064 takes it back.
func (w written) change(kind string, before written) tr064.Change {
	c := tr064.Change{Kind: tr064.ChangeKind(kind), UID: w.UID, Before: before.Entry, After: w.Entry}
	if w.Book != nil {
		c.Book = *w.Book
	}
	return c
}

// undo takes back what an order has written: the last one, or that of an id of the
// audit.
func (b *box) undo(o order, r *mqtt.Result) work {
	if b.journal == nil {
		r.Refusal = refusedJournal
		return nil
	}
	id := int64(0)
	if o.command.Argument != "" {
		n, err := strconv.ParseInt(o.command.Argument, 10, 64)
		if err != nil || n < 1 {
			r.Refusal = refusedAudit
			return nil
		}
		id = n
	}
	w := b.writer(o)
	return func(ctx context.Context, r *mqtt.Result) func() {
		writes, refusal := b.undoable(ctx, id)
		if refusal != nil {
			r.Refusal = refusal
			return nil
		}
		var undone []int64
		for _, one := range writes {
			if refusal := b.undoOne(ctx, w, one); refusal != nil {
				r.Refusal = refusal
				break
			}
			undone = append(undone, one.ID)
		}
		r.Data = data(map[string]any{"undone": undone})
		return b.rereads()
	}
}

// undoable finds the writes of the order to undo, the newest first.
func (b *box) undoable(ctx context.Context, id int64) ([]journal.Write, *mqtt.Refusal) {
	all, err := b.journal.Writes(ctx, b.id, 0, journal.MaxPage)
	if err != nil {
		return nil, failed(err)
	}
	order := ""
	if id > 0 {
		one, err := b.journal.Write(ctx, id)
		switch {
		case errors.Is(err, journal.ErrUnknown) || err == nil && one.Box != b.id:
			return nil, refusedAudit
		case err != nil:
			return nil, failed(err)
		case one.UndoneBy != 0:
			return nil, refusedUndone
		case one.Forgotten:
			return nil, refusedForgotten
		}
		if order = orderOf(one); order == "" {
			return []journal.Write{one}, nil
		}
	}
	var found []journal.Write
	for _, one := range all {
		if one.UndoneBy != 0 || one.Forgotten || strings.HasPrefix(one.Why, undoing) || final[one.Action] {
			continue
		}
		if order == "" {
			order = orderOf(one)
		}
		if orderOf(one) == order {
			found = append(found, one)
		}
	}
	if len(found) == 0 {
		return nil, refusedNothing
	}
	return found, nil
}

// final are the actions that nothing takes back; PRESS passes them over.
var final = map[string]bool{
	string(tr064.NumberDialled): true, string(tr064.DialHungUp): true, string(tr064.MessageDeleted): true,
}

// undoing begins the reason of a write that takes another one back.
const undoing = "undo"

func orderOf(w journal.Write) string {
	var after written
	if json.Unmarshal(w.After, &after) != nil {
		return ""
	}
	return after.Order
}

// undoOne takes one write back and notes it.
func (b *box) undoOne(ctx context.Context, w writer, one journal.Write) *mqtt.Refusal {
	var before, after written
	if err := errors.Join(json.Unmarshal(one.Before, &before), json.Unmarshal(one.After, &after)); err != nil {
		return refusedForgotten
	}
	w.why = undoing + " " + strconv.FormatInt(one.ID, 10)
	var by int64
	switch one.Action {
	case listAdded, listRemoved:
		id, refusal := b.undoList(ctx, w, one, before, after)
		if refusal != nil {
			return refusal
		}
		by = id
	default:
		if b.access == nil {
			return refusedAccess
		}
		change, err := b.access.client.Undo(ctx, after.change(one.Action, before))
		by = b.audited(ctx, w, change, one.Target)
		if err != nil {
			return refusedByBox(err)
		}
	}
	if by == 0 {
		by = one.ID // it had been taken back by hand
	}
	if err := b.journal.MarkUndone(ctx, one.ID, by); err != nil {
		b.log.Warn("what was undone is not marked in the journal", "id", one.ID, "error", err)
	}
	return nil
}

// undoList puts an own list back to what it was.
func (b *box) undoList(ctx context.Context, w writer, one journal.Write, before, after written) (int64, *mqtt.Refusal) {
	is, was := after.List, before.List
	there := b.entryOf(cmp.Or(is, was, &listWritten{}).entry(w))
	switch {
	case same(there, was):
		return 0, nil // taken back by hand
	case !same(there, is):
		return 0, refusedChanged
	}
	var err error
	switch {
	case was != nil:
		_, err = b.journal.AddEntry(ctx, was.entry(w))
	case is != nil:
		if _, err = b.journal.RemoveEntry(ctx, listOf(is.List), is.Pattern); errors.Is(err, journal.ErrUnknown) {
			err = nil
		}
	}
	if err != nil {
		return 0, failed(err)
	}
	after.Order, before.Order = w.order, w.order
	return b.auditWrite(ctx, w, one.Action, one.Target, after, before), nil
}

func same(a, b *listWritten) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.List == b.List && a.Pattern == b.Pattern && a.Name == b.Name && a.Expires.Equal(b.Expires)
}

func (l *listWritten) entry(w writer) journal.ListEntry {
	return journal.ListEntry{List: listOf(l.List), Pattern: l.Pattern, Name: l.Name, Expires: l.Expires, Who: w.who, Why: w.why}
}

func listOf(name string) journal.List {
	if name == journal.Allow.String() {
		return journal.Allow
	}
	return journal.Block
}

// rereads has the box read again, since something was written to it.
func (b *box) rereads() func() {
	return func() {
		if b.access != nil {
			b.access.want()
		}
	}
}

// failed is the refusal for a disk that does not do what it should.
func failed(err error) *mqtt.Refusal {
	return &mqtt.Refusal{
		Code:    mqtt.CodeFailed,
		Message: call.Text{"the journal failed: %s", "das Journal versagt: %s"}.With(reasonText(err)),
		Hint:    call.Text{"health.journal and the log say more", "health.journal und das Log sagen mehr"},
	}
}
