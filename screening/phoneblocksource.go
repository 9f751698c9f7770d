package screening

import (
	"context"
	"errors"
	"math"
	"net/http"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/phoneblock"
	"github.com/callporter/callporter/screening/quota"
)

// Evidence asks PhoneBlock about a number, with four digits of a hash. When the questions of
// the day are used up it asks nothing and returns an [online.LimitError].
func (p *PhoneBlock) Evidence(ctx context.Context, n call.Number) ([]Finding, error) {
	if !online.Askable(n) {
		return nil, nil
	}
	now := time.Now()
	if !p.counts.Take(phoneblock.Questions, now) {
		return nil, &online.LimitError{Until: p.counts.Next(phoneblock.Questions, now)}
	}
	watched, sent := online.WatchSent(ctx)
	info, found, err := p.api.Check(watched, n)
	if err != nil && !sent() {
		p.counts.Return(phoneblock.Questions, now)
	}
	p.pause(phoneblock.Questions, err)
	if err != nil || !found {
		return nil, err
	}
	return p.findings(info), nil
}

// pause obeys an answer that asks for a pause, and notes whether the token is accepted.
func (p *PhoneBlock) pause(l quota.Limit, err error) {
	if answer, ok := errors.AsType[*online.StatusError](err); ok && answer.RetryAfter > 0 {
		p.counts.Pause(l, time.Now().Add(answer.RetryAfter))
	}
	refused := online.Status(err) == http.StatusUnauthorized
	if err != nil && !refused {
		return // it says nothing about the token
	}
	p.mu.Lock()
	changed := refused == p.refused.IsZero()
	switch {
	case !refused:
		p.refused = time.Time{}
	case changed:
		p.refused = time.Now()
	}
	p.mu.Unlock()
	if changed {
		p.o.Changed()
	}
}

// findings are what an answer says.
func (p *PhoneBlock) findings(i phoneblock.Info) []Finding {
	var all []Finding
	if i.WhiteListed {
		said := call.Text{"PhoneBlock: on the own allow list there", "PhoneBlock: dort auf der eigenen Liste der Erlaubten"}
		f := p.finding(CodeOwnAllowed, -90, said, said)
		f.Group = Trust
		all = append(all, f)
	}
	if i.BlackListed {
		said := call.Text{"PhoneBlock: on the own block list there", "PhoneBlock: dort auf der eigenen Sperrliste"}
		all = append(all, p.finding(CodeOwnBlocked, 95, said, said))
	}
	if i.Votes <= 0 {
		return all
	}
	said := call.Text{"PhoneBlock: %d reports", "PhoneBlock: %d Meldungen"}.With(i.Votes)
	if i.Votes == 1 {
		said = call.Text{"PhoneBlock: 1 report", "PhoneBlock: 1 Meldung"}
	}
	said = withRating(said, i.Rating)
	detail := said
	if last := i.Last(); !last.IsZero() && last.Before(time.Now().Add(time.Hour)) {
		detail = call.Text{"%s, last on " + last.Local().Format("2006-01-02"), "%s, zuletzt am " + last.Local().Format("02.01.2006")}.With(said)
	}
	return append(all, p.finding(CodeReported, confidenceOf(i), said, detail))
}

// confidenceOf is the weight of an answer: what PhoneBlock itself makes of it, else the size
// of the crowd. A number that is called legitimate by most speaks for its caller.
func confidenceOf(i phoneblock.Info) int {
	weight := certainty(i.Votes)
	if i.Confidence != nil && !math.IsNaN(*i.Confidence) {
		weight = int(math.Round(min(max(*i.Confidence, 0), 100)))
	}
	if i.Rating == phoneblock.Legitimate {
		return -certainty(i.Votes) * 6 / 10
	}
	return weight
}
