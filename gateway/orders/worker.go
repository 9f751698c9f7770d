package orders

import (
	"cmp"
	"context"
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// maxJobs bounds what waits for the worker of one box.
const maxJobs = 16

// job is an order that takes time, because it needs the box or the journal's file.
type job struct {
	Order
	result  order.Result
	work    work
	timeout *time.Timer
	started atomic.Bool
	replied atomic.Bool           // the result has gone out
	stage   atomic.Pointer[stage] // what is done, if the time is over before all is
}

// stage is a part of an order that is done.
type stage struct {
	text call.Text
	data json.RawMessage
}

func newJob(g Order) *job {
	return &job{Order: g, result: order.Result{Request: g.Command.Request, Command: g.Command.Path(), Refusal: g.Refusal}}
}

// cut is the result of a job that has none yet, for the reason given.
func (j *job) unfinishedResult(why *order.Refusal) order.Result {
	r := j.result
	r.Refusal = why
	if s := j.stage.Load(); s != nil {
		refused := *why
		refused.Message = call.Text{"%s; %s", "%s; %s"}.With(s.text, why.Message)
		r.Refusal, r.Data = &refused, s.data
	}
	return r
}

// Run is the worker: it carries out what goes to the box, one job after the other, until
// ctx ends. Jobs that nobody will see the end of have their results then. What has begun
// may still happen at the box.
func (o *Orders) Run(ctx context.Context) error {
	defer context.AfterFunc(ctx, o.replyToOpen)()
	for {
		select {
		case <-ctx.Done():
			o.replyToOpen()
			return nil
		case j := <-o.jobs:
			j.started.Store(true)
			o.carryOut(ctx, j)
			o.removeJob(j)
		}
	}
}

// carryOut does the work of a job and sends its result.
func (o *Orders) carryOut(ctx context.Context, j *job) {
	if writesLists(j.Command.Name) {
		o.lists.Lock()
		defer o.lists.Unlock()
	}
	result := j.result
	j.work(ctx, &result)
	j.timeout.Stop()
	o.finish(j, result)
}

// start gives a job its time. Its result goes out when it is done, at the latest after
// the time the contract gives; what comes of it then is found in the audit.
func (o *Orders) startTimeout(j *job) {
	j.timeout = time.AfterFunc(cmp.Or(j.Timeout, o.Timeout), func() { o.finish(j, j.unfinishedResult(refusal.ResultLate)) })
}

// queue hands a job to the worker.
func (o *Orders) queue(j *job) {
	o.startTimeout(j)
	o.mu.Lock()
	o.open[j] = true
	o.mu.Unlock()
	select {
	case o.jobs <- j:
	default:
		o.removeJob(j)
		j.result.Refusal = refusal.QueueFull
		o.finish(j, j.result)
	}
}

// Waiting is how many jobs wait for the worker, the one under way included.
func (o *Orders) Waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.open)
}

func (o *Orders) removeJob(j *job) {
	j.timeout.Stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.open, j)
}

// dismiss sends the results of the jobs that are open.
func (o *Orders) replyToOpen() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for j := range o.open {
		why := refusal.Stopping
		if j.started.Load() {
			why = refusal.ResultLate
		}
		j.timeout.Stop()
		o.finish(j, j.unfinishedResult(why))
	}
}

// writesLists reports whether an order of that name may write to own lists or those of the
// box.
func writesLists(name string) bool {
	switch name {
	case "undo", "block", "unblock", "allow", "disallow":
		return true
	}
	return false
}

// needsWorker reports whether a job goes to the worker: where it needs the box, or where
// one before it that does writes to the same lists.
func (o *Orders) needsWorker(j *job) bool {
	if o.needsBox(j.Command) {
		return true
	}
	if !writesLists(j.Command.Name) {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for open := range o.open {
		if writesLists(open.Command.Name) {
			return true
		}
	}
	return false
}

func (o *Orders) needsBox(cmd order.Command) bool {
	where, _ := o.blockWhere(cmd)
	switch cmd.Name {
	case "reset_missed", "disallow":
		return false
	case "block":
		return where != config.BlockOwn
	case "unblock", "allow":
		// Both look at the box too, as far as it is there.
		if o.hasBox() && cmd.Args["where"] != config.BlockOwn.String() && !o.Poller.Current().Down {
			return true
		}
		return cmd.Name == "unblock" && where != config.BlockOwn
	}
	return true
}

// data writes what a result carries; what cannot be written is left out.
func data(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return text
}
