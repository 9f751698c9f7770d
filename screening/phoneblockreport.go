package screening

import (
	"context"
	"slices"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/phoneblock"
)

// Report tells PhoneBlock, if the user wants that, that a caller was turned away of whom it
// had warned. It never does so for what is known here or by others alone, and not for a
// caller with two numbers: the verdict does not say which of them PhoneBlock had warned of,
// and the other may be that of somebody else. It does not wait.
func (p *PhoneBlock) Report(c call.Call) {
	turnedAway := c.Outcome == call.Rejected || c.Outcome == call.Blocked
	warned := slices.ContainsFunc(c.Verdict.Evidence, func(e call.Evidence) bool {
		return e.Source == PhoneBlockName && e.Reason == CodeReported && e.Weight > 0
	})
	n := c.Caller.Number
	if !p.o.Report || c.Injected() || !turnedAway || !warned || !c.Caller.Network.Withheld() || c.Verdict.Judgement != call.Spam || !online.Askable(n) {
		return
	}
	select {
	case p.reports <- n:
	default: // so many at once are more than PhoneBlock counts
	}
}

// report sends one report, if one is left for today.
func (p *PhoneBlock) report(ctx context.Context, n call.Number) {
	now := time.Now()
	if !p.counts.Take(phoneblock.Reports, now) {
		return
	}
	watched, sent := online.WatchSent(ctx)
	err := p.api.ReportCall(watched, n)
	if err == nil {
		return
	}
	if !sent() {
		p.counts.Return(phoneblock.Reports, now)
	}
	p.pause(phoneblock.Reports, err)
	p.log.Warn("a call cannot be reported", "error", err)
}
