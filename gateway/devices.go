package gateway

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/discovery"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt"
)

// devices tells Home Assistant which devices there are, no faster than it can
// follow, and clears away what an earlier run left for a number that is no longer
// configured.
type devices struct {
	stale   discovery.StaleDocuments
	client  *mqtt.Client
	log     *slog.Logger
	now     func() time.Time
	changed chan struct{}

	mu        sync.Mutex // between learn, run and the search for stale documents
	announcer discovery.Announcer
	current   map[string]bool // topics of the documents there are
}

func (g *Gateway) newDevices() *devices {
	return &devices{
		stale:     discovery.StaleDocuments{Prefix: g.config.Discovery.Prefix, Topics: g.topics, Boxes: g.boxIDs()},
		log:       g.log,
		now:       g.now,
		changed:   make(chan struct{}, 1),
		announcer: discovery.Announcer{Gap: g.options.Timing.Discovery},
	}
}

// documents are those a configuration asks for: none with discovery switched off.
// What there was before then is removed, by the announcer where this run has published
// it, else as a stale document, which those of another gateway are not.
func (g *Gateway) documents(cfg *config.Config) ([]discovery.Document, error) {
	all, err := describe(*g.effective(cfg), g.options.Version, g.described)
	if !cfg.Discovery.Enabled {
		return nil, err
	}
	return all, err
}

// want replaces the documents there should be. What may go out at once has gone to
// the MQTT client when it returns, the rest follows.
func (d *devices) want(documents []discovery.Document) {
	d.mu.Lock()
	d.current = map[string]bool{}
	for _, doc := range documents {
		d.current[doc.Topic] = true
	}
	d.announcer.Want(documents)
	d.mu.Unlock()
	d.announce()
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// announce publishes what is due and returns when the next is; zero = never.
func (d *devices) announce() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	due, next := d.announcer.Due(d.now())
	for _, doc := range due {
		d.client.Announce(doc.Topic, doc.Payload)
	}
	return next
}

// status hears of a new connection, on which the MQTT client sends all documents
// again.
func (d *devices) status(s mqtt.Status) {
	if s.Up {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.announcer.Republished(d.now())
	}
}

// run publishes what had to wait until ctx ends. What still waits then is found by
// the next run as stale.
func (d *devices) run(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Stop()
		if next := d.announce(); !next.IsZero() {
			timer.Reset(next.Sub(d.now()))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.changed:
		case <-timer.C:
		}
	}
}

// subscription finds stale documents on the broker. What is not certainly
// ours stays.
func (d *devices) subscription() mqtt.Subscription {
	loss := call.Text{"devices of an earlier configuration stay in Home Assistant", "Geräte einer früheren Konfiguration bleiben in Home Assistant"}
	return mqtt.Subscription{Filter: d.stale.Filter(), Loss: loss, Handle: func(_ context.Context, m mqtt.Message) {
		// Under the lock, so that a document wanted again meanwhile is not removed.
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.stale.Includes(m.Topic, m.Payload, d.current) {
			d.log.Info("remove a device of an earlier configuration from Home Assistant", "topic", call.Mask(m.Topic))
			d.client.Announce(m.Topic, nil)
		}
	}}
}
