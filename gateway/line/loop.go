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
	l.PublishAll()
}

// Run owns the calls of the box until ctx ends.
func (l *Line) Run(ctx context.Context) error {
	defer close(l.ended)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		l.events.flush()
		if l.dirty && len(l.inputs) == 0 {
			l.publishState()
		}
		if wait := l.untilNext(); wait >= 0 {
			timer.Reset(wait)
		} else {
			timer.Stop()
		}
		inputs, room := l.inputs, (<-chan struct{})(nil)
		if len(l.events.unsent) > 0 { // the broker lives and is behind: let the box wait
			inputs, room = nil, l.publish.Room()
		}
		select {
		case <-ctx.Done():
			l.finish()
			return nil
		case in := <-inputs:
			l.take(in)
		case f := <-l.tasks:
			f()
		case <-room:
		case <-timer.C:
			l.advance(l.clock())
			l.dirty = true
		}
	}
}

// finish leaves nothing ringing behind: whoever reads the retained state while callporter
// is away shall not find a call in it.
func (l *Line) finish() {
	l.takeLink(callmonitor.LinkState{State: callmonitor.Down, Since: l.now()})
	l.events.flush()
	l.publishState()
}

func (l *Line) take(in input) {
	if in.link != nil {
		l.takeLink(*in.link)
		return
	}
	l.heard()
	if l.stamps != nil {
		l.catchUp(in.event.Received)
	}
	l.steps = l.tracker.Apply(l.steps[:0], in.event)
	l.announce()
}

// takeLink takes news of the link. Whatever it says, the box tells nothing of calls from
// before, so they are lost; that is published before the link is.
func (l *Line) takeLink(s callmonitor.LinkState) {
	l.steps = l.tracker.LoseAll(l.steps[:0], l.clock())
	l.announce()
	if l.dirty {
		l.publishState()
	}
	l.link.take(s)
	l.publishLink()
}

// advance does what the passing of time brings: rings that outlived the debounce are
// announced by the next state, calls without an end are given up.
func (l *Line) advance(now time.Time) {
	l.steps = l.tracker.Expire(l.steps[:0], now)
	l.announce()
}

// announce tells the observers of the latest steps.
func (l *Line) announce() {
	for i := range l.steps {
		for _, o := range l.observers {
			o.Observe(l.id, l.steps[i])
		}
		if l.steps[i].Type.Closing() {
			l.logEnded(&l.steps[i].Call)
		}
		l.dirty = true
	}
}

func (l *Line) logEnded(c *call.Call) {
	l.log.Info("call ended", "call", c.ID, "direction", c.Direction, "outcome", c.Outcome,
		"peer", c.Peer().Number, "own", c.Own().Number, "trunk", c.Trunk,
		"ring", c.Ring.Round(time.Second).String(), "talk", c.Talk.Round(time.Second).String())
}
