package orders

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/journal"
)

// writer says who writes to a box or to the own lists, and by which order. Undo takes back
// all writes of one order together.
type writer struct {
	who   string
	why   string
	order string // unique per order
}

// newWriter returns the writer of a job.
func newWriter(j *job) writer {
	return writer{who: j.Who, why: j.Command.Name, order: rand.Text()}
}

// state returns the state of an entry before or after a write.
func (w writer) state(entry string) journal.WriteState {
	return journal.WriteState{Order: w.order, Entry: entry}
}

// writeState is the state before or after a write, as the audit keeps it.
type writeState struct {
	journal.WriteState
	Book *tr064.BookRef `json:"book,omitempty"`
	UID  uint32         `json:"uid,omitempty"`
	List *listState     `json:"list,omitempty"`
	// Expiry says when callporter removes the entry from the box.
	Expiry *expiry `json:"expiry,omitempty"`
}

// listState is an entry of an own list.
type listState struct {
	List    string    `json:"list"`
	Pattern string    `json:"pattern"`
	Name    string    `json:"name,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
}

// Actions of the audit beside those of tr064.
const (
	listAdded   = "list_added"
	listRemoved = "list_removed"
	expirySet   = "expiry_set" // of an entry that block has put on a list of the box
)

// recordChange writes a change at the box to the audit and returns its id. It returns 0 if
// the journal does not take it, since the change itself cannot be refused any more. If the
// change removed an entry with an expiry, the expiry goes too, and the audit keeps it for
// undo.
func (o *Orders) recordChange(ctx context.Context, w writer, c tr064.Change, target string) int64 {
	if c.None() || o.Journal == nil {
		return 0
	}
	ctx, cancel := auditContext(ctx)
	defer cancel()
	book := &c.Book
	if *book == (tr064.BookRef{}) {
		book = nil
	}
	return o.recordWrite(ctx, w, string(c.Kind), target,
		writeState{WriteState: w.state(c.Before), Book: book, UID: c.UID, Expiry: o.removeExpiry(ctx, c, target)},
		writeState{WriteState: w.state(c.After), Book: book, UID: c.UID})
}

// recordWrite writes one write to the audit and returns its id, 0 if the journal does not
// take it.
func (o *Orders) recordWrite(ctx context.Context, w writer, action, target string, before, after writeState) int64 {
	ctx, cancel := auditContext(ctx)
	defer cancel()
	id, err := o.Journal.RecordWrite(ctx, journal.Write{
		Box: o.Box, Action: action, Target: target, Before: data(before), After: data(after), Who: w.who, Why: w.why,
	})
	if err != nil {
		o.Log.Warn("a write is not in the journal and cannot be undone from there", "action", action, "error", err)
	}
	return id
}

// auditTimeout bounds how long the journal may delay an order.
const auditTimeout = 5 * time.Second

// auditContext returns the context for writing to the audit. It outlives ctx: when
// callporter stops, the audit must still get what was written to the box.
func auditContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), auditTimeout)
}

// change returns the write as the change that tr064 can undo; w is the state after it.
func (w writeState) change(kind string, before writeState) tr064.Change {
	c := tr064.Change{Kind: tr064.ChangeKind(kind), UID: w.UID, Before: before.Entry, After: w.Entry}
	if w.Book != nil {
		c.Book = *w.Book
	}
	return c
}
