package orders

import (
	"context"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// phonebook carries out phonebook_add and phonebook_remove.
func (o *Orders) phonebook(j *job, r *order.Result) work {
	args := j.Command.Args
	book := args["phonebook"]
	if book == "" {
		book = o.Commands.Phonebook
	}
	target, shown := o.entryNumber(args["number"], j.Command.Name == "phonebook_remove")
	switch {
	case !o.hasBox():
		r.Refusal = refusal.NoAccess
	case shown == "":
		r.Refusal = refusal.NoNumber
	case book == "":
		r.Refusal = refusal.NoBookNamed
	case j.Command.Name == "phonebook_add" && args["name"] == "":
		r.Refusal = refusal.NoName
	case args["type"] != "" && !slices.Contains(numberTypes, args["type"]):
		words := strings.Join(numberTypes[:len(numberTypes)-1], ", ")
		last := numberTypes[len(numberTypes)-1]
		r.Refusal = refusal.BadArgument("type", call.Text{words + " or " + last, words + " oder " + last})
	}
	if r.Refusal != nil {
		return nil
	}
	ref, w := poll.BookRef(book), newWriter(j)
	contact := tr064.Contact{Name: args["name"], Numbers: []tr064.PhoneNumber{{Number: shown, Type: args["type"]}}}
	add := j.Command.Name == "phonebook_add"
	return func(ctx context.Context, r *order.Result) {
		var changes []tr064.Change
		var err error
		if add {
			var one tr064.Change
			one, err = o.Poller.Client.AddContact(ctx, ref, contact)
			changes = append(changes, one)
		} else {
			changes, err = o.Poller.Client.RemoveNumber(ctx, ref, shown)
		}
		o.recordChanges(ctx, r, w, target, changes, err)
		if r.Refusal == nil && !add && len(changes) == 0 {
			r.Refusal = refusal.NotListed
		}
		o.Poller.Written(poll.Dirty{Books: []tr064.BookRef{ref}})
	}
}

// numberTypes are the words boxes are known to have for the kinds of numbers in their
// phonebooks.
var numberTypes = []string{"home", "mobile", "work", "fax_home", "fax_work", "intern", "memo", "other"}

// entryNumber is a number for a phonebook: how the audit names it, and how the box
// shows it; "" for one that is none. A phonebook also has the phones of the house
// (**610) and short numbers, which nobody blocks. To be removed it may be whatever
// stands there: SIP addresses, codes, halves of numbers.
func (o *Orders) entryNumber(given string, anything bool) (target, shown string) {
	given = strings.TrimSpace(given)
	if begin, wild := strings.CutSuffix(given, "*"); wild && isPrefix(begin) {
		return digits(begin) + "*", digits(begin) + "*"
	}
	n := o.plan().Number(given)
	switch {
	case n.E164 != "" && n.Kind != call.Invalid:
		return n.Full(), o.boxNumber(n)
	case anything, n.Kind == call.Internal && isPhoneOfHouse(given):
		return given, given
	case n.Kind == call.Short:
		return n.Full(), digits(given)
	}
	return "", ""
}

// isPhoneOfHouse reports whether a number is dialled to reach a phone or a group of the
// house: **1, **610, **9.
func isPhoneOfHouse(number string) bool {
	rest, found := strings.CutPrefix(number, "**")
	return found && rest != "" && len(rest) <= 3 && strings.Trim(rest, "0123456789") == ""
}

// report writes changes down and tells of them, and of what went wrong.
func (o *Orders) recordChanges(ctx context.Context, r *order.Result, w writer, target string, changes []tr064.Change, err error) {
	ids := []int64{}
	for _, c := range changes {
		if id := o.recordChange(ctx, w, c, target); id != 0 {
			ids = append(ids, id)
		}
	}
	r.Data = data(map[string]any{"writes": ids})
	if err != nil {
		r.Refusal = refusal.ByBox(err)
	}
}
