package gateway

import (
	"sync"
	"sync/atomic"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
)

// feed is the sink of a box's call monitor, and the only one to hand events to its
// loop. It blocks while the loop is behind, which pauses reading from the box.
type feed struct {
	box *box
	end <-chan struct{}
}

// Event handles an event here if nothing is in front of it: the first ring of a quiet
// hour, which is what people wait for, need not wait for another goroutine.
func (f feed) Event(ev call.Event) {
	if !f.box.takeNow(ev) {
		f.put(input{event: ev})
	}
}

func (f feed) Link(s callmonitor.LinkState) { f.put(input{link: &s}) }

func (f feed) put(in input) {
	f.box.turn.waiting.Add(1)
	select {
	case f.box.inputs <- in:
	case <-f.end:
	}
}

// turn says who may touch what a box's loop owns. It is the loop's but while the loop
// waits with nothing left to do; then the feed may take one event, after which the
// loop does what follows from it.
type turn struct {
	mu      sync.Mutex
	idle    bool          // the loop has nothing to do; guarded by mu
	waiting atomic.Int64  // inputs that were handed over and not yet taken
	taken   chan struct{} // the feed has taken an event; holds one
}

// begin makes it the loop's turn.
func (t *turn) begin() {
	t.mu.Lock()
	t.idle = false
}

// end is called when the loop waits; idle if no message waits for room either.
func (t *turn) end(idle bool) {
	t.idle = idle
	t.mu.Unlock()
}

// takeNow takes an event in the feed's turn, or reports that it has to go the long way.
// The order is kept: only the feed adds inputs, so none can come while it is here, and
// where one of before has not been taken yet this event queues behind it. Nor does it
// overtake a message that waits for room. The loop's last turn, when ctx has ended,
// sees what was taken here, so a call that begins at that moment is lost in order; from
// then on the loop is never idle, and the feed finds the end.
func (b *box) takeNow(ev call.Event) bool {
	if b.turn.waiting.Load() > 0 || !b.turn.mu.TryLock() {
		return false
	}
	defer b.turn.mu.Unlock()
	if !b.turn.idle {
		return false
	}
	b.turn.idle = false
	b.take(input{event: ev})
	select {
	case b.turn.taken <- struct{}{}:
	default: // the loop has not seen the one of before, and then sees both
	}
	return true
}
