package retained

import (
	"context"

	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/topic"
)

// ClearPassing are subscriptions that find retained messages on the topics of our events and
// results, and call clear for each such topic. Events and results are never published
// retained, and a new subscriber would take a retained one for news. Those who are
// subscribed already receive an empty message.
func ClearPassing(topics topic.Topics, boxes []string, clear func(topic string)) (all []mqtt.Subscription) {
	ours := map[string]bool{}
	for _, id := range boxes {
		t := topics.Box(id)
		ours[t.Event], ours[t.Result] = true, true
	}
	handle := func(_ context.Context, m mqtt.Message) {
		if ours[m.Topic] && len(m.Payload) > 0 {
			clear(m.Topic)
		}
	}
	for _, filter := range topics.PassingFilters() {
		all = append(all, mqtt.Subscription{Filter: filter, Messages: mqtt.Retained, Handle: handle})
	}
	return all
}
