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
	"github.com/callporter/callporter/gateway/orders"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/query"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/mqtt/topic"
	"github.com/callporter/callporter/order"
)

// publisher is the part of the MQTT client a box needs.
type publisher interface {
	line.Publisher
	ResendBelow(prefix string)
}

// box is one FRITZ!Box: the rooms that deal with it.
type box struct {
	*Gateway
	id        string
	config    config.Box
	topics    topic.Box
	log       *slog.Logger
	docs      document.Documents
	publisher publisher

	line     *line.Line
	history  *line.History
	poller   *poll.Poller
	orders   *orders.Orders
	pictures *pictures // nil = none are shown
	monitor  *callmonitor.Monitor
	recorder *callmonitor.Recorder // nil = none

	restored atomic.Bool // last and missed calls were taken from the journal
	healthMu sync.Mutex  // held while health is published
	linkUps  int         // how often the link has come up; belongs to the loop of line

	// These belong to whoever learns from snapshots.
	lastSnapshot *poll.Snapshot  // that was dealt with last
	lostMark     *tr064.CallMark // how far the call list was known to a journal that is gone; nil = it is not
	missingBooks string          // phonebooks of the configuration the box does not have, as last warned of
}

// newBoxes makes the boxes of the configuration, which publish to p.
func (g *Gateway) newBoxes(p publisher) error {
	answered := query.Options{
		Journal: g.journal, NoJournal: g.noJournal(), Language: g.config.Language, Timeout: g.resultTimeout(), Now: g.now,
		Forgotten: g.forgotten.Knows, Version: g.options.Version, Ports: g.ports,
	}
	for _, cfg := range g.config.Boxes {
		b, err := g.newBox(cfg, p)
		if err != nil {
			return err
		}
		g.boxes = append(g.boxes, b)
		answered.Boxes = append(answered.Boxes, query.Box{ID: b.id, Poller: b.poller})
	}
	g.answerer = query.New(answered)
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
		Dial: g.options.DialBox, Timing: g.options.Timing.Access, Now: g.now,
		ClientLog: g.options.Log, Log: b.log, Registerer: g.registry,
	})
	if err != nil {
		return nil, err
	}
	b.lastSnapshot = b.poller.Current()
	b.docs.Phones = b.lastSnapshot.Phones()
	b.history = line.NewHistory(b.topics, b.docs, p, g.forgotten.Any)
	observers := []call.Observer{b.history}
	if g.journal != nil {
		observers = append(observers, call.ObserverFunc(func(box string, t call.Transition) { g.journal.Record(box, t.Call) }))
	}
	if cfg.ShowsPictures() {
		b.pictures = newPictures(b)
		observers = append(observers, b.pictures)
	}
	observers = append(observers, call.ObserverFunc(b.callEnded), call.ObserverFunc(b.callStarted))
	b.line = line.New(line.Options{
		ID: b.id, Topics: b.topics, Documents: b.docs, Plan: b.lastSnapshot.Plan, Debounce: cfg.Debounce,
		Publisher: p, Observers: observers, Metrics: g.metrics, Monitor: b.monitorChanged,
		RingLimit: g.options.Timing.RingLimit, Stamped: g.options.StampedTime, Now: g.now, Log: b.log,
	})
	b.line.Adopt(b.lineKnown(b.lastSnapshot))
	b.orders = orders.New(orders.Options{
		Box: b.id, Commands: g.config.Commands, Documents: b.docs, Poller: b.poller, Calls: b.line, History: b.history,
		Settings: g.settings, Journal: g.journal, NoJournal: g.noJournal(), Timeout: g.resultTimeout(), Now: g.now, Log: b.log,
		Refresh: b.refresh, SettingsChanged: b.publishSettings, Recount: b.recount,
		Forget: func(ctx context.Context, n call.Number) (any, *order.Refusal) { return g.forget(ctx, n) },
	})
	return b, nil
}

// callBegun tells the orders of a call that goes out.
func (b *box) callStarted(id string, t call.Transition) { b.orders.Observe(id, t) }

// callEnded has the call list read: the box has the call there in a moment.
func (b *box) callEnded(_ string, t call.Transition) {
	if t.Type.Closing() {
		b.poller.CallEnded()
	}
}

// monitorChanged hears of the call monitor, in the loop of the line.
func (b *box) monitorChanged(m line.Monitor) {
	if m.Ups != b.linkUps {
		b.linkUps = m.Ups
		b.poller.LinkUp(m.Ups == 1)
	}
	b.publishHealth()
}

// begin publishes what is true before the first event.
func (b *box) publishStart() {
	b.line.Begin()
	b.publishBoxState()
	if b.pictures != nil {
		b.publisher.Retain(b.topics.Picture, blankPicture())
	}
}

// refresh reads the box anew and sends everything again. The result is that it has
// begun: a box with many phonebooks takes longer than an order may.
func (b *box) refresh() {
	b.poller.Want()
	b.publishAll()
	b.publisher.ResendBelow(b.topics.All())
}

// publishAll hands the whole state to the MQTT client.
func (b *box) publishAll() {
	b.line.Do(context.Background(), b.line.PublishAll)
	b.publishBoxState()
}

// publishRest publishes what is not the line's.
func (b *box) publishBoxState() {
	b.history.PublishAll()
	b.publishSettings()
	b.publishVoicemail()
}

func (b *box) publishSettings() {
	b.publisher.Retain(b.topics.Settings, b.docs.Settings(b.settings.Of(b.id), b.poller.Current().Switches(b.docs.Language)))
}

// publishVoicemail publishes the messages of the answering machines, where they were
// read. Else what an earlier run has left on the broker may be true, unless it is of a
// number that was forgotten.
func (b *box) publishVoicemail() {
	s := b.poller.Current()
	if b.poller.Client != nil && s.Known() && (!s.Freshness(poll.Messages).Read.IsZero() || b.forgotten.Any()) {
		b.publisher.Retain(b.topics.Voicemail, b.docs.Voicemail(s.Voicemail(b.forgotten.Knows)))
	}
}

// nobody publishes to no broker.
type noPublisher struct{}

func (noPublisher) Retain(string, []byte)               {}
func (noPublisher) Emit(string, []byte, time.Time) bool { return true }
func (noPublisher) Room() <-chan struct{}               { return nil }
func (noPublisher) ResendBelow(string)                  {}
