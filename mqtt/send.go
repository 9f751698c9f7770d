package mqtt

import (
	"context"
	"runtime"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// next takes what is to be sent now: events first, then changed state. ok is
// false where there is nothing, the window is full, or l is not the connection
// any more.
func (c *Client) next(l *link) (topic string, payload []byte, retain bool, id uint16, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link != l {
		return
	}
	if c.live {
		if e, id := c.events.next(); e != nil {
			return e.topic, e.payload, false, id, true
		}
	}
	s, id := c.retained.next()
	if s == nil {
		return
	}
	if s == c.retained.availability {
		c.live = true // the birth is complete, events may follow
	}
	return s.topic, s.payload, true, id, true
}

// send is the goroutine that publishes on one connection.
func (c *Client) send(l *link) {
	for {
		topic, payload, retain, id, ok := c.next(l)
		if !ok {
			select {
			case <-l.wake:
				continue
			case <-l.gone:
				return
			}
		}
		c.publish(l, topic, payload, retain, id)
	}
}

// publish hands a message to the connection. It may wait for as long as an earlier
// one is being written.
func (c *Client) publish(l *link, topic string, payload []byte, retain bool, id uint16) {
	for {
		token := l.client.Publish(topic, c.qos, retain, payload)
		// The writer has just been woken and is first in line on this processor. It is let
		// to write before anybody is woken to await the confirmation: otherwise another
		// processor may have to be, and the message leaves that much later.
		runtime.Gosched()
		if err := token.Error(); err == nil || err.Error() != busy || l.isGone() {
			l.flights <- flight{id, token}
			return
		}
	}
}

// confirm is the goroutine that waits for the confirmations of one connection.
// Brokers confirm in the order of publishing [4.6.0-2], so the oldest is awaited
// and those behind it that have come meanwhile are taken along.
func (c *Client) confirm(l *link) {
	ids := make([]uint16, 0, 64)
	for {
		var f flight
		if len(ids) == 0 {
			select {
			case f = <-l.flights:
			case <-l.gone:
				return
			}
		} else {
			select {
			case f = <-l.flights:
			default:
			}
		}
		if f.token == nil || len(ids) == cap(ids) || len(ids) > 0 && !done(f.token) {
			c.acked(l, ids)
			ids = ids[:0]
		}
		if f.token == nil {
			continue
		}
		select {
		case <-f.token.Done():
		case <-l.gone:
			return
		}
		if err := f.token.Error(); err != nil {
			// When the connection broke Paho reports why, and that says more.
			if l.client.IsConnectionOpen() {
				l.fail(err)
			}
			return
		}
		ids = append(ids, f.id)
	}
}

func done(t paho.Token) bool {
	select {
	case <-t.Done():
		return true
	default:
		return false
	}
}

// acked notes confirmations.
func (c *Client) acked(l *link, ids []uint16) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link != l {
		return
	}
	// Brokers confirm in order. What comes past a message of ours, behind which all of
	// these were sent, does not show that they confirm everything.
	c.confirmed = c.confirmed || !l.wire.pending.directPending()
	for _, id := range ids {
		if emitted, ok := c.events.ack(id); ok {
			c.m.publish.Observe(now.Sub(emitted).Seconds())
		} else {
			c.retained.ack(id)
		}
	}
	c.m.queue.Set(float64(c.events.n))
	c.offerRoom()
	c.finish()
	if c.events.sent < c.events.n || len(c.retained.queue) > 0 {
		c.wakeSender() // the window has room again
	}
}

// offerRoom tells callers of Emit that wait until there is room.
func (c *Client) offerRoom() {
	if c.roomWanted && (c.events.n <= roomLevel || c.link == nil) {
		c.roomWanted = false
		close(c.room)
		c.room = make(chan struct{})
	}
}

// wakeSender is called with the lock held.
func (c *Client) wakeSender() {
	if c.link != nil {
		select {
		case c.link.wake <- struct{}{}:
		default:
		}
	}
}

// attach makes a connection the one to send on, beginning with the birth.
func (c *Client) attach(l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.events.expire(time.Now().Add(-maxEventAge)); n > 0 {
		c.m.dropped.WithLabelValues(dropTooOld).Add(float64(n))
	}
	c.link, c.live = l, c.retained.availability == nil
	c.confirmed, c.silent = true, 0
	c.retained.reset()
	c.wakeSender()
}

// detach forgets the connection. What it left unconfirmed is sent again on the
// next one.
func (c *Client) detach() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.link, c.live = nil, false
	c.events.unsend()
	c.offerRoom()
}

// finish wakes Flush when nothing is left to send.
func (c *Client) finish() {
	if c.idle != nil && c.events.n == 0 && len(c.retained.queue) == 0 && c.retained.inFlight == 0 {
		close(c.idle)
		c.idle = nil
	}
}

// Flush waits until the broker has confirmed everything that was to be sent. The
// error is that of the context. One caller at a time.
func (c *Client) Flush(ctx context.Context) error {
	idle := make(chan struct{})
	c.mu.Lock()
	c.idle = idle
	c.finish()
	c.wakeSender()
	c.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// repeatOnline says "online" again when "offline" is published while we are connected: a
// broker that publishes the will of an earlier connection late, as those of a
// cluster do, or another callporter with our topics that has stopped.
func (c *Client) repeatOnline() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.retained.availability; c.link != nil && c.live && string(a.payload) == online {
		c.retained.push(a)
		c.wakeSender()
	}
}

// queueOffline queues "offline", behind everything else.
func (c *Client) queueOffline() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.retained.availability == nil {
		return
	}
	c.retained.availability.payload = []byte(offline)
	c.retained.push(c.retained.availability)
}

// stuck reports whether messages wait for a confirmation that has not come for
// two ticks, though the connection seems to be there.
func (c *Client) stuck() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.confirmed || c.events.sent == 0 && c.retained.inFlight == 0 {
		c.silent = 0
	} else {
		c.silent++
	}
	c.confirmed = false
	return c.silent >= 2
}
