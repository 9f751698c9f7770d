package gateway

import (
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/query"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/screening/online"
)

// screening returns how the judge of callers is doing. What is wrong with a source stands
// with the source, and the first of these with the whole.
func (g *Gateway) screening() document.Screener {
	if g.screener == nil {
		return document.Screener{Part: document.Part{State: "off"}}
	}
	s := document.Screener{Part: document.Part{State: "up", Hint: g.trialHint(g.now())}, Sources: g.sourceHealth()}
	for _, source := range s.Sources {
		if source.Reason != "" {
			s.Reason, s.Hint = source.Reason, source.Name+": "+source.Hint
			break
		}
	}
	return s
}

// screeningStatus is the same for people, with what was counted.
func (g *Gateway) screeningStatus(zone *time.Location) query.Screening {
	health, counts := g.screening(), g.trial.Counts()
	s := query.Screening{
		State: health.State, Judged: counts.Judged, WouldReject: counts.WouldReject, Suggestion: g.trialHint(g.now()), Sources: []query.Source{},
	}
	if !counts.Since.IsZero() {
		s.Since = counts.Since.In(zone)
	}
	for _, source := range health.Sources {
		link := linkOf(source.Part, zone)
		link.Name = source.Name
		one := query.Source{Link: link, Entries: source.Entries}
		if !source.Synced.IsZero() {
			one.Synced = source.Synced.In(zone)
		}
		s.Sources = append(s.Sources, one)
	}
	return s
}

// sourceHealth returns how the sources are doing that are asked outside the house.
func (g *Gateway) sourceHealth() []document.Source {
	var all []document.Source
	for _, s := range g.screener.SourceStates() {
		source := document.Source{Name: s.Name, Part: document.Part{State: "up"}}
		if p := s.Pause; p.Cause != nil {
			source.State, source.Since, source.Reason = "down", p.Since.Truncate(time.Second), "paused"
			source.Hint = pausedHint.With(online.Explain(p.Cause), g.clock(p.Until)).In(g.config.Language)
		}
		all = append(all, source)
	}
	return g.withCopies(all)
}

// clock returns a time for people, with its day where that is not today.
func (g *Gateway) clock(at time.Time) string {
	zone, layout := g.boxes[0].config.Location(), "15:04"
	if at.In(zone).YearDay() != g.now().In(zone).YearDay() {
		layout = "2006-01-02 15:04"
	}
	return at.In(zone).Format(layout)
}

// pausedHint says why a source is not asked, and until when.
var pausedHint = call.Text{"%s; not asked before %s", "%s; erst ab %s wieder gefragt"}
