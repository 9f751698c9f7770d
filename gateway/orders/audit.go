package orders

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/journal"
)

// writer is who writes to a box or to callporter's lists, and on which order. All
// writes of one order are undone together.
type writer struct {
	who   string
	why   string
	order string // one for each order
}

// newWriter begins the writes of an order.
func newWriter(j *job) writer {
	return writer{who: j.Who, why: j.Command.Name, order: rand.Text()}
}

// written is what the audit keeps of a state before or after a write.
type writeState struct {
	Order string         `json:"order"`
	Book  *tr064.BookRef `json:"book,omitempty"`
	UID   uint32         `json:"uid,omitempty"`
	Entry string         `json:"entry,omitempty"`
	List  *listState   `json:"list,omitempty"`
	// Expiry is when the entry at the box was, or is, to be removed.
	Expiry *expiry `json:"expiry,omitempty"`
}

// listWritten is an entry of an own list.
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
	expirySet   = "expiry_set" // of an entry that block had put onto a list of the box
)

// audited writes down what was done at the box and returns its id, 0 where it
// could not be written down: what was done is done. An entry that is removed has no
// expiry any more; what it was is written down, too.
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
		writeState{Order: w.order, Book: book, UID: c.UID, Entry: c.Before, Expiry: o.removeExpiry(ctx, c, target)}, writeState{Order: w.order, Book: book, UID: c.UID, Entry: c.After})
}

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

// auditing bounds how long a write to the journal may hold an order up.
const auditTimeout = 5 * time.Second

// noting is the context in which that is written down which is done at the box: also
// when callporter stops meanwhile.
func auditContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), auditTimeout)
}

// change is what was written down, as tr064 takes it back.
func (w writeState) change(kind string, before writeState) tr064.Change {
	c := tr064.Change{Kind: tr064.ChangeKind(kind), UID: w.UID, Before: before.Entry, After: w.Entry}
	if w.Book != nil {
		c.Book = *w.Book
	}
	return c
}

// AuditState is what the audit keeps of an entry before or after a write of one order.
func AuditState(order, entry string) json.RawMessage {
	return data(writeState{Order: order, Entry: entry})
}
