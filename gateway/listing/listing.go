package listing

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/orders"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/screening"
)

// Options are what a Listing needs.
type Options struct {
	Box       string // its id
	AutoBlock config.AutoBlock
	NewBook   string // phonebook for names that directories know; "" = none
	Orders    func() *orders.Orders
	Snapshot  func() *poll.Snapshot
	HasBox    bool // callporter has access to the box by TR-064
	Journal   *journal.Journal
	// Acted notes what was done about a call; false = the call is over.
	Acted func(call.ID, call.Action) bool
	// Record keeps a call that was over before its number was listed.
	Record func(context.Context, call.Call)
	Now    func() time.Time
	Log    *slog.Logger
}

// Listing writes numbers of one box onto lists and into a phonebook by itself.
type Listing struct {
	Options
	requests chan request

	mu      sync.Mutex
	pending map[call.ID]*call.Call // calls with a request to block; the call when it is over, else nil
	paused  map[string]time.Time   // when a limit was last logged, by the name of the order
}

// request is what to write because of one call.
type request struct {
	call    call.ID
	order   string        // "block" or "phonebook_add"
	numbers []call.Number // to block; the one number of an entry
	name    string        // of the entry
	days    int           // until it is removed; 0 = for ever
}

// maxRequests bounds how many requests wait. Whoever sends more calls at once is not stopped
// by a list.
const maxRequests = 16

// New returns a Listing, nil if the configuration wants none or nothing could be undone.
func New(o Options) *Listing {
	if o.Journal == nil || !o.AutoBlock.Enabled && o.NewBook == "" {
		return nil
	}
	return &Listing{
		Options: o, requests: make(chan request, maxRequests),
		pending: map[call.ID]*call.Call{}, paused: map[string]time.Time{},
	}
}

// Judged takes note of what a call has been judged to be.
func (l *Listing) Judged(c *call.Call, r screening.Result, a call.Action) {
	switch {
	case c.Injected(): // somebody else has called
	case l.AutoBlock.Enabled && (a == call.WouldReject || a == call.ActionRejected):
		if wanted, ok := l.unwanted(c, &r); ok {
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.take(wanted) {
				l.pending[c.ID] = nil
			}
		}
	case l.NewBook != "" && r.Entry.Name != "" && (r.Verdict.Judgement == call.JudgementUnknown || r.Verdict.Judgement == call.Allowed):
		l.take(request{call: c.ID, order: "phonebook_add", numbers: []call.Number{r.Entry.Number}, name: oneLine(r.Entry.Name, maxName)})
	}
}

// unwanted is the request to block the numbers of a spam call; false = there is no reason to.
func (l *Listing) unwanted(c *call.Call, r *screening.Result) (request, bool) {
	wanted := request{call: c.ID, order: "block", days: l.AutoBlock.Days}
	if r.Verdict.Score < l.AutoBlock.MinScore {
		return wanted, false
	}
	for _, g := range r.Grounds {
		if g.Reported >= l.AutoBlock.MinScore || l.AutoBlock.Structure && g.Planned >= l.AutoBlock.MinScore {
			wanted.numbers = append(wanted.numbers, g.Number)
		}
	}
	switch {
	case len(wanted.numbers) == 0:
		return l.again(c)
	case l.AutoBlock.Both:
		for _, n := range []call.Number{c.Caller.Number, c.Caller.Network} {
			if !contains(wanted.numbers, n) {
				wanted.numbers = append(wanted.numbers, n)
			}
		}
	default:
		wanted.numbers = wanted.numbers[:1]
	}
	snapshot := l.Snapshot()
	wanted.name = title(l.AutoBlock.Name, &r.Verdict, l.Now().In(snapshot.Box.Location()).Format(time.DateOnly))
	return wanted, true
}

// again is the request to block a number that is on the own list by an earlier one, and
// which the box may not have taken: it was away then.
func (l *Listing) again(c *call.Call) (request, bool) {
	e, found := l.Journal.Match(journal.Block, c.Caller.Number)
	if !found || e.Who != orders.ByItself || !l.Orders().BlocksAtBox(l.command(request{})) {
		return request{}, false
	}
	days := 0
	if !e.Expires.IsZero() {
		days = 1 + int(e.Expires.Sub(l.Now())/(24*time.Hour))
	}
	return request{call: c.ID, order: "block", numbers: []call.Number{c.Caller.Number}, name: e.Name, days: days}, true
}

// take queues a request and reports whether there was room.
func (l *Listing) take(r request) bool {
	select {
	case l.requests <- r:
		return true
	default:
		l.Log.Warn("a number is not listed, since too many wait", "order", r.order)
		return false
	}
}

// Observe keeps a call that ends before its number is listed.
func (l *Listing) Observe(_ string, t call.Transition) {
	if !t.Type.Closing() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, waits := l.pending[t.Call.ID]; waits {
		c := t.Call
		l.pending[c.ID] = &c
	}
}

// Run carries out the requests, one after the other, until ctx ends.
func (l *Listing) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-l.requests:
			l.carryOut(ctx, r)
		}
	}
}

func (l *Listing) carryOut(ctx context.Context, r request) {
	done := false
	for _, n := range r.numbers {
		reason, err := l.obstacle(ctx, r.order, n)
		switch {
		case err != nil:
			l.Log.Warn("a number is not listed", "order", r.order, "number", n, "error", err)
		case reason != "":
			l.Log.Debug("a number is not listed", "order", r.order, "number", n, "reason", reason)
		default:
			done = l.give(ctx, r, n) || done
		}
	}
	if done && r.order == "block" && !l.Acted(r.call, call.Listed) {
		l.mu.Lock()
		ended := l.pending[r.call]
		l.mu.Unlock()
		if ended != nil {
			c := *ended
			c.Action = call.Listed
			l.Record(ctx, c)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.pending, r.call)
}

func contains(all []call.Number, n call.Number) bool {
	for _, m := range all {
		if m.Full() == n.Full() {
			return true
		}
	}
	return n.Withheld()
}
