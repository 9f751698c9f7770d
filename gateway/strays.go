package gateway

import (
	"context"

	"github.com/callporter/callporter/mqtt"
)

// strays are the subscriptions that find what somebody retained on the topics of our
// events and results. Whoever subscribes would take it for news, so it is cleared.
// Subscribers of the moment then hear an empty message there.
func (g *Gateway) strays() (all []mqtt.Subscription) {
	ours := map[string]bool{}
	for _, b := range g.order {
		ours[b.topics.Event], ours[b.topics.Result] = true, true
	}
	clear := func(_ context.Context, m mqtt.Message) {
		if ours[m.Topic] && len(m.Payload) > 0 {
			g.log.Info("clear a retained message that is none of ours", "topic", m.Topic)
			g.client.Retain(m.Topic, nil)
		}
	}
	for _, filter := range g.topics.PassingFilters() {
		all = append(all, mqtt.Subscription{Filter: filter, Messages: mqtt.Retained, Handle: clear})
	}
	return all
}
