package gateway

import "github.com/callporter/callporter/screening"

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
	g.copies = append(g.copies, g.phoneBlock)
	if c.Mirror {
		o.Mirrors = append(o.Mirrors, g.phoneBlock)
	}
	if c.Live {
		o.Sources = append(o.Sources, g.phoneBlock)
	}
}
