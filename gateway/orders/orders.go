package orders

import (
	"context"
	"log/slog"
	"strings"
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

// Calls are the active calls of a box.
type Calls interface {
	Active() []call.Call // oldest first
	Clock() time.Time    // the time by which they run
}

// History holds the calls of the past.
type History interface {
	Caller() call.Call             // the incoming call that began last
	Reset(now time.Time) time.Time // clears the missed calls, and returns up to which time
}

// Options are the settings of Orders.
type Options struct {
	Box       string // its id
	Asterisk  bool   // it is the line of Asterisk
	Commands  config.Commands
	Documents document.Documents // for results
	Poller    *poll.Poller
	Calls     Calls
	History   History
	Settings  *datadir.Settings
	Journal   *journal.Journal // nil = there is none
	NoJournal *order.Refusal   // the refusal where Journal is nil
	Timeout   time.Duration    // until an order must have a result
	// QuietHours says that quiet is also switched by the clock.
	QuietHours bool
	Now        func() time.Time
	Log        *slog.Logger

	Refresh         func()                                                   // reads the box and publishes everything again
	SettingsChanged func()                                                   // puts the settings in force and publishes them
	PermitUntil     func(time.Time)                                          // lets the next call until then through; zero = none any more
	Inject          func(numbers []string, until time.Time)                  // has the next calls take other numbers, for a test
	Recount         func(context.Context)                                    // counts the missed calls from the journal
	Forget          func(context.Context, call.Number) (any, *order.Refusal) // removes a number from everything callporter keeps
	Screen          func(context.Context, string) document.Screening         // judges a number as it is written; nil = nobody is judged
	Reject          Reject                                                   // turns away a caller who rings; nil = there is no softphone
}

// Orders carries out the orders to one box.
type Orders struct {
	Options
	dials dialLimit
	lines lineLimit
	jobs  chan *job

	screens       chan struct{}  // holds one for each number that is being judged
	beside        sync.WaitGroup // jobs that are carried out beside the worker
	besideContext context.Context
	endBeside     context.CancelFunc

	lists sync.Mutex // held while an order writes to own lists or those of the box

	mu       sync.Mutex
	open     map[*job]bool         // jobs that wait for the worker or are running there
	stopping bool                  // the worker has ended
	chosen   map[messageKey]choice // messages that an order was about which named none
}

// New returns the orders of a box. Run has to run for those that need the box.
func New(o Options) *Orders {
	orders := &Orders{
		Options: o, jobs: make(chan *job, maxJobs), screens: make(chan struct{}, maxScreens),
		open: map[*job]bool{}, chosen: map[messageKey]choice{},
	}
	orders.besideContext, orders.endBeside = context.WithCancel(context.Background())
	return orders
}

// Order is a command with its sender and the receiver of its result.
type Order struct {
	Command order.Command
	Refusal *order.Refusal // why it cannot be carried out, as its sender found; nil = nothing is wrong
	Who     string         // ByMQTT, ByCommand or ByItself, for the audit
	Timeout time.Duration  // until it must have a result; 0 = Options.Timeout
	Reply   func(result []byte)
}

// Who gives orders.
const (
	ByMQTT    = "mqtt"
	ByCommand = "command" // by the command socket, or a subcommand
	ByItself  = "auto"    // by callporter, because of a verdict
)

// work carries out a prepared order and fills in its result.
type work func(ctx context.Context, r *order.Result)

// Give carries out an order. Reply gets its one result, before Give returns unless the
// order needs the box.
func (o *Orders) Give(ctx context.Context, given Order) {
	j := newJob(given)
	if j.result.Refusal == nil {
		j.work = o.prepare(j, &j.result)
	}
	switch {
	case j.result.Refusal != nil, j.work == nil:
		o.finish(j, j.result)
	case j.Command.Name == "screen", j.Command.Name == "reject":
		o.carryOutBeside(j)
	case o.needsWorker(j):
		o.queue(j)
	default:
		o.startTimeout(j)
		o.carryOut(context.WithoutCancel(ctx), j)
	}
}

// prepare checks an order. It refuses it, or carries it out at once if that takes no time,
// or returns the work to do.
func (o *Orders) prepare(j *job, r *order.Result) work {
	if r.Refusal = o.lacks(j.Command); r.Refusal != nil {
		switch j.Command.Name {
		case "reject":
			r.Call = o.ringing(j.Command.Argument)
		case "block": // what no set-up can block is said first
			if _, _, refused := o.subject(j); refused != nil && refused.Code != order.CodeNoCaller {
				r.Refusal = refused
			}
		}
		return nil
	}
	switch cmd := j.Command; cmd.Name {
	case "quiet", "auto_reject", "threshold", "method", "withheld":
		return o.setSetting(j, r)
	case "permit_next":
		o.permitNext(cmd, r)
	case "reset_missed":
		return o.resetMissed()
	case "refresh":
		o.Refresh()
		r.Data = data(map[string]string{"message": o.refreshed().In(o.language())})
	case "block", "unblock", "allow", "disallow":
		return o.changeList(j, r)
	case "phonebook_add", "phonebook_remove":
		return o.phonebook(j, r)
	case "undo":
		return o.undo(j, r)
	case "dial":
		return o.dial(j, r)
	case "hangup":
		return o.hangup(j, r)
	case "deflection", "answering_machine":
		return o.setSwitch(j, r)
	case "voicemail_read", "voicemail_delete":
		return o.changeMessage(j, r)
	case "screen":
		return o.screen(j)
	case "reject":
		return o.reject(j, r)
	case "forget":
		return o.forget(j, r)
	case "inject":
		o.inject(j.Command, r)
	case "trust":
		return o.trust(j, r)
	default:
		r.Refusal = refusal.NotSupported
	}
	return nil
}

// refreshed says what the order refresh has done, which waits for no reading.
func (o *Orders) refreshed() call.Text {
	if o.hasBox() {
		return call.Text{"everything is published again, and the reading of the box has begun",
			"alles ist noch einmal veröffentlicht, und das Lesen der Box hat begonnen"}
	}
	return call.Text{"everything is published again", "alles ist noch einmal veröffentlicht"}
}

// finish sends the result of an order, unless it has one already.
func (o *Orders) finish(j *job, r order.Result) {
	if !j.replied.CompareAndSwap(false, true) {
		return
	}
	code := "ok"
	if r.Refusal != nil {
		code = string(r.Refusal.Code)
	}
	if j.Who != ByMQTT {
		r.Refusal = r.Refusal.ForTyping()
	}
	name, _, _ := strings.Cut(r.Command, "/")
	if r.Refusal != nil && r.Refusal.Code == order.CodeUnknownCommand {
		name = "unknown" // the text could be a telephone number, which must not be logged
	}
	if fits, skipped := o.lines.take(time.Now()); fits {
		attrs := []any{"name", name, "result", code}
		if skipped > 0 {
			attrs = append(attrs, "not_logged", skipped)
		}
		o.Log.Info("command", attrs...)
	}
	j.Reply(o.Documents.Result(r))
}

// plan returns the number plan of the line.
func (o *Orders) plan() *call.Plan { return o.Poller.Current().Plan }

// language returns the language of results.
func (o *Orders) language() call.Language { return o.Documents.Language }

// zone returns the time zone of the box.
func (o *Orders) zone() *time.Location {
	box := o.Poller.Current().Box
	return box.Location()
}

// hasBox reports whether callporter has access to the box by TR-064.
func (o *Orders) hasBox() bool { return o.Poller.Client != nil }
