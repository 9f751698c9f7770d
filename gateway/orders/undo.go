package orders

import (
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
	maxUndone    = 200 // ids
	maxUndoTexts = 10  // in words
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
			w.why = whyUndo + " " + strconv.FormatInt(one.ID, 10)
			touched = touched.With(dirtyAfter(one))
			did, refused := o.undoWrite(ctx, w, one)
			if refused != nil {
				if r.Refusal = refused; refused.Code == order.CodeChanged {
					r.Refusal = refusal.WithHint(refused, o.earlierOrderHint(ctx, take))
				}
				break
			}
			undone = append(undone, one.ID)
			if i < maxUndoTexts {
				said = append(said, undoText(one, did, zone).In(language))
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
	whyUndo    = "undo"
	whyExpired = "expired"
)

func isReversal(w journal.Write) bool {
	return strings.HasPrefix(w.Why, whyUndo) || w.Why == whyExpired
}

// Final are the actions that nothing takes back, and what to say of them.
var Final = map[string]call.Text{
	"number_dialled":  {"a call that was dialled cannot be taken back", "ein gewählter Anruf lässt sich nicht zurücknehmen"},
	"dial_hung_up":    {"a call that was ended cannot be taken back", "ein beendeter Anruf lässt sich nicht zurückholen"},
	"message_deleted": {"a deleted voice message does not come back", "eine gelöschte Sprachnachricht kommt nicht zurück"},
}

// CanUndo reports whether a write can be taken back, as far as the audit tells.
func CanUndo(w journal.Write) bool {
	_, never := Final[w.Action]
	return w.UndoneBy == 0 && !w.Forgotten && !never && !isReversal(w)
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
		err = o.eachWrite(ctx, 0, func(w journal.Write) bool {
			if w.UndoneBy == 0 && !isReversal(w) {
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
	case isReversal(one):
		return nil, refusal.IsUndo
	case id > 0 && never:
		return nil, refusal.CannotUndo(reason)
	case id > 0 && one.Forgotten:
		return nil, refusal.Forgotten
	}
	take, err := o.collectOrder(ctx, one)
	switch {
	case err != nil:
		return nil, refusal.JournalFailed(err)
	case len(take.writes) > 0:
		return take, nil
	case !never:
		reason = refusal.Forgotten.Message
	}
	last := refusal.CannotUndo(call.Text{"the last order cannot be undone: %s", "der letzte Befehl lässt sich nicht zurücknehmen: %s"}.With(reason))
	return nil, refusal.WithHint(last, o.earlierOrderHint(ctx, take))
}

// orderAround gathers what one order has written, of which a write is given. Those of
// other orders may stand between.
func (o *Orders) collectOrder(ctx context.Context, one journal.Write) (*orderWrites, error) {
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
	err := o.eachWrite(ctx, one.ID+maxOrderGap, func(w journal.Write) bool {
		if OrderOf(w) == take.order {
			sort(w)
		}
		return w.ID > take.oldest-maxOrderGap
	})
	return take, err
}

// apart is how many writes of others may stand between two of one order.
const maxOrderGap = journal.MaxPage

// earlier says which order before one can be undone; nothing if none can.
func (o *Orders) earlierOrderHint(ctx context.Context, take *orderWrites) call.Text {
	var found journal.Write
	err := o.eachWrite(ctx, take.oldest, func(w journal.Write) bool {
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
func (o *Orders) eachWrite(ctx context.Context, before int64, f func(journal.Write) bool) error {
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
	var after writeState
	if json.Unmarshal(w.After, &after) != nil {
		return ""
	}
	return after.Order
}

// dirtyAfter is what has to be read again when a write of the audit is taken back.
func dirtyAfter(one journal.Write) (d poll.Dirty) {
	var before, after writeState
	if json.Unmarshal(one.Before, &before) != nil || json.Unmarshal(one.After, &after) != nil {
		return poll.Dirty{}
	}
	switch tr064.ChangeKind(one.Action) {
	case tr064.ContactAdded, tr064.ContactChanged, tr064.ContactRemoved:
		for _, s := range []writeState{before, after} {
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
