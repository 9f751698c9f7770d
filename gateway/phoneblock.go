package gateway

import (
	"cmp"
	"slices"
	"time"

	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/screening"
)

// newPhoneBlock makes the source PhoneBlock, and adds it to what a screener asks.
func (g *Gateway) newPhoneBlock(o *screening.Options) {
	c := &g.config.Screening.PhoneBlock
	if !c.Enabled {
		return
	}
	g.phoneBlock = screening.NewPhoneBlock(screening.PhoneBlockOptions{
		Language: g.config.Language, URL: c.URL, Token: string(c.Token), Mirror: c.Mirror, Report: c.Report,
		Data: g.config.Data, First: g.options.Timing.FirstList, Client: g.online,
		Log: g.options.Log.With("component", "screening"), Changed: g.sourceChanged,
	})
	if c.Mirror {
		o.Mirrors = append(o.Mirrors, g.phoneBlock)
	}
	if c.Live {
		o.Sources = append(o.Sources, g.phoneBlock)
	}
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
	if g.phoneBlock == nil {
		return all
	}
	s := g.phoneBlock.Status()
	i := slices.IndexFunc(all, func(source document.Source) bool { return source.Name == s.Name })
	if i < 0 {
		all = slices.Insert(all, 0, document.Source{Name: s.Name})
		i = 0
	}
	source := &all[i]
	source.Entries, source.Synced = s.Entries, s.Synced.Truncate(time.Second)
	if source.Reason == "" || s.Reason != "" {
		source.Part = document.Part{
			State: string(s.State), Since: cmp.Or(s.Since, g.began).Truncate(time.Second),
			Reason: string(s.Reason), Hint: s.Hint.In(g.config.Language),
		}
	}
	return all
}
