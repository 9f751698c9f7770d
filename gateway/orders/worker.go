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

// maxJobs bounds how many jobs wait for the worker of a box.
const maxJobs = 16

// job is an order that takes time, since it needs the box or the file of the journal.
type job struct {
	Order
	result  order.Result
	work    work
	timeout *time.Timer
	started atomic.Bool
	replied atomic.Bool           // the result is sent
	stage   atomic.Pointer[stage] // the part that is done, for the result if the time is over before the rest
}

// stage is a part of an order that is done.
type stage struct {
	text call.Text
	data json.RawMessage
}

func newJob(given Order) *job {
	return &job{Order: given, result: order.Result{Request: given.Command.Request, Command: given.Command.Path(), Refusal: given.Refusal}}
}

// unfinishedResult returns the result of a job that ends early for the given reason. It
// includes the stage the job has reached.
func (j *job) unfinishedResult(reason *order.Refusal) order.Result {
	r := j.result
	r.Refusal = reason
	if s := j.stage.Load(); s != nil {
		refused := *reason
		refused.Message = call.Text{"%s; %s", "%s; %s"}.With(s.text, reason.Message)
		r.Refusal, r.Data = &refused, s.data
	}
	return r
}

// Run is the worker. It carries out the jobs that need the box, one after the other, until
// ctx ends. It then replies to all open jobs. A job that has started may still take effect
// at the box.
func (o *Orders) Run(ctx context.Context) error {
	defer o.beside.Wait()
	defer context.AfterFunc(ctx, o.replyToOpen)()
	for {
		select {
		case <-ctx.Done():
			o.replyToOpen()
			return nil
		case j := <-o.jobs:
			if ctx.Err() != nil {
				continue // replyToOpen refuses it
			}
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
	if result.Refusal != nil && ctx.Err() != nil {
		result = j.unfinishedResult(refusal.ResultLate) // it broke off, since callporter stops
	}
	o.finish(j, result)
}

// startTimeout starts the time limit of a job. A job that exceeds it is answered with
// ResultLate; what it still does is found in the audit.
func (o *Orders) startTimeout(j *job) {
	j.timeout = time.AfterFunc(cmp.Or(j.Timeout, o.Timeout), func() { o.finish(j, j.unfinishedResult(refusal.ResultLate)) })
}

// queue gives a job to the worker. It refuses the job if too many wait or the worker ends.
func (o *Orders) queue(j *job) {
	o.startTimeout(j)
	o.mu.Lock()
	reason := refusal.Stopping
	if !o.stopping {
		select {
		case o.jobs <- j:
			reason, o.open[j] = nil, true
		default:
			reason = refusal.QueueFull
		}
	}
	o.mu.Unlock()
	if reason != nil {
		j.timeout.Stop()
		j.result.Refusal = reason
		o.finish(j, j.result)
	}
}

// Waiting returns how many jobs the worker has, including the one it carries out.
func (o *Orders) Waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.open)
}

// removeJob removes a job from the open ones.
func (o *Orders) removeJob(j *job) {
	j.timeout.Stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.open, j)
}

// replyToOpen sends the results of the open jobs when the worker ends. From then on queue
// refuses jobs.
func (o *Orders) replyToOpen() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stopping = true
	o.endBeside()
	for j := range o.open {
		reason := refusal.Stopping
		if j.started.Load() {
			reason = refusal.ResultLate
		}
		j.timeout.Stop()
		o.finish(j, j.unfinishedResult(reason))
	}
}

// writesLists reports whether an order may write to own lists or lists of the box.
func writesLists(name string) bool {
	switch name {
	case "undo", "block", "unblock", "allow", "disallow":
		return true
	}
	return false
}

// needsWorker reports whether a job has to go to the worker: because it needs the box, or
// because it writes to lists and an earlier job there does, too.
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

// needsBox reports whether a command needs the box.
func (o *Orders) needsBox(cmd order.Command) bool {
	where, _ := o.blockWhere(cmd)
	switch cmd.Name {
	case "quiet", "auto_reject", "threshold", "method", "withheld", "reset_missed", "disallow":
		return false
	case "block":
		return where != config.BlockOwn
	case "unblock", "allow":
		// Both also look at the box, unless it is down.
		if o.hasBox() && cmd.Args["where"] != config.BlockOwn.String() && !o.Poller.Current().Down {
			return true
		}
		return cmd.Name == "unblock" && where != config.BlockOwn
	}
	return true
}

// data encodes the data of a result. It returns nil for what cannot be encoded.
func data(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return text
}
