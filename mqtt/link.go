package mqtt

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
)

// Limits of a connection.
const (
	disconnectTime = 250 * time.Millisecond // for DISCONNECT to leave
	publishTime    = 250 * time.Millisecond // for Paho to take a message, see busy
)

// busy is what Paho says of a message it could not take in time: an earlier one is
// being written, or the connection broke at that moment and nobody takes messages
// any more, without telling those who wait.
const busy = "publish was broken by timeout"

// Message is one incoming message.
type Message struct {
	Topic   string
	Payload []byte
	// Retained is set for a value the broker had kept from before.
	Retained bool
}

// flight is a message handed to the connection: the id of its ring or state slot
// and what tells of its confirmation.
type flight struct {
	id    uint16
	token paho.Token
}

// link is one connection to the broker with a Paho client of its own. Paho's
// clients can reconnect; these never do, because what they replay would overtake
// the fresh state and leave old values retained.
type link struct {
	client  paho.Client
	conn    net.Conn
	wire    *wire // around conn
	inboxes []*inbox
	arrived chan struct{} // there is something in them
	lost    chan error    // why the connection broke
	flights chan flight
	wake    chan struct{} // there is something to send
	gone    chan struct{} // closed when the connection is given up
	end     sync.Once
}

func newLink(inboxes []*inbox) *link {
	return &link{
		inboxes: inboxes,
		arrived: make(chan struct{}, 1),
		lost:    make(chan error, 1),
		// Room for all that may be unconfirmed, so that handing over never waits.
		flights: make(chan flight, eventWindow+stateWindow),
		wake:    make(chan struct{}, 1),
		gone:    make(chan struct{}),
	}
}

// fail reports that the connection broke; the first reason counts.
func (l *link) fail(err error) {
	select {
	case l.lost <- err:
	default:
	}
}

func (l *link) isGone() bool {
	select {
	case <-l.gone:
		return true
	default:
		return false
	}
}

// close gives the connection up. Where it still stands the broker gets a
// DISCONNECT, and with that the last will is not published.
func (l *link) close() {
	l.end.Do(func() {
		close(l.gone)
		l.client.Disconnect(uint(disconnectTime / time.Millisecond))
	})
}

// open makes one attempt: dial, CONNECT, SUBSCRIBE. Messages come into the inboxes.
// It returns the filters the broker would not give.
func (c *Client) open(ctx context.Context, a address, inboxes []*inbox) (l *link, forbidden []string, err error) {
	connecting, cancel := context.WithTimeout(ctx, c.o.Timing.Connect)
	defer cancel()
	conn, err := a.dial(connecting)
	if err != nil {
		return nil, nil, c.diagnosePort(ctx, a, err)
	}
	stop := context.AfterFunc(connecting, func() { conn.Close() })
	l = newLink(inboxes)
	l.conn = conn
	w := newWire(conn, c.o.Timing.silence(), c.o.Timing.Write)
	l.wire = w
	l.client = paho.NewClient(c.pahoOptions(l, w))
	connack := l.client.Connect()
	<-connack.Done() // at the latest when conn is closed
	inTime := stop()
	if err := connack.Error(); err != nil {
		conn.Close()
		if w.other != nil {
			w.other.err = err
			err = w.other
		}
		return nil, nil, c.diagnosePort(ctx, a, connackError(err, c.o.Username != ""))
	}
	err = connecting.Err()
	if inTime {
		var no []string
		if no, err = c.subscribe(ctx, l, c.filters()); err == nil {
			forbidden = slices.DeleteFunc(no, func(f string) bool { return !c.needed(f) })
		}
	}
	if err != nil {
		l.close()
		return nil, nil, err
	}
	return l, forbidden, nil
}

func (c *Client) pahoOptions(l *link, conn net.Conn) *paho.ClientOptions {
	// The URL is never dialled, the connection exists.
	o := paho.NewClientOptions().AddBroker("tcp://broker").SetCustomOpenConnectionFn(
		func(*url.URL, paho.ClientOptions) (net.Conn, error) { return conn, nil })
	o.SetAutoReconnect(false).SetConnectRetry(false).SetCleanSession(true).SetStore(noStore{})
	o.SetProtocolVersion(4) // 3.1.1, without a second attempt as 3.1
	o.SetConnectTimeout(c.o.Timing.Connect)
	o.SetKeepAlive(c.o.Timing.ping()).SetPingTimeout(c.o.Timing.KeepAlive).SetWriteTimeout(publishTime)
	o.SetClientID(c.o.ClientID).SetUsername(c.o.Username).SetPassword(c.o.Password)
	if c.o.Availability != "" {
		o.SetBinaryWill(c.o.Availability, []byte(offline), 1, true)
	}
	o.SetConnectionLostHandler(func(_ paho.Client, err error) { l.fail(err) })
	o.SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) {
		c.deliver(l, Message{Topic: m.Topic(), Payload: m.Payload(), Retained: m.Retained()})
	})
	return o
}

// filters are what we want to receive, with QoS 0. More would bring nothing: a session of
// ours ends with its connection, over which nothing is lost. But it can cost all: a
// node of a cluster (NATS) keeps a QoS 1 subscription in a consumer that may live on
// another node, and when that one is lost the subscription is granted and silent.
func (c *Client) filters() map[string]byte {
	filters := make(map[string]byte)
	for _, s := range c.o.Subscriptions {
		filters[s.Filter] = 0
	}
	for _, topic := range []string{c.o.StatusTopic, c.o.Availability} {
		if topic != "" {
			filters[topic] = 0
		}
	}
	return filters
}

// subscribe asks for the filters and waits for the answer. It returns those that are
// refused.
func (c *Client) subscribe(ctx context.Context, l *link, filters map[string]byte) (no []string, err error) {
	if len(filters) == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.o.Timing.Subscribe)
	defer cancel()
	token := l.client.SubscribeMultiple(filters, nil) // nil: the default handler
	select {
	case <-token.Done():
	case <-ctx.Done():
		return nil, fmt.Errorf("subscribe: %w", ctx.Err())
	}
	if err := token.Error(); err != nil { // it hung up
		return nil, &refusedError{ReasonRejected, &cutError{err}}
	}
	if t, ok := token.(*paho.SubscribeToken); ok {
		for filter, code := range t.Result() {
			if code >= 0x80 { // [3.9.3]
				no = append(no, filter)
			}
		}
	}
	slices.Sort(no)
	return no, nil
}

// cutError is a broker that accepted the connection and closed it before its answer to
// SUBSCRIBE. One reason is another client with our id.
type cutError struct{ err error }

func (e *cutError) Error() string { return "subscribe: " + e.err.Error() }
func (e *cutError) Unwrap() error { return e.err }

// needed reports whether commands depend on a filter. Only to watch over our own
// topics is nothing to complain about.
func (c *Client) needed(filter string) bool {
	return filter != c.o.Availability && !slices.Contains(c.retainedFilters(), filter)
}

// connackError gives a refused CONNECT its reason. Brokers do not agree on return
// codes 4 and 5 for a wrong password [3.2.2.3], so a user name sent decides.
func connackError(err error, withUser bool) error {
	reason := ReasonRejected
	switch {
	case errors.Is(err, packets.ErrorRefusedBadUsernameOrPassword), errors.Is(err, packets.ErrorRefusedNotAuthorised):
		reason = ReasonNotAuthorized
		if withUser {
			reason = ReasonBadCredentials
		}
	case remoteAlert(err):
		reason = ReasonTLS // TLS 1.3 asks for our certificate after its handshake
	case errors.Is(err, net.ErrClosed), errors.Is(err, errSilent), isTimeout(err):
		reason = ReasonSilent // took the connection and said nothing
	}
	return &refusedError{reason, err}
}

// noStore keeps nothing: what is not confirmed is sent again from the ring.
type noStore struct{}

func (noStore) Open()                             {}
func (noStore) Put(string, packets.ControlPacket) {}
func (noStore) Get(string) packets.ControlPacket  { return nil }
func (noStore) All() []string                     { return nil }
func (noStore) Del(string)                        {}
func (noStore) Close()                            {}
func (noStore) Reset()                            {}
