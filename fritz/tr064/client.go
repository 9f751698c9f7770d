package tr064

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064/soap"
)

// Options say which box to ask, who we are, and what is known of the box.
type Options struct {
	Connection
	Plan     *call.Plan     // tells whether two spellings are one number; nil = the zero Plan
	Location *time.Location // the box's clock; nil = time.Local
	Capacity int            // entries a phonebook can hold; 0 = 2000
}

// defaultCapacity is what a phonebook of a 7590 holds (FRITZ!OS 7.12).
const defaultCapacity = 2000

// Client reads one box and changes it. Its methods may be called from anywhere; the box
// sees one request at a time. Every method ends with its context and within the limits
// of the [Timing]; errors carry a [Reason] and a hint, see [Error].
type Client struct {
	*soap.Client
	plan       atomic.Pointer[call.Plan]
	location   *time.Location
	capacity   int
	settleWait time.Duration // see Timing.Settle
	writing    chan struct{} // one change at a time: read, write, read again
}

// New makes a client. It connects to nothing yet.
func New(o Options) (*Client, error) {
	requests, err := soap.New(o.Connection)
	if err != nil {
		return nil, err
	}
	c := &Client{
		Client: requests, location: cmp.Or(o.Location, time.Local), capacity: cmp.Or(o.Capacity, defaultCapacity),
		settleWait: cmp.Or(o.Timing.Settle, time.Second), writing: make(chan struct{}, 1),
	}
	c.SetPlan(o.Plan)
	return c, nil
}

// Capacity returns how many entries a phonebook can hold.
func (c *Client) Capacity() int { return c.capacity }

// SetPlan sets the plan that tells whether two spellings are one number.
func (c *Client) SetPlan(p *call.Plan) {
	c.plan.Store(cmp.Or(p, new(call.Plan)))
}

// beginChange waits until no other change is under way: a change reads, writes and reads
// again, and no other change of ours may come between.
func (c *Client) beginChange(ctx context.Context) (done func(), err error) {
	select {
	case c.writing <- struct{}{}:
		return func() { <-c.writing }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
