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
	job      *job
	writer      writer
	entry  journal.ListEntry // of the own list
	number call.Number
	target     blockTarget    // where it belongs beside the own list
	explicit  bool           // the order names that place itself
	title  string         // of the entry at the box
	boxNumber  string         // the number as the box shows it
	snapshot  *poll.Snapshot // as it was when the order was given
	dirty  poll.Dirty     // where the box was, or may have been, written to
}

// told is the data of a result that is so far this.
func (l *listOrder) resultData(where config.BlockWhere, more map[string]any) map[string]any {
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
func (l *listOrder) succeed(r *order.Result, d map[string]any, said ...call.Text) {
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
		if _, r.Refusal = l.addOwnEntry(ctx, l.writer, l.entry); r.Refusal != nil {
			return
		}
		own = config.BlockOwn
		l.job.stage.Store(&stage{ownListOnlyText, data(l.resultData(own, nil))})
	}
	targets := []blockTarget{{where: config.BlockOwn}}
	var change tr064.Change
	var err error
	l.dirty = l.target.dirty()
	switch l.target.where {
	case config.BlockBarring:
		change, err = l.Poller.Client.Bar(ctx, l.title, l.boxNumber)
	case config.BlockPhonebook:
		change, err = l.Poller.Client.AddContact(ctx, l.target.book, tr064.Contact{Name: l.title, Numbers: []tr064.PhoneNumber{{Number: l.boxNumber}}})
	}
	id := l.recordChange(ctx, l.writer, change, l.entry.Pattern)
	stays := false
	if !l.dirty.Empty() && l.Journal != nil && (err == nil || id != 0) {
		noted, done := auditContext(ctx)
		stays = !l.setExpiry(noted, id)
		done()
	}
	if err != nil {
		r.Data = data(l.resultData(own, nil))
		if r.Refusal = refusal.ByBox(err); own == config.BlockOwn {
			r.Refusal = refusal.PartlyDone(ownListOnlyText, err)
		}
		return
	}
	if !l.dirty.Empty() {
		targets = append(targets, l.target)
	}
	if l.Journal == nil {
		targets = targets[1:]
	}
	held := call.Text{}
	if !l.entry.Expires.IsZero() {
		held = call.Text{", until %s", ", bis %s"}.With(l.entry.Expires.In(l.zone()).Format("2006-01-02 15:04"))
	}
	said := []call.Text{call.Text{"%s is blocked (%s%s)", "%s ist gesperrt (%s%s)"}.With(l.number.Full(), targetsText(targets), held)}
	if stays {
		said = append(said, call.Text{"the entry at the box was there before and stays when the time is over",
			"der Eintrag an der Box stand schon dort und bleibt, wenn die Zeit um ist"})
	}
	l.succeed(r, l.resultData(l.target.where, nil), said...)
}

// ownAlone is how far a block is that the box has refused.
var ownListOnlyText = call.Text{"it is on callporter's own list alone", "die Nummer steht nur auf der eigenen Liste"}

// expires has the entry at the box removed when the time is over, if it is callporter's:
// the one just written, or an earlier one. It reports false where an entry of somebody
// else stays.
func (l *listOrder) setExpiry(ctx context.Context, id int64) bool {
	e := expiry{id, l.entry.Expires, l.target.where.String() + " " + l.entry.Pattern}
	if id != 0 {
		l.storeExpiry(ctx, e)
		return true
	}
	for _, p := range l.blockPlacements(ctx, l.entry.Pattern) {
		if p.target.is(l.target) {
			e.ID = p.write.ID
		}
	}
	if e.ID == 0 {
		return e.At.IsZero()
	}
	before, changed := l.storeExpiry(ctx, e)
	if changed {
		after := &e
		if e.At.IsZero() {
			after = nil
		}
		l.recordWrite(ctx, l.writer, expirySet, l.entry.Pattern, writeState{Order: l.writer.order, Expiry: before}, writeState{Order: l.writer.order, Expiry: after})
	}
	return true
}
