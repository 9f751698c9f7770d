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

// Limits of the result of an undo.
const (
	maxUndone    = 200 // ids
	maxUndoTexts = 10  // texts in the message
)

// undo prepares undo: it takes back all writes of an order, the last one or that of an id
// of the audit.
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
		group, refused := o.undoable(ctx, id)
		if refused != nil {
			r.Refusal = refused
			return
		}
		undone, texts := []int64{}, []string{}
		var dirty poll.Dirty
		for i, write := range group.writes {
			w.why = whyUndo + " " + strconv.FormatInt(write.ID, 10)
			dirty = dirty.With(dirtyAfter(write))
			result, refused := o.undoWrite(ctx, w, write)
			if refused != nil {
				if r.Refusal = refused; refused.Code == order.CodeChanged {
					r.Refusal = refusal.WithHint(refused, o.earlierOrderHint(ctx, group))
				}
				break
			}
			undone = append(undone, write.ID)
			if i < maxUndoTexts {
				texts = append(texts, undoText(write, result, o.plan(), zone).In(language))
			}
		}
		if rest := len(undone) - len(texts); rest > 0 {
			texts = append(texts, call.Text{"%d more", "%d weitere"}.With(rest).In(language))
		}
		for _, write := range group.final {
			texts = append(texts, Final[write.Action].In(language))
		}
		r.Data = data(map[string]any{"undone": undone[:min(len(undone), maxUndone)], "message": strings.Join(texts, "; ")})
		o.Poller.Written(dirty)
	}
}

// Reasons of a write that undo does not take back: whyUndo is the first word of an undo,
// whyExpired the reason of removing an entry whose time is over.
const (
	whyUndo    = "undo"
	whyExpired = "expired"
)

// isReversal reports whether a write is an undo or the end of an expiry.
func isReversal(w journal.Write) bool {
	return strings.HasPrefix(w.Why, whyUndo) || IsExpiry(w)
}

// IsExpiry reports whether a write removed an entry whose time was over.
func IsExpiry(w journal.Write) bool { return w.Why == whyExpired }

// Final are the actions that cannot be undone, and the texts that say so.
var Final = map[string]call.Text{
	"number_dialled":  {"a call that was dialled cannot be taken back", "ein gewählter Anruf lässt sich nicht zurücknehmen"},
	"dial_hung_up":    {"a call that was ended cannot be taken back", "ein beendeter Anruf lässt sich nicht zurückholen"},
	"message_deleted": {"a deleted voice message does not come back", "eine gelöschte Sprachnachricht kommt nicht zurück"},
}

// CanUndo reports whether a write can be undone, as far as the audit tells.
func CanUndo(w journal.Write) bool {
	_, final := Final[w.Action]
	return w.UndoneBy == 0 && !w.Forgotten && !final && !isReversal(w)
}

// writeGroup holds the writes of one order, newest first.
type writeGroup struct {
	order  string          // "" = a single write of no order
	oldest int64           // id
	writes []journal.Write // that can be undone
	final  []journal.Write // that cannot be undone
}

// undoable returns the writes of the order to undo: the order of the write id, or with an
// id of 0 the last order.
func (o *Orders) undoable(ctx context.Context, id int64) (*writeGroup, *order.Refusal) {
	var write journal.Write
	var err error
	if id > 0 {
		if write, err = o.Journal.Write(ctx, id); err == nil && write.Box != o.Box {
			err = journal.ErrUnknown
		}
	} else {
		err = o.eachWrite(ctx, 0, func(w journal.Write) bool {
			if w.UndoneBy == 0 && !isReversal(w) {
				write = w
			}
			return write.ID == 0
		})
	}
	reason, final := Final[write.Action]
	switch {
	case errors.Is(err, journal.ErrUnknown):
		return nil, refusal.NoSuchWrite
	case err != nil:
		return nil, refusal.JournalFailed(err)
	case write.ID == 0:
		return nil, refusal.NothingToUndo
	case write.UndoneBy != 0:
		return nil, refusal.AlreadyUndone
	case isReversal(write):
		return nil, refusal.IsUndo
	case id > 0 && final:
		return nil, refusal.CannotUndo(reason)
	case id > 0 && write.Forgotten:
		return nil, refusal.Forgotten
	}
	group, err := o.collectOrder(ctx, write)
	switch {
	case err != nil:
		return nil, refusal.JournalFailed(err)
	case len(group.writes) > 0:
		return group, nil
	case !final:
		reason = refusal.Forgotten.Message
	}
	last := refusal.CannotUndo(call.Text{"the last order cannot be undone: %s", "der letzte Befehl lässt sich nicht zurücknehmen: %s"}.With(reason))
	return nil, refusal.WithHint(last, o.earlierOrderHint(ctx, group))
}

// collectOrder returns all writes of the order that a write belongs to. Writes of other
// orders may stand between them.
func (o *Orders) collectOrder(ctx context.Context, write journal.Write) (*writeGroup, error) {
	group := &writeGroup{order: OrderOf(write), oldest: write.ID}
	add := func(w journal.Write) {
		group.oldest = min(group.oldest, w.ID)
		if _, final := Final[w.Action]; final {
			group.final = append(group.final, w)
		} else if CanUndo(w) {
			group.writes = append(group.writes, w)
		}
	}
	if group.order == "" {
		add(write)
		return group, nil
	}
	err := o.eachWrite(ctx, write.ID+maxOrderGap, func(w journal.Write) bool {
		if OrderOf(w) == group.order {
			add(w)
		}
		return w.ID > group.oldest-maxOrderGap
	})
	return group, err
}

// maxOrderGap bounds how many writes of other orders may stand between two writes of one
// order.
const maxOrderGap = journal.MaxPage

// earlierOrderHint says which order before a given one can be undone; it is empty if there
// is none.
func (o *Orders) earlierOrderHint(ctx context.Context, group *writeGroup) call.Text {
	var found journal.Write
	err := o.eachWrite(ctx, group.oldest, func(w journal.Write) bool {
		if CanUndo(w) && (group.order == "" || OrderOf(w) != group.order) {
			found = w
		}
		return found.ID == 0
	})
	if err != nil || found.ID == 0 {
		return call.Text{}
	}
	return call.Text{"undo %d takes back an earlier order (%s)", "undo %d nimmt einen früheren Befehl zurück (%s)"}.With(found.ID, order.Title(found.Why))
}

// eachWrite calls f with the writes to the box, newest first, until f returns false. It
// starts below the id before, or with the newest write if before is 0.
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

// OrderOf returns the order that a write belongs to, "" if it belongs to none.
func OrderOf(w journal.Write) string {
	var after writeState
	if json.Unmarshal(w.After, &after) != nil {
		return ""
	}
	return after.Order
}

// dirtyAfter returns what the poller has to read again after the undo of a write.
func dirtyAfter(w journal.Write) (d poll.Dirty) {
	var before, after writeState
	if json.Unmarshal(w.Before, &before) != nil || json.Unmarshal(w.After, &after) != nil {
		return poll.Dirty{}
	}
	switch tr064.ChangeKind(w.Action) {
	case tr064.ContactAdded, tr064.ContactChanged, tr064.ContactRemoved:
		for _, state := range []writeState{before, after} {
			if state.Book != nil {
				d = d.With(poll.Dirty{Books: []tr064.BookRef{*state.Book}})
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
