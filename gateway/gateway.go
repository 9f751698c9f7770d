package gateway

import (
	"cmp"
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

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/gateway/announcing"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/line"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/query"
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/broker"
	"github.com/callporter/callporter/mqtt/topic"
	"github.com/callporter/callporter/screening"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/web"
)

// Options are the settings of a Gateway beside its configuration. All are optional.
type Options struct {
	Version  string               // shown in health, discovery, metrics and the log
	File     string               // the configuration's, for the log; "" = none
	Log      *slog.Logger         // nil = silent
	Registry *prometheus.Registry // nil = one of its own

	// StampedTime uses the time stamps of the boxes as the time, so that a simulated
	// day can pass at any speed.
	StampedTime bool
	// DialBox connects to a box; the default is TCP.
	DialBox func(ctx context.Context, network, address string) (net.Conn, error)
	// Online is how sources outside the house are reached; the default is the network.
	Online online.ClientOptions
	// Timing shortens waits in tests; zero values are the defaults.
	Timing Timing
}

// Timing holds the waits and limits of a Gateway.
type Timing struct {
	Redial    time.Duration // before the first attempt to dial a box again: 1 s
	IdleClose time.Duration // minimum age of a link that is dialled again at once: 1 s
	Settled   time.Duration // age from which a link counts as good: 10 s
	RingLimit time.Duration // after which a ringing call without an end is lost: 3 min
	Discovery time.Duration // between two documents of one device: 5 s
	Request   time.Duration // until a request on the command socket must be complete: 5 s
	Result    time.Duration // until an order must have a result: 10 s
	FirstList time.Duration // from the start until lists of callers are asked for: 2 min
	Access    poll.Timing   // of the access to the boxes
	SIP       sip.Timing    // of our own phones
	MQTT      mqtt.Timing   // of the connection to the broker
}

// Gateway connects the boxes with a broker. It is callporter at work.
type Gateway struct {
	config    *config.Config
	options   Options
	topics    topic.Topics
	log       *slog.Logger
	registry  *prometheus.Registry
	now       func() time.Time
	began     time.Time       // when it was made
	areaCodes *call.AreaCodes // of the configuration; nil = the built-in ones

	boxes          []*box        // as configured; the line of Asterisk behind them
	asterisk       *asteriskLine // nil = there is none
	metrics        *line.Metrics
	monitorMetrics *callmonitor.Metrics
	settings       *datadir.Settings
	forgotten      *datadir.Forgotten
	trial          *datadir.Trial
	trialWake      chan struct{}         // the trial has counted, or a person has chosen; holds one
	journal        *journal.Journal      // nil = there is none
	journalTrouble *journalTrouble       // why the configured journal is missing; nil = it is not
	online         *online.Client        // asks the sources outside the house
	answers        *online.Cache         // what they have said
	screener       *screening.Screener   // nil = nobody is judged
	phoneBlock     *screening.PhoneBlock // nil = not asked
	copies         []listCopy            // of lists that others keep
	past           screening.History     // of callers, where there is a screener
	recordings     *announcing.Recordings
	broker         *broker.Broker // nil with an external one
	client         *mqtt.Client   // nil if standalone
	devices        *retained.Devices
	web            *web.Server // nil if switched off
	answerer       *query.Answerer

	ready       chan struct{}
	connectOnce sync.Once
	connected   chan struct{} // closed by connectOnce when the broker is first connected
	discoveryMu sync.Mutex    // held while updating the discovery documents
}

// New checks the configuration and builds a Gateway. It does not use the network.
func New(cfg config.Config, o Options) (*Gateway, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if _, err := config.ClientOptions(cfg); err != nil { // fails if certificates cannot be read
		return nil, err
	}
	areaCodes, err := config.AreaCodes(cfg)
	if err != nil {
		return nil, err
	}
	topics, err := topic.New(cfg.MQTT.BaseTopic)
	if err != nil {
		return nil, err
	}
	cfg.Boxes = slices.Clone(cfg.Boxes) // the caller may change its own slice
	return &Gateway{
		config: &cfg, options: o, topics: topics,
		log:       o.Log.With("component", "gateway"),
		registry:  o.Registry,
		metrics:   line.NewMetrics(o.Registry),
		now:       time.Now,
		began:     time.Now(),
		areaCodes: areaCodes,
		ready:     make(chan struct{}),
		connected: make(chan struct{}),
		trialWake: make(chan struct{}, 1),
	}, nil
}

// Ready is closed when everything is open: addresses are known and calls are followed. It
// does not wait for boxes or an external broker.
func (g *Gateway) Ready() <-chan struct{} { return g.ready }

// Run opens everything, follows calls until ctx ends, and closes everything in reverse. It
// returns nil after an orderly stop. It ends early only for errors that waiting cannot
// cure: a port or a data directory in use, an unusable configuration.
func (g *Gateway) Run(stop context.Context) error {
	ctx, fail := context.WithCancelCause(stop)
	defer fail(nil)
	open := resources{fail: fail}
	err := g.open(&open)
	if err == nil {
		close(g.ready)
		g.logStart()
		err = g.runBoxes(ctx)
		defer g.log.Info("callporter has stopped")
	}
	err = errors.Join(err, open.close())
	if err == nil && stop.Err() == nil {
		err = context.Cause(ctx) // a task that failed while it ran
	}
	return err
}

// open opens, in this order, data directory, journal, broker, MQTT client, boxes, web, and
// command socket.
func (g *Gateway) open(open *resources) error {
	if err := g.openData(open); err != nil {
		return err
	}
	if err := g.openBroker(open); err != nil {
		return err
	}
	if err := g.newClient(); err != nil {
		return err
	}
	// The boxes must be ready before the first connection, since the client then
	// publishes "online".
	if err := g.newBoxes(g.client); err != nil {
		return err
	}
	documents, err := g.documents()
	if err != nil {
		return err
	}
	g.devices.Want(documents)
	for _, b := range g.boxes {
		b.restoreHistory(context.Background())
		b.publishStart()
	}
	// A gateway that cannot start must not publish: another one may be using the same
	// topics.
	listener, err := g.listenWeb(open)
	if err != nil {
		return err
	}
	fastAGI, err := g.listenAsterisk(open)
	if err != nil {
		return err
	}
	open.run("mqtt client", g.client.Run)
	if err := g.clearStaleTopics(open); err != nil {
		return err
	}
	open.run("discovery", g.devices.Run)
	if err := g.openWeb(open, listener); err != nil {
		return err
	}
	g.remember(open)
	if err := g.openMonitors(open); err != nil {
		return err
	}
	g.openAsterisk(fastAGI)
	g.openSocket(open)
	return nil
}

// openData locks the data directory and opens the files in it.
func (g *Gateway) openData(open *resources) error {
	data := g.config.Data
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("open data directory: %w", err)
	}
	release, err := datadir.Lock(data)
	if err != nil {
		return err
	}
	open.onClose("data directory", func() error { release(); return nil })
	if g.settings, err = datadir.OpenSettings(data, g.configuredSettings(), g.log); err != nil {
		g.log.Warn("settings start as configured", "error", err)
	}
	open.onClose("settings", func() error { g.settings.Close(); return nil })
	g.forgotten = datadir.OpenForgotten(data, g.log)
	g.trial = datadir.OpenTrial(data, g.log)
	g.openJournal(open)
	g.recordings = g.newRecordings()
	g.openSources(open)
	if err := g.newScreener(); err != nil {
		return err
	}
	for _, c := range g.copies {
		open.onClose("copy of a list", c.Close)
	}
	return nil
}

// runBoxes runs the boxes until ctx ends.
func (g *Gateway) runBoxes(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, b := range g.boxes {
		group.Go(func() error { return b.line.Run(ctx) })
		group.Go(func() error { return b.orders.Run(ctx) })
		group.Go(func() error { return b.poller.Run(ctx) })
		group.Go(func() error { return g.applySnapshots(ctx, b) })
		if b.pictures != nil {
			group.Go(func() error { return b.pictures.run(ctx) })
		}
		if hours, configured := readQuietHours(g.config.Screening.QuietHours); configured {
			group.Go(func() error { return b.keepQuietHours(ctx, hours) })
		}
		if b.screened != nil {
			group.Go(func() error { return b.screened.run(ctx) })
		}
		if b.softphone != nil {
			group.Go(func() error { return b.softphone.phone.Run(ctx) })
		}
		if b.listing != nil {
			group.Go(func() error { return b.listing.Run(ctx) })
		}
		if b.isAsterisk() {
			group.Go(func() error { return g.asterisk.serve(ctx) })
			continue
		}
		group.Go(func() error { return b.monitor.Run(ctx, b.line) })
	}
	if g.screener != nil {
		group.Go(func() error { return g.watchTrial(ctx) })
	}
	if g.journal != nil {
		group.Go(func() error { return g.watchJournal(ctx) })
	}
	group.Go(func() error { return g.recordings.Run(ctx) })
	for _, c := range g.copies {
		group.Go(func() error { return c.Run(ctx) })
	}
	return group.Wait()
}

// resultTimeout returns how long an order may take to have a result.
func (g *Gateway) resultTimeout() time.Duration {
	return cmp.Or(g.options.Timing.Result, control.ResultWait)
}

func (g *Gateway) boxIDs() []string {
	lines := g.config.Lines()
	ids := make([]string, len(lines))
	for i, b := range lines {
		ids[i] = b.ID
	}
	return ids
}

// box returns the box with an id, nil if there is none.
func (g *Gateway) box(id string) *box {
	for _, b := range g.boxes {
		if b.id == id {
			return b
		}
	}
	return nil
}
