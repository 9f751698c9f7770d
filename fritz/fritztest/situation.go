package fritztest

import "time"

// Course says how a composed situation goes. The zero value rings for 5 s and
// talks for 20 s.
type Course struct {
	Rings   time.Duration // until it is taken or given up; default 5 s, negative: none
	Talks   time.Duration // length of the conversation; default 20 s, negative: none
	Drift   int           // seconds by which the box miscounts the conversation
	Options CallOptions   // of the call; where there are two, of the first
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

// play lets the steps happen at once; the box's clock shows the times between.
func (b *Box) play(steps []step) {
	for _, s := range steps {
		b.Advance(s.after)
		s.do()
	}
}

// Missed is a call that nobody takes: RING, DISCONNECT;0. Like all situations it
// does not wait; only the box's clock goes on.
func (b *Box) Missed(caller, called string, c Course) { b.play(b.missed(caller, called, c)) }

func (b *Box) missed(caller, called string, c Course) []step {
	var call *Call
	return []step{
		{0, func() { call = b.Ring(caller, called, c.Options) }},
		{c.rings(), func() { call.Disconnect(0) }},
	}
}

// Answered is a call that an extension takes; 40 to 44 are answering machines.
func (b *Box) Answered(caller, called string, ext int, c Course) {
	b.play(b.answered(caller, called, ext, c))
}

func (b *Box) answered(caller, called string, ext int, c Course) []step {
	var call *Call
	return []step{
		{0, func() { call = b.Ring(caller, called, c.Options) }},
		{c.rings(), func() { call.Connect(ext) }},
		{c.talks(), func() { call.hangup(c.Drift) }},
	}
}

// hangup ends a conversation, miscounted by drift seconds.
func (c *Call) hangup(drift int) {
	c.box.mu.Lock()
	seconds := max(0, c.talked()+drift)
	c.box.mu.Unlock()
	c.Disconnect(seconds)
}

// accepted is a call in the way of old ISDN firmware: RING, CALL with the same
// id, CONNECT, DISCONNECT.
func (b *Box) accepted(caller, called string, ext int, c Course) []step {
	var call *Call
	return []step{
		{0, func() { call = b.Ring(caller, called, c.Options) }},
		{c.rings(), func() { call.Pickup(ext); call.Connect(ext) }},
		{c.talks(), func() { call.hangup(c.Drift) }},
	}
}

// Outgoing is a call to the outside that is answered there.
func (b *Box) Outgoing(ext int, own, dialled string, c Course) {
	b.play(b.outgoing(ext, own, dialled, c))
}

func (b *Box) outgoing(ext int, own, dialled string, c Course) []step {
	var call *Call
	return []step{
		{0, func() { call = b.Dial(ext, own, dialled, c.Options) }},
		{c.rings(), func() { call.Connect(ext) }},
		{c.talks(), func() { call.hangup(c.Drift) }},
	}
}

// Unanswered is a call to the outside that nobody takes.
func (b *Box) Unanswered(ext int, own, dialled string, c Course) {
	b.play(b.unanswered(ext, own, dialled, c))
}

func (b *Box) unanswered(ext int, own, dialled string, c Course) []step {
	var call *Call
	return []step{
		{0, func() { call = b.Dial(ext, own, dialled, c.Options) }},
		{c.rings(), func() { call.Disconnect(0) }},
	}
}

// Barred is a caller on the box's own block list: RING and DISCONNECT;0 in one
// segment. No phone rings. Real boxes take about 3 ms between the two.
func (b *Box) Barred(caller, called string, o CallOptions) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := &Call{caller: caller, called: called, barred: true}
	b.enter(c, o)
	c.leave(0)
	b.emit(c.opening(), c.closing(0))
}

// Waiting is a second caller during a conversation, who gives up: two ids.
func (b *Box) Waiting(first, second, called string, ext int, c Course) {
	b.play(b.waiting(first, second, called, ext, c))
}

func (b *Box) waiting(first, second, called string, ext int, c Course) []step {
	var talk, wait *Call
	half := c.talks() / 2
	return []step{
		{0, func() { talk = b.Ring(first, called, c.Options) }},
		{c.rings(), func() { talk.Connect(ext) }},
		{half, func() { wait = b.Ring(second, called, CallOptions{Trunk: c.Options.Trunk}) }},
		{c.rings(), func() { wait.Disconnect(0) }},
		{half, func() { talk.hangup(c.Drift) }},
	}
}

// inHouse is a call from one own number to another through the provider: one
// conversation under two ids, an outgoing and an incoming one. (A call by
// internal code, as **610, shows nothing at all.)
func (b *Box) inHouse(ext int, own, dialled string, answering int, c Course) []step {
	var out, in *Call
	return []step{
		{0, func() { out = b.Dial(ext, own, dialled, c.Options) }},
		{time.Second, func() {
			in = b.Ring(b.opt.AreaCode+own, dialled, CallOptions{Trunk: c.Options.Trunk})
		}},
		{c.rings(), func() { in.Connect(answering); out.Connect(ext) }},
		{c.talks(), func() { in.hangup(c.Drift); out.hangup(c.Drift) }},
	}
}

// diverted is a call that the box passes on to an outside number, where nobody
// takes it: RING and, in the same second, the box's own CALL. The own number of
// the CALL is shown, which can be the caller's; empty means called. (Which lines
// follow when it is taken is not known.)
func (b *Box) diverted(caller, called, target, shown string, c Course) []step {
	if shown == "" {
		shown = called
	}
	var in, out *Call
	return []step{
		{0, func() {
			in = b.Ring(caller, called, c.Options)
			out = b.Dial(4, shown, target, CallOptions{Trunk: c.Options.Trunk})
		}},
		{c.rings(), func() { out.Disconnect(0); in.Disconnect(0) }},
	}
}

// StrayConnect writes a CONNECT that belongs to no call.
func (b *Box) StrayConnect(id, ext int, number string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.emit(b.format.connect(b.clock.wall(), id, ext, number))
}

// StrayDisconnect writes a DISCONNECT that belongs to no call.
func (b *Box) StrayDisconnect(id, seconds int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.emit(b.format.disconnect(b.clock.wall(), id, seconds))
}
