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

// unblock removes the number from the own list, from the call barring list of the box, and
// from every list block has put it on. It is enough that one of these lists had it.
func (l *listOrder) unblock(ctx context.Context, r *order.Result) {
	found, refused := l.removeOwnEntry(ctx, l.writer, l.entry)
	if refused != nil {
		r.Refusal = refused
		return
	}
	var removed, notFound []blockTarget
	record := func(t blockTarget, had bool) {
		if had {
			removed = append(removed, t)
		} else {
			notFound = append(notFound, t)
		}
	}
	if l.Journal != nil {
		record(blockTarget{where: config.BlockOwn}, found)
	}
	if found {
		l.job.stage.Store(&stage{offOwnListText, data(l.resultData(config.BlockOwn, map[string]any{"removed": targetWords(removed)}))})
	}
	var boxErr error
	targets, remaining := l.unblockTargets(ctx)
	for _, t := range targets {
		changes, err := t.remove(ctx, l.Poller.Client, l.boxNumber)
		l.dirty = l.dirty.With(t.dirty())
		for _, c := range changes {
			l.recordChange(ctx, l.writer, c, l.entry.Pattern)
		}
		if tr064.ReasonOf(err) == tr064.NoSuchBook && !(l.explicit && t.is(l.target)) {
			err = nil // a deleted phonebook holds nothing
		}
		if err != nil {
			boxErr = err
		}
		if err == nil || len(changes) > 0 {
			record(t, len(changes) > 0)
		}
	}
	where := config.BlockAuto
	if len(removed) > 0 {
		where = removed[len(removed)-1].where
	}
	d := l.resultData(where, map[string]any{"removed": targetWords(removed), "not_found": targetWords(notFound)})
	switch r.Data = data(d); {
	case boxErr != nil && len(removed) > 0:
		r.Refusal = refusal.PartlyDone(call.Text{"it was taken off: %s", "entfernt von: %s"}.With(targetsText(removed)), boxErr)
		return
	case boxErr != nil:
		r.Refusal = refusal.ByBox(boxErr)
		return
	case len(removed) == 0:
		refused := *refusal.NotListed
		refused.Message = call.Text{"%s: %s", "%s: %s"}.With(refused.Message, targetsText(notFound))
		if len(remaining) > 0 {
			refused.Message = call.Text{"%s; %s", "%s; %s"}.With(refused.Message, remainingText(remaining))
		}
		for _, text := range l.stillBlocks(ctx, targets) {
			refused.Message = call.Text{"%s; %s", "%s; %s"}.With(refused.Message, text)
		}
		r.Refusal = &refused
		return
	}
	texts := []call.Text{call.Text{"%s is not blocked any more (%s)", "%s ist nicht mehr gesperrt (%s)"}.With(l.number.National, targetsText(removed))}
	if len(remaining) > 0 {
		texts = []call.Text{
			call.Text{"%s is off the own list", "%s steht nicht mehr auf der eigenen Liste"}.With(l.number.National), remainingText(remaining),
		}
	}
	if len(notFound) > 0 {
		texts = append(texts, call.Text{"not found: %s", "nicht gefunden: %s"}.With(targetsText(notFound)))
	}
	l.succeed(r, d, append(texts, l.stillBlocks(ctx, targets)...)...)
}

// offOwnListText says how far an unblock got that still waits for the box.
var offOwnListText = call.Text{"it is off callporter's own list", "die Nummer steht nicht mehr auf der eigenen Liste"}

// remainingText names the lists of the box that still have the number.
func remainingText(targets []blockTarget) call.Text {
	return call.Text{"the box still has it: %s", "die Box hat sie noch: %s"}.With(targetsText(targets))
}

// unblockTargets returns the lists of the box that unblock searches. If the order concerns
// the own list alone, it searches none, and the lists that keep the number are remaining.
func (l *listOrder) unblockTargets(ctx context.Context) (targets, remaining []blockTarget) {
	for _, p := range l.blockPlacements(ctx, l.entry.Pattern) {
		targets = addTarget(targets, p.target)
	}
	if !l.hasBox() {
		return nil, targets
	}
	barring := blockTarget{where: config.BlockBarring}
	barred := slices.ContainsFunc(barringEntries(l.plan(), l.snapshot.Copy.Barring, l.number), func(entry string) bool {
		isPattern := strings.HasSuffix(entry, "*")
		return !isPattern && l.number.E164 != "" || isPattern && digits(entry) == digits(l.boxNumber) && l.number.E164 == ""
	})
	if l.target.where == config.BlockOwn && (barred || !l.snapshot.Known() && !l.explicit) || !l.explicit && l.target.where != config.BlockOwn {
		targets = addTarget(targets, barring)
	}
	if l.target.where == config.BlockOwn && l.explicit {
		return nil, targets
	}
	if l.target.where != config.BlockOwn {
		targets = addTarget(targets, l.target)
	}
	slices.SortStableFunc(targets, func(a, b blockTarget) int { return int(a.where) - int(b.where) })
	return targets, nil
}

// stillBlocks says which patterns, such as 0900*, still block the number after it was
// unblocked. searched are the lists of the box that unblock has searched; if it has
// searched none, the box is not asked.
func (l *listOrder) stillBlocks(ctx context.Context, searched []blockTarget) (texts []call.Text) {
	if l.number.E164 == "" {
		return nil
	}
	if l.Journal != nil {
		if e, found := l.Journal.Match(journal.Block, l.number); found {
			texts = append(texts, call.Text{"%s still blocks it (own list)", "%s sperrt sie weiterhin (eigene Liste)"}.With(l.shown(e.Pattern)))
		}
	}
	if len(searched) == 0 {
		return texts
	}
	if barring, err := l.Poller.Client.Barring(ctx); err == nil { // the snapshot may be old
		if entries := barringEntries(l.plan(), barring, l.number); len(entries) > 0 {
			texts = append(texts, call.Text{"%s still blocks it (call barring of the box)", "%s sperrt sie weiterhin (Rufsperren der Box)"}.With(strings.Join(entries, ", ")))
		}
	}
	return texts
}

// disallow removes the number from the own allow list.
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
		l.succeed(r, d, call.Text{"%s is not on the allow list any more", "%s steht nicht mehr auf der Liste der Erlaubten"}.With(l.number.National))
	}
}
