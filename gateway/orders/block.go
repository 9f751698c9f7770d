package orders

import (
	"context"
	"maps"
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

// listOrder is an order about the own lists and the lists of the box: block, unblock,
// allow or disallow.
type listOrder struct {
	*Orders
	job       *job
	writer    writer
	entry     journal.ListEntry // on the own list
	number    call.Number
	target    blockTarget    // the list beside the own one
	explicit  bool           // the order itself names target
	title     string         // of the entry at the box
	boxNumber string         // the number as the box shows it
	snapshot  *poll.Snapshot // taken when the order came in
	dirty     poll.Dirty     // what the order has written at the box, or may have
}

// resultData returns the data every result of a list order has, with more added.
func (l *listOrder) resultData(where config.BlockWhere, more map[string]any) map[string]any {
	d := map[string]any{"number": l.number.Full(), "where": where.String()}
	if where == config.BlockAuto {
		d["where"] = ""
	}
	if !l.entry.Expires.IsZero() {
		d["expires"] = l.entry.Expires.In(l.zone()).Format(time.RFC3339)
	}
	maps.Copy(d, more)
	return d
}

// succeed fills in the result of an order that worked. The message joins texts.
func (l *listOrder) succeed(r *order.Result, d map[string]any, texts ...call.Text) {
	words := make([]string, len(texts))
	for i, t := range texts {
		words[i] = t.In(l.language())
	}
	d["message"] = strings.Join(words, "; ")
	r.Data = data(d)
}

// block puts the number on the own list, if there is a journal to keep it, and then on the
// list of the box. If the box refuses, the number stays on the own list, and the result
// says so.
func (l *listOrder) block(ctx context.Context, r *order.Result) {
	listed := config.BlockAuto
	unlisted := false
	if l.Journal != nil {
		if unlisted, r.Refusal = l.addOwnEntry(ctx, l.writer, l.entry); r.Refusal != nil {
			return
		}
		listed = config.BlockOwn
		l.job.stage.Store(&stage{l.ownListOnly(), data(l.resultData(listed, nil))})
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
	permanent := false
	if !l.dirty.Empty() && l.Journal != nil && (err == nil || id != 0) {
		auditCtx, cancel := auditContext(ctx)
		permanent = !l.setExpiry(auditCtx, id)
		cancel()
	}
	if err != nil {
		r.Data = data(l.resultData(listed, nil))
		if r.Refusal = refusal.ByBox(err); listed == config.BlockOwn {
			r.Refusal = refusal.PartlyDone(l.ownListOnly(), err)
		}
		return
	}
	if !l.dirty.Empty() {
		targets = append(targets, l.target)
	}
	if l.Journal == nil {
		targets = targets[1:]
	}
	until := call.Text{}
	if !l.entry.Expires.IsZero() {
		until = call.Text{", until %s", ", bis %s"}.With(l.entry.Expires.In(l.zone()).Format("2006-01-02 15:04"))
	}
	done := call.Text{"%s is blocked (%s%s)", "%s ist gesperrt (%s%s)"}
	if l.dirty.Empty() && !l.turnsAway() && !l.Asterisk {
		done = call.Text{"%s is noted (%s%s)", "%s ist vermerkt (%s%s)"}
	}
	texts := []call.Text{done.With(l.number.National, targetsText(targets), until), l.effect()}
	if unlisted {
		texts = append(texts, call.Text{"it leaves callporter's allow list", "sie verlässt callporters Liste der Erlaubten"})
	}
	if l.dirty.Empty() { // the box knows nothing of that list
		texts = append(texts, l.stillAllows()...)
	}
	if permanent {
		texts = append(texts, call.Text{"the entry at the box was there before and stays when the time is over",
			"der Eintrag an der Box stand schon dort und bleibt, wenn die Zeit um ist"})
	}
	l.succeed(r, l.resultData(l.target.where, nil), texts...)
}

// stillAllows says which entries of the allow list, such as 030*, still let the number
// through after it was blocked: that list beats every other.
func (l *listOrder) stillAllows() (texts []call.Text) {
	if l.Journal == nil || l.number.E164 == "" {
		return nil
	}
	if e, found := l.Journal.Match(journal.Allow, l.number); found {
		texts = append(texts, call.Text{"but %s on callporter's allow list still lets it through", "aber %s auf callporters Liste der Erlaubten lässt sie weiterhin durch"}.With(l.shown(e.Pattern)))
	}
	return texts
}

// effect says what becomes of the next call of the number.
func (l *listOrder) effect() call.Text {
	switch {
	case l.target.where == config.BlockBarring:
		return call.Text{"the box turns the caller away", "die Box weist den Anrufer ab"}
	case l.target.where == config.BlockPhonebook:
		return call.Text{"the box turns the caller away if its call barring names this phonebook",
			"die Box weist den Anrufer ab, wenn ihre Rufsperren dieses Telefonbuch nennen"}
	case l.Asterisk && l.Screen != nil:
		return call.Text{"Asterisk is told that the caller is spam, and its dial plan acts", "Asterisk erfährt, dass der Anrufer Spam ist, und sein Wählplan handelt danach"}
	case l.turnsAway():
		return call.Text{"callporter turns the caller away", "callporter weist den Anrufer ab"}
	case l.Reject != nil:
		return call.Text{"the phone goes on ringing until auto_reject is ON", "das Telefon klingelt weiterhin, bis auto_reject auf ON steht"}
	case l.hasBox():
		return call.Text{"the own list turns nobody away without a softphone, so the phone goes on ringing; “barring” instead of “own” has the box do it",
			"ohne Softphone weist die eigene Liste niemanden ab, das Telefon klingelt also weiterhin; „barring“ statt „own“ lässt es die Box tun"}
	}
	return call.Text{"the own list turns nobody away without a softphone, so the phone goes on ringing; with username and password of the box in the configuration the box can do it",
		"ohne Softphone weist die eigene Liste niemanden ab, das Telefon klingelt also weiterhin; mit username und password der Box in der Konfiguration kann es die Box"}
}

// ownListOnly says how far a block got that failed at the box.
func (o *Orders) ownListOnly() call.Text {
	if o.turnsAway() {
		return call.Text{"it is on callporter's own list alone, by which callporter turns the caller away",
			"die Nummer steht nur auf der eigenen Liste, nach der callporter den Anrufer abweist"}
	}
	return call.Text{"it is on callporter's own list alone, which turns nobody away now",
		"die Nummer steht nur auf der eigenen Liste, die derzeit niemanden abweist"}
}

// setExpiry schedules the removal of the entry at the box. The entry must be one of
// callporter: the one just written, with its id in the audit, or with an id of 0 an
// earlier one. If the entry belongs to somebody else and so will stay too long, it returns
// false.
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
		l.recordWrite(ctx, l.writer, expirySet, l.entry.Pattern, writeState{WriteState: l.writer.state(""), Expiry: before}, writeState{WriteState: l.writer.state(""), Expiry: after})
	}
	return true
}
