package gateway

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// listing is an order about the own lists and those of the box: block, unblock, allow
// or disallow. It is carried out beside the loop, of which it has what it needs.
type listing struct {
	b      *box
	w      writer
	entry  journal.ListEntry // of the own list
	number call.Number
	at     spot   // where it belongs beside the own list
	named  bool   // the order names that place itself
	title  string // of the entry at the box
	shown  string // the number as the box shows it
	known  *reading
	wrote  again // where the box was, or may have been, written to

	language call.Language
	zone     *time.Location
	soFar    *soFar
}

// told is the data of a result that is so far this.
func (l *listing) told(where config.BlockWhere, more map[string]any) map[string]any {
	d := map[string]any{"number": l.number.Full(), "where": where.String()}
	if where == config.BlockAuto {
		d["where"] = ""
	}
	if !l.entry.Expires.IsZero() {
		d["expires"] = l.entry.Expires.In(l.zone).Format(time.RFC3339)
	}
	for key, value := range more {
		d[key] = value
	}
	return d
}

// tell fills a result in that went well.
func (l *listing) tell(r *order.Result, d map[string]any, said ...call.Text) {
	texts := make([]string, len(said))
	for i, t := range said {
		texts[i] = t.In(l.language)
	}
	d["message"] = strings.Join(texts, "; ")
	r.Data = data(d)
}

// block puts the number onto the own list, if there is a journal to keep it, then to
// the box. What the box refuses stays on the own list, and the result says so.
func (l *listing) block(ctx context.Context, r *order.Result) {
	b := l.b
	own := config.BlockAuto
	if b.journal != nil {
		if _, r.Refusal = b.enlistOwn(ctx, l.w, l.entry); r.Refusal != nil {
			return
		}
		own = config.BlockOwn
		l.soFar.now.Store(&stage{ownAlone, data(l.told(own, nil))})
	}
	spots := []spot{{where: config.BlockOwn}}
	var change tr064.Change
	var err error
	l.wrote = l.at.again()
	switch l.at.where {
	case config.BlockBarring:
		change, err = b.access.client.Bar(ctx, l.title, l.shown)
	case config.BlockPhonebook:
		change, err = b.access.client.AddContact(ctx, l.at.book, tr064.Contact{Name: l.title, Numbers: []tr064.PhoneNumber{{Number: l.shown}}})
	}
	id := b.audited(ctx, l.w, change, l.entry.Pattern)
	stays := false
	if !l.wrote.none() && b.journal != nil && (err == nil || id != 0) {
		noted, done := noting(ctx)
		stays = !l.expires(noted, id)
		done()
	}
	if err != nil {
		r.Data = data(l.told(own, nil))
		if r.Refusal = refusal.ByBox(err); own == config.BlockOwn {
			r.Refusal = refusal.Halfway(ownAlone, err)
		}
		return
	}
	if !l.wrote.none() {
		spots = append(spots, l.at)
	}
	if b.journal == nil {
		spots = spots[1:]
	}
	held := call.Text{}
	if !l.entry.Expires.IsZero() {
		held = call.Text{", until %s", ", bis %s"}.With(l.entry.Expires.In(l.zone).Format("2006-01-02 15:04"))
	}
	said := []call.Text{call.Text{"%s is blocked (%s%s)", "%s ist gesperrt (%s%s)"}.With(l.number.Full(), textOf(spots), held)}
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
func (l *listing) expires(ctx context.Context, id int64) bool {
	e := expiry{id, l.entry.Expires, l.at.where.String() + " " + l.entry.Pattern}
	if id != 0 {
		l.b.expiring(ctx, e)
		return true
	}
	for _, p := range l.b.placed(ctx, l.entry.Pattern) {
		if p.spot.is(l.at) {
			e.ID = p.write.ID
		}
	}
	if e.ID == 0 {
		return e.At.IsZero()
	}
	before, changed := l.b.expiring(ctx, e)
	if changed {
		after := &e
		if e.At.IsZero() {
			after = nil
		}
		l.b.auditWrite(ctx, l.w, expirySet, l.entry.Pattern, written{Order: l.w.order, Expiry: before}, written{Order: l.w.order, Expiry: after})
	}
	return true
}

// unblock takes the number off the own list and from the box: off the call barring
// list, and from wherever block has put it. What is not there is no error as long as
// it was somewhere.
func (l *listing) unblock(ctx context.Context, r *order.Result) {
	b := l.b
	found, refused := b.delistOwn(ctx, l.w, l.entry)
	if refused != nil {
		r.Refusal = refused
		return
	}
	var gone, missing []spot
	note := func(s spot, there bool) {
		if there {
			gone = append(gone, s)
		} else {
			missing = append(missing, s)
		}
	}
	if b.journal != nil {
		note(spot{where: config.BlockOwn}, found)
	}
	if found {
		l.soFar.now.Store(&stage{ownOff, data(l.told(config.BlockOwn, map[string]any{"removed": wordsOfSpots(gone)}))})
	}
	var failure error
	looked, left := l.spots(ctx)
	for _, s := range looked {
		changes, err := s.remove(ctx, b.access.client, l.shown)
		l.wrote = l.wrote.with(s.again())
		for _, c := range changes {
			b.audited(ctx, l.w, c, l.entry.Pattern)
		}
		if tr064.ReasonOf(err) == tr064.NoSuchBook && !(l.named && s.is(l.at)) {
			err = nil // a book that is gone holds nothing
		}
		if err != nil {
			failure = err
		}
		if err == nil || len(changes) > 0 {
			note(s, len(changes) > 0)
		}
	}
	where := config.BlockAuto
	if len(gone) > 0 {
		where = gone[len(gone)-1].where
	}
	d := l.told(where, map[string]any{"removed": wordsOfSpots(gone), "not_found": wordsOfSpots(missing)})
	switch r.Data = data(d); {
	case failure != nil && len(gone) > 0:
		r.Refusal = refusal.Halfway(call.Text{"it was taken off: %s", "entfernt von: %s"}.With(textOf(gone)), failure)
		return
	case failure != nil:
		r.Refusal = refusal.ByBox(failure)
		return
	case len(gone) == 0:
		refused := *refusal.NotListed
		refused.Message = call.Text{"%s: %s", "%s: %s"}.With(refused.Message, textOf(missing))
		if len(left) > 0 {
			refused.Message = call.Text{"%s; %s", "%s; %s"}.With(refused.Message, stillThere(left))
		}
		for _, still := range l.stillBlocks(ctx, looked) {
			refused.Message = call.Text{"%s; %s", "%s; %s"}.With(refused.Message, still)
		}
		r.Refusal = &refused
		return
	}
	said := []call.Text{call.Text{"%s is not blocked any more (%s)", "%s ist nicht mehr gesperrt (%s)"}.With(l.number.Full(), textOf(gone))}
	if len(left) > 0 {
		said = []call.Text{
			call.Text{"%s is off the own list", "%s steht nicht mehr auf der eigenen Liste"}.With(l.number.Full()), stillThere(left),
		}
	}
	if len(missing) > 0 {
		said = append(said, call.Text{"not found: %s", "nicht gefunden: %s"}.With(textOf(missing)))
	}
	l.tell(r, d, append(said, l.stillBlocks(ctx, looked)...)...)
}

// ownOff is how far an unblock is that waits for the box.
var ownOff = call.Text{"it is off callporter's own list", "die Nummer steht nicht mehr auf der eigenen Liste"}

func stillThere(left []spot) call.Text {
	return call.Text{"the box still has it: %s", "die Box hat sie noch: %s"}.With(textOf(left))
}

// spots are the places at the box where unblock looks for the number, and where it is
// left because the order is about the own list alone.
func (l *listing) spots(ctx context.Context) (look, left []spot) {
	b := l.b
	for _, p := range b.placed(ctx, l.entry.Pattern) {
		look = withSpot(look, p.spot)
	}
	if b.access == nil {
		return nil, look
	}
	barring := spot{where: config.BlockBarring}
	listed := l.known != nil && slices.ContainsFunc(barredBy(b.planNow.Load(), l.known.copy.Barring, l.number), func(entry string) bool {
		beginning := strings.HasSuffix(entry, "*")
		return !beginning && l.number.E164 != "" || beginning && digits(entry) == digits(l.shown) && l.number.E164 == ""
	})
	if l.at.where == config.BlockOwn && (listed || l.known == nil && !l.named) || !l.named && l.at.where != config.BlockOwn {
		look = withSpot(look, barring)
	}
	if l.at.where == config.BlockOwn && l.named {
		return nil, look
	}
	if l.at.where != config.BlockOwn {
		look = withSpot(look, l.at)
	}
	slices.SortStableFunc(look, func(a, b spot) int { return int(a.where) - int(b.where) })
	return look, nil
}

// stillBlocks says which beginnings still take a number in that was unblocked.
func (l *listing) stillBlocks(ctx context.Context, looked []spot) (said []call.Text) {
	b := l.b
	if l.number.E164 == "" {
		return nil
	}
	if b.journal != nil {
		if e, on := b.journal.Match(journal.Block, l.number); on {
			said = append(said, call.Text{"%s still blocks it (own list)", "%s sperrt sie weiterhin (eigene Liste)"}.With(e.Pattern))
		}
	}
	if len(looked) == 0 {
		return said
	}
	if now, err := b.access.client.Barring(ctx); err == nil { // what was read last may be old
		if by := barredBy(b.planNow.Load(), now, l.number); len(by) > 0 {
			said = append(said, call.Text{"%s still blocks it (call barring of the box)", "%s sperrt sie weiterhin (Rufsperren der Box)"}.With(strings.Join(by, ", ")))
		}
	}
	return said
}

// disallow takes the number off the list of welcome callers.
func (l *listing) disallow(ctx context.Context, r *order.Result) {
	found, refused := l.b.delistOwn(ctx, l.w, l.entry)
	switch {
	case refused != nil:
		r.Refusal = refused
	case !found:
		r.Refusal = refusal.NotListed
	}
	d := l.told(config.BlockOwn, nil)
	r.Data = data(d)
	if r.Refusal == nil {
		l.tell(r, d, call.Text{"%s is not on the list of welcome callers any more", "%s steht nicht mehr auf der Liste der Erlaubten"}.With(l.number.Full()))
	}
}
