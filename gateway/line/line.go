package line

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
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
	// Published is called with each state, when no further report is waiting; nil = nobody
	// asks. It returns at once.
	Published func()
	// Monitor hears when the link or the silence of the call monitor changes; nil =
	// nobody does. It returns at once.
	Monitor func(Monitor)
	// Softphone is how calls at our own phone are answered; nil = there is none.
	Softphone *Softphone
	// RingLimit is after which time a ring without an end is lost; 0 = 3 min.
	RingLimit time.Duration
	// Stamped takes the stamps of the box for the time, so that a day can pass at any
	// speed.
	Stamped bool
	Now     func() time.Time
	Log     *slog.Logger
}

// Line follows the calls of one box. Whoever reports something to it carries that through
// to the observers; what only time brings, and the state documents, are the work of Run.
type Line struct {
	id        string
	topics    topic.Box
	publish   Publisher
	metrics   *Metrics
	observers []call.Observer
	changed   func(Monitor)
	published func()
	now       func() time.Time
	log       *slog.Logger

	wake    chan struct{}           // Run has something to do; holds one
	ended   chan struct{}           // closed, with mu held, when Run has done its last
	waiting atomic.Int32            // reports that wait for their turn
	monitor atomic.Pointer[Monitor] // a copy for others

	mu        sync.Mutex // guards what follows
	docs      document.Documents
	plan      *call.Plan
	tracker   call.Tracker
	steps     []call.Transition
	events    *events
	link      link
	stamps    *stamps // nil = our clock counts
	injection injection
	softphone *Softphone // nil = there is none; never changed
	preview   func(*call.Call) call.Opinion
	legs      []*leg // calls as our own phone hears of them
	rejected  rejections
	dirty     bool // the state is to be published
}

// New makes a line. It publishes nothing.
func New(o Options) *Line {
	l := &Line{
		id: o.ID, topics: o.Topics, publish: o.Publisher, metrics: o.Metrics, changed: o.Monitor, published: o.Published, softphone: o.Softphone, rejected: rejections{},
		now: o.Now, log: o.Log, docs: o.Documents,
		wake: make(chan struct{}, 1), ended: make(chan struct{}),
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
	l.tracker.IDs = call.IDs{Random: random}
	l.tracker.RingLimit, l.tracker.BlockWindow = o.RingLimit, o.Debounce
	l.SetPlan(o.Plan)
	return l
}

// random fills p. An ID is no secret, and the system's source of randomness is slow to wake.
func random(p []byte) {
	for i := range p {
		p[i] = byte(rand.Uint32())
	}
}

// SetPlan makes a number plan that of the calls to come. It is for before Run; while it
// runs, Adopt takes another one over.
func (l *Line) SetPlan(p *call.Plan) { l.plan, l.tracker.Plan = p, p }

// SetSoftphone says which extension our own phone is; "" = not known. Call it in Do.
func (l *Line) SetSoftphone(e call.Extension) { l.tracker.Softphone = e }

// Known is what a line is told of its box.
type Known struct {
	Plan  *call.Plan
	Name  func(call.Number) string      // of a contact; "" = none
	Known func(call.Party) bool         // a caller who is on no list that keeps callers out
	Judge func(*call.Call) call.Opinion // of a call that begins; nil = nobody judges
	// Preview is what Judge would say of a call that the call monitor has not told of yet. It
	// changes nothing.
	Preview func(*call.Call) call.Opinion
	Phones  map[call.Extension]string
}

// Adopt takes over what is known of the box for the calls to come. Call it in Do, or before
// Run. The topics of numbers that are gone are cleared.
func (l *Line) Adopt(k Known) {
	l.tracker.Name, l.tracker.Known, l.tracker.Judge, l.docs.Phones = k.Name, k.Known, l.again(k.Judge), k.Phones
	l.preview = l.again(k.Preview)
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

// maxUnsent is how many messages wait for room before reports do. It is not 0, since a line
// counts as received when it is read: the end of a barred call that came some milliseconds
// behind its ring is not to be late.
const maxUnsent = 32

// Event takes a report of the call monitor, and has told the observers of it when it
// returns. It waits while the event queue on a living broker is full and maxUnsent messages
// wait before it, which pauses reading from the box.
func (l *Line) Event(e call.Event) { l.report(func() { l.take(e) }) }

// Link takes news of the link to the call monitor, in order with the events.
func (l *Line) Link(s callmonitor.LinkState) { l.report(func() { l.takeLink(s) }) }

// report runs f while nothing else happens to the line. After the end of Run it does nothing.
func (l *Line) report(f func()) {
	l.waiting.Add(1)
	l.mu.Lock()
	defer l.release()
	l.awaitRoom(l.ended, maxUnsent)
	l.waiting.Add(-1)
	if !l.over() {
		f()
	}
}

// Screened takes over what screening makes of a call in the end.
func (l *Line) Screened(id call.ID, o call.Opinion) {
	l.Do(func() {
		l.steps = l.tracker.Screen(l.steps[:0], id, o, l.clock())
		l.dirty = true // an outgoing call has a name by now, and says no event of it
		l.announce()
	})
}

// Acted takes over what was done about a call. It reports whether the call is active.
func (l *Line) Acted(id call.ID, a call.Action) (active bool) {
	l.Do(func() {
		l.steps, active = l.tracker.Act(l.steps[:0], id, a)
		l.dirty = l.dirty || active
		l.announce()
	})
	return active
}

// Do runs f while nothing else happens to the line. f must not wait. After the end of Run
// it is not run.
func (l *Line) Do(f func()) {
	l.mu.Lock()
	defer l.release()
	if !l.over() {
		f()
	}
}

// release ends a turn, and lets Run do what follows from it.
func (l *Line) release() {
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// over reports whether Run has ended. l.mu is held.
func (l *Line) over() bool {
	select {
	case <-l.ended:
		return true
	default:
		return false
	}
}

// Alive reports whether the line goes on and can be reached before ctx ends.
func (l *Line) Alive(ctx context.Context) bool {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !l.mu.TryLock() {
		select {
		case <-again.C:
		case <-ctx.Done():
			return false
		}
	}
	defer l.mu.Unlock()
	return !l.over()
}

// Active are the calls that go on, oldest first.
func (l *Line) Active() []call.Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.tracker.Active())
}

// Clock is the time of the calls: ours, or that of the box's stamps.
func (l *Line) Clock() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.clock()
}

// Emit publishes a message on a topic that is not retained, behind earlier events.
func (l *Line) Emit(topic string, payload []byte) {
	l.mu.Lock()
	defer l.release()
	if l.over() { // nothing waits in front of it any more
		l.publish.Emit(topic, payload, l.now())
		return
	}
	l.events.emit(topic, payload)
}

// Drop takes messages that wait for room out of the queue. Call it in Do.
func (l *Line) Drop(holds func(payload []byte) bool) { l.events.drop(holds) }
