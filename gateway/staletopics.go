package gateway

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/callporter/callporter/gateway/retained"
)

// clearStaleTopics clears the topics that an earlier configuration published and this one
// does not, since nobody would ever correct them. The file of published topics lists them
// until the broker has confirmed.
func (g *Gateway) clearStaleTopics(open *resources) error {
	current, err := retained.Topics(*g.effectiveConfig())
	if err != nil {
		return err
	}
	stale, err := retained.Earlier(g.config.Data, current)
	if err != nil {
		g.log.Warn("topics of an earlier configuration are not cleared", "error", err)
	}
	documents, states := retained.Split(stale)
	for _, topic := range documents {
		g.client.Retain(topic, nil)
	}
	g.writePublished(append(slices.Clone(current), stale...))
	if len(stale) == 0 {
		return nil
	}
	g.log.Info("topics of an earlier configuration are cleared from the broker", "count", len(stale))
	open.run("published topics", func(ctx context.Context) error {
		select {
		case <-g.connected:
		case <-ctx.Done():
			return nil
		}
		select { // also where no document goes: one that stays may have lost entities
		case <-time.After(cmp.Or(g.options.Timing.Discovery, retained.RemovalPause)):
		case <-ctx.Done(): // the next start clears the rest
			return nil
		}
		for _, topic := range states {
			g.client.Retain(topic, nil)
		}
		ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
		defer cancel()
		if g.client.Flush(ctx) == nil {
			g.writePublished(current)
		}
		return nil
	})
	return nil
}

// writePublished writes the list of topics that are on the broker. If that fails, only a
// later change of the configuration leaves topics uncleared.
func (g *Gateway) writePublished(topics []string) {
	if err := retained.WritePublished(g.config.Data, topics); err != nil {
		g.log.Warn("published topics cannot be written down", "error", err)
	}
}
