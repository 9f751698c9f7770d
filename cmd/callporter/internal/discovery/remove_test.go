package discovery

import (
	"testing"

	"github.com/callporter/callporter/mqtt"
)

// TestSettleWithLiveMessages: what a gateway publishes all the time, while the retained
// messages come, does not put their end off for ever.
func TestSettleWithLiveMessages(t *testing.T) {
	c := &clearedTopics{foreign: map[string]bool{}, retained: map[string]bool{}, changed: make(chan struct{}, 1)}
	for _, test := range []struct {
		message mqtt.Message
		counts  bool
	}{
		{mqtt.Message{Topic: "callporter/a/link", Payload: []byte("online"), Retained: true}, true},
		{mqtt.Message{Topic: "callporter/a/event", Payload: []byte("{}")}, false},
		{mqtt.Message{Topic: "callporter/a/link"}, true},
	} {
		c.update(t.Context(), test.message)
		select {
		case <-c.changed:
			if !test.counts {
				t.Errorf("%+v puts the end off", test.message)
			}
		default:
			if test.counts {
				t.Errorf("%+v is not waited for", test.message)
			}
		}
	}
}

// TestSettleLeftoversWithLiveMessages: the same holds where leftovers are looked for.
func TestSettleLeftoversWithLiveMessages(t *testing.T) {
	s := &retainedTopics{mark: "callporter/check/a", complete: make(chan struct{}), arrived: make(chan struct{}, 1)}
	s.collect(t.Context(), mqtt.Message{Topic: "callporter/a/event", Payload: []byte("{}")})
	if len(s.arrived) != 0 {
		t.Error("a live message puts the end off")
	}
	s.collect(t.Context(), mqtt.Message{Topic: "callporter/a/link", Payload: []byte("online"), Retained: true})
	if len(s.arrived) != 1 {
		t.Error("a retained message is not waited for")
	}
}
