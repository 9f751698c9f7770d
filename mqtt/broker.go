package mqtt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// Listener ids inside the broker.
const (
	outside = "tcp"
	inside  = "inside" // our own client's pipe
)

// Limits of the broker towards its clients.
const (
	maxPacket   = 256 << 10
	maxClients  = 200
	firstPacket = 5 * time.Second // for CONNECT to arrive
	forceClose  = 2 * time.Second // for clients to take their DISCONNECT at the end
	lastWords   = time.Second     // for what was said before it to reach them
)

// BrokerOptions say who may use the embedded broker.
type BrokerOptions struct {
	// Listen is the address for others, such as "127.0.0.1:1883"; empty = only our
	// own client. Listener takes its place where it is set.
	Listen   string
	Listener net.Listener
	// Users are names with passwords, in clear or as bcrypt hashes. Without any,
	// everybody on this machine may connect and nobody else.
	Users map[string]string
	// MaxClients is how many connections there may be at a time; 0 = 200.
	MaxClients int
	Log        *slog.Logger // nil = silent
}

// Broker is an MQTT broker in this process, for houses that have none. It speaks
// MQTT 3.1.1 and 5. Retained messages live as long as it does.
type Broker struct {
	server *mochi.Server
	public *guard // nil = only the pipe
	pipe   *guard
	dialer *pipeListener
}

// NewBroker opens the port, so that one that is in use is known at once. Run or
// Close must follow.
func NewBroker(o BrokerOptions) (*Broker, error) {
	users, err := newUsers(o.Users)
	if err != nil {
		return nil, err
	}
	if o.MaxClients <= 0 {
		o.MaxClients = maxClients
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	listener := o.Listener
	if listener == nil && o.Listen != "" {
		if listener, err = net.Listen("tcp", o.Listen); err != nil {
			return nil, fmt.Errorf("open broker port: %w", err)
		}
	}
	if listener != nil && users.none() && !loopback(listener.Addr()) {
		listener.Close()
		return nil, errors.New("open broker: an address that others can reach needs users")
	}
	b := &Broker{dialer: newPipeListener()}
	b.pipe = newGuard(inside, b.dialer, 8)
	b.server = mochi.New(&mochi.Options{
		Capabilities:             capabilities(o.MaxClients),
		ClientNetReadBufferSize:  8 << 10,
		ClientNetWriteBufferSize: 8 << 10,
		SysTopicResendInterval:   24 * 60 * 60, // seconds; the ticks would be noise for everybody subscribed to #
		Logger:                   slog.New(discreet{log.Handler()}),
	})
	if err := b.server.AddHook(users, nil); err != nil {
		return nil, fmt.Errorf("open broker: %w", err)
	}
	if err := b.server.AddHook(new(retainLock), nil); err != nil {
		return nil, fmt.Errorf("open broker: %w", err)
	}
	if err := b.server.AddListener(b.pipe); err != nil {
		return nil, fmt.Errorf("open broker: %w", err)
	}
	if listener != nil {
		b.public = newGuard(outside, listener, o.MaxClients)
		if err := b.server.AddListener(b.public); err != nil {
			return nil, fmt.Errorf("open broker: %w", err)
		}
	}
	return b, nil
}

// capabilities bound what a client can make the broker keep.
func capabilities(clients int) *mochi.Capabilities {
	c := mochi.NewDefaultServerCapabilities()
	c.MaximumClients = int64(clients) + 8
	c.MaximumPacketSize = maxPacket
	c.MaximumSessionExpiryInterval = 24 * 60 * 60
	// Zero is "no limit": the default of a day would delete retained state that has
	// not changed since yesterday.
	c.MaximumMessageExpiryInterval = 0
	c.MaximumClientWritesPending = 16 << 10
	c.MaximumInflight = 16 << 10
	c.TopicAliasMaximum = 64
	return c
}

// Addr is where others connect to, nil if they cannot.
func (b *Broker) Addr() net.Addr {
	if b.public == nil {
		return nil
	}
	return b.public.listener.Addr()
}

// Dial connects our own client, without network and without password. It is what
// [Options].Dial takes; before Run it waits.
func (b *Broker) Dial(ctx context.Context) (net.Conn, error) { return b.dialer.dial(ctx) }

// Run serves until the context ends, then sends every client away.
func (b *Broker) Run(ctx context.Context) error {
	if err := b.server.Serve(); err != nil {
		b.Close()
		return fmt.Errorf("run broker: %w", err)
	}
	<-ctx.Done()
	for _, g := range b.guards() {
		g.lock()
	}
	b.drain()
	b.sendAway()
	if err := b.server.Close(); err != nil {
		return fmt.Errorf("close broker: %w", err)
	}
	return nil
}

// drain lets clients have what was published last, our own "offline" among it: what
// still stands in their queues is lost when they are sent away. It waits until all is
// confirmed that has to be and nothing more is being sent.
func (b *Broker) drain() {
	late := time.NewTimer(lastWords)
	defer late.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for sent := int64(-1); sent != atomic.LoadInt64(&b.server.Info.PacketsSent) || b.unconfirmed(); {
		sent = atomic.LoadInt64(&b.server.Info.PacketsSent)
		select {
		case <-tick.C:
		case <-late.C:
			return
		}
	}
}

// unconfirmed reports whether a client has yet to confirm a message.
func (b *Broker) unconfirmed() bool {
	for _, cl := range b.server.Clients.GetAll() {
		if !cl.Closed() && cl.State.Inflight.Len() > 0 {
			return true
		}
	}
	return false
}

// sendAway tells the clients of MQTT 5 that the broker ends; older ones have no
// word for it. A client that does not read is not waited for.
func (b *Broker) sendAway() {
	force := time.AfterFunc(forceClose, func() {
		for _, g := range b.guards() {
			g.hangUp()
		}
	})
	defer force.Stop()
	for _, cl := range b.server.Clients.GetAll() {
		if cl.Properties.ProtocolVersion == 5 && !cl.Closed() {
			_ = b.server.DisconnectClient(cl, packets.ErrServerShuttingDown)
		}
	}
}

func (b *Broker) guards() []*guard {
	if b.public == nil {
		return []*guard{b.pipe}
	}
	return []*guard{b.pipe, b.public}
}

// Close releases the port of a broker that is not run.
func (b *Broker) Close() {
	for _, g := range b.guards() {
		g.Close(nil)
	}
}
