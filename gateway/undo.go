package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// Limits of what the result of an undo tells.
const (
	maxUndone   = 200 // ids
	maxToldBack = 10  // in words
)

// undo takes back what an order has written: the last one, or that of an id of the
// audit.
func (b *box) undo(o incomingOrder, r *order.Result) work {
	if b.journal == nil {
		r.Refusal = b.bookless
		return nil
	}
	id := int64(0)
	if o.command.Argument != "" {
		n, err := strconv.ParseInt(o.command.Argument, 10, 64)
		if err != nil || n < 1 {
			r.Refusal = refusal.NoSuchWrite
			return nil
		}
		id = n
	}
	w, language, zone := b.writer(o), b.docs.Language, b.config.Location()
	return func(ctx context.Context, r *order.Result) func() {
		take, refused := b.undoable(ctx, id)
		if refused != nil {
			r.Refusal = refused
			return nil
		}
		undone, said := []int64{}, []string{}
		var touched again
		for i, one := range take.writes {
			w.why = undoing + " " + strconv.FormatInt(one.ID, 10)
			touched = touched.with(againOf(one))
			did, refused := b.undoOne(ctx, w, one)
			if refused != nil {
				if r.Refusal = refused; refused.Code == order.CodeChanged {
					r.Refusal = refusal.WithHint(refused, b.earlier(ctx, take))
				}
				break
			}
			undone = append(undone, one.ID)
			if i < maxToldBack {
				said = append(said, backText(one, did, zone).In(language))
			}
		}
		if more := len(undone) - len(said); more > 0 {
			said = append(said, call.Text{"%d more", "%d weitere"}.With(more).In(language))
		}
		for _, one := range take.final {
			said = append(said, final[one.Action].In(language))
		}
		r.Data = data(map[string]any{"undone": undone[:min(len(undone), maxUndone)], "message": strings.Join(said, "; ")})
		return b.rereads(touched)
	}
}

// undoing begins the reason of a write that takes another one back; expired is that of
// one that removes what has stood for its time. Neither is taken back itself.
const (
	undoing = "undo"
	expired = "expired"
)

func tookBack(w journal.Write) bool { return strings.HasPrefix(w.Why, undoing) || w.Why == expired }

// final are the actions that nothing takes back, and what to say of them.
var final = map[string]call.Text{
	"number_dialled":  {"a call that was dialled cannot be taken back", "ein gewählter Anruf lässt sich nicht zurücknehmen"},
	"dial_hung_up":    {"a call that was ended cannot be taken back", "ein beendeter Anruf lässt sich nicht zurückholen"},
	"message_deleted": {"a deleted voice message does not come back", "eine gelöschte Sprachnachricht kommt nicht zurück"},
}

// canUndo reports whether a write can be taken back, as far as the audit tells.
func canUndo(w journal.Write) bool {
	_, never := final[w.Action]
	return w.UndoneBy == 0 && !w.Forgotten && !never && !tookBack(w)
}

// whole is what an order has written, the newest first.
type whole struct {
	order  string          // "" = it has none, and is a single write
	oldest int64           // id
	writes []journal.Write // that can be taken back
	final  []journal.Write // that cannot
}

// undoable finds the writes of the order to undo.
func (b *box) undoable(ctx context.Context, id int64) (*whole, *order.Refusal) {
	var one journal.Write
	var err error
	if id > 0 {
		if one, err = b.journal.Write(ctx, id); err == nil && one.Box != b.id {
			err = journal.ErrUnknown
		}
	} else {
		err = b.audit(ctx, 0, func(w journal.Write) bool {
			if w.UndoneBy == 0 && !tookBack(w) {
				one = w
			}
			return one.ID == 0
		})
	}
	reason, never := final[one.Action]
	switch {
	case errors.Is(err, journal.ErrUnknown):
		return nil, refusal.NoSuchWrite
	case err != nil:
		return nil, refusal.JournalFailed(err)
	case one.ID == 0:
		return nil, refusal.NothingToUndo
	case one.UndoneBy != 0:
		return nil, refusal.AlreadyUndone
	case tookBack(one):
		return nil, refusal.IsUndo
	case id > 0 && never:
		return nil, refusal.Final(reason)
	case id > 0 && one.Forgotten:
		return nil, refusal.Forgotten
	}
	take, err := b.orderAround(ctx, one)
	switch {
	case err != nil:
		return nil, refusal.JournalFailed(err)
	case len(take.writes) > 0:
		return take, nil
	case !never:
		reason = refusal.Forgotten.Message
	}
	last := refusal.Final(call.Text{"the last order cannot be undone: %s", "der letzte Befehl lässt sich nicht zurücknehmen: %s"}.With(reason))
	return nil, refusal.WithHint(last, b.earlier(ctx, take))
}

// orderAround gathers what one order has written, of which a write is given. Those of
// other orders may stand between.
func (b *box) orderAround(ctx context.Context, one journal.Write) (*whole, error) {
	take := &whole{order: orderOf(one), oldest: one.ID}
	sort := func(w journal.Write) {
		take.oldest = min(take.oldest, w.ID)
		if _, never := final[w.Action]; never {
			take.final = append(take.final, w)
		} else if canUndo(w) {
			take.writes = append(take.writes, w)
		}
	}
	if take.order == "" {
		sort(one)
		return take, nil
	}
	err := b.audit(ctx, one.ID+apart, func(w journal.Write) bool {
		if orderOf(w) == take.order {
			sort(w)
		}
		return w.ID > take.oldest-apart
	})
	return take, err
}

// apart is how many writes of others may stand between two of one order.
const apart = journal.MaxPage

// earlier says which order before one can be undone; nothing if none can.
func (b *box) earlier(ctx context.Context, take *whole) call.Text {
	var found journal.Write
	err := b.audit(ctx, take.oldest, func(w journal.Write) bool {
		if canUndo(w) && (take.order == "" || orderOf(w) != take.order) {
			found = w
		}
		return found.ID == 0
	})
	if err != nil || found.ID == 0 {
		return call.Text{}
	}
	return call.Text{"undo %d takes back an earlier order (%s)", "undo %d nimmt einen früheren Befehl zurück (%s)"}.With(found.ID, found.Why)
}

// audit hands the writes to a box to f, newest first and those before an id, unless
// that is 0, as long as f wants more.
func (b *box) audit(ctx context.Context, before int64, f func(journal.Write) bool) error {
	for {
		page, err := b.journal.Writes(ctx, b.id, before, journal.MaxPage)
		if err != nil {
			return err
		}
		for _, w := range page {
			if !f(w) {
				return nil
			}
		}
		if len(page) < journal.MaxPage {
			return nil
		}
		before = page[len(page)-1].ID
	}
}

func orderOf(w journal.Write) string {
	var after written
	if json.Unmarshal(w.After, &after) != nil {
		return ""
	}
	return after.Order
}

// back is what came of taking a write back.
type back struct {
	by   int64 // the write that did; 0 = there was nothing to write
	over bool  // what would come back has stood for its time
}

// undoOne takes one write back and notes it.
func (b *box) undoOne(ctx context.Context, w writer, one journal.Write) (back, *order.Refusal) {
	var before, after written
	if err := errors.Join(json.Unmarshal(one.Before, &before), json.Unmarshal(one.After, &after)); err != nil {
		return back{}, refusal.Forgotten
	}
	var did back
	var refused *order.Refusal
	switch one.Action {
	case listAdded, listRemoved:
		did, refused = b.undoList(ctx, w, one, before, after)
	case expirySet:
		did, refused = b.undoExpiry(ctx, w, one, before, after)
	default:
		did, refused = b.undoAtBox(ctx, w, one, before, after)
	}
	if refused != nil {
		return did, refused
	}
	ctx, cancel := noting(ctx)
	defer cancel()
	// What needed no write, since it was so already, is noted by its own id.
	if err := b.journal.MarkUndone(ctx, one.ID, cmp.Or(did.by, one.ID)); err != nil {
		b.log.Warn("what was undone is not marked in the journal", "id", one.ID, "error", err)
	}
	return did, nil
}

// undoAtBox puts the box back to what it was. An entry that comes back is removed when
// its time is over, as it would have been; if that has passed, it stays away.
func (b *box) undoAtBox(ctx context.Context, w writer, one journal.Write, before, after written) (did back, refused *order.Refusal) {
	if b.access == nil {
		return did, refusal.NoAccess
	}
	if e := before.Expiry; e != nil && !b.now().Before(e.At) {
		return back{over: true}, nil
	}
	change, err := b.access.client.Undo(ctx, b.asItIs(ctx, one, after.change(one.Action, before)))
	did.by = b.audited(ctx, w, change, one.Target)
	if e := before.Expiry; e != nil && did.by != 0 {
		noted, done := noting(ctx)
		b.expiring(noted, expiry{did.by, e.At, e.Target})
		done()
	}
	if err != nil {
		return did, refusal.ByBox(err)
	}
	return did, nil
}

// undoExpiry lets an entry at the box stand for as long as before.
func (b *box) undoExpiry(ctx context.Context, w writer, one journal.Write, before, after written) (did back, refused *order.Refusal) {
	was, is := before.Expiry, after.Expiry
	known := cmp.Or(was, is)
	if known == nil {
		return did, refusal.Forgotten
	}
	now, err := b.expiryOf(ctx, known.Target)
	switch {
	case err != nil:
		return did, refusal.JournalFailed(err)
	case now.till(was):
		return did, nil
	case !now.till(is):
		return did, refusal.Changed
	}
	to := expiry{ID: known.ID, Target: known.Target}
	if was != nil {
		to = *was
	}
	b.expiring(ctx, to)
	after.Order, before.Order = w.order, w.order
	did.by = b.auditWrite(ctx, w, one.Action, one.Target, after, before)
	return did, nil
}

// undoList puts an own list back to what it was.
func (b *box) undoList(ctx context.Context, w writer, one journal.Write, before, after written) (did back, refused *order.Refusal) {
	is, was := after.List, before.List
	there := b.entryOf(cmp.Or(is, was, &listWritten{}).entry(w))
	switch {
	case same(there, was):
		return did, nil // taken back by hand
	case !same(there, is):
		return did, refusal.Changed
	case is == nil && !was.Expires.IsZero() && !b.now().Before(was.Expires):
		return back{over: true}, nil
	}
	var err error
	action := listRemoved
	switch {
	case was != nil:
		action = listAdded
		_, err = b.journal.AddEntry(ctx, was.entry(w))
	case is != nil:
		if _, err = b.journal.RemoveEntry(ctx, listOf(is.List), is.Pattern); errors.Is(err, journal.ErrUnknown) {
			err = nil
		}
	}
	if err != nil {
		return did, refusal.JournalFailed(err)
	}
	after.Order, before.Order = w.order, w.order
	did.by = b.auditWrite(ctx, w, action, one.Target, after, before)
	return did, nil
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
