package line

import (
	"slices"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/document"
)

// events publishes what is not retained: an event document for each transition, and the
// results of orders. The lock of the line guards it.
type events struct {
	publish Publisher
	topic   string
	docs    *document.Documents
	now     func() time.Time
	unsent  []message // found the queue full and wait for room
}

type message struct {
	topic   string
	payload []byte
	at      time.Time
}

// Observe publishes a transition.
func (e *events) Observe(_ string, t call.Transition) { e.emit(e.topic, e.docs.Event(t)) }

// emit sends a message, or keeps it until there is room.
func (e *events) emit(topic string, payload []byte) {
	at := e.now()
	if len(e.unsent) > 0 || !e.publish.Emit(topic, payload, at) {
		e.unsent = append(e.unsent, message{topic, payload, at})
	}
}

// flush sends what waited for room, in order.
func (e *events) flush() {
	for len(e.unsent) > 0 {
		m := e.unsent[0]
		if !e.publish.Emit(m.topic, m.payload, m.at) {
			return
		}
		e.unsent = e.unsent[1:]
	}
	e.unsent = nil
}

func (e *events) drop(holds func(payload []byte) bool) {
	e.unsent = slices.DeleteFunc(e.unsent, func(m message) bool { return holds(m.payload) })
}
