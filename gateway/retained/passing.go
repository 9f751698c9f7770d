package retained

import (
	"context"

	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/topic"
)

// ClearPassing are the subscriptions that find what somebody retained on the topics of our
// events and results, given by clear. Whoever subscribes would take it for news, so it is
// cleared. Subscribers of the moment then hear an empty message there.
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
