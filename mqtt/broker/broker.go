package broker

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/callporter/callporter/mqtt/broker/limit"
)

// Options say who may use the embedded broker, and how.
type Options struct {
	// Addresses such as "127.0.0.1:1883" for MQTT, MQTT by TLS, WebSocket and
	// WebSocket by TLS; empty = not that way. Listener takes the place of Listen where
	// it is set.
	Listen, ListenTLS, ListenWeb, ListenWebTLS string
	Listener                                   net.Listener
	TLS                                        *tls.Config // for those by TLS
	// Origins are the web sites ("https://house.example") whose pages may use the
	// WebSocket, beside those of this host.
	Origins []string

	// Users are names with passwords, in clear or as bcrypt hashes. Without any,
	// everybody on this machine may connect, but not by WebSocket, and nobody else.
	Users map[string]string
	// Rights are those of users that may not do everything. Base is what callporter's
	// own topics begin with ("callporter"); the rights speak of them.
	Rights map[string]Rights
	Base   string

	// File keeps retained messages over a restart; empty = nothing does. Sessions end
	// with the process. New removes broker.db beside it, the file of earlier versions.
	File string

	// MaxClients is how many connections there may be at a time; 0 = 200.
	MaxClients int
	Log        *slog.Logger          // nil = silent
	Registerer prometheus.Registerer // nil = no metrics

	connectTime time.Duration // for CONNECT to arrive; 0 = 5 s
}

// Broker is an MQTT broker in this process, for houses that have none. It speaks
// MQTT 3.1.1 and 5.
type Broker struct {
	log      *slog.Logger
	server   *mochi.Server
	router   *router
	users    *users
	limiter  *limit.Connections
	refusals *limit.Refusals
	inside   *chanListener // for our own client
	large    chan struct{} // a token for each large packet that is being read
	ending   chan struct{} // closed when the broker ends
	ports    []*port
	web      []*webPort
	addr     net.Addr // of Listen
}

// New opens the ports, so that one that is in use is known at once, and reads
// the file. Run or Close must follow.
func New(o Options) (*Broker, error) {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if o.MaxClients <= 0 {
		o.MaxClients = maxClients
	}
	refusals := limit.NewRefusals(log, o.Registerer)
	users, err := newUsers(o.Users, o.Rights, refusals)
	if err != nil {
		return nil, err
	}
	b := &Broker{
		log: log, users: users, refusals: refusals,
		limiter: limit.NewConnections(o.MaxClients, len(o.Users), cmp.Or(o.connectTime, connectTime), users.failed, refusals),
		router:  newRouter(log, o.Base, refusals), inside: newChanListener(pipeAddr{}),
		large: make(chan struct{}, maxLarge), ending: make(chan struct{}),
	}
	b.server = mochi.New(&mochi.Options{
		Capabilities:             capabilities(),
		ClientNetReadBufferSize:  64,      // what is read is buffered in conn
		ClientNetWriteBufferSize: 1,       // writes are collected in conn
		SysTopicResendInterval:   1 << 30, // seconds: never; nobody can see them
		Logger:                   slog.New(redactingHandler{log.Handler()}),
	})
	if err := b.server.AddHook(&hook{broker: b}, nil); err != nil {
		return nil, fmt.Errorf("open broker: %w", err)
	}
	b.ports = []*port{newPort(portInside, b.inside, b)}
	if err := b.open(&o); err != nil {
		b.Close()
		return nil, err
	}
	for _, p := range b.ports {
		if err := b.server.AddListener(p); err != nil {
			b.Close()
			return nil, fmt.Errorf("open broker: %w", err)
		}
	}
	if o.File != "" {
		b.router.store = openStore(o.File, log)
		b.router.load()
	}
	return b, nil
}

// capabilities are what the library allows. Most limits are set here instead.
func capabilities() *mochi.Capabilities {
	c := mochi.NewDefaultServerCapabilities()
	c.MaximumPacketSize = maxPacket
	c.MaximumClientWritesPending = 1 // it writes none
	c.TopicAliasMaximum = maxAliases
	c.Compatibilities.NoInheritedPropertiesOnAck = true
	return c
}

// open opens the ports that are wanted.
func (b *Broker) open(o *Options) error {
	for _, want := range []struct {
		id, address  string
		given        net.Listener
		secure, page bool
	}{
		{portTCP, o.Listen, o.Listener, false, false},
		{portTLS, o.ListenTLS, nil, true, false},
		{portWeb, o.ListenWeb, nil, false, true},
		{portWebTLS, o.ListenWebTLS, nil, true, true},
	} {
		l := want.given
		if l == nil {
			if want.address == "" {
				continue
			}
			var err error
			if l, err = net.Listen("tcp", want.address); err != nil {
				return &PortError{want.id, err}
			}
		}
		if want.id == portTCP {
			b.addr = l.Addr()
		}
		limited := b.limiter.Listener(l)
		p := newPort(want.id, limited, b)
		b.ports = append(b.ports, p)
		switch {
		case b.users.none() && want.page:
			return errors.New("open broker: a WebSocket needs users")
		case b.users.none() && !loopback(l.Addr()):
			return errors.New("open broker: an address that others can reach needs users")
		case want.secure && o.TLS == nil:
			return errors.New("open broker: TLS needs a certificate")
		case want.secure:
			p.listener = tls.NewListener(limited, o.TLS)
		}
		if want.page {
			w := newWebPort(p.listener, o.Origins, b.log)
			b.web = append(b.web, w)
			p.listener = w.upgraded
		}
	}
	return nil
}

// Addr is where others connect to by plain MQTT, nil if they cannot.
func (b *Broker) Addr() net.Addr { return b.addr }

// Addrs are the addresses of all ports by their names: "tcp", "tls", "ws", "wss".
func (b *Broker) Addrs() map[string]net.Addr {
	all := map[string]net.Addr{}
	for _, p := range b.ports[1:] {
		all[p.id] = p.listener.Addr()
	}
	return all
}

// Dial connects our own client, without network and without password. It is what
// [Options].Dial takes; before Run it waits.
func (b *Broker) Dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	if err := b.inside.send(ctx, theirs); err != nil {
		ours.Close()
		return nil, err
	}
	return ours, nil
}

// Run serves until the context ends, then disconnects every client.
func (b *Broker) Run(ctx context.Context) error {
	var work sync.WaitGroup
	done := make(chan struct{})
	if b.router.store != nil {
		work.Go(func() { b.router.store.run(done, b.router.retainedMessages) })
	}
	work.Go(func() { b.tick(done) })
	err := b.server.Serve()
	if err == nil {
		for _, w := range b.web {
			w.serve()
		}
		<-ctx.Done()
		b.drain()
	}
	b.closeClients()
	err = errors.Join(err, b.server.Close()) // waits for the connections
	b.router.publishWills()
	close(done)
	work.Wait()
	b.Close()
	if err != nil {
		return fmt.Errorf("run broker: %w", err)
	}
	return nil
}

// tick ends what has expired, once a second.
func (b *Broker) tick(done <-chan struct{}) {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case now := <-every.C:
			b.router.tick(now)
			b.refusals.Tick(now)
		case <-done:
			return
		}
	}
}

// drainTime is how long Run waits at its end until subscribers have what was published
// last.
const drainTime = time.Second / 2

// drain waits until clients have what was published last, our own "offline" among it.
// It accepts no new connections.
func (b *Broker) drain() {
	b.limiter.Close()
	close(b.ending)
	timeout := time.NewTimer(drainTime)
	defer timeout.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for b.router.pending() {
		select {
		case <-tick.C:
		case <-timeout.C:
			return
		}
	}
}

// closeClients tells the clients that the broker ends, and closes all connections. It
// does not wait for a client that does not read.
func (b *Broker) closeClients() {
	b.limiter.Close()
	for _, p := range b.ports {
		p.listener.Close()
	}
	for _, w := range b.web {
		w.close()
	}
	for _, c := range b.router.connections() {
		c.kick(packets.ErrServerShuttingDown)
	}
}

// Close releases the ports of a broker that is not run.
func (b *Broker) Close() {
	for _, w := range b.web {
		w.close()
	}
	for _, p := range b.ports {
		p.listener.Close()
	}
}
