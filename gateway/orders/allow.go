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

// allow puts the number onto the list of welcome callers, which beats everything. The
// box knows nothing of that list and turns away whom it bars, so what block has written
// there is taken back; what others have written is theirs, and is told.
func (l *listOrder) allow(ctx context.Context, r *order.Result) {
	taken, refused := l.addOwnEntry(ctx, l.writer, l.entry)
	if refused != nil {
		r.Refusal = refused
		return
	}
	l.job.stage.Store(&stage{allowListedText, data(l.resultData(config.BlockOwn, nil))})
	var gone []blockTarget
	if taken {
		gone = append(gone, blockTarget{where: config.BlockOwn})
	}
	if !l.hasBox() {
		l.reportAllowed(r, gone, nil)
		return
	}
	placed := l.blockPlacements(ctx, l.entry.Pattern)
	for _, p := range placed {
		change, err := l.Poller.Client.Undo(ctx, p.change)
		l.dirty = l.dirty.With(p.target.dirty())
		l.recordChange(ctx, l.writer, change, l.entry.Pattern)
		switch reason := tr064.ReasonOf(err); {
		case err == nil && !change.None():
			gone = addTarget(gone, p.target)
		case err == nil, reason == tr064.Changed, reason == tr064.NoSuchBook: // somebody else's by now, or gone
		default:
			r.Refusal = refusal.PartlyDone(allowListedText, err)
			r.Data = data(l.resultData(config.BlockOwn, map[string]any{"removed": targetWords(gone)}))
			return
		}
	}
	slices.SortStableFunc(gone, func(a, b blockTarget) int { return int(a.where) - int(b.where) })
	if len(placed) == 0 && l.Poller.Current().Down {
		l.reportAllowedFromSnapshot(r, gone)
		return
	}
	now, err := l.Poller.Client.Barring(ctx)
	if err != nil {
		l.reportAllowedFromSnapshot(r, gone)
		return
	}
	l.reportAllowed(r, gone, barringEntries(l.plan(), now, l.number))
}

// ownListed is how far an allow is that the box does not follow.
var allowListedText = call.Text{"it is on callporter's own list of welcome callers", "die Nummer steht auf der eigenen Liste der Erlaubten"}

// maxBarred bounds how many entries of the box a result names.
const maxBarred = 8

// welcome tells of an allow: what went, and what still turns the caller away.
func (l *listOrder) reportAllowed(r *order.Result, gone []blockTarget, barred []string, more ...call.Text) {
	said := []call.Text{call.Text{"%s is allowed", "%s ist erlaubt"}.With(l.number.Full())}
	if len(gone) > 0 {
		said[0] = call.Text{"%s (not blocked any more: %s)", "%s (nicht mehr gesperrt: %s)"}.With(said[0], targetsText(gone))
	}
	d := l.resultData(config.BlockOwn, nil)
	if len(gone) > 0 {
		d["removed"] = targetWords(gone)
	}
	if len(barred) > 0 {
		barred = barred[:min(len(barred), maxBarred)]
		d["barred"] = barred
		unblock := barred[0]
		if l.number.E164 != "" && !strings.HasSuffix(unblock, "*") {
			unblock = l.number.E164 // in whatever spelling it stands there
		}
		said = append(said, call.Text{
			"but the box still turns it away: its call barring list has %s, which is not callporter's; unblock %s takes it off",
			"aber die Box weist sie weiterhin ab: Auf ihren Rufsperren steht %s, nicht von callporter; unblock %s entfernt es",
		}.With(strings.Join(barred, ", "), unblock))
	}
	l.succeed(r, d, append(said, more...)...)
}

// unasked tells of an allow while the box does not answer.
func (l *listOrder) reportAllowedFromSnapshot(r *order.Result, gone []blockTarget) {
	barred := barringEntries(l.plan(), l.snapshot.Copy.Barring, l.number)
	l.reportAllowed(r, gone, barred, call.Text{"the box could not be asked whether it turns the number away",
		"die Box war nicht zu fragen, ob sie die Nummer abweist"})
}
