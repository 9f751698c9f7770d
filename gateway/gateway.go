package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/broker"
	"github.com/callporter/callporter/mqtt/topic"
	"github.com/callporter/callporter/web"
)

// Options are what a Gateway needs beside its configuration. All of them may be
// left out.
type Options struct {
	Version  string               // shown in health, discovery and metrics
	Log      *slog.Logger         // nil = silent
	Registry *prometheus.Registry // nil = one of its own

	// StampedTime takes the stamps of the boxes for the time, so that a
	// simulated day can pass at any speed.
	StampedTime bool
	// DialBox replaces the way to the boxes; the default is TCP.
	DialBox func(ctx context.Context, network, address string) (net.Conn, error)
	// Timing is for those who cannot wait; zero values are the defaults.
	Timing Timing
}

// Timing are the waits and limits of a Gateway.
type Timing struct {
	Redial    time.Duration // before a box is dialled again, at first: 1 s
	IdleClose time.Duration // how long a link must have been up to be dialled at once: 1 s
	Settled   time.Duration // how long a link must be up to be proven by time: 10 s
	RingLimit time.Duration // after which a ring without an end is lost: 3 min
	Discovery time.Duration // between two different documents of one device: 5 s
	Request   time.Duration // for a request on the command socket to be complete: 5 s
	Result    time.Duration // for its result: 10 s
	Access    AccessTiming  // of the way into the boxes
	MQTT      mqtt.Timing   // of the connection to the broker
}

// Gateway is callporter running: boxes on one side, a broker on the other.
type Gateway struct {
	config    *config.Config
	options   Options
	topics    topic.Topics
	log       *slog.Logger
	registry  *prometheus.Registry
	metrics   *metrics
	boxes     map[string]*box
	order     []*box // boxes as configured
	client    *mqtt.Client
	devices   *devices
	broker    *broker.Broker // nil with an external one
	web       *web.Server    // nil if switched off
	now       func() time.Time
	journal   *journal.Journal // nil = nothing is remembered
	gone      *forgotten       // numbers that were forgotten
	ready     chan struct{}
	connect   sync.Once
	connected chan struct{} // closed at the first connection to the broker
	counted   *callmonitor.Metrics

	learning sync.Mutex
	readings map[string]*reading // what the boxes told last, by id; under learning

	journalTrouble *journalTrouble // why there is no journal although there should be one
}

// New checks the configuration and builds a Gateway. It touches no network.
func New(cfg config.Config, o Options) (*Gateway, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if _, err := config.ClientOptions(cfg); err != nil { // certificates that cannot be read
		return nil, err
	}
	topics, err := topic.New(cfg.MQTT.BaseTopic)
	if err != nil {
		return nil, err
	}
	cfg.Boxes = slices.Clone(cfg.Boxes) // the caller may go on with its own
	g := &Gateway{
		config: &cfg, options: o, topics: topics,
		log:      o.Log.With("component", "gateway"),
		registry: o.Registry,
		metrics:  newMetrics(o.Registry),
		boxes:    map[string]*box{},
		readings: map[string]*reading{},
		now:      time.Now,
		ready:    make(chan struct{}),

		connected: make(chan struct{}),
	}
	for _, bc := range cfg.Boxes {
		b, err := newBox(bc, topics, cfg.Language)
		if err != nil {
			return nil, err
		}
		b.metrics, b.version, b.commands = g.metrics, o.Version, cfg.Commands
		b.tracker.RingLimit = o.Timing.RingLimit
		if o.StampedTime {
			b.useStamps()
		}
		b.log = o.Log.With("component", "box", "box", bc.ID)
		g.boxes[bc.ID] = b
		g.order = append(g.order, b)
	}
	return g, nil
}

// Ready is closed when everything is opened: from then on the addresses are known
// and calls are followed. It does not wait for boxes or an external broker.
func (g *Gateway) Ready() <-chan struct{} { return g.ready }

// Run opens everything, follows calls until ctx ends, and closes in reverse. It
// returns nil after an orderly stop. Only what can never work ends it early: a
// port or a data directory in use, an unusable configuration.
func (g *Gateway) Run(stop context.Context) error {
	ctx, fail := context.WithCancelCause(stop)
	defer fail(nil)
	open := opened{fail: fail}
	err := g.open(&open)
	if err == nil {
		close(g.ready)
		g.log.Info("callporter is running", "version", g.options.Version, "boxes", len(g.order), "broker", g.brokerName())
		err = g.follow(ctx)
		defer g.log.Info("callporter has stopped")
	}
	err = errors.Join(err, open.close())
	if err == nil && stop.Err() == nil {
		err = context.Cause(ctx) // a task that failed while it ran
	}
	return err
}

// open brings up, in this order, data directory, broker, MQTT client, web, the
// ways to the boxes and the command socket.
func (g *Gateway) open(open *opened) error {
	data := g.config.Data
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("open data directory: %w", err)
	}
	release, err := control.Lock(data)
	if err != nil {
		return err
	}
	open.then("data directory", func() error { release(); return nil })

	store, err := openSettings(data, g.log)
	if err != nil {
		g.log.Warn("settings start from their defaults", "error", err)
	}
	open.run("settings", store.run)
	g.gone = openForgotten(data, g.log)

	g.openJournal(open)
	if err := g.openAccess(); err != nil {
		return err
	}
	if err := g.openBroker(open); err != nil {
		return err
	}
	if err := g.newClient(); err != nil {
		return err
	}
	// All of it stands ready before the first connection, or "online" would go out
	// before there is anything to be online with.
	documents, err := g.documents(g.config)
	if err != nil {
		return err
	}
	g.devices.want(documents)
	for _, b := range g.order {
		b.store, b.publish = store, g.client
		g.equip(b)
		b.recall(context.Background())
		b.begin()
	}
	// A gateway that cannot start says nothing to the broker, where another may be at
	// work on the same topics.
	listener, err := g.listenWeb(open)
	if err != nil {
		return err
	}
	open.run("mqtt client", g.client.Run)
	if err := g.clearForgotten(open); err != nil {
		return err
	}
	open.run("discovery", g.devices.run)
	if err := g.openWeb(open, listener); err != nil {
		return err
	}
	if err := g.openMonitors(open); err != nil {
		return err
	}
	g.openSocket(open)
	return nil
}

// follow runs the boxes until ctx ends.
func (g *Gateway) follow(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, b := range g.order {
		b.over = ctx.Done()
		group.Go(func() error { return b.loop(ctx) })
		group.Go(func() error { return b.clerk(ctx, b.errands) })
		group.Go(func() error { return b.clerk(ctx, b.memos) })
		if b.faces != nil {
			group.Go(func() error { return b.paint(ctx) })
		}
		if b.access != nil {
			group.Go(func() error { return b.access.run(ctx, b, g.options.Timing.Access) })
		}
		group.Go(func() error { return b.monitor.Run(ctx, feed{b, ctx.Done()}) })
	}
	if g.journal != nil {
		group.Go(func() error { return g.watchJournal(ctx) })
	}
	return group.Wait()
}

// equip gives a box what all boxes share.
func (g *Gateway) equip(b *box) {
	b.journal, b.fares, b.patience = g.journal, g.journalHealth, g.patience()
	b.bookless = g.noJournal()
	b.gone, b.forget = g.gone, g.forget
}

// patience is how long an order may take until it has to have a result.
func (g *Gateway) patience() time.Duration {
	if wait := g.options.Timing.Result; wait > 0 {
		return wait
	}
	return control.ResultWait
}

func (g *Gateway) boxIDs() []string {
	ids := make([]string, len(g.order))
	for i, b := range g.order {
		ids[i] = b.id
	}
	return ids
}
