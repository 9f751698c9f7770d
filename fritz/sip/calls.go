package sip

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/callporter/callporter/fritz/sip/media"
)

// Bounds of what is kept at a time. A box has two calls with an IP phone at most.
const (
	maxAsked    = 64   // calls that somebody decides about; others ring for a while, then 480
	maxLive     = 256  // calls that ring or talk; others are answered 503
	maxLegs     = 4096 // legs that are remembered, most of them over
	maxUnpaired = 1024 // CANCELs that came before their INVITE
)

// callOptions are what calls need of the phone.
type callOptions struct {
	Handler Handler
	Log     *slog.Logger
	// Endpoint is our address and what sends from there; nil = there is none yet, or no more.
	Endpoint func() *endpoint
	Voice    media.Ports
	Timing   Timing
	Count    counters
}

// calls are the legs of a phone, and the handlers of what the box sends about them.
type calls struct {
	o        callOptions
	stopping chan struct{}   // closed when the phone stops: everything is to end in order
	closed   context.Context // ends when there is no time left for order
	close    context.CancelFunc
	running  sync.WaitGroup

	mu       sync.Mutex
	stopped  bool
	legs     map[requestID]*leg
	dialogs  map[dialogID]*leg
	unpaired map[requestID]unpaired
	live     int
	asked    int
}

// unpaired is a CANCEL whose INVITE has not come.
type unpaired struct {
	branch string
	cause  error
	came   time.Time
}

func newCalls(o callOptions) *calls {
	c := &calls{
		o: o, stopping: make(chan struct{}),
		legs: make(map[requestID]*leg), dialogs: make(map[dialogID]*leg), unpaired: make(map[requestID]unpaired),
	}
	c.closed, c.close = context.WithCancel(context.Background())
	return c
}

// stopTimeout is how long the calls have to end in order when the phone stops.
const stopTimeout = 6 * time.Second

// stop ends all calls: those that ring with 480, those that talk with BYE. It returns when all
// are over.
func (c *calls) stop(timeout time.Duration) {
	c.mu.Lock()
	c.stopped = true
	close(c.stopping)
	c.mu.Unlock()
	defer time.AfterFunc(timeout, c.close).Stop()
	c.running.Wait()
	c.close()
}

// remember keeps what is over for as long as copies of its messages may come: a copy of the
// INVITE must not become a second call.
func remember() time.Duration { return 64 * sip.T1 }

// arrived sees each message before the transaction layer does, in the order of the wire, while
// the layer gives each message a goroutine of its own. So the CANCEL of an INVITE that is still
// on its way to its goroutine is not lost, an ACK counts before what the box sends after it, and
// our tag stands in To before anything is answered.
func (c *calls) arrived(msg sip.Message) {
	req, ok := msg.(*sip.Request)
	if !ok {
		return
	}
	c.safely(func() {
		switch {
		case malformed(req):
		case req.Method == sip.ACK:
			if l := c.find(req); l != nil {
				l.ack(req)
			}
		case req.Method == sip.INVITE && toTag(req) == "":
			if l := c.paired(req, (*calls).add); l != nil {
				req.To().Params.Add("tag", l.tag)
			}
		case req.Method == sip.CANCEL && toTag(req) == "":
			if l := c.paired(req, (*calls).keep); l != nil {
				req.To().Params.Add("tag", l.tag)
				l.cancel(causeOf(req))
			}
		}
	})
}

// paired is the leg of an INVITE or a CANCEL without a tag of ours; nil = there is none, or the
// request came by another way. What comes first of a call is noted by first.
func (c *calls) paired(req *sip.Request, first func(*calls, requestID, *sip.Request) *leg) *leg {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := requestIDOf(req)
	l := c.legs[id]
	if l == nil {
		l = first(c, id, req)
	}
	if l == nil || l.branch != branchOf(req) {
		return nil
	}
	return l
}

// add makes a leg of an INVITE; nil if there are too many. A CANCEL that has overtaken it on the
// wire counts. c.mu is held.
func (c *calls) add(id requestID, req *sip.Request) *leg {
	if len(c.legs) >= maxLegs {
		return nil
	}
	l := newLeg(c, id, branchOf(req))
	c.legs[id] = l
	c.dialogs[dialogID{id.callID, id.fromTag, l.tag}] = l
	if u, ok := c.unpaired[id]; ok && u.branch == l.branch {
		delete(c.unpaired, id)
		if time.Since(u.came) < remember() {
			l.cancel(u.cause)
		}
	}
	time.AfterFunc(remember(), func() {
		if !l.begun() { // it has never reached its handler
			c.forget(l)
		}
	})
	return l
}

// keep remembers a CANCEL without an INVITE. c.mu is held.
func (c *calls) keep(id requestID, req *sip.Request) *leg {
	if len(c.unpaired) >= maxUnpaired {
		for old, v := range c.unpaired {
			if time.Since(v.came) >= remember() {
				delete(c.unpaired, old)
			}
		}
	}
	if len(c.unpaired) < maxUnpaired {
		c.unpaired[id] = unpaired{branchOf(req), causeOf(req), time.Now()}
	}
	return nil
}

// enter counts a leg that begins to live; ok is false if there are too many, or none may begin.
func (c *calls) enter() (ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped || c.live >= maxLive {
		return false
	}
	c.live++
	c.running.Add(1)
	return true
}

// leave is the end of what enter began.
func (c *calls) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live--
	c.running.Done()
}

func (c *calls) forget(l *leg) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.legs, l.id)
	delete(c.dialogs, dialogID{l.id.callID, l.id.fromTag, l.tag})
}

// decide asks the handler. A handler that panics has decided nothing: the house rings on.
func (c *calls) decide(ctx context.Context, inv Invite) (a Answer) {
	c.mu.Lock()
	full := c.asked >= maxAsked
	if !full {
		c.asked++
	}
	c.mu.Unlock()
	if full || c.o.Handler == nil {
		return Answer{Method: Unavailable}
	}
	defer func() {
		c.mu.Lock()
		c.asked--
		c.mu.Unlock()
	}()
	c.safely(func() { a = c.o.Handler(ctx, inv) })
	return a
}

// safely calls f, if there is one, and logs a panic without ending the process.
func (c *calls) safely(f func()) {
	defer func() {
		if v := recover(); v != nil {
			c.o.Log.Error("a call has failed", "fault", faultOf(v), "stack", string(debug.Stack()))
		}
	}()
	if f != nil {
		f()
	}
}
