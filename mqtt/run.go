package mqtt

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

func (t Timing) withDefaults() Timing {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&t.Retry, 250*time.Millisecond)
	def(&t.SlowAfter, time.Minute)
	def(&t.SlowRetry, 5*time.Second)
	def(&t.Connect, 5*time.Second)
	def(&t.Subscribe, 20*time.Second)
	def(&t.Resubscribe, time.Minute)
	def(&t.KeepAlive, 15*time.Second)
	def(&t.Write, 5*time.Second)
	def(&t.Drain, 2*time.Second)
	if t.BirthDelay == nil {
		t.BirthDelay = func() time.Duration { return time.Second + rand.N(4*time.Second) }
	}
	return t
}

// ping is how long nothing may be heard before the broker is asked for a sign of
// life. Paho knows whole seconds only.
func (t Timing) ping() time.Duration {
	return max((t.KeepAlive * 2 / 3).Truncate(time.Second), time.Second)
}

// silence is how long a broker may say nothing.
func (t Timing) silence() time.Duration { return max(t.KeepAlive*3/2, 2*t.ping()) }

// Run connects, stays connected and reconnects without end. When the context ends it
// sends what is left (2 s at most), says "offline" and returns nil. It is called
// once.
func (c *Client) Run(ctx context.Context) error {
	defer c.work.Wait()
	o := outage{began: time.Now()}
	t := rotation{n: len(c.addresses)}
	for {
		a := c.addresses[t.at]
		o.asked = time.Now()
		l, forbidden, err := c.open(ctx, a, c.inboxes())
		rest := true
		if err == nil {
			c.noteUp(&o, a, forbidden)
			if err = c.serve(ctx, l, &o, a); err != nil {
				rest = c.noteLost(ctx, &o, a, err)
				t.lost(hungUp(err))
			}
		} else if ctx.Err() == nil {
			c.noteFailed(ctx, &o, a, err)
			rest = t.failed()
		}
		if ctx.Err() != nil || rest && !c.pause(ctx, &o) {
			c.m.up.Set(0)
			c.setStatus(Status{Reason: ReasonStopped, Broker: a.name})
			return nil
		}
	}
}

// rotation tells whose turn it is among the brokers of a cluster. The one that works is
// kept. When all have failed once there is a pause.
type rotation struct {
	at    int // whose turn it is
	n     int // of so many
	tried int // since the last pause
}

// lost is called when the connection broke. A broker that hung up is asked first: if
// it is down it refuses at once. Any other is asked last: one that is silent would
// take the longest.
func (t *rotation) lost(hungUp bool) {
	t.tried = 0
	if !hungUp {
		t.at = (t.at + 1) % t.n
	}
}

// failed is called after an attempt in vain. It reports whether it is time for a
// pause.
func (t *rotation) failed() bool {
	t.at = (t.at + 1) % t.n
	t.tried++
	if t.tried < t.n {
		return false
	}
	t.tried = 0
	return true
}

// serve works on one connection until it breaks, which is the error, or until the
// context ends.
func (c *Client) serve(ctx context.Context, l *link, o *outage, a address) error {
	defer l.close()
	handling, stop := context.WithCancel(ctx)
	defer stop()
	c.work.Go(func() { l.handle(handling) })
	c.attach(l)
	defer c.detach()
	c.work.Go(func() { c.send(l) })
	c.work.Go(func() { c.confirm(l) })

	ticks := time.NewTicker(c.o.Timing.KeepAlive)
	defer ticks.Stop()
	settled := time.After(takeoverSpan)
	retainedRead := time.After(retainedTime)
	var birth, retry <-chan time.Time
	wait := c.o.Timing.SlowRetry
	if len(o.forbidden) > 0 {
		retry = time.After(wait)
	}
	answers := make(chan []string, 1)
	for {
		select {
		case <-ctx.Done():
			c.leave(l)
			return nil
		case err := <-l.lost:
			return err
		case <-ticks.C:
			if c.stuck() {
				return errStuck
			}
		case <-c.births:
			if birth == nil { // several in a row are answered once
				birth = time.After(c.o.Timing.BirthDelay())
			}
		case <-birth:
			birth = nil
			c.Resend()
		case <-settled:
			c.settle(o, a)
		case <-retainedRead:
			c.work.Go(func() { c.unsubscribeRetained(l) })
		case <-retry:
			retry = nil
			forbidden := o.forbidden
			c.work.Go(func() { answers <- c.resubscribe(handling, l, forbidden) })
		case o.forbidden = <-answers:
			if len(o.forbidden) > 0 {
				wait = min(2*wait, c.o.Timing.Resubscribe)
				retry = time.After(wait)
			} else {
				c.allowed(o, a)
			}
		}
	}
}

// resubscribe subscribes once more to what was forbidden: the rights may have been given
// by now, and a cluster that elects a leader refuses as well. It returns what is still
// forbidden.
func (c *Client) resubscribe(ctx context.Context, l *link, forbidden []string) []string {
	all, filters := c.filters(), make(map[string]byte)
	for _, f := range forbidden {
		filters[f] = all[f]
	}
	still, err := c.subscribe(ctx, l, filters)
	if err != nil {
		return forbidden
	}
	return still
}

// errStuck is a broker that answers pings and nothing else.
var errStuck = errors.New("the broker confirms nothing")

// leave sends the rest and "offline". Where the broker does not confirm that in
// time, the connection is cut without DISCONNECT, so that the last will says it.
func (c *Client) leave(l *link) {
	ctx, cancel := context.WithTimeout(context.Background(), c.o.Timing.Drain)
	defer cancel()
	c.Flush(ctx)
	c.queueOffline()
	if c.Flush(ctx) != nil && c.o.Availability != "" {
		l.conn.Close()
	}
}

// pause waits for the next attempt. It reports false when the context has ended.
func (c *Client) pause(ctx context.Context, o *outage) bool {
	d := c.o.Timing.Retry
	if o.refused || c.Status().Reason == ReasonOtherClient || time.Since(o.began) >= c.o.Timing.SlowAfter {
		d = c.o.Timing.SlowRetry
	}
	for range o.broken - 1 { // a broker that breaks the protocol does so each time
		d = min(2*d, c.o.Timing.SlowRetry)
	}
	o.refused = false
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
