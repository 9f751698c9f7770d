package gateway

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// phonebook carries out phonebook_add and phonebook_remove.
func (b *box) phonebook(o incomingOrder, r *order.Result) work {
	args := o.command.Args
	book := args["phonebook"]
	if book == "" {
		book = b.commands.Phonebook
	}
	target, shown := b.entryNumber(args["number"], o.command.Name == "phonebook_remove")
	switch {
	case b.access == nil:
		r.Refusal = refusal.NoAccess
	case shown == "":
		r.Refusal = refusal.NoNumber
	case book == "":
		r.Refusal = refusal.NoBookNamed
	case o.command.Name == "phonebook_add" && args["name"] == "":
		r.Refusal = refusal.NoName
	case args["type"] != "" && !slices.Contains(numberTypes, args["type"]):
		words := strings.Join(numberTypes[:len(numberTypes)-1], ", ")
		last := numberTypes[len(numberTypes)-1]
		r.Refusal = refusal.BadArgument("type", call.Text{words + " or " + last, words + " oder " + last})
	}
	if r.Refusal != nil {
		return nil
	}
	ref, w := bookRef(book), b.writer(o)
	contact := tr064.Contact{Name: args["name"], Numbers: []tr064.PhoneNumber{{Number: shown, Type: args["type"]}}}
	add := o.command.Name == "phonebook_add"
	return func(ctx context.Context, r *order.Result) func() {
		var changes []tr064.Change
		var err error
		if add {
			var one tr064.Change
			one, err = b.access.client.AddContact(ctx, ref, contact)
			changes = append(changes, one)
		} else {
			changes, err = b.access.client.RemoveNumber(ctx, ref, shown)
		}
		b.report(ctx, r, w, target, changes, err)
		if r.Refusal == nil && !add && len(changes) == 0 {
			r.Refusal = refusal.NotListed
		}
		return b.rereads(again{books: []tr064.BookRef{ref}})
	}
}

// numberTypes are the words boxes are known to have for the kinds of numbers in their
// phonebooks.
var numberTypes = []string{"home", "mobile", "work", "fax_home", "fax_work", "intern", "memo", "other"}

// entryNumber is a number for a phonebook: how the audit names it, and how the box
// shows it; "" for one that is none. A phonebook also has the phones of the house
// (**610) and short numbers, which nobody blocks. To be removed it may be whatever
// stands there: SIP addresses, codes, halves of numbers.
func (b *box) entryNumber(given string, anything bool) (target, shown string) {
	given = strings.TrimSpace(given)
	if begin, wild := strings.CutSuffix(given, "*"); wild && isBeginning(begin) {
		return digits(begin) + "*", digits(begin) + "*"
	}
	n := b.plan.Number(given)
	switch {
	case n.E164 != "" && n.Kind != call.Invalid:
		return n.Full(), b.dialled(n)
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
func (b *box) report(ctx context.Context, r *order.Result, w writer, target string, changes []tr064.Change, err error) {
	ids := []int64{}
	for _, c := range changes {
		if id := b.audited(ctx, w, c, target); id != 0 {
			ids = append(ids, id)
		}
	}
	r.Data = data(map[string]any{"writes": ids})
	if err != nil {
		r.Refusal = refusal.ByBox(err)
	}
}

// unread is the refusal of an order about what was never read of the box: it cannot be
// said to be missing there.
func (b *box) unread(p part) *order.Refusal {
	r := b.known
	if r == nil {
		r = b.access.current.Load()
	}
	_, refused := b.access.ways(r, p, b.docs.Language)
	if refused == nil && b.known == nil { // read, and about to be told to the loop
		refused = refusal.FirstReading
	}
	return refused
}

// flip carries out deflection/ID and answering_machine/ID. The switch is the one
// that was read last: if another rule stands at its place now, nothing is written.
func (b *box) flip(o incomingOrder, r *order.Result) work {
	on := o.command.Argument == "ON"
	id, err := strconv.Atoi(o.command.Item)
	switch {
	case b.access == nil:
		r.Refusal = refusal.NoAccess
	case err != nil:
		r.Refusal = refusal.NoSuchSwitch
	default:
		part := theMachines
		if o.command.Name == "deflection" {
			part = theDeflections
		}
		r.Refusal = b.unread(part)
	}
	if r.Refusal != nil {
		return nil
	}
	var write func(ctx context.Context) (tr064.Change, error)
	if o.command.Name == "deflection" {
		if i := slices.IndexFunc(b.known.deflections, func(d tr064.Deflection) bool { return d.ID == id }); i >= 0 {
			rule := b.known.deflections[i]
			write = func(ctx context.Context) (tr064.Change, error) {
				return b.access.client.SwitchDeflection(ctx, rule, on)
			}
		}
	} else if i := slices.IndexFunc(b.known.machines, func(m tr064.AnsweringMachine) bool { return m.Index == id }); i >= 0 {
		machine := b.known.machines[i]
		write = func(ctx context.Context) (tr064.Change, error) {
			return b.access.client.SwitchAnsweringMachine(ctx, machine, on)
		}
	}
	if write == nil {
		r.Refusal = refusal.NoSuchSwitch
		return nil
	}
	w := b.writer(o)
	return func(ctx context.Context, r *order.Result) func() {
		change, err := write(ctx)
		b.report(ctx, r, w, o.command.Path(), []tr064.Change{change}, err)
		return b.rereads(again{deflections: o.command.Name == "deflection", switches: o.command.Name != "deflection"})
	}
}

// message carries out voicemail_read and voicemail_delete.
func (b *box) message(o incomingOrder, r *order.Result) work {
	machine, _ := strconv.Atoi(o.command.Args["machine"])
	index, _ := strconv.Atoi(o.command.Args["message"])
	if b.access == nil {
		r.Refusal = refusal.NoAccess
		return nil
	}
	if r.Refusal = b.unread(theMessages); r.Refusal != nil {
		return nil
	}
	at := slices.IndexFunc(b.known.messages, func(m tr064.Message) bool { return m.Machine == machine && m.Index == index })
	if at < 0 {
		r.Refusal = refusal.NoSuchMessage
		return nil
	}
	message, w := b.known.messages[at], b.writer(o)
	return func(ctx context.Context, r *order.Result) func() {
		var change tr064.Change
		var err error
		if o.command.Name == "voicemail_read" {
			change, err = b.access.client.MarkMessage(ctx, message, true)
		} else {
			change, err = b.access.client.DeleteMessage(ctx, message)
		}
		b.report(ctx, r, w, strconv.Itoa(machine)+"/"+strconv.Itoa(index), []tr064.Change{change}, err)
		return b.rereads(again{machines: []int{machine}})
	}
}

// refresh reads the box anew and sends everything again. The result is that it has
// begun: a box with many phonebooks takes longer than an order may.
func (b *box) refresh() {
	if b.access != nil {
		b.access.want()
	}
	b.publishAll()
	b.publish.ResendBelow(b.topics.All())
}
