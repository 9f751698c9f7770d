package orders

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/order"
)

// Calls are those that go on at a box.
type Calls interface {
	Active(ctx context.Context) []call.Call // oldest first
	Clock(ctx context.Context) time.Time    // their time
}

// History are the calls of before.
type History interface {
	Caller() call.Call             // the incoming call that began last
	Reset(now time.Time) time.Time // forgets missed calls, and returns up to when
}

// Options are what the orders of a box need.
type Options struct {
	Box       string // its id
	Commands  config.Commands
	Documents document.Documents // for results
	Poller    *poll.Poller
	Calls     Calls
	History   History
	Settings  *datadir.Settings
	Journal   *journal.Journal // nil = nothing is remembered,
	NoJournal *order.Refusal   // and this is why
	Timeout   time.Duration    // until an order has to have a result
	Now       func() time.Time
	Log       *slog.Logger

	Refresh         func()                                                   // publishes everything again
	SettingsChanged func()                                                   // publishes the settings
	Recount         func(context.Context)                                    // takes missed calls from the journal
	Forget          func(context.Context, call.Number) (any, *order.Refusal) // everywhere
}

// Orders are the orders to one box.
type Orders struct {
	Options
	dials dialLimit
	jobs  chan *job

	lists sync.Mutex // held while an order writes to own lists or those of the box

	mu   sync.Mutex
	open map[*job]bool // waiting for the worker or under way there
}

// New makes the orders of a box. Run carries out what goes to the box.
func New(o Options) *Orders {
	return &Orders{Options: o, jobs: make(chan *job, maxJobs), open: map[*job]bool{}}
}

// Given is an order with who gives it and where its result goes.
type Order struct {
	Command order.Command
	Refusal *order.Refusal // what is wrong with it already; nil = nothing is
	Who     string         // "mqtt", "command": for the audit
	Timeout time.Duration  // how long the result may take; 0 = as Options say
	Reply   func(result []byte)
}

// work carries out what was prepared, and fills in what the result says.
type work func(ctx context.Context, r *order.Result)

// Give takes an order. Its one result goes to Reply, before Give returns unless the box is
// needed.
func (o *Orders) Give(ctx context.Context, g Order) {
	j := newJob(g)
	if j.result.Refusal == nil {
		j.work = o.prepare(ctx, j, &j.result)
	}
	switch {
	case j.result.Refusal != nil, j.work == nil:
		o.finish(j, j.result)
	case o.needsWorker(j):
		o.queue(j)
	default:
		o.startTimeout(j)
		o.carryOut(context.WithoutCancel(ctx), j)
	}
}

// prepare refuses an order, does it if that takes no time, or returns the work that does.
func (o *Orders) prepare(ctx context.Context, j *job, r *order.Result) work {
	switch cmd := j.Command; cmd.Name {
	case "quiet":
		o.Settings.Change(o.Box, func(s *document.Settings) { s.Quiet = cmd.Argument == "ON" })
		o.SettingsChanged()
		r.Data = json.RawMessage(o.Documents.Settings(o.Settings.Of(o.Box), o.Poller.Current().Switches(o.Documents.Language)))
	case "reset_missed":
		return o.resetMissed(ctx)
	case "refresh":
		o.Refresh()
	case "block", "unblock", "allow", "disallow":
		return o.changeList(ctx, j, r)
	case "phonebook_add", "phonebook_remove":
		return o.phonebook(j, r)
	case "undo":
		return o.undo(j, r)
	case "dial":
		return o.dial(ctx, j, r)
	case "hangup":
		return o.hangup(j, r)
	case "deflection", "answering_machine":
		return o.setSwitch(j, r)
	case "voicemail_read", "voicemail_delete":
		return o.changeMessage(j, r)
	case "forget":
		return o.forget(j, r)
	case "trust":
		return o.trust(j, r)
	case "reject":
		o.reject(ctx, cmd, r)
	default:
		r.Refusal = refusal.NotSupported
	}
	return nil
}

// finish sends the one result of an order.
func (o *Orders) finish(j *job, r order.Result) {
	if !j.replied.CompareAndSwap(false, true) {
		return
	}
	code := "ok"
	if r.Refusal != nil {
		code = string(r.Refusal.Code)
	}
	name := r.Command
	if r.Refusal != nil && r.Refusal.Code == order.CodeUnknownCommand {
		name = "unknown" // whatever stood there, it could be a telephone number
	}
	o.Log.Info("command", "name", name, "result", code)
	j.Reply(o.Documents.Result(r))
}

// plan is the number plan of the line.
func (o *Orders) plan() *call.Plan { return o.Poller.Current().Plan }

// language is that of results.
func (o *Orders) language() call.Language { return o.Documents.Language }

// zone is that of the box's clock.
func (o *Orders) zone() *time.Location {
	box := o.Poller.Current().Box
	return box.Location()
}

// hasBox reports whether anything can be asked of the box.
func (o *Orders) hasBox() bool { return o.Poller.Client != nil }
