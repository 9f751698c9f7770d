package mqtt

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/topic"
)

// inboxSize is how many messages of one subscription may wait for their handler.
const inboxSize = 256

// retainedTime is how long a broker has, from the connect, to send what it retains for
// subscriptions of [Retained].
const retainedTime = 3 * time.Second

// Messages says which messages of a topic a subscription is for.
type Messages int

// A broker sends what it retained from before, and what is published now.
const (
	All  Messages = iota
	Live          // what is published now; what is retained takes no room
	// Retained is what the broker retained. The subscription ends some seconds after the connect,
	// so that what we publish on those topics does not come back. Where the broker
	// forbids it, that is not reported.
	Retained
)

// Subscription is a topic filter and what happens to its messages. Where filters
// overlap the first one counts.
type Subscription struct {
	Filter   string
	Messages Messages
	// Loss says what does not work where the broker forbids the subscription, half a
	// sentence; empty = it explains itself.
	Loss call.Text
	// Handle is called for one message after the other, whichever subscription they
	// belong to; those of an earlier one come first. While it works at most 256 messages
	// of each subscription wait, later ones are dropped and counted. The context ends
	// with the connection.
	Handle func(ctx context.Context, m Message)
}

// inbox is where the messages of one subscription wait. Each has its own, so that
// what others send to one topic does not crowd out the messages of another.
type inbox struct {
	Subscription
	waiting chan Message
	full    sync.Once // has been logged
}

func newInbox(s Subscription) *inbox {
	return &inbox{Subscription: s, waiting: make(chan Message, inboxSize)}
}

// inboxes are those of a new connection: our own, then one for each subscription.
func (c *Client) inboxes() (all []*inbox) {
	if c.o.Availability != "" {
		all = append(all, newInbox(Subscription{Filter: c.o.Availability, Messages: Live, Handle: c.onAvailability}))
	}
	if c.o.StatusTopic != "" {
		// A retained birth tells of a start before this connection, whose state went out
		// in full anyway.
		all = append(all, newInbox(Subscription{Filter: c.o.StatusTopic, Messages: Live, Handle: c.onStatus}))
	}
	for _, s := range c.o.Subscriptions {
		all = append(all, newInbox(s))
	}
	return all
}

func (c *Client) onAvailability(_ context.Context, m Message) {
	if string(m.Payload) == offline {
		c.repeatOnline()
	}
}

func (c *Client) onStatus(_ context.Context, m Message) {
	if strings.EqualFold(strings.TrimSpace(string(m.Payload)), online) {
		select {
		case c.births <- struct{}{}:
		default:
		}
	}
}

// deliver puts a message into its inbox. It never waits: our own confirmations come
// in behind the message.
func (c *Client) deliver(l *link, m Message) {
	for _, i := range l.inboxes {
		if !topic.Covers(i.Filter, m.Topic) {
			continue
		}
		if i.Messages == Live && m.Retained || i.Messages == Retained && !m.Retained {
			return
		}
		select {
		case i.waiting <- m:
			l.notify()
		default:
			c.m.ignored.Inc()
			i.full.Do(func() {
				c.log.Warn("messages come faster than they are worked on, some are dropped", "filter", i.Filter) // a topic could hold a number
			})
		}
		return
	}
}

// notify wakes the handler.
func (l *link) notify() {
	select {
	case l.arrived <- struct{}{}:
	default:
	}
}

// handle is the goroutine that gives incoming messages to their subscriptions.
func (l *link) handle(ctx context.Context) {
	for ctx.Err() == nil {
		if l.handleNext(ctx) {
			continue
		}
		select {
		case <-l.arrived:
		case <-ctx.Done():
		}
	}
}

// handleNext handles the most urgent message. It reports false if there is none.
func (l *link) handleNext(ctx context.Context) bool {
	for _, i := range l.inboxes {
		select {
		case m := <-i.waiting:
			i.Handle(ctx, m)
			return true
		default:
		}
	}
	return false
}

// retainedFilters are the filters of subscriptions that end soon.
func (c *Client) retainedFilters() (filters []string) {
	for _, s := range c.o.Subscriptions {
		if s.Messages == Retained {
			filters = append(filters, s.Filter)
		}
	}
	return filters
}

// unsubscribeRetained ends them. Its confirmation is not waited for.
func (c *Client) unsubscribeRetained(l *link) {
	if filters := c.retainedFilters(); len(filters) > 0 {
		l.client.Unsubscribe(filters...)
	}
}
