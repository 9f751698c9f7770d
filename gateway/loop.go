package gateway

import (
	"context"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
)

// loop owns the box's calls until ctx ends. Only while it waits can it be somebody
// else's turn, see [turn].
func (b *box) loop(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	b.turn.begin()
	defer b.turn.mu.Unlock()
	for {
		b.flush()
		if b.dirty && len(b.inputs) == 0 {
			b.publishState()
		}
		if wait := b.untilNext(); wait >= 0 {
			timer.Reset(wait)
		} else {
			timer.Stop()
		}

		inputs, room := b.inputs, (<-chan struct{})(nil)
		if len(b.unsent) > 0 { // the broker lives and is behind: let the box wait
			inputs, room = nil, b.publish.Room()
		}
		b.turn.end(len(b.unsent) == 0)
		select {
		case <-ctx.Done():
			b.turn.begin()
			b.finish()
			return nil
		case in := <-inputs:
			b.turn.begin()
			b.take(in)
			b.turn.waiting.Add(-1)
		case o := <-b.orders:
			b.turn.begin()
			b.obey(o)
		case f := <-b.tasks:
			b.turn.begin()
			f()
		case answer := <-b.pings:
			b.turn.begin()
			close(answer)
		case <-b.turn.taken:
			b.turn.begin()
		case <-room:
			b.turn.begin()
		case <-timer.C:
			b.turn.begin()
			b.advance(b.clock())
			b.dirty = true
		}
	}
}

// begin publishes, before the loop, what is true before the first event: nothing
// rings, the link is not up yet. What a killed predecessor left retained is
// corrected by it.
func (b *box) begin() {
	b.link = callmonitor.LinkState{State: callmonitor.Connecting, Since: b.now()}
	b.publishAll()
	if b.faces != nil {
		b.publish.Retain(b.topics.Picture, blank())
	}
}

// finish leaves nothing ringing behind: whoever reads the retained state while
// callporter is away shall not find a call in it.
func (b *box) finish() {
	b.dismiss()
	b.takeLink(callmonitor.LinkState{State: callmonitor.Down, Since: b.now()})
	b.flush()
	b.publishState()
}

func (b *box) take(in input) {
	if in.link != nil {
		b.takeLink(*in.link)
		return
	}
	ev := in.event
	b.heard = b.now()
	if b.mute {
		b.mute, b.muteSince = false, b.heard
		b.publishHealth()
	}
	if b.stamped {
		b.catchUp(ev.Received)
	}
	b.steps = b.tracker.Apply(b.steps[:0], ev)
	b.announce()
}

// takeLink takes news of the link. Whatever it says, the box tells nothing of
// calls from before, so they are lost; that is published before the link is. A
// link that is made again at once after an orderly end counts as online throughout.
func (b *box) takeLink(s callmonitor.LinkState) {
	b.steps = b.tracker.LoseAll(b.steps[:0], b.clock())
	b.announce()
	if b.dirty {
		b.publishState()
	}
	b.link = s
	if b.access != nil && s.Up() {
		b.access.linked(!b.linkedOnce)
		b.linkedOnce = true
	}
	if s.State != callmonitor.Connecting {
		b.online = s.Up()
	}
	b.publishLink()
}

// advance does what the passing of time brings: rings that outlived the debounce
// are announced by the next state, calls without an end are given up.
func (b *box) advance(now time.Time) {
	b.steps = b.tracker.Expire(b.steps[:0], now)
	b.announce()
}

// clockSet is a step no two lines of a log lie apart: the box's clock was set, as
// after a restart, when it begins in 1970. Calls that go on are as old as before.
const clockSet = 5 * 365 * 24 * time.Hour

// catchUp moves a clock of stamps on to the next event. A ring that outlived the
// debounce meanwhile is announced before the event, as it would have been in life.
func (b *box) catchUp(to time.Time) {
	if jump := to.Sub(b.base); !b.base.IsZero() && jump.Abs() > clockSet {
		b.tracker.Shift(jump)
		b.base, b.shown = to, b.shown.Add(jump)
	}
	before := len(b.audible(b.shown, ""))
	b.base, b.baseAt = to, b.now()
	if len(b.audible(to, "")) != before {
		b.publishState()
	}
	b.advance(to)
}

// untilNext is how long nothing happens by itself; negative = for ever.
func (b *box) untilNext() time.Duration {
	next := b.due()
	if next.IsZero() {
		return -1
	}
	return max(next.Sub(b.clock()), 0)
}

// due is when something happens by itself; zero = never. What was silent in the
// state as last published has to be announced, also if its time has come since; but
// not while lines wait that may say that the call is over.
func (b *box) due() time.Time {
	next := b.tracker.Deadline()
	if len(b.inputs) == 0 {
		for _, c := range b.tracker.Active() {
			if at := c.Started.Add(b.config.Debounce); b.silent(&c, b.shown) && at.Before(next) {
				next = at
			}
		}
	}
	return next
}

// announce sends the events of the latest steps at once and remembers what
// follows from them: state, last call, missed calls.
func (b *box) announce() {
	for i := range b.steps {
		step := &b.steps[i]
		document := b.docs.Event(*step)
		b.emit(b.topics.Event, document)
		if b.told != nil {
			b.told(*step, document)
		}
		if b.journal != nil {
			b.journal.Record(b.id, step.Call)
		}
		switch step.Type {
		case call.EventRing:
			b.caller = step.Call
			b.showFace(&step.Call)
		case call.EventDial:
			b.dialAt = time.Time{}
		}
		b.metrics.step(b.id, step)
		if step.Type.Closing() {
			ended := step.Call
			b.ended(&ended)
		}
		b.dirty = true
	}
}

func (b *box) ended(c *call.Call) {
	b.last = c
	b.hideFace(c)
	b.closed.Add(1)
	b.publishLast()
	if b.access != nil {
		token(b.access.look) // the box has it in its call list in a moment
	}
	if c.Outcome == call.Missed {
		b.missing++
		b.missed = append([]call.Call{*c}, b.missed[:min(len(b.missed), maxMissed-1)]...)
		b.publishMissed()
	}
	b.log.Info("call ended", "call", c.ID, "direction", c.Direction, "outcome", c.Outcome,
		"peer", c.Peer().Number, "own", c.Own().Number, "trunk", c.Trunk,
		"ring", c.Ring.Round(time.Second).String(), "talk", c.Talk.Round(time.Second).String())
}

// emit sends a message that is not retained, or keeps it until there is room.
func (b *box) emit(topic string, payload []byte) {
	at := b.now()
	if len(b.unsent) > 0 || !b.publish.Emit(topic, payload, at) {
		b.unsent = append(b.unsent, message{topic, payload, at})
	}
}

// flush sends what waited for room, in order.
func (b *box) flush() {
	for len(b.unsent) > 0 {
		m := b.unsent[0]
		if !b.publish.Emit(m.topic, m.payload, m.at) {
			return
		}
		b.unsent = b.unsent[1:]
	}
	b.unsent = nil
}
