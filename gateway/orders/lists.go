package orders

import (
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

// subject is the number an order is about: the one given, or that of the ringing
// call or the last caller.
func (o *Orders) subject(ctx context.Context, cmd order.Command) (number call.Number, of *call.Call, refused *order.Refusal) {
	given := cmd.Args["number"]
	if given == "" {
		given = cmd.Argument
	}
	if given == "" {
		of = o.lastCaller(ctx)
		if of == nil {
			return number, nil, refusal.NoCaller
		}
		return of.Caller.Number, of, nil
	}
	if begin, wild := strings.CutSuffix(strings.TrimSpace(given), "*"); wild && isPrefix(begin) {
		return call.Number{Raw: digits(begin) + "*"}, nil, nil
	}
	number = o.plan().Number(given)
	switch {
	case number.E164 == "" || number.Kind == call.Invalid:
		return number, nil, refusal.NoNumber
	}
	if of = o.lastCaller(ctx); of != nil && of.Caller.Number.E164 != number.E164 {
		of = nil
	}
	return number, of, nil
}

// isBeginning reports whether s can be what numbers begin with: digits, and what people
// put between them.
func isPrefix(s string) bool {
	s = strings.TrimPrefix(strings.TrimSpace(s), "+")
	return strings.ContainsAny(s, "0123456789") && strings.Trim(s, "0123456789 ()/.-") == ""
}

// isOwn reports whether a number is one of the house's, or the beginning of one.
func (o *Orders) isOwn(n call.Number) bool {
	if n.E164 != "" {
		return slices.ContainsFunc(o.plan().MSNs, func(m call.MSN) bool { return m.Number.E164 == n.E164 })
	}
	begin, wild := strings.CutSuffix(strings.TrimSpace(n.Raw), "*")
	return wild && slices.ContainsFunc(o.plan().MSNs, func(m call.MSN) bool {
		abroad := "00" + strings.TrimPrefix(m.Number.E164, "+")
		return strings.HasPrefix(m.Number.E164, digits(begin)) || strings.HasPrefix(abroad, digits(begin)) ||
			strings.HasPrefix(digits(m.Number.National), digits(begin))
	})
}

// isEmergency reports whether a pattern takes in a number of emergency services.
func isEmergency(n call.Number) bool {
	begin, wild := strings.CutSuffix(strings.TrimSpace(n.Raw), "*")
	return wild && (strings.HasPrefix("110", digits(begin)) || strings.HasPrefix("112", digits(begin)))
}

// digits is a number without what people put between its digits.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '+' && (r < '0' || r > '9') {
			return -1
		}
		return r
	}, s)
}

// list carries out block, unblock, allow and disallow.
func (o *Orders) changeList(ctx context.Context, j *job, r *order.Result) work {
	cmd := j.Command
	number, of, refused := o.subject(ctx, cmd)
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
	if of != nil {
		r.Call = of.ID
	}
	l := &listOrder{
		Orders: o, job: j, writer: newWriter(j), entry: entry, number: number, target: blockTarget{where: where}, explicit: cmd.Args["where"] != "",
		title: poll.EntryName(cmd.Args["name"], of, o.Now().In(o.zone()), o.language()), boxNumber: o.boxNumber(number),
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

// where says where a block is written beside the own list.
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

// shown is a number as the box's pages show it: as it is dialled inside the
// country of the line, with 00 abroad.
func (o *Orders) boxNumber(n call.Number) string {
	if n.E164 == "" {
		return n.Raw
	}
	if n.Country == o.Poller.Current().Box.Country && n.National != "" {
		return digits(n.National)
	}
	return "00" + n.E164[1:]
}
