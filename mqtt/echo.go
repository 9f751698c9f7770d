package mqtt

import (
	"slices"
	"sync/atomic"

	"github.com/callporter/callporter/mqtt/topic"
)

// A broker that may not take a message from us confirms and drops it: before MQTT 5
// there is no word for that [MQTT-3.3.5-2]. So it is watched whether what we publish
// comes back to our own subscriptions, once after each connect, and on nothing but
// messages that are published anyway. One that has not come back is no proof: it can
// be late or lost, or we may write and not read. Then the broker is asked in MQTT 5,
// see ask; where it does not speak that, three in a row that stay away decide.

// echo is a message of ours that shall come back: "online", and of what Home Assistant
// is told one document.
type echo struct {
	topic   string
	payload []byte
	deaf    bool        // the broker refuses to let us read the topic
	known   atomic.Bool // it came back, or nothing more can be known
	dropped word        // Run's own: refused, or unknown where nobody says so; taken = not
}

// echoes are those of a new connection.
func (c *Client) echoes() (all []*echo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.retained.availability == nil {
		return nil
	}
	all = append(all, &echo{topic: c.o.Availability, payload: []byte(online)})
	for _, s := range c.retained.announced {
		if len(s.payload) > 0 && c.hears(s.topic, nil) {
			return append(all, &echo{topic: s.topic, payload: s.payload})
		}
	}
	return all
}

// hear notes a message that came back. It is called before a message gets into an
// inbox, so that nothing that works on others delays it.
func (l *link) hear(m Message) {
	for _, e := range l.echoes {
		if e.topic == m.Topic && string(m.Payload) != offline && !e.known.Swap(true) {
			signal(l.echoed)
		}
	}
}

// signal wakes who waits on a channel with room for one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// mayHear notes which echoes the broker lets us read, by its answer to SUBSCRIBE.
func (c *Client) mayHear(l *link, no []string) {
	for _, e := range l.echoes {
		e.deaf = !c.hears(e.topic, no)
	}
}

// hears reports whether a topic is subscribed to, by a filter that is not refused. What
// is read for some seconds only does not count.
func (c *Client) hears(name string, no []string) bool {
	filters := []string{c.o.Availability, c.o.StatusTopic}
	for _, s := range c.o.Subscriptions {
		if s.Which != Kept {
			filters = append(filters, s.Filter)
		}
	}
	return slices.ContainsFunc(filters, func(f string) bool { return f != "" && !slices.Contains(no, f) && topic.Covers(f, name) })
}
