package gateway

import (
	"context"
	"time"

	"github.com/callporter/callporter/journal"
)

// maxRemembered bounds how many calls of the journal are read for the history of callers.
const maxRemembered = 50_000

// rememberTimeout bounds how long the start waits for that; what is left is read while calls
// are followed.
const rememberTimeout = time.Second

// remember has screening know the calls of the journal, newest first.
func (g *Gateway) remember(open *resources) {
	if g.journal == nil || g.screener == nil {
		return
	}
	filter := journal.Filter{Limit: journal.MaxPage}
	read := func(ctx context.Context) (done bool) {
		for n := 0; n < maxRemembered; n += filter.Limit {
			page, err := g.journal.Calls(ctx, filter)
			if err != nil {
				if ctx.Err() == nil {
					g.log.Warn("callers of the past are not known", "error", err)
				}
				return ctx.Err() == nil
			}
			for i := range page.Entries {
				g.past.Add(&page.Entries[i].Call)
			}
			if filter.Before = page.Next; page.Next == "" {
				return true
			}
		}
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), rememberTimeout)
	defer cancel()
	if !read(ctx) {
		open.run("call history", func(ctx context.Context) error {
			read(ctx)
			return nil
		})
	}
}
