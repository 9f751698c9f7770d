package gateway

import (
	"cmp"
	"context"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening"
)

// explain judges a party as if it called a box now, "" = the first one, and says how that came
// about. With local no source outside the house is asked.
func (g *Gateway) explain(ctx context.Context, id string, p call.Party, local bool) (screening.Result, []screening.Step) {
	b := cmp.Or(g.box(id), g.boxes[0])
	q := screening.Query{Party: p, At: b.line.Clock(), Line: b.screenedLine.Load()}
	if local {
		return g.screener.ExplainLocal(&q)
	}
	return g.screener.Explain(ctx, &q)
}
