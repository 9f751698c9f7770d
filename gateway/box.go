package gateway

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/line"
	"github.com/callporter/callporter/gateway/listing"
	"github.com/callporter/callporter/gateway/orders"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/query"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/mqtt/topic"
	"github.com/callporter/callporter/order"
	"github.com/callporter/callporter/screening"
)

// publisher is the part of the MQTT client that a box needs.
type publisher interface {
	line.Publisher
	ResendBelow(prefix string)
}

// box is one FRITZ!Box with everything that deals with it.
type box struct {
	*Gateway
	id        string
	config    config.Box
	topics    topic.Box
	log       *slog.Logger
	docs      document.Documents
	publisher publisher

	line      *line.Line
	history   *line.History
	poller    *poll.Poller
	orders    *orders.Orders
	pictures  *pictures        // nil = switched off
	screened  *screened        // nil = nobody is judged
	listing   *listing.Listing // nil = nothing is listed by itself
	softphone *softphone       // nil = there is none
	monitor   *callmonitor.Monitor
	recorder  *callmonitor.Recorder // nil = none

	screenedLine atomic.Pointer[screening.Line] // what screening has to know of the line
	restored     atomic.Bool                    // the history is restored from the journal
	healthMu     sync.Mutex                     // held while publishing health
	linkUps      int                            // how often the link came up; only monitorChanged uses it

	// Only applySnapshot uses these.
	lastSnapshot *poll.Snapshot  // the one applied last
	lastListed   *poll.Snapshot  // the last one applied with a call list; nil = none
	lostMark     *tr064.CallMark // how far a lost journal had read the call list; nil = none is lost
	missingBooks string          // phonebooks that the configuration names but the box lacks, as in the last warning
}

// newBoxes makes the boxes of the configuration. They publish to p.
func (g *Gateway) newBoxes(p publisher) error {
	queries := query.Options{
		Journal: g.journal, NoJournal: g.noJournal(), Language: g.config.Language, Timeout: g.resultTimeout(), Now: g.now,
		Forgotten: g.forgotten.Knows, Version: g.options.Version, Ports: g.ports, Status: g.status,
	}
	if g.screener != nil {
		queries.Screen = g.explain
	}
	for _, cfg := range g.config.Boxes {
		b, err := g.newBox(cfg, p)
		if err != nil {
			return err
		}
		g.boxes = append(g.boxes, b)
		queries.Boxes = append(queries.Boxes, query.Box{ID: b.id, Poller: b.poller})
	}
	if lines := g.config.Lines(); len(lines) > len(g.boxes) {
		if err := g.newAsterisk(lines[len(g.boxes)], p); err != nil {
			return err
		}
		queries.Boxes = append(queries.Boxes, query.Box{ID: g.asterisk.id, Poller: g.asterisk.poller})
	}
	g.answerer = query.New(queries)
	return nil
}

func (g *Gateway) newBox(cfg config.Box, p publisher) (*box, error) {
	b := &box{
		Gateway: g, id: cfg.ID, config: cfg, topics: g.topics.Box(cfg.ID), publisher: p,
		log:  g.options.Log.With("component", "box", "box", cfg.ID),
		docs: document.Documents{Language: g.config.Language, Location: cfg.Location()},
	}
	var err error
	b.poller, err = poll.New(poll.Options{
		Box: cfg, Data: g.config.Data, Hidden: func(n call.Number) bool { return g.forgotten.Knows(n, time.Time{}) },
		Note:      g.listedAs,
		AreaCodes: g.areaCodes, Language: g.config.Language, Dial: g.options.DialBox, Timing: g.options.Timing.Access, Now: g.now,
		ClientLog: g.options.Log, Log: b.log, Registerer: g.registry,
	})
	if err != nil {
		return nil, err
	}
	b.lastSnapshot = b.poller.Current()
	if b.poller.Client != nil {
		b.countSkipped(b.lastSnapshot) // none yet, so that the metric is there
	}
	b.docs.Phones = b.lastSnapshot.Phones()
	b.history = line.NewHistory(b.topics, b.docs, p, g.forgotten.Any)
	b.history.SetLines(b.lastSnapshot.Plan.MSNs)
	b.softphone = newSoftphone(b)
	observers := []call.Observer{b.history}
	if g.journal != nil {
		observers = append(observers, call.ObserverFunc(func(box string, t call.Transition) { g.journal.Record(box, t.Call) }))
	}
	if cfg.ShowsPictures() {
		b.pictures = newPictures(b)
		observers = append(observers, b.pictures)
	}
	if g.screener != nil {
		b.screened = newScreened(b)
		g.metrics.JudgeCallers(b.id)
		observers = append(observers, b.screened)
		if !b.isAsterisk() { // whose dial plan turns callers away, or not
			observers = append(observers, call.ObserverFunc(b.countVerdict))
		}
		if b.listing = b.newListing(); b.listing != nil {
			observers = append(observers, b.listing)
		}
	}
	if b.isAsterisk() {
		observers = append(observers, g.asterisk)
	}
	observers = append(observers, call.ObserverFunc(b.callEnded), call.ObserverFunc(b.callStarted))
	b.line = line.New(line.Options{
		ID: b.id, Topics: b.topics, Documents: b.docs, Plan: b.lastSnapshot.Plan, Debounce: cfg.Debounce,
		Publisher: p, Observers: observers, Published: b.history.PublishNews, Metrics: g.metrics, Monitor: b.monitorChanged, Softphone: b.softphone.answering(),
		RingLimit: g.options.Timing.RingLimit, Stamped: g.options.StampedTime, Now: g.now, Log: b.log,
	})
	b.line.Adopt(b.lineKnown(b.lastSnapshot))
	b.orders = orders.New(orders.Options{
		Box: b.id, Asterisk: b.isAsterisk(), Commands: g.config.Commands, Documents: b.docs, Poller: b.poller, Calls: b.line, History: b.history,
		Settings: g.settings, QuietHours: g.config.Screening.QuietHours != "", Journal: g.journal, NoJournal: g.noJournal(), Timeout: g.resultTimeout(),
		Now: g.now, Log: b.log,
		Refresh: b.refresh, SettingsChanged: b.settingsChanged, PermitUntil: b.permitUntil, Inject: b.line.Inject, Recount: b.recount,
		Forget: func(ctx context.Context, n call.Number) (any, *order.Refusal) { return g.forget(ctx, n) },
		Screen: b.screenNumber(), Reject: b.rejecter(),
	})
	return b, nil
}

// callStarted tells the orders about an outgoing call.
func (b *box) callStarted(id string, t call.Transition) { b.orders.Observe(id, t) }

// callEnded has the call list read soon, when the box has added the ended call.
func (b *box) callEnded(_ string, t call.Transition) {
	if t.Type.Closing() {
		b.poller.CallEnded()
	}
}

// monitorChanged handles a change of the call monitor. It runs while the line is locked.
func (b *box) monitorChanged(m line.Monitor) {
	if m.Ups != b.linkUps {
		b.linkUps = m.Ups
		b.poller.LinkUp(m.Ups == 1)
		if b.softphone != nil {
			b.softphone.phone.Renew()
		}
	}
	b.publishHealth()
}

// publishStart publishes the state before the first event.
func (b *box) publishStart() {
	b.line.Begin()
	b.publishBoxState()
	if b.pictures != nil {
		b.publisher.Retain(b.topics.Picture, idlePicture())
	}
}

// refresh has the box read again and publishes everything again. It does not wait for the
// end: reading many phonebooks takes longer than an order may.
func (b *box) refresh() {
	b.poller.Want()
	b.publishAll()
	b.publisher.ResendBelow(b.topics.All())
}

// publishAll gives the whole state of the box to the MQTT client.
func (b *box) publishAll() {
	b.line.Do(b.line.PublishAll)
	b.publishBoxState()
}

// publishBoxState publishes the state that does not belong to the line.
func (b *box) publishBoxState() {
	b.history.PublishAll()
	b.publishSettings()
	b.publishVoicemail()
}

// publishVoicemail publishes the messages of the answering machines if they were read. If
// not, the broker keeps what an earlier run published, which may still be true. It is
// replaced all the same if any number was forgotten, since it may hold that number.
func (b *box) publishVoicemail() {
	s := b.poller.Current()
	if b.poller.Client != nil && s.Known() && (!s.Freshness(poll.Messages).Read.IsZero() || b.forgotten.Any()) {
		b.publisher.Retain(b.topics.Voicemail, b.docs.Voicemail(s.Voicemail(b.forgotten.Knows)))
	}
}

// noPublisher is a publisher without a broker.
type noPublisher struct{}

func (noPublisher) Retain(string, []byte)               {}
func (noPublisher) Emit(string, []byte, time.Time) bool { return true }
func (noPublisher) Room() <-chan struct{}               { return nil }
func (noPublisher) ResendBelow(string)                  {}
