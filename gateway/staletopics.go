package gateway

import (
	"context"
	"slices"

	"github.com/callporter/callporter/gateway/retained"
)

// clearEarlier takes from the broker what an earlier configuration left there
// and this one does not publish: nobody would ever correct it. The topics stay
// written down until the broker has confirmed.
func (g *Gateway) clearStaleTopics(open *resources) error {
	current, err := retained.Topics(*g.effectiveConfig())
	if err != nil {
		return err
	}
	old, err := retained.Earlier(g.config.Data, current)
	if err != nil {
		g.log.Warn("topics of an earlier configuration are not cleared", "error", err)
	}
	for _, topic := range old {
		g.client.Retain(topic, nil)
	}
	g.writePublished(append(slices.Clone(current), old...))
	if len(old) == 0 {
		return nil
	}
	g.log.Info("topics of an earlier configuration are cleared from the broker", "count", len(old))
	open.run("published topics", func(ctx context.Context) error {
		select {
		case <-g.connected:
		case <-ctx.Done():
			return nil
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

// writePublished notes what is on the broker. Where it cannot, nothing is lost but the
// clearing of a later change.
func (g *Gateway) writePublished(topics []string) {
	if err := retained.WritePublished(g.config.Data, topics); err != nil {
		g.log.Warn("published topics cannot be written down", "error", err)
	}
}
