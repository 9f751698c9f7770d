package orders

import (
	"context"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// unblock takes the number off the own list and from the box: off the call barring
// list, and from wherever block has put it. What is not there is no error as long as
// it was somewhere.
func (l *listOrder) unblock(ctx context.Context, r *order.Result) {
	found, refused := l.removeOwnEntry(ctx, l.writer, l.entry)
	if refused != nil {
		r.Refusal = refused
		return
	}
	var gone, missing []blockTarget
	note := func(s blockTarget, there bool) {
		if there {
			gone = append(gone, s)
		} else {
			missing = append(missing, s)
		}
	}
	if l.Journal != nil {
		note(blockTarget{where: config.BlockOwn}, found)
	}
	if found {
		l.job.stage.Store(&stage{offOwnListText, data(l.resultData(config.BlockOwn, map[string]any{"removed": targetWords(gone)}))})
	}
	var failure error
	looked, left := l.unblockTargets(ctx)
	for _, s := range looked {
		changes, err := s.remove(ctx, l.Poller.Client, l.boxNumber)
		l.dirty = l.dirty.With(s.dirty())
		for _, c := range changes {
			l.recordChange(ctx, l.writer, c, l.entry.Pattern)
		}
		if tr064.ReasonOf(err) == tr064.NoSuchBook && !(l.explicit && s.is(l.target)) {
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
	d := l.resultData(where, map[string]any{"removed": targetWords(gone), "not_found": targetWords(missing)})
	switch r.Data = data(d); {
	case failure != nil && len(gone) > 0:
		r.Refusal = refusal.PartlyDone(call.Text{"it was taken off: %s", "entfernt von: %s"}.With(targetsText(gone)), failure)
		return
	case failure != nil:
		r.Refusal = refusal.ByBox(failure)
		return
	case len(gone) == 0:
		refused := *refusal.NotListed
		refused.Message = call.Text{"%s: %s", "%s: %s"}.With(refused.Message, targetsText(missing))
		if len(left) > 0 {
			refused.Message = call.Text{"%s; %s", "%s; %s"}.With(refused.Message, remainingText(left))
		}
		for _, still := range l.stillBlocks(ctx, looked) {
			refused.Message = call.Text{"%s; %s", "%s; %s"}.With(refused.Message, still)
		}
		r.Refusal = &refused
		return
	}
	said := []call.Text{call.Text{"%s is not blocked any more (%s)", "%s ist nicht mehr gesperrt (%s)"}.With(l.number.Full(), targetsText(gone))}
	if len(left) > 0 {
		said = []call.Text{
			call.Text{"%s is off the own list", "%s steht nicht mehr auf der eigenen Liste"}.With(l.number.Full()), remainingText(left),
		}
	}
	if len(missing) > 0 {
		said = append(said, call.Text{"not found: %s", "nicht gefunden: %s"}.With(targetsText(missing)))
	}
	l.succeed(r, d, append(said, l.stillBlocks(ctx, looked)...)...)
}

// ownOff is how far an unblock is that waits for the box.
var offOwnListText = call.Text{"it is off callporter's own list", "die Nummer steht nicht mehr auf der eigenen Liste"}

func remainingText(left []blockTarget) call.Text {
	return call.Text{"the box still has it: %s", "die Box hat sie noch: %s"}.With(targetsText(left))
}

// targets are the places at the box where unblock looks for the number, and where it is
// left because the order is about the own list alone.
func (l *listOrder) unblockTargets(ctx context.Context) (look, left []blockTarget) {
	for _, p := range l.blockPlacements(ctx, l.entry.Pattern) {
		look = addTarget(look, p.target)
	}
	if !l.hasBox() {
		return nil, look
	}
	barring := blockTarget{where: config.BlockBarring}
	listed := slices.ContainsFunc(barringEntries(l.plan(), l.snapshot.Copy.Barring, l.number), func(entry string) bool {
		beginning := strings.HasSuffix(entry, "*")
		return !beginning && l.number.E164 != "" || beginning && digits(entry) == digits(l.boxNumber) && l.number.E164 == ""
	})
	if l.target.where == config.BlockOwn && (listed || !l.snapshot.Known() && !l.explicit) || !l.explicit && l.target.where != config.BlockOwn {
		look = addTarget(look, barring)
	}
	if l.target.where == config.BlockOwn && l.explicit {
		return nil, look
	}
	if l.target.where != config.BlockOwn {
		look = addTarget(look, l.target)
	}
	slices.SortStableFunc(look, func(a, b blockTarget) int { return int(a.where) - int(b.where) })
	return look, nil
}

// stillBlocks says which beginnings still take a number in that was unblocked.
func (l *listOrder) stillBlocks(ctx context.Context, looked []blockTarget) (said []call.Text) {
	if l.number.E164 == "" {
		return nil
	}
	if l.Journal != nil {
		if e, on := l.Journal.Match(journal.Block, l.number); on {
			said = append(said, call.Text{"%s still blocks it (own list)", "%s sperrt sie weiterhin (eigene Liste)"}.With(e.Pattern))
		}
	}
	if len(looked) == 0 {
		return said
	}
	if now, err := l.Poller.Client.Barring(ctx); err == nil { // what was read last may be old
		if by := barringEntries(l.plan(), now, l.number); len(by) > 0 {
			said = append(said, call.Text{"%s still blocks it (call barring of the box)", "%s sperrt sie weiterhin (Rufsperren der Box)"}.With(strings.Join(by, ", ")))
		}
	}
	return said
}

// disallow takes the number off the list of welcome callers.
func (l *listOrder) disallow(ctx context.Context, r *order.Result) {
	found, refused := l.removeOwnEntry(ctx, l.writer, l.entry)
	switch {
	case refused != nil:
		r.Refusal = refused
	case !found:
		r.Refusal = refusal.NotListed
	}
	d := l.resultData(config.BlockOwn, nil)
	r.Data = data(d)
	if r.Refusal == nil {
		l.succeed(r, d, call.Text{"%s is not on the list of welcome callers any more", "%s steht nicht mehr auf der Liste der Erlaubten"}.With(l.number.Full()))
	}
}
