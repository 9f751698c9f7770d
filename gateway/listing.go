package gateway

import (
	"context"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/listing"
	"github.com/callporter/callporter/gateway/orders"
	"github.com/callporter/callporter/journal"
)

// newListing makes what lists numbers of a box by itself, nil if nothing is to.
func (b *box) newListing() *listing.Listing {
	s := &b.Gateway.config.Screening
	return listing.New(listing.Options{
		Box: b.id, AutoBlock: s.AutoBlock, NewBook: s.NewPhonebook, Journal: b.journal, HasBox: b.poller.Client != nil,
		Orders: func() *orders.Orders { return b.orders }, Snapshot: b.poller.Current,
		Acted: func(id call.ID, a call.Action) bool { return b.line.Acted(id, a) },
		Record: func(ctx context.Context, c call.Call) {
			b.journal.Record(b.id, c)
			b.recount(ctx)
		},
		Now: b.now, Log: b.log,
	})
}

// listedAs reports whether callporter itself has put a number onto a list under a name,
// whatever the configuration says entries are called.
func (g *Gateway) listedAs(n call.Number, name string) bool {
	if g.journal == nil {
		return false
	}
	e, found := g.journal.Match(journal.Block, n)
	return found && e.Who == orders.ByItself && listing.IsTitle(name, e.Name)
}
