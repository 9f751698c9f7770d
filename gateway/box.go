package gateway

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/mqtt/topic"
	"github.com/callporter/callporter/order"
)

// maxMissed is how many missed calls the missed topic lists; it counts all.
const maxMissed = 10

// input is what the call monitor hands to the loop: an event or news of the
// link, in the order in which they happened.
type input struct {
	event call.Event
	link  *callmonitor.LinkState
}

// message is an event or a result that found the queue full and waits.
type message struct {
	topic   string
	payload []byte
	at      time.Time
}

// box is one FRITZ!Box: its settings, and what its loop owns.
type box struct {
	id      string
	topics  topic.Box
	publish publisher
	metrics *metrics
	log     *slog.Logger
	store   *settings
	version string
	now     func() time.Time
	stamped bool                          // the box's stamps are our clock: replay and demo
	told    func(call.Transition, []byte) // hears each event too; nil = nobody does

	access   *access                               // nil = the box's own knowledge is not asked for
	learned  func(context.Context, *box, *reading) // hears what was read; nil = nobody does
	planNow  atomic.Pointer[call.Plan]             // a copy of plan for those beside the loop
	journal  *journal.Journal                      // nil = nothing is remembered
	fares    func() document.Part                  // how the journal fares
	bookless *order.Refusal                        // of what needs the journal, where journal is nil
	forget   func(context.Context, call.Number) (forgot, *order.Refusal)
	gone     *forgotten    // numbers that were forgotten; nil = none
	patience time.Duration // until an errand has to have a result

	monitor  *callmonitor.Monitor
	recorder *callmonitor.Recorder // nil = none

	turn     turn
	inputs   chan input
	orders   chan incomingOrder
	pings    chan chan struct{}
	tasks    chan func()                           // what the loop shall do for others
	errands  chan *errand                          // for the box
	memos    chan *errand                          // for the journal alone
	faces    chan face                             // pictures wanted; nil = none are shown
	over     <-chan struct{}                       // closed when the loop's time is over
	linkNow  atomic.Pointer[callmonitor.LinkState] // a copy for /readyz
	recalled atomic.Bool                           // last and missed calls were taken from the journal
	closed   atomic.Uint64                         // counts what changes last and missed calls

	// Owned by the loop, or by whoever has its turn, from here on.
	config   config.Box
	commands config.Commands
	plan     *call.Plan
	docs     document.Documents
	tracker  call.Tracker
	steps    []call.Transition
	unsent   []message
	link     callmonitor.LinkState
	online   bool // what the link topic says
	dirty    bool
	shown    time.Time // for when the state was last published
	base     time.Time // stamped: the last event's time, and when it came
	baseAt   time.Time
	missed   []call.Call
	missing  int
	last     *call.Call // the call that ended last; nil = none is known
	caller   call.Call  // the incoming call that began last

	open       map[*errand]bool  // under way, without a result
	contacts   contacts          // for looking callers up
	face       call.ID           // the call whose picture is shown or fetched
	known      *reading          // what was last read of the box; nil = nothing yet
	switches   document.Switches // of the box, as last read
	dialAt     time.Time         // when a number was dialled on order of which the box has not told yet
	dialTimes  []time.Time       // of what was dialled on order in the last hour
	mute       bool              // the call list grows and the call monitor says nothing
	muteSince  time.Time         // when that began or ended
	strange    string            // phonebooks of the configuration the box does not have, as last warned of
	linkedOnce bool              // the link has been up
	heard      time.Time         // when the call monitor last told of anything
}

// publisher is the part of the MQTT client a loop needs.
type publisher interface {
	Retain(topic string, payload []byte)
	Emit(topic string, payload []byte, at time.Time) bool
	Room() <-chan struct{}
	ResendBelow(prefix string)
}

func newBox(cfg config.Box, base topic.Topics, language call.Language) (*box, error) {
	plan, err := call.NewPlan(cfg.Country, cfg.AreaCode, cfg.Numbers)
	if err != nil {
		return nil, fmt.Errorf("read box %s: %w", cfg.ID, err)
	}
	b := &box{
		id:      cfg.ID,
		topics:  base.Box(cfg.ID),
		docs:    document.Documents{Language: language, Location: cfg.Location()},
		now:     time.Now,
		turn:    turn{taken: make(chan struct{}, 1)},
		inputs:  make(chan input, 32),
		orders:  make(chan incomingOrder, 16),
		pings:   make(chan chan struct{}),
		tasks:   make(chan func()),
		errands: make(chan *errand, maxErrands),
		memos:   make(chan *errand, maxErrands),
		open:    map[*errand]bool{},
	}
	b.linkNow.Store(new(callmonitor.LinkState))
	b.tracker.IDs = call.IDs{Random: func(p []byte) { rand.Read(p) }}
	b.adopt(cfg, plan)
	return b, nil
}

// adopt makes a configuration and its number plan those of the calls to come.
func (b *box) adopt(cfg config.Box, plan *call.Plan) {
	b.config, b.plan, b.tracker.Plan = cfg, plan, plan
	b.planNow.Store(plan)
	if b.access != nil {
		b.access.client.SetPlan(plan)
		b.access.roles.Store(rolesOf(cfg))
		token(b.access.resort) // the same numbers may mean others by the new plan
	}
	b.tracker.BlockWindow = cfg.Debounce
}

// adoptLine is adopt while calls are followed: the topics of numbers that are gone are
// cleared.
func (b *box) adoptLine(cfg config.Box, plan *call.Plan) {
	before := b.lines()
	b.adopt(cfg, plan)
	for _, own := range before {
		digits := own.Digits()
		if !slices.ContainsFunc(b.lines(), func(m call.MSN) bool { return m.Digits() == digits }) {
			b.publish.Retain(b.topics.Line(digits), nil)
		}
	}
	b.publishAll()
}

// useStamps makes the box's stamps the clock.
func (b *box) useStamps() {
	b.stamped = true
}

// lines returns the own numbers that have topics of their own.
func (b *box) lines() []call.MSN { return b.plan.MSNs }

// clock is the loop's time: ours, or that of the box's stamps, which then goes
// on with ours from the last event.
func (b *box) clock() time.Time {
	if b.stamped && !b.base.IsZero() {
		return b.base.Add(b.now().Sub(b.baseAt))
	}
	return b.now()
}

// silent reports whether a call is still within the debounce: the box may have
// barred the caller, and nobody shall be told that it rings.
func (b *box) silent(c *call.Call, now time.Time) bool {
	return c.Phase == call.Ringing && now.Sub(c.Started) < b.config.Debounce
}

// audible returns the active calls the house knows of, oldest first; msn limits
// them to one own number.
func (b *box) audible(now time.Time, msn string) []call.Call {
	var heard []call.Call
	for _, c := range b.tracker.Active() {
		if !b.silent(&c, now) && (msn == "" || c.MSN == msn) {
			heard = append(heard, c)
		}
	}
	return heard
}
