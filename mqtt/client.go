package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callporter/callporter/call"
)

// Payloads of the availability topic.
const (
	online  = "online"
	offline = "offline"
)

// Options say which broker to use and how.
type Options struct {
	// URLs are brokers of one cluster, tried in turn: mqtt://, mqtts://, ws://,
	// wss://, unix://. A user name in one of them counts if Username is empty.
	URLs []string
	// Dial makes the connection instead, to the broker in this process.
	Dial func(context.Context) (net.Conn, error)
	// TLS is for mqtts and wss; nil checks against the system's authorities.
	TLS *tls.Config

	Username, Password string
	// ClientID is what the broker knows us by, see [RememberClientID].
	ClientID string
	// AtMostOnce publishes with QoS 0, for brokers that know no other. Events in
	// flight are then lost when a connection breaks.
	AtMostOnce bool

	// Availability is the topic of "online" and "offline", which is the last will.
	// Empty = a temporary client, without last will.
	Availability string
	// Subscriptions are the topics to receive, the most urgent first.
	Subscriptions []Subscription
	// StatusTopic is where Home Assistant says "online" when it has started; all
	// state is sent again 1 to 5 s later. Empty = there is no such topic.
	StatusTopic string

	// OnStatus is told of every change, from the goroutine of Run; it must return
	// at once. May be nil.
	OnStatus func(Status)

	Language   call.Language         // of the hints in the log
	Log        *slog.Logger          // nil = silent
	Registerer prometheus.Registerer // nil = no metrics

	Timing Timing // zero values = the defaults
}

// Timing are the durations of a client.
type Timing struct {
	Retry     time.Duration // between attempts at first: 250 ms
	SlowAfter time.Duration // how long at first is: 1 min
	SlowRetry time.Duration // between attempts then, and after a refusal: 5 s
	Connect   time.Duration // for a broker to accept or refuse: 5 s
	Subscribe time.Duration // for its answer to SUBSCRIBE, in front of which a cluster may elect a leader: 20 s
	// Resubscribe is how long to wait at most before a broker that forbids a subscription
	// is asked for it again, at first after SlowRetry: 1 min.
	Resubscribe time.Duration
	KeepAlive   time.Duration // a broker silent for one and a half of it is gone, at least 1 s: 15 s
	Write       time.Duration // for one write to a connection that is stuck: 5 s
	Drain       time.Duration // for what is left when Run ends: 2 s
	// BirthDelay is how long after Home Assistant's birth everything is sent again,
	// so that not all devices of a house speak at once: random from 1 to 5 s.
	BirthDelay func() time.Duration
}

// Client keeps one connection to the broker and the newest state to send on it.
// All its methods may be called from any goroutine, also before Run and after.
type Client struct {
	o         Options
	addresses []address
	log       *slog.Logger
	m         *metrics
	qos       byte
	work      sync.WaitGroup // the goroutines of connections

	mu         sync.Mutex
	events     events
	retained   retained
	link       *link // nil while there is no connection
	live       bool  // "online" has been sent on it, so events may follow
	roomWanted bool  // an event was refused; its caller waits for room
	room       chan struct{}
	idle       chan struct{} // closed when nothing is left to send; nil = nobody waits
	status     Status

	births    chan struct{} // Home Assistant has started
	confirmed bool          // a confirmation came since the last tick
	silent    int           // ticks without one

	probes    map[string]portProbe // at ports; of Run or Probe
	connected bool                 // there was a connection already; Run's own
}

// NewClient checks the options. It touches no network.
func NewClient(o Options) (*Client, error) {
	c := &Client{o: o, log: o.Log, m: newMetrics(o.Registerer), qos: 1, room: make(chan struct{}), births: make(chan struct{}, 1), probes: map[string]portProbe{}}
	if o.AtMostOnce {
		c.qos = 0
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if o.ClientID == "" {
		return nil, errors.New("create mqtt client: a client id is needed")
	}
	if o.Dial != nil {
		c.addresses = []address{{name: "embedded", dial: o.Dial}}
	}
	for _, raw := range o.URLs {
		a, user, err := newAddress(raw, o.TLS)
		if err != nil {
			return nil, err
		}
		if user != nil && c.o.Username == "" {
			c.o.Username = user.Username()
			c.o.Password, _ = user.Password()
		}
		c.addresses = append(c.addresses, a)
	}
	if len(c.addresses) == 0 {
		return nil, errors.New("create mqtt client: no broker given")
	}
	c.o.Timing = c.o.Timing.withDefaults()
	c.retained.byTopic = make(map[string]*slot)
	if o.Availability != "" {
		c.retained.availability = &slot{topic: o.Availability, payload: []byte(online)}
	}
	c.status = Status{Reason: ReasonStarting, Since: time.Now(), Broker: c.addresses[0].name}
	return c, nil
}

// Status is how the connection is doing.
func (c *Client) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// Retain sets the value of a retained topic: the newest one is sent, now and at
// every connect. A nil or empty payload clears the topic. It never blocks and
// keeps the payload.
func (c *Client) Retain(topic string, payload []byte) { c.set(topic, payload, false) }

// Announce is [Client.Retain] for discovery documents, which are sent before any
// state at every connect.
func (c *Client) Announce(topic string, payload []byte) { c.set(topic, payload, true) }

func (c *Client) set(topic string, payload []byte, announce bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.retained.set(topic, payload, announce) {
		c.wakeSender()
	}
}

// Resend sends all announcements, state and availability again, for somebody who
// lost them.
func (c *Client) Resend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retained.all()
	c.wakeSender()
}

// ResendBelow sends all state whose topic has the prefix again, changed or not.
func (c *Client) ResendBelow(prefix string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retained.below(prefix)
	c.wakeSender()
}

// Emit sends an event, which happened at the time given, once. It never blocks
// and keeps the payload. While connected it returns false where 1000 events wait
// already: the caller tries again when [Client.Room] says so. While the broker is
// away the oldest event makes room and is counted; those older than 30 s are not
// sent when it is back.
func (c *Client) Emit(topic string, payload []byte, at time.Time) bool {
	c.mu.Lock()
	if c.events.full() {
		if c.link != nil {
			c.roomWanted = true
			c.mu.Unlock()
			return false
		}
		c.events.pop()
		c.m.dropped.WithLabelValues(dropOverflow).Inc()
	}
	c.events.push(event{topic: topic, payload: payload, at: at, emitted: time.Now()})
	c.m.queue.Set(float64(c.events.n))
	l, id := c.link, c.reserveDirect()
	if id == 0 {
		c.wakeSender()
	}
	c.mu.Unlock()
	if id != 0 {
		c.writeDirect(l, id, topic, payload)
	}
	return true
}

// Room returns a channel that is closed when there is room for events. Ask for it
// after each refusal.
func (c *Client) Room() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.events.full() && c.link != nil {
		c.roomWanted = true // others may have filled it since the refusal
		return c.room
	}
	open := make(chan struct{})
	close(open)
	return open
}
