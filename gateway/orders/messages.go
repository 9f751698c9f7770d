package orders

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// changeMessage prepares voicemail_read and voicemail_delete. Without a message named they are
// about the newest: of those that are new, or of all.
func (o *Orders) changeMessage(j *job, r *order.Result) work {
	machine, _ := strconv.Atoi(j.Command.Args["machine"])
	index, _ := strconv.Atoi(j.Command.Args["message"])
	read := j.Command.Name == "voicemail_read"
	if !o.hasBox() {
		r.Refusal = refusal.NoAccess
		return nil
	}
	snapshot := o.Poller.Current()
	if r.Refusal = snapshot.Unread(poll.Messages); r.Refusal != nil {
		return nil
	}
	var i int
	if len(j.Command.Args) == 0 {
		if i = o.newestMessage(snapshot, read); i < 0 {
			r.Refusal = refusal.NoMessage
			return nil
		}
	} else if i = slices.IndexFunc(snapshot.Messages, func(m tr064.Message) bool { return m.Machine == machine && m.Index == index }); i < 0 {
		r.Refusal = refusal.NoSuchMessage
		return nil
	}
	message, w := snapshot.Messages[i], newWriter(j)
	machine, index = message.Machine, message.Index
	return func(ctx context.Context, r *order.Result) {
		var change tr064.Change
		var err error
		if read {
			change, err = o.Poller.Client.MarkMessage(ctx, message, true)
		} else {
			change, err = o.Poller.Client.DeleteMessage(ctx, message)
		}
		name := strconv.Itoa(machine) + "/" + strconv.Itoa(index)
		text := call.Text{"message %s is deleted", "Nachricht %s ist gelöscht"}
		if read {
			text = call.Text{"message %s is marked as listened to", "Nachricht %s ist als gehört markiert"}
		}
		o.recordChanges(ctx, r, w, name, []tr064.Change{change}, err, text.With(name))
		o.Poller.Written(poll.Dirty{Machines: []int{machine}})
	}
}

// messageKey tells a message from the others: the box gives the number of one that was deleted
// to another.
type messageKey struct {
	machine, index int
	at             time.Time
}

// choice is what an order that named no message was about, and when.
type choice struct {
	at      time.Time
	deleted bool
}

// chosenFor is how long a message counts as dealt with that the box was not read again after.
const chosenFor = 10 * time.Second

// newestMessage returns the place of the newest message, or of the newest that is new; -1 if
// there is none. A button may be pressed again before the box was read again: then it is the
// next one.
func (o *Orders) newestMessage(s *poll.Snapshot, onlyNew bool) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.Now()
	maps.DeleteFunc(o.chosen, func(_ messageKey, c choice) bool { return now.Sub(c.at) > chosenFor })
	for i, m := range s.Messages {
		key := messageKey{m.Machine, m.Index, m.Date}
		c, chosen := o.chosen[key]
		if c.deleted || onlyNew && (chosen || !m.New) {
			continue
		}
		o.chosen[key] = choice{now, !onlyNew}
		return i
	}
	return -1
}
