package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/callporter/callporter/asterisk"
	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/screening"
)

// asteriskLine is the line of the calls that an Asterisk asks about. It is judged as the box it
// goes by, and told of by FastAGI in the place of a call monitor.
type asteriskLine struct {
	*box
	by     *box // whose line and phonebooks it has
	server *asterisk.Server

	mu         sync.Mutex
	results    map[call.ID]*asteriskResult
	open       map[string]call.ID // by channel: calls whose end the dial plan will tell
	connection call.ConnectionID  // the last one given
}

// asteriskResult is what screening makes of a call. done is closed when that is its last word.
type asteriskResult struct {
	screening.Result
	done chan struct{}
}

// newAsterisk makes the line of Asterisk, behind the boxes, if it is configured.
func (g *Gateway) newAsterisk(cfg config.Box, p publisher) error {
	a := &asteriskLine{by: g.box(g.config.AsteriskBox()), results: map[call.ID]*asteriskResult{}, open: map[string]call.ID{}}
	g.asterisk = a
	b, err := g.newBox(cfg, p)
	if err != nil {
		return err
	}
	a.box = b
	g.boxes = append(g.boxes, b)
	a.follow(a.by.lastSnapshot)
	return nil
}

// follow takes over what a snapshot says about the line and the phonebooks of the box it goes
// by.
func (a *asteriskLine) follow(s *poll.Snapshot) { a.adoptSnapshot(a.poller.Follow(s)) }

// isAsterisk reports whether this is the line of Asterisk, and no box.
func (b *box) isAsterisk() bool {
	return b.Gateway.config.Asterisk.Enabled && b.id == b.Gateway.config.Asterisk.ID
}

// judged takes what screening makes of a call.
func (a *asteriskLine) judged(id call.ID, r screening.Result) {
	a.mu.Lock()
	defer a.mu.Unlock()
	known := a.results[id]
	if known == nil {
		known = &asteriskResult{done: make(chan struct{})}
		a.results[id] = known
	}
	known.Result = r
	if !r.Undecided {
		close(known.done)
	}
}

// Observe forgets what was kept of a call that has ended.
func (a *asteriskLine) Observe(_ string, t call.Transition) {
	if !t.Type.Closing() {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.results, t.Call.ID)
	for channel, id := range a.open {
		if id == t.Call.ID {
			delete(a.open, channel)
		}
	}
}

// Errors of screen.
var (
	errNotRunning = errors.New("screen caller: callporter is stopping")
	errOver       = errors.New("screen caller: the call is over")
)

// screen begins a call and waits for its verdict. A call whose end the dial plan will not tell is
// over with that: how it went on is not known.
func (a *asteriskLine) screen(ctx context.Context, r asterisk.Request) (asterisk.Answer, error) {
	c, ok := a.line.Told(a.ring(r))
	if !ok {
		return asterisk.Answer{}, errNotRunning
	}
	result, before := a.keep(c.ID, r)
	if before != "" {
		a.line.End(before, call.Lost, 0)
	}
	if !r.Open() {
		defer a.line.End(c.ID, call.Lost, 0)
	}
	answer := asterisk.Answer{Name: c.Caller.Name, Number: c.Caller.Number}
	switch {
	case a.screened == nil:
		return answer, nil
	case result == nil:
		return asterisk.Answer{}, errOver
	}
	select {
	case <-result.done:
	case <-ctx.Done():
		return asterisk.Answer{}, fmt.Errorf("screen caller: %w", ctx.Err())
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	answer.Verdict, answer.Name = result.Verdict, cmp.Or(c.Caller.Name, result.Name)
	if !result.Number.Withheld() {
		answer.Number = result.Number
	}
	return answer, nil
}

// keep returns what screening makes of a call, nil if the call is over. A call whose end the dial
// plan will tell is kept by its channel; before is the one that the channel had until then.
func (a *asteriskLine) keep(id call.ID, r asterisk.Request) (result *asteriskResult, before call.ID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.Open() {
		before = a.open[r.Channel]
		a.open[r.Channel] = id
	}
	return a.results[id], before
}

// ring is a request as the beginning of a call.
func (a *asteriskLine) ring(r asterisk.Request) call.Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.connection++
	plan := a.poller.Current().Plan
	caller, network := spelled(plan, r.Caller), spelled(plan, r.Network)
	if network != "" {
		caller += "(" + network + ")"
	}
	now := a.line.Clock()
	return call.Event{
		Kind: call.Ring, Connection: a.connection, Caller: caller, Callee: r.Called, Trunk: asteriskTrunk, Stamp: now, Received: now,
	}
}

// withoutZero is a number without its first zero, where it begins with two: a PBX may have put one
// before it. possible reports whether that is a number of the plan.
func withoutZero(plan *call.Plan, raw string) (number string, possible bool) {
	if !strings.HasPrefix(raw, "00") {
		return raw, false
	}
	class, _ := screening.Classify(plan, raw[1:])
	return raw[1:], class == call.ClassFixed || class == call.ClassMobile || class == call.ClassService
}

// spelled is a number as it is meant: without a zero too many, where it is a number only then.
func spelled(plan *call.Plan, raw string) string {
	if number, possible := withoutZero(plan, raw); possible {
		if class, _ := screening.Classify(plan, raw); class == call.ClassInvalid {
			return number
		}
	}
	return raw
}

// others are the numbers that those of a caller stand for if they have a zero too many.
func others(plan *call.Plan, p call.Party) (all []call.Number) {
	for _, n := range []call.Number{p.Number, p.Network} {
		if number, possible := withoutZero(plan, n.Raw); possible {
			all = append(all, plan.Number(number))
		}
	}
	return all
}

// asteriskTrunk is the trunk of a call that an Asterisk asks about.
const asteriskTrunk = "AGI"

// answered notes that a phone has answered a call.
func (a *asteriskLine) answered(r asterisk.Request) bool {
	id, found := a.opened(cmp.Or(r.Argument(0), r.Channel))
	if !found {
		return false
	}
	for _, c := range a.line.Active() {
		if c.ID == id {
			a.line.Event(call.Event{Kind: call.Connect, Connection: c.Connection, Received: a.line.Clock()})
			return true
		}
	}
	return false
}

// ended notes how a call has ended.
func (a *asteriskLine) ended(r asterisk.Request) bool {
	id, found := a.opened(r.Channel)
	return found && a.line.End(id, r.Outcome(), r.Talk())
}

func (a *asteriskLine) opened(channel string) (call.ID, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id, found := a.open[channel]
	return id, found
}

// listenAsterisk opens the port for Asterisk, if it is configured.
func (g *Gateway) listenAsterisk(open *resources) (net.Listener, error) {
	if g.asterisk == nil {
		return nil, nil
	}
	listener, err := net.Listen("tcp", g.config.Asterisk.Listen)
	if err != nil {
		return nil, fmt.Errorf("open FastAGI: %w", &config.ListenError{Key: "asterisk.listen", Err: err})
	}
	open.onClose("FastAGI port", func() error { listener.Close(); return nil }) // usually the server has closed it already
	return listener, nil
}

// openAsterisk makes the server of a listener; nil = none is configured.
func (g *Gateway) openAsterisk(listener net.Listener) {
	if listener == nil {
		return
	}
	a := g.asterisk
	a.server = asterisk.New(asterisk.Options{
		Listener: listener, Allow: g.config.Asterisk.Networks(),
		Screen: a.screen, Answer: a.answered, End: a.ended,
		Log: g.options.Log.With("component", "asterisk"),
	})
}

// serve answers Asterisk until ctx ends. Its line is up meanwhile.
func (a *asteriskLine) serve(ctx context.Context) error {
	a.line.Link(callmonitor.LinkState{State: callmonitor.Up, Since: a.now()})
	return a.server.Run(ctx)
}

// AsteriskAddr returns the address of the FastAGI server, after Ready; nil if there is none.
func (g *Gateway) AsteriskAddr() net.Addr {
	if g.asterisk == nil || g.asterisk.server == nil {
		return nil
	}
	return g.asterisk.server.Addr()
}
