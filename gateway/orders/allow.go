package orders

import (
	"context"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// allow puts the number on the own list of welcome callers. That list beats every other
// rule of callporter, but the box does not know it and keeps rejecting the numbers it
// bars. So allow undoes what block has written to the box. Entries that others made belong
// to them: allow leaves them and names them in the result.
func (l *listOrder) allow(ctx context.Context, r *order.Result) {
	unlisted, refused := l.addOwnEntry(ctx, l.writer, l.entry)
	if refused != nil {
		r.Refusal = refused
		return
	}
	l.job.stage.Store(&stage{allowListedText, data(l.resultData(config.BlockOwn, nil))})
	var removed []blockTarget
	if unlisted {
		removed = append(removed, blockTarget{where: config.BlockOwn})
	}
	if !l.hasBox() {
		l.reportAllowed(r, removed, nil)
		return
	}
	placements := l.blockPlacements(ctx, l.entry.Pattern)
	for _, p := range placements {
		change, err := l.Poller.Client.Undo(ctx, p.change)
		l.dirty = l.dirty.With(p.target.dirty())
		l.recordChange(ctx, l.writer, change, l.entry.Pattern)
		switch reason := tr064.ReasonOf(err); {
		case err == nil && !change.None():
			removed = addTarget(removed, p.target)
		case err == nil, reason == tr064.Changed, reason == tr064.NoSuchBook: // changed by somebody else, or already gone
		default:
			r.Refusal = refusal.PartlyDone(allowListedText, err)
			r.Data = data(l.resultData(config.BlockOwn, map[string]any{"removed": targetWords(removed)}))
			return
		}
	}
	slices.SortStableFunc(removed, func(a, b blockTarget) int { return int(a.where) - int(b.where) })
	if len(placements) == 0 && l.Poller.Current().Down {
		l.reportAllowedFromSnapshot(r, removed)
		return
	}
	barring, err := l.Poller.Client.Barring(ctx)
	if err != nil {
		l.reportAllowedFromSnapshot(r, removed)
		return
	}
	l.reportAllowed(r, removed, barringEntries(l.plan(), barring, l.number))
}

// allowListedText says how far an allow got that failed at the box.
var allowListedText = call.Text{"it is on callporter's allow list", "die Nummer steht auf callporters Liste der Erlaubten"}

// maxBarred bounds how many entries of the box a result names.
const maxBarred = 8

// reportAllowed fills in the result of an allow: which block entries were removed, and
// which entries of the box still reject the caller.
func (l *listOrder) reportAllowed(r *order.Result, removed []blockTarget, barred []string, more ...call.Text) {
	texts := []call.Text{call.Text{"%s is allowed", "%s ist erlaubt"}.With(l.number.National)}
	if len(removed) > 0 {
		texts[0] = call.Text{"%s (not blocked any more: %s)", "%s (nicht mehr gesperrt: %s)"}.With(texts[0], targetsText(removed))
	}
	d := l.resultData(config.BlockOwn, nil)
	if len(removed) > 0 {
		d["removed"] = targetWords(removed)
	}
	if len(barred) > 0 {
		barred = barred[:min(len(barred), maxBarred)]
		d["barred"] = barred
		shown := make([]string, len(barred))
		for i, entry := range barred {
			shown[i] = l.shown(entry)
		}
		unblock := shown[0]
		if l.number.E164 != "" && !strings.HasSuffix(unblock, "*") {
			unblock = l.number.National // the box may show another spelling
		}
		texts = append(texts, call.Text{
			"but the box still turns it away: its call barring list has %s, which is not callporter's; unblock “%s” takes it off",
			"aber die Box weist sie weiterhin ab: Auf ihren Rufsperren steht %s, nicht von callporter; unblock „%s“ entfernt es",
		}.With(strings.Join(shown, ", "), unblock))
	}
	l.succeed(r, d, append(texts, more...)...)
}

// reportAllowedFromSnapshot fills in the result of an allow while the box does not answer.
// The last snapshot says what the box bars.
func (l *listOrder) reportAllowedFromSnapshot(r *order.Result, removed []blockTarget) {
	barred := barringEntries(l.plan(), l.snapshot.Copy.Barring, l.number)
	l.reportAllowed(r, removed, barred, call.Text{"the box could not be asked whether it turns the number away",
		"die Box war nicht zu fragen, ob sie die Nummer abweist"})
}
