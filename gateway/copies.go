package gateway

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/screening"
)

// listCopy is a copy of a list of callers that others keep.
type listCopy interface {
	Run(ctx context.Context) error
	Close() error
	Status() screening.SourceStatus
}

// newCopies makes the copies of lists that the configuration names, and has a screener look
// into them.
func (g *Gateway) newCopies(o *screening.Options) {
	g.newPhoneBlock(o)
	c := &g.config.Screening.Tellows
	if !c.Enabled || !c.Mirror {
		return
	}
	country := ""
	if len(g.config.Boxes) > 0 {
		country = g.config.Boxes[0].Country
	}
	list := screening.NewTellowsList(screening.TellowsListOptions{
		URL: c.URL, Partner: c.Partner, Key: string(c.Key), Country: cmp.Or(country, "DE"), Client: g.online,
		Language: g.config.Language, Data: g.config.Data, First: g.options.Timing.FirstList,
		Log: g.options.Log.With("component", "screening"), Changed: g.sourceChanged,
	})
	g.copies = append(g.copies, list)
	o.Mirrors = append(o.Mirrors, list)
}

// sourceChanged publishes how the sources are doing.
func (g *Gateway) sourceChanged() {
	for _, b := range g.boxes {
		b.publishHealth()
	}
}

// withCopies adds to the sources, as they are when asked, how the copies of their lists are
// doing.
func (g *Gateway) withCopies(all []document.Source) []document.Source {
	for _, c := range g.copies {
		s := c.Status()
		i := slices.IndexFunc(all, func(source document.Source) bool { return source.Name == s.Name })
		if i < 0 {
			i = len(all)
			all = append(all, document.Source{Name: s.Name})
		}
		source := &all[i]
		source.Entries, source.Synced = s.Entries, s.Synced.Truncate(time.Second)
		if source.Reason == "" || s.Reason != "" {
			source.Part = document.Part{
				State: string(s.State), Since: cmp.Or(s.Since, g.began).Truncate(time.Second),
				Reason: string(s.Reason), Hint: s.Hint.In(g.config.Language),
			}
		}
	}
	return all
}
