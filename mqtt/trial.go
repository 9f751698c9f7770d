package mqtt

import (
	"context"
	"slices"
	"time"

	"github.com/callporter/callporter/call"
)

// echoTries is how many messages in a row have to stay away where nobody says why.
const echoTries = 3

// askEvery is which try asks once it is known that something is dropped: brokers log
// each refusal, and what comes back tells as well that the rights have been given.
const askEvery = 10

// drops is what a broker takes from us and drops.
type drops struct {
	state   bool // everything, as far as is known
	devices bool // what is for Home Assistant
	sure    bool // the broker says so
}

// trial finds out about the echoes of one connection. It belongs to Run.
type trial struct {
	c       *Client
	l       *link
	o       *outage
	a       address
	due     <-chan time.Time // when to ask
	again   <-chan time.Time // when to publish once more
	wait    time.Duration    // before that, while something is dropped
	words   chan []word
	missing []*echo // that is being asked about; nil = nobody is asking
	tries   int
	fell    bool // something was dropped on this connection
	said    bool // that nothing can be known
}

func (c *Client) newTrial(l *link, o *outage, a address) *trial {
	return &trial{c: c, l: l, o: o, a: a, wait: c.o.Timing.SlowRetry, words: make(chan []word, 1)}
}

// open are the echoes nothing is known of.
func (t *trial) open() (all []*echo) {
	for _, e := range t.l.echoes {
		if !e.known.Load() {
			all = append(all, e)
		}
	}
	return all
}

// published is called when the broker has confirmed "online", and with that all
// before it.
func (t *trial) published() {
	open := t.open()
	if len(open) == 0 || t.missing != nil {
		return
	}
	var wait time.Duration
	for _, e := range open {
		if !e.deaf {
			wait = t.c.o.Timing.Echo
		}
	}
	t.due, t.again = time.After(wait), nil
}

// ask begins to ask.
func (t *trial) ask(ctx context.Context) {
	t.due = nil
	t.forget()
	asked := t.open()
	if len(asked) == 0 {
		t.look()
		return
	}
	t.missing = asked
	if t.fell && t.tries%askEvery != 0 && !slices.ContainsFunc(asked, func(e *echo) bool { return e.deaf }) {
		t.judge(slices.Repeat([]word{unknown}, len(asked)))
		return
	}
	t.c.work.Go(func() { t.words <- t.c.ask(ctx, t.a, asked) })
}

// forget drops a document that has been removed meanwhile: to ask about it would bring
// it back.
func (t *trial) forget() {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	for _, e := range t.l.echoes[1:] {
		if s := t.c.retained.byTopic[e.topic]; s == nil || len(s.payload) == 0 {
			e.known.Store(true)
		} else {
			e.payload = s.payload
		}
	}
}

// end waits for the question that is being asked, whose context has ended: nothing
// shall say "online" when we have left.
func (t *trial) end() {
	if t.missing != nil {
		<-t.words
	}
}

// judge takes the answer.
func (t *trial) judge(words []word) {
	t.tries++
	for i, e := range t.missing {
		switch {
		case words[i] == taken:
			t.c.log.Debug("broker keeps what is published, and does not let it be read", "broker", t.a.name, "topic", e.topic)
			e.known.Store(true)
		case words[i] == refused:
			e.dropped = refused
		case e.deaf:
			t.unknowable(e)
		case t.tries >= echoTries && e.dropped == taken:
			e.dropped = unknown
		}
	}
	t.missing = nil
	t.look()
	switch {
	case len(t.open()) == 0:
	case t.fell:
		t.again = time.After(t.wait)
		t.wait = min(2*t.wait, t.c.o.Timing.Resubscribe)
	default:
		t.publish()
	}
}

// unknowable gives up: neither may the message be read nor does the broker say.
func (t *trial) unknowable(e *echo) {
	e.known.Store(true)
	if !t.said {
		t.c.log.Info("it is not known whether the broker keeps what is published, since it forbids to read it", "broker", t.a.name)
	}
	t.said = true
}

// look draws the conclusion. What an earlier connection has found out holds until
// this one knows better, so that a broker does not look well after each connect.
func (t *trial) look() {
	before, now := t.o.drops, t.o.drops
	for i, e := range t.l.echoes {
		which := &now.state
		if i > 0 {
			which = &now.devices
		}
		switch {
		case e.known.Load():
			*which = false
		case e.dropped != taken:
			*which, t.fell, now.sure = true, true, e.dropped == refused
		}
	}
	t.o.drops = now
	if now == before {
		return
	}
	if before.state && !now.state { // and with that the reason to hang up on us
		t.o.kicks, t.o.fight, t.o.muted = nil, false, false
	}
	t.c.stand(t.o, t.a)
	switch worse := now.state && !before.state || now.devices && !before.devices || now.sure && !before.sure; {
	case worse:
		t.c.log.Warn("broker drops what is published", "broker", t.a.name, "hint", t.c.dropped(now).Hint(call.English))
	case !now.state && !now.devices:
		t.c.log.Info("broker keeps what is published", "broker", t.a.name)
		if t.fell {
			t.c.Resend() // what it has dropped meanwhile
		}
	}
}

// publish says once more what did not come back.
func (t *trial) publish() {
	t.again = nil
	c := t.c
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range t.open() {
		if s := c.retained.byTopic[e.topic]; s != nil {
			c.retained.push(s)
		}
	}
	c.retained.push(c.retained.availability)
	c.wakeSender()
}
