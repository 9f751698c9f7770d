package orders

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// subject returns the number an order is about: the given number, or else that of the
// ringing call or the last caller. lastCall is the call the number came from, nil if it
// came from none.
func (o *Orders) subject(j *job) (number call.Number, lastCall *call.Call, refused *order.Refusal) {
	cmd := j.Command
	text := cmp.Or(cmd.Args["number"], cmd.Argument)
	if text == "" {
		if lastCall, refused = o.lastCaller(); refused != nil {
			return number, nil, refused
		}
		return lastCall.Caller.Number, lastCall, nil
	}
	if prefix, isPattern := strings.CutSuffix(strings.TrimSpace(text), "*"); isPattern && isPrefix(prefix) {
		pattern := digits(prefix) + "*"
		return call.Number{Raw: pattern, National: pattern}, nil, nil
	}
	number = o.plan().Number(text)
	// A number that cannot exist may have called all the same, and is then on a list. Whom the
	// number plan turns away by mistake a person can let in.
	called := number.E164 != "" && (j.Who == ByItself || cmd.Name != "block")
	if refused = NotListable(number, text, o.Poller.Current(), o.Journal); refused != nil && !called {
		return number, nil, refused
	}
	if lastCall, _ = o.lastCaller(); lastCall != nil && lastCall.Caller.Number.E164 != number.E164 {
		lastCall = nil
	}
	return number, lastCall, nil
}

// isPrefix reports whether s can be the beginning of a number: digits, and what people
// write between them.
func isPrefix(s string) bool {
	s = strings.TrimPrefix(strings.TrimSpace(s), "+")
	return strings.ContainsAny(s, "0123456789") && strings.Trim(s, "0123456789 ()/.-") == ""
}

// changeList prepares block, unblock, allow and disallow.
func (o *Orders) changeList(j *job, r *order.Result) work {
	cmd := j.Command
	number, lastCall, refused := o.subject(j)
	name := cmd.Name
	switch {
	case refused != nil:
		r.Refusal = refused
	case name == "block":
		r.Refusal = o.notBlockable(number)
	}
	if r.Refusal != nil {
		return nil
	}
	where, refused := o.blockWhere(cmd)
	if refused != nil {
		r.Refusal = refused
		return nil
	}
	entry := journal.ListEntry{List: journal.Block, Pattern: number.Full(), Name: cmd.Args["name"], Who: j.Who, Why: name}
	if name == "allow" || name == "disallow" {
		entry.List, where = journal.Allow, config.BlockOwn
	}
	if days, err := strconv.Atoi(cmd.Args["days"]); err == nil && days > 0 {
		entry.Expires = o.Now().AddDate(0, 0, days).Truncate(time.Second)
	}
	if minutes, err := strconv.Atoi(cmd.Args["minutes"]); err == nil && minutes > 0 { // callporter itself alone says so
		entry.Expires = o.Now().Add(time.Duration(minutes) * time.Minute).Truncate(time.Second)
	}
	if o.Journal == nil && (where == config.BlockOwn || !entry.Expires.IsZero()) {
		r.Refusal = o.NoJournal
		return nil
	}
	if lastCall != nil {
		r.Call = lastCall.ID
	}
	l := &listOrder{
		Orders: o, job: j, writer: newWriter(j), entry: entry, number: number, target: blockTarget{where: where}, explicit: cmd.Args["where"] != "",
		title: poll.EntryName(cmd.Args["name"], lastCall, o.Now().In(o.zone()), o.language()), boxNumber: o.boxNumber(number),
		snapshot: o.Poller.Current(),
	}
	if where == config.BlockPhonebook {
		l.target.book = poll.BookRef(o.blockBook(cmd))
	}
	carryOut := map[string]func(context.Context, *order.Result){
		"block": l.block, "unblock": l.unblock, "allow": l.allow, "disallow": l.disallow,
	}[name]
	return func(ctx context.Context, r *order.Result) {
		carryOut(ctx, r)
		o.Poller.Written(l.dirty)
	}
}

// notBlockable says why a number must not be blocked, nil if it may be.
func (o *Orders) notBlockable(n call.Number) *order.Refusal {
	switch {
	case !isOwn(o.plan(), n):
	case n.E164 == "":
		return refusal.CoversOwn(n.National)
	default:
		return refusal.OwnNumber(n.National)
	}
	if coversEmergency(o.plan(), n) {
		return refusal.CoversEmergency(n.National)
	}
	return nil
}

// blockWhere returns the list that block writes to beside the own list.
func (o *Orders) blockWhere(cmd order.Command) (config.BlockWhere, *order.Refusal) {
	where := o.Commands.Block
	if text := cmd.Args["where"]; text != "" {
		if err := where.UnmarshalText([]byte(text)); err != nil || where == config.BlockAuto {
			return where, refusal.BadWhere
		}
	}
	if where == config.BlockAuto {
		if where = config.BlockOwn; o.hasBox() {
			where = config.BlockBarring
		}
	}
	switch {
	case where != config.BlockOwn && o.Asterisk && cmd.Args["where"] != "":
		return where, refusal.NoBox
	case o.Asterisk:
		return config.BlockOwn, nil
	case where != config.BlockOwn && !o.hasBox():
		return where, refusal.NoAccess
	case where == config.BlockPhonebook && o.blockBook(cmd) == "":
		return where, refusal.NoBlockBook
	}
	return where, nil
}

// blockBook is the phonebook that block writes to where it writes to one. Who gives orders
// from outside cannot choose it.
func (o *Orders) blockBook(cmd order.Command) string {
	return cmp.Or(cmd.Args["phonebook"], o.Commands.Phonebook)
}

// BlocksAtBox reports whether a command block writes to a list of the box.
func (o *Orders) BlocksAtBox(cmd order.Command) bool {
	where, refused := o.blockWhere(cmd)
	return refused == nil && where != config.BlockOwn
}

// boxNumber returns a number in the form of the box: as dialled inside the country of the
// line, or with 00 for other countries.
func (o *Orders) boxNumber(n call.Number) string {
	if n.E164 == "" {
		return n.Raw
	}
	if n.Country == o.Poller.Current().Box.Country && n.National != "" {
		return digits(n.National)
	}
	return "00" + n.E164[1:]
}
