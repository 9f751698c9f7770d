package line

import (
	"context"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
)

// Begin publishes, before Run, what is true before the first event: nothing rings, the
// link is not up yet. What a killed predecessor left retained is corrected by it.
func (l *Line) Begin() {
	l.link.state = callmonitor.LinkState{State: callmonitor.Connecting, Since: l.now()}
	l.metrics.active(l.id, 0)
	l.PublishAll()
}

// Run does what the passing of time brings to the calls of the box, and what follows from
// reports, until ctx ends.
func (l *Line) Run(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait, room := l.settle()
		if wait >= 0 {
			timer.Reset(wait)
		} else {
			timer.Stop()
		}
		select {
		case <-ctx.Done():
			l.end()
			return nil
		case <-l.wake:
		case <-room:
		case <-timer.C:
			l.mu.Lock()
			l.advance(l.clock(), l.waiting.Load() == 0)
			l.mu.Unlock()
		}
	}
}

// settle does what follows from the reports: it sends what waited for room, and the state
// when no further report is waiting. It returns how long nothing happens by itself, negative
// = for ever, and where messages still wait, when there is room for them.
func (l *Line) settle() (wait time.Duration, room <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events.flush()
	if l.dirty && l.waiting.Load() == 0 {
		l.publishState()
	}
	if len(l.events.unsent) > 0 { // the broker lives and is behind
		room = l.publish.Room()
	}
	return l.untilNext(), room
}

// awaitRoom sends what waits for room, and returns when no more than left messages wait or
// giveUp is closed. l.mu is held, but not while it waits.
func (l *Line) awaitRoom(giveUp <-chan struct{}, left int) {
	for l.events.flush(); len(l.events.unsent) > left; l.events.flush() {
		room := l.publish.Room()
		l.mu.Unlock()
		select {
		case <-room:
			l.mu.Lock()
		case <-giveUp:
			l.mu.Lock()
			return
		}
	}
}

// end does the last turn.
func (l *Line) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.finish()
	close(l.ended)
}

// finish leaves nothing ringing behind: whoever reads the retained state while callporter
// is away shall not find a call in it.
func (l *Line) finish() {
	l.legs = nil
	l.steps = l.tracker.LoseAll(l.steps[:0], l.clock())
	l.announce()
	l.takeLink(callmonitor.LinkState{State: callmonitor.Down, Since: l.now()})
	l.events.flush()
	l.publishState()
}

// take takes an event of the call monitor.
func (l *Line) take(e call.Event) {
	l.heard()
	if l.stamps != nil {
		l.catchUp(e.Received)
	}
	l.steps = l.tracker.Apply(l.steps[:0], l.inject(e))
	l.announce()
}

// takeLink takes news of the link. Whatever it says, the box tells nothing of calls from
// before, so they are lost; that is published before the link is.
func (l *Line) takeLink(s callmonitor.LinkState) {
	l.steps = l.tracker.LoseMonitored(l.steps[:0], l.clock())
	l.announce()
	if l.dirty {
		l.publishState()
	}
	l.link.take(s)
	l.publishLink()
}

// advance does what the passing of time brings: calls without an end are given up, and
// where announce is set rings that outlived the debounce are announced.
func (l *Line) advance(now time.Time, announce bool) {
	l.steps = l.tracker.Expire(l.steps[:0], now)
	if announce {
		l.steps = l.tracker.Announce(l.steps, now)
	}
	l.openLegs()
	l.announce()
}

// announce tells the observers of the latest steps, and of what follows from them at our own
// phone.
func (l *Line) announce() {
	l.tell()
	for len(l.legs) > 0 && l.considerLegs() {
		l.tell()
	}
}

// tell tells the observers of the latest steps. A silent ring changes no state, and to
// encode one would only take time from the broker, which has its event.
func (l *Line) tell() {
	if len(l.steps) == 0 {
		return
	}
	l.metrics.active(l.id, len(l.tracker.Active())) // first: whoever has heard of a step finds it in the metrics
	for i := range l.steps {
		for _, o := range l.observers {
			o.Observe(l.id, l.steps[i])
		}
		if l.steps[i].Type == call.EventReject {
			l.rejected.add(&l.steps[i].Call)
		}
		if l.steps[i].Type.Closing() {
			l.logEnded(&l.steps[i].Call)
		}
		c := &l.steps[i].Call
		l.dirty = l.dirty || !c.Silent()
	}
}

func (l *Line) logEnded(c *call.Call) {
	l.log.Info("call ended", "call", c.ID, "direction", c.Direction, "outcome", c.Outcome,
		"peer", c.Peer().Number, "own", c.Own().Number, "trunk", c.Trunk,
		"ring", c.Ring.Round(time.Second).String(), "talk", c.Talk.Round(time.Second).String())
}
