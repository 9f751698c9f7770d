package orders

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/poll"
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
func (o *Orders) undo(j *job, r *order.Result) work {
	if o.Journal == nil {
		r.Refusal = o.NoJournal
		return nil
	}
	id := int64(0)
	if j.Command.Argument != "" {
		n, err := strconv.ParseInt(j.Command.Argument, 10, 64)
		if err != nil || n < 1 {
			r.Refusal = refusal.NoSuchWrite
			return nil
		}
		id = n
	}
	w, language, zone := newWriter(j), o.language(), o.zone()
	return func(ctx context.Context, r *order.Result) {
		take, refused := o.undoable(ctx, id)
		if refused != nil {
			r.Refusal = refused
			return
		}
		undone, said := []int64{}, []string{}
		var touched poll.Dirty
		for i, one := range take.writes {
			w.why = undoing + " " + strconv.FormatInt(one.ID, 10)
			touched = touched.With(dirtyAfter(one))
			did, refused := o.undoOne(ctx, w, one)
			if refused != nil {
				if r.Refusal = refused; refused.Code == order.CodeChanged {
					r.Refusal = refusal.WithHint(refused, o.earlier(ctx, take))
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
			said = append(said, Final[one.Action].In(language))
		}
		r.Data = data(map[string]any{"undone": undone[:min(len(undone), maxUndone)], "message": strings.Join(said, "; ")})
		o.Poller.Written(touched)
	}
}

// undoing begins the reason of a write that takes another one back; expired is that of
// one that removes what has stood for its time. Neither is taken back itself.
const (
	undoing = "undo"
	expired = "expired"
)

func tookBack(w journal.Write) bool { return strings.HasPrefix(w.Why, undoing) || w.Why == expired }

// Final are the actions that nothing takes back, and what to say of them.
var Final = map[string]call.Text{
	"number_dialled":  {"a call that was dialled cannot be taken back", "ein gewählter Anruf lässt sich nicht zurücknehmen"},
	"dial_hung_up":    {"a call that was ended cannot be taken back", "ein beendeter Anruf lässt sich nicht zurückholen"},
	"message_deleted": {"a deleted voice message does not come back", "eine gelöschte Sprachnachricht kommt nicht zurück"},
}

// CanUndo reports whether a write can be taken back, as far as the audit tells.
func CanUndo(w journal.Write) bool {
	_, never := Final[w.Action]
	return w.UndoneBy == 0 && !w.Forgotten && !never && !tookBack(w)
}

// orderWrites is what an order has written, the newest first.
type orderWrites struct {
	order  string          // "" = it has none, and is a single write
	oldest int64           // id
	writes []journal.Write // that can be taken back
	final  []journal.Write // that cannot
}

// undoable finds the writes of the order to undo.
func (o *Orders) undoable(ctx context.Context, id int64) (*orderWrites, *order.Refusal) {
	var one journal.Write
	var err error
	if id > 0 {
		if one, err = o.Journal.Write(ctx, id); err == nil && one.Box != o.Box {
			err = journal.ErrUnknown
		}
	} else {
		err = o.audit(ctx, 0, func(w journal.Write) bool {
			if w.UndoneBy == 0 && !tookBack(w) {
				one = w
			}
			return one.ID == 0
		})
	}
	reason, never := Final[one.Action]
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
	take, err := o.orderAround(ctx, one)
	switch {
	case err != nil:
		return nil, refusal.JournalFailed(err)
	case len(take.writes) > 0:
		return take, nil
	case !never:
		reason = refusal.Forgotten.Message
	}
	last := refusal.Final(call.Text{"the last order cannot be undone: %s", "der letzte Befehl lässt sich nicht zurücknehmen: %s"}.With(reason))
	return nil, refusal.WithHint(last, o.earlier(ctx, take))
}

// orderAround gathers what one order has written, of which a write is given. Those of
// other orders may stand between.
func (o *Orders) orderAround(ctx context.Context, one journal.Write) (*orderWrites, error) {
	take := &orderWrites{order: OrderOf(one), oldest: one.ID}
	sort := func(w journal.Write) {
		take.oldest = min(take.oldest, w.ID)
		if _, never := Final[w.Action]; never {
			take.final = append(take.final, w)
		} else if CanUndo(w) {
			take.writes = append(take.writes, w)
		}
	}
	if take.order == "" {
		sort(one)
		return take, nil
	}
	err := o.audit(ctx, one.ID+apart, func(w journal.Write) bool {
		if OrderOf(w) == take.order {
			sort(w)
		}
		return w.ID > take.oldest-apart
	})
	return take, err
}

// apart is how many writes of others may stand between two of one order.
const apart = journal.MaxPage

// earlier says which order before one can be undone; nothing if none can.
func (o *Orders) earlier(ctx context.Context, take *orderWrites) call.Text {
	var found journal.Write
	err := o.audit(ctx, take.oldest, func(w journal.Write) bool {
		if CanUndo(w) && (take.order == "" || OrderOf(w) != take.order) {
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
func (o *Orders) audit(ctx context.Context, before int64, f func(journal.Write) bool) error {
	for {
		page, err := o.Journal.Writes(ctx, o.Box, before, journal.MaxPage)
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

// OrderOf is the order that a write belongs to, "" for none.
func OrderOf(w journal.Write) string {
	var after written
	if json.Unmarshal(w.After, &after) != nil {
		return ""
	}
	return after.Order
}

// undone is what came of taking a write back.
type undone struct {
	by   int64 // the write that did; 0 = there was nothing to write
	over bool  // what would come back has stood for its time
}

// undoOne takes one write back and notes it.
func (o *Orders) undoOne(ctx context.Context, w writer, one journal.Write) (undone, *order.Refusal) {
	var before, after written
	if err := errors.Join(json.Unmarshal(one.Before, &before), json.Unmarshal(one.After, &after)); err != nil {
		return undone{}, refusal.Forgotten
	}
	var did undone
	var refused *order.Refusal
	switch one.Action {
	case listAdded, listRemoved:
		did, refused = o.undoList(ctx, w, one, before, after)
	case expirySet:
		did, refused = o.undoExpiry(ctx, w, one, before, after)
	default:
		did, refused = o.undoAtBox(ctx, w, one, before, after)
	}
	if refused != nil {
		return did, refused
	}
	ctx, cancel := noting(ctx)
	defer cancel()
	// What needed no write, since it was so already, is noted by its own id.
	if err := o.Journal.MarkUndone(ctx, one.ID, cmp.Or(did.by, one.ID)); err != nil {
		o.Log.Warn("what was undone is not marked in the journal", "id", one.ID, "error", err)
	}
	return did, nil
}

// undoAtBox puts the box back to what it was. An entry that comes back is removed when
// its time is over, as it would have been; if that has passed, it stays away.
func (o *Orders) undoAtBox(ctx context.Context, w writer, one journal.Write, before, after written) (did undone, refused *order.Refusal) {
	if !o.hasBox() {
		return did, refusal.NoAccess
	}
	if e := before.Expiry; e != nil && !o.Now().Before(e.At) {
		return undone{over: true}, nil
	}
	change, err := o.Poller.Client.Undo(ctx, o.asItIs(ctx, one, after.change(one.Action, before)))
	did.by = o.audited(ctx, w, change, one.Target)
	if e := before.Expiry; e != nil && did.by != 0 {
		noted, done := noting(ctx)
		o.expiring(noted, expiry{did.by, e.At, e.Target})
		done()
	}
	if err != nil {
		return did, refusal.ByBox(err)
	}
	return did, nil
}

// undoExpiry lets an entry at the box stand for as long as before.
func (o *Orders) undoExpiry(ctx context.Context, w writer, one journal.Write, before, after written) (did undone, refused *order.Refusal) {
	was, is := before.Expiry, after.Expiry
	known := cmp.Or(was, is)
	if known == nil {
		return did, refusal.Forgotten
	}
	now, err := o.expiryOf(ctx, known.Target)
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
	o.expiring(ctx, to)
	after.Order, before.Order = w.order, w.order
	did.by = o.auditWrite(ctx, w, one.Action, one.Target, after, before)
	return did, nil
}

// undoList puts an own list back to what it was.
func (o *Orders) undoList(ctx context.Context, w writer, one journal.Write, before, after written) (did undone, refused *order.Refusal) {
	is, was := after.List, before.List
	there := o.entryOf(cmp.Or(is, was, &listWritten{}).entry(w))
	switch {
	case same(there, was):
		return did, nil // taken back by hand
	case !same(there, is):
		return did, refusal.Changed
	case is == nil && !was.Expires.IsZero() && !o.Now().Before(was.Expires):
		return undone{over: true}, nil
	}
	var err error
	action := listRemoved
	switch {
	case was != nil:
		action = listAdded
		_, err = o.Journal.AddEntry(ctx, was.entry(w))
	case is != nil:
		if _, err = o.Journal.RemoveEntry(ctx, listOf(is.List), is.Pattern); errors.Is(err, journal.ErrUnknown) {
			err = nil
		}
	}
	if err != nil {
		return did, refusal.JournalFailed(err)
	}
	after.Order, before.Order = w.order, w.order
	did.by = o.auditWrite(ctx, w, action, one.Target, after, before)
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

// dirtyAfter is what has to be read again when a write of the audit is taken back.
func dirtyAfter(one journal.Write) (d poll.Dirty) {
	var before, after written
	if json.Unmarshal(one.Before, &before) != nil || json.Unmarshal(one.After, &after) != nil {
		return poll.Dirty{}
	}
	switch tr064.ChangeKind(one.Action) {
	case tr064.ContactAdded, tr064.ContactChanged, tr064.ContactRemoved:
		for _, s := range []written{before, after} {
			if s.Book != nil {
				d = d.With(poll.Dirty{Books: []tr064.BookRef{*s.Book}})
			}
		}
	case tr064.BarringAdded, tr064.BarringRemoved:
		d.Barring = true
	case tr064.DeflectionSet:
		d.Deflections = true
	case tr064.MachineSet:
		d.Switches = true
	case tr064.MessageMarked, tr064.MessageDeleted:
		var m tr064.Message
		if json.Unmarshal([]byte(before.Entry), &m) == nil {
			d.Machines = []int{m.Machine}
		}
	}
	return d
}
