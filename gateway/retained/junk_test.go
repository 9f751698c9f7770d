package retained_test

import (
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestJunkIsCleared: what somebody retained on the topics of events and results
// would be news to whoever subscribes. It goes at the next connect, that of others
// stays.
func TestJunkIsCleared(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		h := gatewaytest.Build(t, gatewaytest.At(b))
		before := gatewaytest.Listen(t, b.Address)
		stray := `{"event_type":"ring","caller":{"number":"+493023125001"}}`
		ours := []string{h.Topic("event"), h.Topic("result")}
		const others = "callporter/another/event"
		for _, topic := range append(ours, others) {
			before.Say(topic, stray, true)
			before.UntilSaid(topic, stray)
		}
		h.Run()
		h.Linked()
		for _, topic := range ours {
			h.Heard.UntilSaid(topic, "") // live subscribers hear that it goes
		}
		h.Events, h.Results = len(h.Heard.On(h.Topic("event"))), len(h.Heard.On(h.Topic("result")))
		h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
		h.WantEvents("ring", "miss")
		h.WantCode("quiet", "ON", "ok")
		kept := h.Retained()
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
