package call

import "time"

// Limits after which a call whose end was not seen is given up as lost. The
// box cancels an unanswered call to its IP phones after two minutes; a talk may
// be long.
const (
	DefaultRingLimit = 3 * time.Minute
	DefaultDialLimit = 10 * time.Minute
	DefaultTalkLimit = 24 * time.Hour
)

// MaxActive bounds the calls that one Tracker follows at a time. A box has a handful. If
// there are more, the sender is broken or hostile, and the oldest call ends as lost.
const MaxActive = 64

// staleTolerance is how much longer than the call itself the talking time of the box may be.
// Up to three seconds of difference were seen on real boxes.
const staleTolerance = 5 * time.Second

// Tracker turns the events of one box into calls, with one state machine per connection ID.
// It has no clock and no goroutine. It keeps its promises for any order, loss or repetition
// of events: every call has one opening and one closing Transition, and a connection ID
// belongs to at most one active call. The zero value with a Plan and IDs.Random is ready for
// use. A Tracker serves one goroutine at a time.
type Tracker struct {
	// Plan says what numbers mean on this box's lines.
	Plan *Plan
	// Name finds who a number belongs to, "" if nobody knows; nil = nobody ever
	// does. It is asked once a call, when it begins, and must not wait.
	Name func(Number) string
	// Known reports whether a caller is known and on no list that keeps callers out; nil =
	// nobody is. It is asked once a call, when the caller has a name if any, and must not wait.
	Known func(Party) bool
	// Judge forms the first opinion of a call, when it has its parties; nil = nobody does. It
	// must not wait.
	Judge func(*Call) Opinion
	// IDs names the calls. Its Random must be set.
	IDs IDs
	// BlockWindow is the longest ring, by our clock, that counts as barred by the
	// box; 0 = never. The box shows a barred caller as RING and DISCONNECT some
	// milliseconds apart. A caller who is Known is announced at once, anybody else when it
	// is over.
	BlockWindow time.Duration
	// RingLimit, DialLimit and TalkLimit end a call whose end was never seen;
	// 0 = the default.
	RingLimit, DialLimit, TalkLimit time.Duration

	// Softphone is the extension of our own phone; "" = not known, it may be any IP phone.
	Softphone Extension

	calls   []Call       // active, oldest first
	without ConnectionID // the last one given to a call that the call monitor does not tell of
}

// Apply applies one event and appends the transitions that it caused to dst, in order.
func (t *Tracker) Apply(dst []Transition, ev Event) []Transition {
	switch ev.Kind {
	case Ring:
		if i := t.adopted(&ev); i >= 0 {
			return t.adopt(dst, t.calls[i].ID, ev)
		}
		return t.ring(dst, ev)
	case Dial:
		if i := t.find(ev.Connection); i >= 0 && t.accepts(&t.calls[i], ev) {
			t.calls[i].Extension = ev.Extension
			return dst
		}
		dst = t.freeConnection(dst, ev)
		return t.open(dst, ev, t.outgoing(ev))
	case Connect:
		if i := t.find(ev.Connection); i >= 0 && t.calls[i].gone.IsZero() && !t.holds(&t.calls[i], &ev) {
			rang := t.calls[i]
			dst = t.connect(dst, &t.calls[i], ev)
			return t.takeTwins(dst, &rang, ev.Extension)
		}
	case Disconnect:
		if i := t.find(ev.Connection); i >= 0 && t.calls[i].gone.IsZero() && !stale(&t.calls[i], ev) && !t.holds(&t.calls[i], &ev) {
			return t.settle(t.disconnect(dst, i, ev))
		}
	}
	return dst
}

// ring begins an incoming call.
func (t *Tracker) ring(dst []Transition, ev Event) []Transition {
	dst = t.freeConnection(dst, ev)
	dst = t.open(dst, ev, t.incoming(ev))
	if c := &t.calls[len(t.calls)-1]; !c.unwelcome && (t.BlockWindow <= 0 && c.wait <= 0 || t.Known != nil && t.Known(c.Caller)) {
		dst = announce(dst, c)
	}
	return dst
}

// Active returns the calls in progress, oldest first. The slice is valid until the next call
// of a method.
func (t *Tracker) Active() []Call { return t.calls }

// LoseAll ends every call as lost at now, because the link to the box is gone: no call may
// ring for ever.
func (t *Tracker) LoseAll(dst []Transition, now time.Time) []Transition {
	for len(t.calls) > 0 {
		dst = t.lose(dst, 0, now)
	}
	return dst
}

// Expire ends the calls whose limit is over at now. They end at the limit, however late
// Expire is called.
func (t *Tracker) Expire(dst []Transition, now time.Time) []Transition {
	for i := 0; i < len(t.calls); {
		at := t.expiry(&t.calls[i])
		if now.Before(at) {
			i++
			continue
		}
		dst = t.lose(dst, i, at)
	}
	return t.settle(dst)
}

// Announce announces the calls that at now have outlived the BlockWindow and the wait for a
// verdict.
func (t *Tracker) Announce(dst []Transition, now time.Time) []Transition {
	for i := range t.calls {
		if c := &t.calls[i]; !c.unwelcome && c.turning == nil && !now.Before(t.announceAt(c)) {
			dst = announce(dst, c)
		}
	}
	return dst
}

func (t *Tracker) announceAt(c *Call) time.Time { return c.Started.Add(max(t.BlockWindow, c.wait)) }

// AnnounceAt is when Announce has to be called next; zero = no call waits for it.
func (t *Tracker) AnnounceAt() (first time.Time) {
	for i := range t.calls {
		c := &t.calls[i]
		if at := t.announceAt(c); c.silent && !c.unwelcome && c.turning == nil && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// announce says that a call rings, once.
func announce(dst []Transition, c *Call) []Transition {
	if !c.silent {
		return dst
	}
	c.silent = false
	return append(dst, Transition{EventRinging, *c})
}

// Shift moves the times of the active calls by d, because the clock was set.
func (t *Tracker) Shift(d time.Duration) {
	for i := range t.calls {
		c := &t.calls[i]
		c.Started = c.Started.Add(d)
		if !c.Answered.IsZero() {
			c.Answered = c.Answered.Add(d)
		}
		if !c.gone.IsZero() {
			c.gone = c.gone.Add(d)
		}
	}
}

// Deadline is when Expire has to be called next; zero = no call is active.
func (t *Tracker) Deadline() time.Time {
	var first time.Time
	for i := range t.calls {
		if at := t.expiry(&t.calls[i]); first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

func (t *Tracker) expiry(c *Call) time.Time {
	limit := func(set, standard time.Duration) time.Duration {
		if set > 0 {
			return set
		}
		return standard
	}
	switch {
	case !c.gone.IsZero():
		return c.gone.Add(goneLimit)
	case c.Phase == Ringing:
		return c.Started.Add(limit(t.RingLimit, DefaultRingLimit))
	case c.Phase == Dialing:
		return c.Started.Add(limit(t.DialLimit, DefaultDialLimit))
	}
	return c.Answered.Add(limit(t.TalkLimit, DefaultTalkLimit))
}

func (t *Tracker) find(id ConnectionID) int {
	for i := range t.calls {
		if t.calls[i].Connection == id {
			return i
		}
	}
	return -1
}

// accepts reports whether a CALL on the connection of a ringing call is no new call: old
// ISDN firmware sends it when a phone accepts, with the caller as the number dialled.
func (t *Tracker) accepts(c *Call, ev Event) bool {
	return c.Direction == Incoming && c.Phase == Ringing && !c.Caller.Number.Withheld() &&
		t.Plan.Number(ev.Callee).Full() == c.Caller.Number.Full()
}

// freeConnection ends the call that still has the connection of the event. The box uses an
// ID again only when it is free, so the DISCONNECT was lost.
func (t *Tracker) freeConnection(dst []Transition, ev Event) []Transition {
	if i := t.find(ev.Connection); i >= 0 {
		dst = t.endOld(dst, i, ev.Received)
	}
	if len(t.calls) >= MaxActive {
		dst = t.lose(dst, 0, ev.Received)
	}
	return dst
}

// endOld ends a call that is certainly over. One that was answered ends normally; the end of
// one that rang is not known.
func (t *Tracker) endOld(dst []Transition, i int, now time.Time) []Transition {
	switch c := &t.calls[i]; c.Phase {
	case Talking:
		return t.close(dst, i, now, EventEnd, Answered, since(c.Answered, now))
	case Voicemail:
		return t.close(dst, i, now, EventEnd, AnsweringMachine, since(c.Answered, now))
	}
	return t.lose(dst, i, now)
}

// lose gives a call up. One that was gone before was missed.
func (t *Tracker) lose(dst []Transition, i int, now time.Time) []Transition {
	if gone := t.calls[i].gone; !gone.IsZero() {
		return t.close(dst, i, gone, EventMiss, Missed, 0)
	}
	return t.close(dst, i, now, EventLost, Lost, since(t.calls[i].Answered, now))
}

func (t *Tracker) incoming(ev Event) Call {
	own, msn := t.Plan.Own(ev.Callee)
	return Call{Direction: Incoming, Phase: Ringing, Caller: t.named(t.Plan.CallerAt(ev.Caller, own.Number)), Callee: own, MSN: msn}
}

func (t *Tracker) outgoing(ev Event) Call {
	own, msn := t.Plan.Dialler(ev.Caller)
	if ringing := t.diverted(own.Number, msn, ev); ringing != nil {
		own, msn = t.Plan.Caller(ev.Caller), ringing.MSN
	}
	if !fromHere(own.Number, msn) {
		own = t.named(own)
	}
	callee := t.named(Party{Number: t.Plan.Dialled(ev.Callee)})
	return Call{Direction: Outgoing, Phase: Dialing, Caller: own, Callee: callee, MSN: msn, Extension: ev.Extension}
}

// diverted returns the ringing call that the box forwards by this CALL: its caller is the
// dialler of the new one. It needs no list of own numbers. It returns nil if the CALL does
// not show the caller, if the ringing call goes from one own number to another, which rings
// here itself, and if the dialler is an own number: one of the Plan, or one that another
// call is being made from.
func (t *Tracker) diverted(dialler Number, msn string, ev Event) *Call {
	if dialler.Withheld() || msn != "" && t.Plan.Lists(dialler) {
		return nil
	}
	var ringing *Call
	for i := range t.calls {
		c := &t.calls[i]
		switch {
		case c.Direction == Outgoing:
			if msn != "" && c.MSN == msn {
				return nil
			}
		case c.Phase == Ringing && c.from(dialler) && !sameNumber(c.Callee.Number, dialler):
			if !sameNumber(c.Callee.Number, t.Plan.Dialled(ev.Callee)) {
				ringing = c
			}
		}
	}
	return ringing
}

// named gives a party its name. Of two numbers the one that the caller claims comes first,
// since people have that one in their phonebooks. The number that the network vouches for
// counts only if the other has no name. An own number that is the other party is called as
// its owner calls it, unless it stands in a phonebook.
func (t *Tracker) named(p Party) Party {
	if p.Number.Withheld() {
		return p
	}
	if t.Name != nil {
		if p.Name = t.Name(p.Number); p.Name == "" && !p.Network.Withheld() {
			p.Name = t.Name(p.Network)
		}
	}
	if p.Name == "" {
		p.Name = t.Plan.OwnName(p.Number)
	}
	return p
}

func (t *Tracker) open(dst []Transition, ev Event, of Call) []Transition {
	t.calls = append(t.calls, of)
	c := &t.calls[len(t.calls)-1]
	c.ID = t.IDs.Next(ev.Received)
	c.Connection, c.Trunk = ev.Connection, ev.Trunk
	c.Started, c.Stamp, c.injected = ev.Received, ev.Stamp, ev.Injected
	c.silent = c.Phase == Ringing
	if t.Judge != nil {
		c.hear(t.Judge(c))
	}
	c.Verdict = c.marked(c.Verdict)
	opening := EventRing
	if c.Direction == Outgoing {
		opening = EventDial
	}
	return append(dst, Transition{opening, *c})
}

func (t *Tracker) connect(dst []Transition, c *Call, ev Event) []Transition {
	if c.Phase != Ringing && c.Phase != Dialing {
		return dst // said twice
	}
	machine := c.Direction == Incoming && ev.Extension.AnsweringMachine()
	if !machine || !c.unwelcome && since(c.Started, ev.Received) > t.BlockWindow {
		dst = announce(dst, c) // somebody heard it
	}
	c.silent = false
	c.Answered = later(ev.Received, c.Started)
	c.Ring = since(c.Started, ev.Received)
	if c.Direction == Incoming && ev.Extension != "" {
		c.Extension = ev.Extension
	}
	if machine {
		c.Phase = Voicemail
		return append(dst, Transition{EventVoicemail, *c})
	}
	c.Phase = Talking
	return append(dst, Transition{EventAnswer, *c})
}

// stale reports whether a DISCONNECT belongs to an earlier call on this connection: its
// talking time is longer than this call, which nobody has answered yet, has existed. A box
// was seen to report the end of one call after the start of the next on the same ID, in the
// same second.
func stale(c *Call, ev Event) bool {
	return c.Answered.IsZero() && ev.Duration > since(c.Started, ev.Received)+staleTolerance
}

func (t *Tracker) disconnect(dst []Transition, i int, ev Event) []Transition {
	c := &t.calls[i]
	switch {
	case c.taken != OutcomeNone && c.Answered.IsZero() && ev.Duration == 0:
		return t.close(dst, i, ev.Received, EventEnd, c.taken, 0)
	case c.Answered.IsZero() && ev.Duration == 0 && !c.declined.IsZero() && since(c.declined, ev.Received) <= declineLimit:
		return t.reject(dst, i, ActionRejected, ev.Received)
	case t.barred(c, ev):
		if c := &t.calls[i]; c.Action == WouldReject {
			c.Action = ActionNone // the box was first
		}
		return t.close(dst, i, ev.Received, EventBlock, Blocked, 0)
	}
	if !c.unwelcome || ev.Duration > 0 {
		dst = announce(dst, c)
	}
	if c.Answered.IsZero() && ev.Duration > 0 { // the CONNECT was lost
		c.Answered = ev.Received.Add(-ev.Duration)
		if c.Answered.Before(c.Started) {
			c.Answered = c.Started
		}
		c.Ring = since(c.Started, c.Answered)
		c.Phase = Talking
	}
	switch {
	case c.Phase == Voicemail:
		return t.close(dst, i, ev.Received, EventEnd, AnsweringMachine, ev.Duration)
	case c.Phase == Talking:
		return t.close(dst, i, ev.Received, EventEnd, Answered, ev.Duration)
	case c.Direction == Outgoing:
		return t.close(dst, i, ev.Received, EventEnd, Unanswered, ev.Duration)
	case t.ringsElsewhere(c):
		c.gone = ev.Received
		return dst
	}
	return t.close(dst, i, ev.Received, EventMiss, Missed, 0)
}

// barred reports whether the box itself rejected the caller: the ring ended within the
// window by our clock, and within a second by the box's. A call that was announced rang.
func (t *Tracker) barred(c *Call, ev Event) bool {
	if !c.silent || ev.Duration > 0 || since(c.Started, ev.Received) > t.BlockWindow {
		return false
	}
	if c.Stamp.IsZero() || ev.Stamp.IsZero() {
		return true
	}
	return ev.Stamp.Sub(c.Stamp).Abs() <= time.Second
}

// close ends a call. talk is the talking time if the call was answered.
func (t *Tracker) close(dst []Transition, i int, now time.Time, how TransitionType, outcome Outcome, talk time.Duration) []Transition {
	c := t.calls[i]
	c.silent = false
	c.Phase, c.Outcome, c.Ended = Ended, outcome, later(now, later(c.Answered, c.Started))
	if c.Answered.IsZero() {
		c.Ring = since(c.Started, now)
	} else {
		c.Talk = talk
	}
	t.calls = append(t.calls[:i], t.calls[i+1:]...)
	return append(dst, Transition{how, c})
}

// later is the later of two times: a call does not end before it began, even if the clock
// was set.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// since is the time from a to b, never negative: our clock may be set back. From or to a time
// that is not known it is none.
func since(a, b time.Time) time.Duration {
	if a.IsZero() || b.IsZero() {
		return 0
	}
	return max(b.Sub(a), 0)
}
