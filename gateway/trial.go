package gateway

import (
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/datadir"
)

// countVerdict counts the verdict of a call that has ended. One of a test does not count.
func (b *box) countVerdict(_ string, t call.Transition) {
	c := &t.Call
	if !t.Type.Closing() || c.Direction != call.Incoming || !c.Verdict.Judged() || c.Injected() {
		return
	}
	b.trial.Count(c.Started, c.Action.Tolerated())
	b.wakeTrial()
}

// wakeTrial has watchTrial look again.
func (g *Gateway) wakeTrial() {
	select {
	case g.trialWake <- struct{}{}:
	default:
	}
}

// trialSave is how often the counts are written, if they have changed: a burst of calls shall
// not wait for the disk behind each.
const trialSave = time.Minute

// watchTrial writes down what countVerdict has counted, and suggests once that spam is
// turned away, until ctx ends.
func (g *Gateway) watchTrial(ctx context.Context) error {
	published := g.screening()
	save := time.NewTicker(trialSave)
	defer save.Stop()
	for {
		g.trial.Choose(g.autoRejectChosen())
		if now := g.now(); g.trial.Suggest(now) {
			g.log.Info("screening has been on trial for some time", "hint", g.trialHint(now))
			g.trial.Save()
		}
		if is := g.screening(); !reflect.DeepEqual(is, published) { // a source may have failed, too
			published = is
			for _, b := range g.boxes {
				b.publishHealth()
			}
		}
		var over <-chan time.Time
		if end := g.trial.Counts().End(); !end.IsZero() && end.After(g.now()) {
			over = time.After(end.Sub(g.now()))
		}
		select {
		case <-over:
		case <-g.trialWake:
		case <-save.C:
			g.trial.Save()
		case <-ctx.Done():
			g.trial.Save()
			return nil
		}
	}
}

// autoRejectChosen reports whether a person has said if spam is to be turned away.
func (g *Gateway) autoRejectChosen() bool {
	return g.config.Screening.AutoReject ||
		slices.ContainsFunc(g.boxes, func(b *box) bool { return g.settings.Of(b.id).AutoRejectSet })
}

// trialHint suggests that spam is turned away, "" if it is not the time for that.
func (g *Gateway) trialHint(now time.Time) string {
	if g.screener == nil {
		return ""
	}
	counts := g.trial.Counts()
	if !counts.Over(now) {
		return ""
	}
	return datadir.TrialHint(counts, g.boxes[0].config.Location()).In(g.config.Language)
}
