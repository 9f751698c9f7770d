package gateway

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// subject is the number an order is about: the one given, or that of the ringing
// call or the last caller.
func (b *box) subject(cmd order.Command) (number call.Number, of *call.Call, refused *order.Refusal) {
	given := cmd.Args["number"]
	if given == "" {
		given = cmd.Argument
	}
	if given == "" {
		of = b.lastCaller()
		if of == nil {
			return number, nil, refusal.NoCaller
		}
		return of.Caller.Number, of, nil
	}
	if begin, wild := strings.CutSuffix(strings.TrimSpace(given), "*"); wild && isBeginning(begin) {
		return call.Number{Raw: digits(begin) + "*"}, nil, nil
	}
	number = b.plan.Number(given)
	switch {
	case number.E164 == "" || number.Kind == call.Invalid:
		return number, nil, refusal.NoNumber
	}
	if of = b.lastCaller(); of != nil && of.Caller.Number.E164 != number.E164 {
		of = nil
	}
	return number, of, nil
}

// isBeginning reports whether s can be what numbers begin with: digits, and what people
// put between them.
func isBeginning(s string) bool {
	s = strings.TrimPrefix(strings.TrimSpace(s), "+")
	return strings.ContainsAny(s, "0123456789") && strings.Trim(s, "0123456789 ()/.-") == ""
}

// lastCaller is the call that rings, or else the last one that rang; nil where its
// number was withheld, since nobody means the caller before.
func (b *box) lastCaller() *call.Call {
	for _, c := range slices.Backward(b.tracker.Active()) {
		if c.Direction == call.Incoming && c.Phase == call.Ringing {
			if c.Caller.Number.Withheld() {
				return nil // meant is who rings, not who rang before
			}
			return &c
		}
	}
	if b.caller.Caller.Number.Withheld() {
		return nil
	}
	c := b.caller
	return &c
}

// isOwn reports whether a number is one of the house's, or the beginning of one.
func (b *box) isOwn(n call.Number) bool {
	if n.E164 != "" {
		return slices.ContainsFunc(b.plan.MSNs, func(m call.MSN) bool { return m.Number.E164 == n.E164 })
	}
	begin, wild := strings.CutSuffix(strings.TrimSpace(n.Raw), "*")
	return wild && slices.ContainsFunc(b.plan.MSNs, func(m call.MSN) bool {
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
func (b *box) list(o incomingOrder, r *order.Result) work {
	cmd := o.command
	number, of, refused := b.subject(cmd)
	name := cmd.Name
	switch {
	case refused != nil:
		r.Refusal = refused
	case name == "block" && (b.isOwn(number) || number.Kind == call.Short || isEmergency(number)):
		r.Refusal = refusal.OwnNumber
	}
	if r.Refusal != nil {
		return nil
	}
	where, refused := b.where(cmd)
	if refused != nil {
		r.Refusal = refused
		return nil
	}
	entry := journal.ListEntry{List: journal.Block, Pattern: number.Full(), Name: cmd.Args["name"], Who: o.who, Why: name}
	if name == "allow" || name == "disallow" {
		entry.List, where = journal.Allow, config.BlockOwn
	}
	if days, err := strconv.Atoi(cmd.Args["days"]); err == nil && days > 0 {
		entry.Expires = b.now().AddDate(0, 0, days).Truncate(time.Second)
	}
	if b.journal == nil && (where == config.BlockOwn || !entry.Expires.IsZero()) {
		r.Refusal = b.bookless
		return nil
	}
	if of != nil {
		r.Call = of.ID
	}
	l := &listing{
		b: b, w: b.writer(o), entry: entry, number: number, at: spot{where: where}, named: cmd.Args["where"] != "",
		title: entryName(cmd.Args["name"], of, b.now().In(b.config.Location()), b.docs.Language), shown: b.dialled(number),
		known: b.known, language: b.docs.Language, zone: b.config.Location(), soFar: o.soFar,
	}
	if where == config.BlockPhonebook {
		l.at.book = bookRef(b.commands.Phonebook)
	}
	carry := map[string]func(context.Context, *order.Result){
		"block": l.block, "unblock": l.unblock, "allow": l.allow, "disallow": l.disallow,
	}[name]
	return func(ctx context.Context, r *order.Result) func() {
		carry(ctx, r)
		return b.rereads(l.wrote)
	}
}

// where says where a block is written beside the own list.
func (b *box) where(cmd order.Command) (config.BlockWhere, *order.Refusal) {
	where := b.commands.Block
	if text := cmd.Args["where"]; text != "" {
		if err := where.UnmarshalText([]byte(text)); err != nil || where == config.BlockAuto {
			return where, refusal.BadWhere
		}
	}
	if where == config.BlockAuto {
		if where = config.BlockOwn; b.access != nil {
			where = config.BlockBarring
		}
	}
	switch {
	case where != config.BlockOwn && b.access == nil:
		return where, refusal.NoAccess
	case where == config.BlockPhonebook && b.commands.Phonebook == "":
		return where, refusal.NoBookNamed
	}
	return where, nil
}

// enlistOwn puts a number onto an own list, and takes it off the other one, which it
// tells.
func (b *box) enlistOwn(ctx context.Context, w writer, e journal.ListEntry) (taken bool, refused *order.Refusal) {
	before := written{Order: w.order}
	before.List = b.entryOf(e)
	if is := before.List; is == nil || is.Name != e.Name || !is.Expires.Equal(e.Expires) { // nothing is written twice
		kept, err := b.journal.AddEntry(ctx, e)
		if err != nil {
			return false, refusal.JournalFailed(err)
		}
		b.auditWrite(ctx, w, listAdded, kept.Pattern, before, written{Order: w.order, List: listWrittenOf(kept)})
	}
	if opposite := b.entryOf(journal.ListEntry{List: other(e.List), Pattern: e.Pattern}); opposite != nil {
		// On both lists the allowed one would win, against what was just ordered.
		if gone, err := b.journal.RemoveEntry(ctx, other(e.List), e.Pattern); err == nil {
			b.auditWrite(ctx, w, listRemoved, gone.Pattern, written{Order: w.order, List: listWrittenOf(gone)}, written{Order: w.order})
			taken = true
		}
	}
	return taken, nil
}

// delistOwn takes a number off an own list, and tells whether it was there.
func (b *box) delistOwn(ctx context.Context, w writer, e journal.ListEntry) (found bool, refused *order.Refusal) {
	if b.journal == nil {
		return false, nil
	}
	gone, err := b.journal.RemoveEntry(ctx, e.List, e.Pattern)
	switch {
	case errors.Is(err, journal.ErrUnknown):
		return false, nil
	case err != nil:
		return false, refusal.JournalFailed(err)
	}
	b.auditWrite(ctx, w, listRemoved, gone.Pattern, written{Order: w.order, List: listWrittenOf(gone)}, written{Order: w.order})
	return true, nil
}

// entryOf is the entry of a list with the pattern given, nil if there is none.
func (b *box) entryOf(e journal.ListEntry) *listWritten {
	pattern := digits(e.Pattern)
	for _, old := range b.journal.Entries(e.List) {
		if digits(old.Pattern) == pattern && strings.HasSuffix(old.Pattern, "*") == strings.HasSuffix(e.Pattern, "*") {
			return listWrittenOf(old)
		}
	}
	return nil
}

func listWrittenOf(e journal.ListEntry) *listWritten {
	return &listWritten{List: e.List.String(), Pattern: e.Pattern, Name: e.Name, Expires: e.Expires}
}

func other(l journal.List) journal.List {
	if l == journal.Allow {
		return journal.Block
	}
	return journal.Allow
}

// dialled is a number as the box's pages show it: as it is dialled inside the
// country of the line, with 00 abroad.
func (b *box) dialled(n call.Number) string {
	if n.E164 == "" {
		return n.Raw
	}
	if n.Country == b.config.Country && n.National != "" {
		return digits(n.National)
	}
	return "00" + n.E164[1:]
}

// entryName is what an entry at the box is called, so that people see in the
// box's own list why it is there: "SPAM 92: 46 reports, advertising, 2026-11-21".
func entryName(given string, c *call.Call, now time.Time, l call.Language) string {
	if given != "" {
		return given
	}
	day := now.Format(time.DateOnly)
	if c != nil && c.Verdict.Judged() && c.Verdict.Reason != "" {
		reason := c.Verdict.Reason
		if r := []rune(reason); len(r) > 60 {
			reason = string(r[:60])
		}
		return "SPAM " + strconv.Itoa(c.Verdict.Score) + ": " + reason + ", " + day
	}
	return l.Pick("blocked, ", "gesperrt, ") + day
}
