package retained

import (
	"context"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/discovery"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/topic"
)

// Devices publishes the discovery documents of the devices, no faster than Home Assistant
// can take them. It clears the documents that an earlier run left for a number that is no
// longer configured. Its methods may be called from several goroutines.
type Devices struct {
	stale   discovery.StaleDocuments
	client  *mqtt.Client
	log     *slog.Logger
	now     func() time.Time
	changed chan struct{}

	data string

	mu        sync.Mutex // between learn, run and the search for stale documents
	announcer discovery.Announcer
	current   map[string]bool     // topics of the documents there are
	announced discovery.Announced // what the documents describe or once described; never changed in place
}

// DevicesOptions are what Devices need.
type DevicesOptions struct {
	Prefix string // of discovery
	Topics topic.Topics
	Boxes  []string      // ids
	Data   string        // the data directory
	Gap    time.Duration // between two different documents of one device; 0 = 5 s
	Log    *slog.Logger
	Now    func() time.Time
}

// NewDevices makes Devices without documents. Call PublishTo before the first Want.
func NewDevices(o DevicesOptions) *Devices {
	announced, err := readAnnounced(o.Data)
	if err != nil {
		o.Log.Warn("what this configuration has no more may stay in Home Assistant", "error", err)
	}
	return &Devices{
		stale: discovery.StaleDocuments{Prefix: o.Prefix, Topics: o.Topics, Boxes: o.Boxes},
		log:   o.Log, now: o.Now, changed: make(chan struct{}, 1),
		announcer: discovery.Announcer{Gap: o.Gap}, data: o.Data, announced: announced,
	}
}

// PublishTo sets the client that publishes.
func (d *Devices) PublishTo(c *mqtt.Client) { d.client = c }

// Announced is what Home Assistant was told of by this run and earlier ones.
func (d *Devices) Announced() discovery.Announced {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.announced
}

// Want replaces the documents that there should be. When it returns, the MQTT client has
// those that may be published at once. Run publishes the others.
func (d *Devices) Want(documents []discovery.Document) {
	d.mu.Lock()
	d.current = map[string]bool{}
	for _, doc := range documents {
		d.current[doc.Topic] = true
	}
	if announced := withDocuments(d.announced, documents); !reflect.DeepEqual(announced, d.announced) {
		d.announced = announced
		if err := writeAnnounced(d.data, announced); err != nil {
			d.log.Warn("what goes from the configuration may stay in Home Assistant", "error", err)
		}
	}
	d.announcer.Want(documents)
	d.mu.Unlock()
	d.Announce()
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// Announce publishes what is due and returns when the next document is; zero = never.
func (d *Devices) Announce() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	due, next := d.announcer.Due(d.now())
	for _, doc := range due {
		d.client.Announce(doc.Topic, doc.Payload)
	}
	return next
}

// Status takes note of a new connection, on which the MQTT client publishes all documents
// once more.
func (d *Devices) Status(s mqtt.Status) {
	if s.Up {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.announcer.Republished(d.now())
	}
}

// Run publishes the documents that had to wait, until ctx ends. If some still wait then, the
// next run corrects what is on the broker.
func (d *Devices) Run(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Stop()
		if next := d.Announce(); !next.IsZero() {
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

// Subscription finds stale documents on the broker and clears them. What is not certainly
// ours stays.
func (d *Devices) Subscription() mqtt.Subscription {
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
