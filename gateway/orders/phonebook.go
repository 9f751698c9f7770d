package orders

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// phonebook prepares phonebook_add and phonebook_remove.
func (o *Orders) phonebook(j *job, r *order.Result) work {
	args := j.Command.Args
	book := cmp.Or(args["phonebook"], o.Commands.Phonebook)
	add := j.Command.Name == "phonebook_add"
	target, boxNumber := o.entryNumber(args["number"], !add)
	switch {
	case !o.hasBox():
		r.Refusal = refusal.NoAccess
	case boxNumber == "":
		r.Refusal = NotListable(o.plan().Number(args["number"]), args["number"], o.Poller.Current(), o.Journal)
	case add && args["name"] == "":
		r.Refusal = refusal.NoName
	case args["type"] != "" && !slices.Contains(numberTypes, args["type"]):
		words := strings.Join(numberTypes[:len(numberTypes)-1], ", ")
		last := numberTypes[len(numberTypes)-1]
		r.Refusal = refusal.BadArgument("type", args["type"], call.Text{words + " or " + last, words + " oder " + last})
	}
	ref, w := poll.BookRef(book), newWriter(j)
	if r.Refusal == nil && book == "" {
		ref, r.Refusal = o.onlyBook()
	}
	if r.Refusal != nil {
		return nil
	}
	text := call.Text{"%s is not in the phonebook “%s” any more", "%s steht nicht mehr im Telefonbuch „%s“"}.With(o.shown(target), o.bookName(ref))
	if add {
		text = call.Text{"%s (%s) is in the phonebook “%s”", "%s (%s) steht im Telefonbuch „%s“"}.With(args["name"], o.shown(target), o.bookName(ref))
	}
	contact := tr064.Contact{Name: args["name"], Numbers: []tr064.PhoneNumber{{Number: boxNumber, Type: args["type"]}}}
	return func(ctx context.Context, r *order.Result) {
		var changes []tr064.Change
		var err error
		if add {
			var change tr064.Change
			change, err = o.Poller.Client.AddContact(ctx, ref, contact)
			if changes = append(changes, change); change.None() {
				text = call.Text{"%s is in the phonebook “%s” already", "%s steht schon im Telefonbuch „%s“"}.With(o.shown(target), o.bookName(ref))
			}
		} else {
			changes, err = o.Poller.Client.RemoveNumber(ctx, ref, boxNumber)
		}
		o.recordChanges(ctx, r, w, target, changes, err, text)
		if r.Refusal == nil && !add && len(changes) == 0 {
			r.Refusal = refusal.NotListed
		}
		o.Poller.Written(poll.Dirty{Books: []tr064.BookRef{ref}})
	}
}

// onlyBook returns the phonebook that an order means which names none: the only one that
// can be written.
func (o *Orders) onlyBook() (tr064.BookRef, *order.Refusal) {
	snapshot := o.Poller.Current()
	if refused := snapshot.Unread(poll.Phonebooks); refused != nil {
		return tr064.BookRef{}, refused
	}
	var names []string
	var ref tr064.BookRef
	for _, p := range snapshot.Copy.Phonebooks {
		if !p.Synced {
			ref = tr064.BookRef{Index: p.Index, Name: p.Name}
			names = append(names, p.Name)
		}
	}
	switch len(names) {
	case 0:
		return ref, refusal.NoBook
	case 1:
		return ref, nil
	}
	return ref, refusal.NoBookNamed(names)
}

// bookName returns the name of a phonebook, or its index if the box has none of that
// index.
func (o *Orders) bookName(ref tr064.BookRef) string {
	for _, p := range o.Poller.Current().Copy.Phonebooks {
		if ref.Name == "" && p.Index == ref.Index {
			return p.Name
		}
	}
	return bookName(ref)
}

// numberTypes are the types of numbers that boxes are known to use in their phonebooks.
var numberTypes = []string{"home", "mobile", "work", "fax_home", "fax_work", "intern", "memo", "other"}

// entryNumber returns the number of a phonebook entry as the audit names it and as the box
// shows it, or "" if the text is no number. A phonebook also holds phones of the house
// (**610) and short numbers, which nobody blocks. With anything, every text is good, since
// an entry to remove may hold a SIP address, a code or part of a number.
func (o *Orders) entryNumber(text string, anything bool) (target, boxNumber string) {
	text = strings.TrimSpace(text)
	if prefix, isPattern := strings.CutSuffix(text, "*"); isPattern && isPrefix(prefix) {
		return digits(prefix) + "*", digits(prefix) + "*"
	}
	n := o.plan().Number(text)
	switch {
	case n.E164 != "" && n.Kind != call.Invalid:
		return n.Full(), o.boxNumber(n)
	case anything, n.Kind == call.Internal && isPhoneOfHouse(text):
		return text, text
	case n.Kind == call.Short:
		return n.Full(), digits(text)
	}
	return "", ""
}

// isPhoneOfHouse reports whether a number is that of a phone or a group of the house: **1,
// **610, **9.
func isPhoneOfHouse(number string) bool {
	rest, found := strings.CutPrefix(number, "**")
	return found && rest != "" && len(rest) <= 3 && strings.Trim(rest, "0123456789") == ""
}

// recordChanges writes changes at the box to the audit and fills in the result, with a
// refusal if there was an error, or else with the text.
func (o *Orders) recordChanges(ctx context.Context, r *order.Result, w writer, target string, changes []tr064.Change, err error, text call.Text) {
	ids := []int64{}
	for _, c := range changes {
		if id := o.recordChange(ctx, w, c, target); id != 0 {
			ids = append(ids, id)
		}
	}
	if err != nil {
		r.Data, r.Refusal = data(map[string]any{"writes": ids}), refusal.ByBox(err)
		return
	}
	r.Data = data(map[string]any{"message": text.In(o.language()), "writes": ids})
}
