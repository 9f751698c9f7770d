package fritztest

import (
	"cmp"
	"time"
)

// Course says how a composed situation goes. The zero value rings for 5 s and
// talks for 20 s.
type Course struct {
	Rings   time.Duration // until it is taken or given up; default 5 s, negative: none
	Talks   time.Duration // length of the conversation; default 20 s, negative: none
	Drift   int           // seconds by which the box miscounts the conversation
	Options CallOptions   // of the call; where there are two, of the first

	// Pause waits for the time between two lines and reports whether to go on.
	// Default: no wait; the box's clock goes on by that time.
	Pause func(time.Duration) bool
}

func (c Course) rings() time.Duration { return orDefault(c.Rings, 5*time.Second) }
func (c Course) talks() time.Duration { return orDefault(c.Talks, 20*time.Second) }

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return max(0, d)
}

// step is one thing that happens, some time after the one before.
type step struct {
	after time.Duration
	do    func()
}

// play does the steps one by one.
func (b *Box) play(c Course, steps []step) {
	for _, s := range steps {
		if !b.pause(c, s.after) {
			return
		}
		s.do()
	}
}

func (b *Box) pause(c Course, d time.Duration) bool {
	if c.Pause != nil {
		return c.Pause(d)
	}
	b.Advance(d)
	return true
}

// Missed is a call that nobody takes: RING, DISCONNECT;0. Like all situations it
// does not wait unless Course.Pause does; only the box's clock goes on.
func (b *Box) Missed(caller, called string, c Course) {
	var call *Call
	b.play(c, []step{
		{0, func() { call = b.Ring(caller, called, c.Options) }},
		{c.rings(), func() { call.Disconnect(0) }},
	})
}

// Answered is a call that an extension takes; 40 to 44 are answering machines.
func (b *Box) Answered(caller, called string, ext int, c Course) {
	var call *Call
	b.play(c, []step{
		{0, func() { call = b.Ring(caller, called, c.Options) }},
		{c.rings(), func() { call.Connect(ext) }},
		{c.talks(), func() { call.hangup(c.Drift) }},
	})
}

// hangup ends a conversation, miscounted by drift seconds.
func (c *Call) hangup(drift int) {
	c.box.mu.Lock()
	seconds := max(0, c.talked()+drift)
	c.box.mu.Unlock()
	c.Disconnect(seconds)
}

// Accepted is a call as old ISDN firmware shows it: RING, CALL with the same
// id, CONNECT, DISCONNECT.
func (b *Box) Accepted(caller, called string, ext int, c Course) {
	var call *Call
	b.play(c, []step{
		{0, func() { call = b.Ring(caller, called, c.Options) }},
		{c.rings(), func() { call.Pickup(ext); call.Connect(ext) }},
		{c.talks(), func() { call.hangup(c.Drift) }},
	})
}

// Outgoing is a call to the outside that is answered there.
func (b *Box) Outgoing(ext int, own, dialled string, c Course) {
	var call *Call
	b.play(c, []step{
		{0, func() { call = b.Dial(ext, own, dialled, c.Options) }},
		{c.rings(), func() { call.Connect(ext) }},
		{c.talks(), func() { call.hangup(c.Drift) }},
	})
}

// Unanswered is a call to the outside that nobody takes.
func (b *Box) Unanswered(ext int, own, dialled string, c Course) {
	var call *Call
	b.play(c, []step{
		{0, func() { call = b.Dial(ext, own, dialled, c.Options) }},
		{c.rings(), func() { call.Disconnect(0) }},
	})
}

// Barred is a caller on the box's own block list: RING and DISCONNECT;0 in one
// segment. No phone rings. Real boxes take about 3 ms between the two.
func (b *Box) Barred(caller, called string, o CallOptions) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := &Call{caller: caller, called: called, barred: true}
	b.enter(c, o)
	c.leave(0)
	b.Write(c.opening(), c.closing(0))
}

// Attempt is a caller whom the box turns away if it bars the number by then. Else it is a
// call that nobody takes. It reports whether the caller was turned away.
func (b *Box) Attempt(caller, called string, c Course) (barred bool) {
	if barred = b.Bars(caller); barred {
		b.Barred(caller, called, c.Options)
	} else {
		b.Missed(caller, called, c)
	}
	return barred
}

// BarredApart is a barred caller whose DISCONNECT comes some time after its RING,
// even if Pause says not to go on.
func (b *Box) BarredApart(caller, called string, apart time.Duration, c Course) *Call {
	b.withinSecond(apart)
	call := b.begin(&Call{caller: caller, called: called, barred: true}, c.Options)
	b.pause(c, apart)
	call.Disconnect(0)
	return call
}

// Voicemail is a call that an answering machine takes and records.
func (b *Box) Voicemail(caller, called string, ext int, c Course) {
	var call *Call
	b.play(c, []step{
		{0, func() { call = b.Ring(caller, called, c.Options) }},
		{c.rings(), func() { call.Connect(ext) }},
		{c.talks(), func() {
			_ = call.Record() // a machine that is full records nothing
			call.hangup(c.Drift)
		}},
	})
}

// Waiting is a second caller during a conversation, who gives up: two ids.
func (b *Box) Waiting(first, second, called string, ext int, c Course) {
	var talk, wait *Call
	half := c.talks() / 2
	b.play(c, []step{
		{0, func() { talk = b.Ring(first, called, c.Options) }},
		{c.rings(), func() { talk.Connect(ext) }},
		{half, func() { wait = b.Ring(second, called, CallOptions{Trunk: c.Options.Trunk}) }},
		{c.rings(), func() { wait.Disconnect(0) }},
		{half, func() { talk.hangup(c.Drift) }},
	})
}

// InHouse is a call from one own number to another through the provider: one
// conversation under two ids, an outgoing and an incoming one. (A call by
// internal code, as **610, shows nothing at all.)
func (b *Box) InHouse(ext int, own, dialled string, answering int, c Course) {
	var out, in *Call
	b.play(c, []step{
		{0, func() { out = b.Dial(ext, own, dialled, c.Options) }},
		{time.Second, func() {
			in = b.Ring(b.opt.AreaCode+own, dialled, CallOptions{Trunk: c.Options.Trunk})
		}},
		{c.rings(), func() { in.Connect(answering); out.Connect(ext) }},
		{c.talks(), func() { in.hangup(c.Drift); out.hangup(c.Drift) }},
	})
}

// Diverted is a call that the box passes on to an outside number, where nobody
// takes it: RING and, in the same second, the box's own CALL. The own number of
// the CALL is shown, which can be the caller's; empty means called. (Which lines
// follow when it is taken is not known.)
func (b *Box) Diverted(caller, called, target, shown string, c Course) {
	shown = cmp.Or(shown, called)
	var in, out *Call
	b.play(c, []step{
		{0, func() {
			in = b.Ring(caller, called, c.Options)
			out = b.Dial(4, shown, target, CallOptions{Trunk: c.Options.Trunk})
		}},
		{c.rings(), func() { out.Disconnect(0); in.Disconnect(0) }},
	})
}
