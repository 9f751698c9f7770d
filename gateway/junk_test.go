package gateway_test

import (
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
)

// TestJunkIsCleared: what somebody retained on the topics of events and results
// would be news to whoever subscribes. It goes at the next connect, that of others
// stays.
func TestJunkIsCleared(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		h := build(t, at(b))
		before := listen(t, b.address)
		stray := `{"event_type":"ring","caller":{"number":"+493023125001"}}`
		ours := []string{h.topic("event"), h.topic("result")}
		const others = "callporter/another/event"
		for _, topic := range append(ours, others) {
			before.say(topic, stray, true)
			before.untilSaid(topic, stray)
		}
		h.run()
		h.linked()
		for _, topic := range ours {
			h.heard.untilSaid(topic, "") // live subscribers hear that it goes
		}
		h.events, h.results = len(h.heard.on(h.topic("event"))), len(h.heard.on(h.topic("result")))
		h.box.Missed(patient, practice, fritztest.Course{})
		h.wantEvents("ring", "miss")
		h.wantCode("quiet", "ON", "ok")
		kept := h.retained()
		for _, topic := range ours {
			if _, ok := kept[topic]; ok {
				t.Errorf("%s is still retained", topic)
			}
		}
		if kept[others] != stray {
			t.Error("what is none of ours was cleared")
		}
	})
}
