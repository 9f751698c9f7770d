package line

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/mqtt/topic"
)

// Publisher is the part of the MQTT client a line needs.
type Publisher interface {
	Retain(topic string, payload []byte)
	Emit(topic string, payload []byte, at time.Time) bool
	Room() <-chan struct{}
}

// Options are what a Line needs.
type Options struct {
	ID        string // of the box
	Topics    topic.Box
	Documents document.Documents
	Plan      *call.Plan
	Debounce  time.Duration
	Publisher Publisher
	// Observers get each transition after the event topic, in this order.
	Observers []call.Observer
	Metrics   *Metrics
	// Monitor hears when the link or the silence of the call monitor changes; nil =
	// nobody does. It is called in the loop and returns at once.
	Monitor func(Monitor)
	// RingLimit is after which time a ring without an end is lost; 0 = 3 min.
	RingLimit time.Duration
	// Stamped takes the stamps of the box for the time, so that a day can pass at any
	// speed.
	Stamped bool
	Now     func() time.Time
	Log     *slog.Logger
}

// Line is the loop of one box. What stands below tasks belongs to the loop.
type Line struct {
	id        string
	topics    topic.Box
	publish   Publisher
	metrics   *Metrics
	observers []call.Observer
	changed   func(Monitor)
	debounce  time.Duration
	now       func() time.Time
	log       *slog.Logger

	inputs  chan input
	tasks   chan func()             // what the loop shall do for others
	ended   chan struct{}           // closed behind the last turn of the loop
	monitor atomic.Pointer[Monitor] // a copy for others

	docs    document.Documents
	plan    *call.Plan
	tracker call.Tracker
	steps   []call.Transition
	events  *events
	link    link
	stamps  *stamps // nil = our clock counts
	dirty   bool    // the state is to be published
	shown   time.Time
}

// input is what the call monitor hands to the loop: an event or news of the link, in the
// order in which they happened.
type input struct {
	event call.Event
	link  *callmonitor.LinkState
}

// New makes a line. It publishes nothing.
func New(o Options) *Line {
	l := &Line{
		id: o.ID, topics: o.Topics, publish: o.Publisher, metrics: o.Metrics, changed: o.Monitor,
		debounce: o.Debounce, now: o.Now, log: o.Log, docs: o.Documents,
		inputs: make(chan input, 32), tasks: make(chan func()), ended: make(chan struct{}),
	}
	if l.now == nil {
		l.now = time.Now
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if l.metrics == nil {
		l.metrics = NewMetrics(nil)
	}
	if o.Stamped {
		l.stamps = &stamps{}
	}
	l.events = &events{publish: o.Publisher, topic: o.Topics.Event, docs: &l.docs, now: l.now}
	l.observers = slices.Concat([]call.Observer{l.events}, o.Observers, []call.Observer{l.metrics})
	l.monitor.Store(new(Monitor))
	l.tracker.IDs = call.IDs{Random: func(p []byte) { rand.Read(p) }}
	l.tracker.RingLimit, l.tracker.BlockWindow = o.RingLimit, o.Debounce
	l.SetPlan(o.Plan)
	return l
}

// SetPlan makes a number plan that of the calls to come. It is for before Run; while it
// runs, Adopt takes another one over.
func (l *Line) SetPlan(p *call.Plan) { l.plan, l.tracker.Plan = p, p }

// Known is what a line is told of its box.
type Known struct {
	Plan   *call.Plan
	Name   func(call.Number) string // of a contact; "" = none
	Phones map[call.Extension]string
}

// Adopt takes over what is known of the box for the calls to come. Call it in
// the loop, or before Run. The topics of numbers that are gone are cleared.
func (l *Line) Adopt(k Known) {
	l.tracker.Name, l.docs.Phones = k.Name, k.Phones
	if k.Plan == l.plan {
		return
	}
	before := l.plan.MSNs
	l.SetPlan(k.Plan)
	for _, own := range before {
		digits := own.Digits()
		if !slices.ContainsFunc(l.plan.MSNs, func(m call.MSN) bool { return m.Digits() == digits }) {
			l.publish.Retain(l.topics.Line(digits), nil)
		}
	}
	l.PublishAll()
}

// Event takes a report of the call monitor. It blocks while the loop is behind, which
// pauses reading from the box.
func (l *Line) Event(e call.Event) { l.put(input{event: e}) }

// Link takes news of the link to the call monitor.
func (l *Line) Link(s callmonitor.LinkState) { l.put(input{link: &s}) }

func (l *Line) put(in input) {
	select {
	case l.inputs <- in:
	case <-l.ended:
	}
}

// Do has the loop run f and waits until it has. It reports false where the loop has ended
// or ctx has.
func (l *Line) Do(ctx context.Context, f func()) bool {
	done := make(chan struct{})
	if !l.Post(ctx, func() { f(); close(done) }) {
		return false
	}
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// Post has the loop run f, and waits for nothing but the loop's attention.
func (l *Line) Post(ctx context.Context, f func()) bool {
	select {
	case l.tasks <- f:
		return true
	case <-l.ended:
		return false
	case <-ctx.Done():
		return false
	}
}

// Active are the calls that go on, oldest first; none where the loop has ended.
func (l *Line) Active(ctx context.Context) (all []call.Call) {
	l.Do(ctx, func() { all = slices.Clone(l.tracker.Active()) })
	return all
}

// Clock is the time of the calls: ours, or that of the box's stamps.
func (l *Line) Clock(ctx context.Context) (now time.Time) {
	if !l.Do(ctx, func() { now = l.clock() }) {
		return l.now()
	}
	return now
}

// Emit publishes a message on a topic that is not retained, behind earlier events.
func (l *Line) Emit(topic string, payload []byte) {
	select {
	case l.tasks <- func() { l.events.emit(topic, payload) }:
	case <-l.ended: // nothing waits in front of it any more
		l.publish.Emit(topic, payload, l.now())
	}
}

// Drop takes messages that wait for room out of the queue.
func (l *Line) Drop(holds func(payload []byte) bool) { l.events.drop(holds) }
