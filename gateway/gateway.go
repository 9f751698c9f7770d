package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/web"
)

// ErrRunning says that another callporter uses the data directory.
var ErrRunning = errors.New("another callporter is running")

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
	RingLimit time.Duration // after which a ring without an end is lost: 3 min
	MQTT      mqtt.Timing   // of the connection to the broker
}

// Gateway is callporter running: boxes on one side, a broker on the other.
type Gateway struct {
	config   Config
	options  Options
	topics   mqtt.Topics
	log      *slog.Logger
	registry *prometheus.Registry
	metrics  *metrics
	boxes    map[string]*box
	order    []*box // boxes as configured
	client   *mqtt.Client
	broker   *mqtt.Broker // nil with an external one
	web      *web.Server  // nil if switched off
	now      func() time.Time
	ready    chan struct{}
}

// New checks the configuration and builds a Gateway. It touches no network.
func New(config Config, o Options) (*Gateway, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	topics, err := mqtt.NewTopics(config.MQTT.BaseTopic)
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		config: config, options: o, topics: topics,
		log:      o.Log.With("component", "gateway"),
		registry: o.Registry,
		metrics:  newMetrics(o.Registry),
		boxes:    map[string]*box{},
		now:      time.Now,
		ready:    make(chan struct{}),
	}
	for _, bc := range config.Boxes {
		b, err := newBox(bc, topics, config.Language)
		if err != nil {
			return nil, err
		}
		b.metrics, b.version = g.metrics, o.Version
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
	}
	err = errors.Join(err, open.close())
	if err == nil && stop.Err() == nil {
		err = context.Cause(ctx) // a task that failed while it ran
	}
	g.log.Info("callporter has stopped")
	return err
}

// open brings up, in this order, data directory, broker, MQTT client and web.
func (g *Gateway) open(open *opened) error {
	data := g.config.Data
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("open data directory: %w", err)
	}
	release, err := lockData(data)
	if err != nil {
		return err
	}
	open.then("data directory", func() error { release(); return nil })

	store, err := openSettings(data, g.log)
	if err != nil {
		g.log.Warn("settings start from their defaults", "error", err)
	}
	open.run("settings", store.run)

	if err := g.openBroker(open); err != nil {
		return err
	}
	if err := g.newClient(); err != nil {
		return err
	}
	// All of it stands ready before the first connection, or "online" would go out
	// before there is anything to be online with.
	if err := g.announce(); err != nil {
		return err
	}
	for _, b := range g.order {
		b.store, b.publish = store, g.client
		b.begin()
	}
	open.run("mqtt client", g.client.Run)
	return g.openWeb(open)
}

// follow runs the boxes until ctx ends.
func (g *Gateway) follow(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	counted := callmonitor.NewMetrics(g.registry)
	for _, b := range g.order {
		record, err := g.recorder(b, counted)
		if err != nil {
			return err
		}
		monitor, err := callmonitor.New(callmonitor.Options{
			Host: b.config.Host, Port: b.config.MonitorPort, Box: b.config.ID,
			Location: b.config.Location(), Record: record,
			Log: g.options.Log, Metrics: counted, Dial: g.options.DialBox,
			StampedTime: g.options.StampedTime,
			RetryMin:    g.options.Timing.Redial, IdleClose: g.options.Timing.IdleClose,
		})
		if err != nil {
			return err
		}
		group.Go(func() error { return b.loop(ctx) })
		group.Go(func() error {
			if record != nil {
				defer record.Close()
			}
			return monitor.Run(ctx, feed{b.inputs, ctx.Done()})
		})
	}
	return group.Wait()
}

func (g *Gateway) recorder(b *box, counted *callmonitor.Metrics) (*callmonitor.Recorder, error) {
	r := b.config.Record
	if r.Dir == "" {
		return nil, nil
	}
	return callmonitor.NewRecorder(callmonitor.RecorderOptions{
		Dir: r.Dir, Daily: r.Daily, Mask: r.Mask, Box: b.config.ID,
		Location: b.config.Location(), Log: g.options.Log, Metrics: counted,
	})
}

func (g *Gateway) boxIDs() []string {
	ids := make([]string, len(g.order))
	for i, b := range g.order {
		ids[i] = b.config.ID
	}
	return ids
}
