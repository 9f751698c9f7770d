package orders

import (
	"cmp"
	"context"
	"slices"
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
func (o *Orders) subject(cmd order.Command) (number call.Number, lastCall *call.Call, refused *order.Refusal) {
	text := cmp.Or(cmd.Args["number"], cmd.Argument)
	if text == "" {
		lastCall = o.lastCaller()
		if lastCall == nil {
			return number, nil, refusal.NoCaller
		}
		return lastCall.Caller.Number, lastCall, nil
	}
	if prefix, isPattern := strings.CutSuffix(strings.TrimSpace(text), "*"); isPattern && isPrefix(prefix) {
		return call.Number{Raw: digits(prefix) + "*"}, nil, nil
	}
	number = o.plan().Number(text)
	if number.E164 == "" || number.Kind == call.Invalid {
		return number, nil, refusal.NoNumber
	}
	if lastCall = o.lastCaller(); lastCall != nil && lastCall.Caller.Number.E164 != number.E164 {
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

// isOwn reports whether a number is an own number of the line, or a pattern that covers
// one.
func (o *Orders) isOwn(n call.Number) bool {
	if n.E164 != "" {
		return slices.ContainsFunc(o.plan().MSNs, func(m call.MSN) bool { return m.Number.E164 == n.E164 })
	}
	prefix, isPattern := strings.CutSuffix(strings.TrimSpace(n.Raw), "*")
	return isPattern && slices.ContainsFunc(o.plan().MSNs, func(m call.MSN) bool {
		abroad := "00" + strings.TrimPrefix(m.Number.E164, "+")
		return strings.HasPrefix(m.Number.E164, digits(prefix)) || strings.HasPrefix(abroad, digits(prefix)) ||
			strings.HasPrefix(digits(m.Number.National), digits(prefix))
	})
}

// isEmergency reports whether a pattern covers an emergency number.
func isEmergency(n call.Number) bool {
	prefix, isPattern := strings.CutSuffix(strings.TrimSpace(n.Raw), "*")
	return isPattern && (strings.HasPrefix("110", digits(prefix)) || strings.HasPrefix("112", digits(prefix)))
}

// digits returns a number without what people write between its digits.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '+' && (r < '0' || r > '9') {
			return -1
		}
		return r
	}, s)
}

// changeList prepares block, unblock, allow and disallow.
func (o *Orders) changeList(j *job, r *order.Result) work {
	cmd := j.Command
	number, lastCall, refused := o.subject(cmd)
	name := cmd.Name
	switch {
	case refused != nil:
		r.Refusal = refused
	case name == "block" && (o.isOwn(number) || number.Kind == call.Short || isEmergency(number)):
		r.Refusal = refusal.OwnNumber
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
		l.target.book = poll.BookRef(o.Commands.Phonebook)
	}
	carryOut := map[string]func(context.Context, *order.Result){
		"block": l.block, "unblock": l.unblock, "allow": l.allow, "disallow": l.disallow,
	}[name]
	return func(ctx context.Context, r *order.Result) {
		carryOut(ctx, r)
		o.Poller.Written(l.dirty)
	}
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
	case where != config.BlockOwn && !o.hasBox():
		return where, refusal.NoAccess
	case where == config.BlockPhonebook && o.Commands.Phonebook == "":
		return where, refusal.NoBookNamed
	}
	return where, nil
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
