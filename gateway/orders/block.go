package orders

import (
	"context"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// listOrder is an order about the own lists and those of the box: block, unblock, allow or
// disallow.
type listOrder struct {
	*Orders
	j      *job
	w      writer
	entry  journal.ListEntry // of the own list
	number call.Number
	at     blockTarget    // where it belongs beside the own list
	named  bool           // the order names that place itself
	title  string         // of the entry at the box
	shown  string         // the number as the box shows it
	known  *poll.Snapshot // as it was when the order was given
	wrote  poll.Dirty     // where the box was, or may have been, written to
}

// told is the data of a result that is so far this.
func (l *listOrder) told(where config.BlockWhere, more map[string]any) map[string]any {
	d := map[string]any{"number": l.number.Full(), "where": where.String()}
	if where == config.BlockAuto {
		d["where"] = ""
	}
	if !l.entry.Expires.IsZero() {
		d["expires"] = l.entry.Expires.In(l.zone()).Format(time.RFC3339)
	}
	for key, value := range more {
		d[key] = value
	}
	return d
}

// tell fills a result in that went well.
func (l *listOrder) tell(r *order.Result, d map[string]any, said ...call.Text) {
	texts := make([]string, len(said))
	for i, t := range said {
		texts[i] = t.In(l.language())
	}
	d["message"] = strings.Join(texts, "; ")
	r.Data = data(d)
}

// block puts the number onto the own list, if there is a journal to keep it, then to
// the box. What the box refuses stays on the own list, and the result says so.
func (l *listOrder) block(ctx context.Context, r *order.Result) {
	own := config.BlockAuto
	if l.Journal != nil {
		if _, r.Refusal = l.enlistOwn(ctx, l.w, l.entry); r.Refusal != nil {
			return
		}
		own = config.BlockOwn
		l.j.done.Store(&stage{ownAlone, data(l.told(own, nil))})
	}
	targets := []blockTarget{{where: config.BlockOwn}}
	var change tr064.Change
	var err error
	l.wrote = l.at.dirty()
	switch l.at.where {
	case config.BlockBarring:
		change, err = l.Poller.Client.Bar(ctx, l.title, l.shown)
	case config.BlockPhonebook:
		change, err = l.Poller.Client.AddContact(ctx, l.at.book, tr064.Contact{Name: l.title, Numbers: []tr064.PhoneNumber{{Number: l.shown}}})
	}
	id := l.audited(ctx, l.w, change, l.entry.Pattern)
	stays := false
	if !l.wrote.Empty() && l.Journal != nil && (err == nil || id != 0) {
		noted, done := noting(ctx)
		stays = !l.expires(noted, id)
		done()
	}
	if err != nil {
		r.Data = data(l.told(own, nil))
		if r.Refusal = refusal.ByBox(err); own == config.BlockOwn {
			r.Refusal = refusal.PartlyDone(ownAlone, err)
		}
		return
	}
	if !l.wrote.Empty() {
		targets = append(targets, l.at)
	}
	if l.Journal == nil {
		targets = targets[1:]
	}
	held := call.Text{}
	if !l.entry.Expires.IsZero() {
		held = call.Text{", until %s", ", bis %s"}.With(l.entry.Expires.In(l.zone()).Format("2006-01-02 15:04"))
	}
	said := []call.Text{call.Text{"%s is blocked (%s%s)", "%s ist gesperrt (%s%s)"}.With(l.number.Full(), textOf(targets), held)}
	if stays {
		said = append(said, call.Text{"the entry at the box was there before and stays when the time is over",
			"der Eintrag an der Box stand schon dort und bleibt, wenn die Zeit um ist"})
	}
	l.tell(r, l.told(l.at.where, nil), said...)
}

// ownAlone is how far a block is that the box has refused.
var ownAlone = call.Text{"it is on callporter's own list alone", "die Nummer steht nur auf der eigenen Liste"}

// expires has the entry at the box removed when the time is over, if it is callporter's:
// the one just written, or an earlier one. It reports false where an entry of somebody
// else stays.
func (l *listOrder) expires(ctx context.Context, id int64) bool {
	e := expiry{id, l.entry.Expires, l.at.where.String() + " " + l.entry.Pattern}
	if id != 0 {
		l.expiring(ctx, e)
		return true
	}
	for _, p := range l.placed(ctx, l.entry.Pattern) {
		if p.target.is(l.at) {
			e.ID = p.write.ID
		}
	}
	if e.ID == 0 {
		return e.At.IsZero()
	}
	before, changed := l.expiring(ctx, e)
	if changed {
		after := &e
		if e.At.IsZero() {
			after = nil
		}
		l.auditWrite(ctx, l.w, expirySet, l.entry.Pattern, written{Order: l.w.order, Expiry: before}, written{Order: l.w.order, Expiry: after})
	}
	return true
}
