package boxscript

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
)

// RunOptions say how scripts run.
type RunOptions struct {
	// Speed divides every wait: 1 is as written, 10 ten times as fast. 0 does not
	// wait at all, and so does anything that is no positive number.
	Speed float64

	// MinWait is what a wait lasts at least, unless it is shorter as written. A
	// gateway that tells barred from missed callers by a debounce needs more than
	// that debounce to show a call as ringing; the events themselves come right
	// without, since the box's stamps show the times as written.
	MinWait time.Duration

	Language string              // of say; default "en"
	Say      func(text string)   // told what say says; may be nil
	Done     func(result Result) // told each command that has run; may be nil
}

// Result is what one command has done.
type Result struct {
	Line       int    `json:"line"`
	Command    string `json:"command"`
	Call       string `json:"call,omitempty"`       // name of the call that it began or used
	Connection *int   `json:"connection,omitempty"` // and its id
}

// Runner runs scripts and single commands on a box. Calls are found by their
// names on the box itself, so one line can begin a call and another, even of
// another Runner, can end it. A Runner may be used by several goroutines.
type Runner struct {
	box  *fritztest.Box
	opt  RunOptions
	seed *atomic.Uint64 // of garbage
}

// NewRunner returns a Runner for a box.
func NewRunner(b *fritztest.Box, o RunOptions) *Runner {
	if !(o.Speed > 0) { // NaN too
		o.Speed = 0
	}
	o.Language = cmp.Or(o.Language, "en")
	return &Runner{box: b, opt: o, seed: new(atomic.Uint64)}
}

// Run runs a script to its end, its first error, or until ctx ends. Errors of a
// command are of type *Error; ctx's is returned as it is.
func (r *Runner) Run(ctx context.Context, s *Script) error {
	return r.run(ctx, s.name, s.commands)
}

// RunLine runs one command, as somebody types it. An empty line or a comment
// does nothing. The errors are those of Parse and Run without a place.
func (r *Runner) RunLine(ctx context.Context, line string) error {
	if strings.ContainsAny(line, "\r\n") {
		return errors.New("a command is one line")
	}
	s, err := Parse("", strings.NewReader(line))
	if err == nil {
		err = r.Run(ctx, s)
	}
	var where *Error
	if errors.As(err, &where) {
		return where.Err
	}
	return err
}

func (r *Runner) run(ctx context.Context, name string, list []statement) error {
	for _, s := range list {
		for range s.times {
			if err := r.run(ctx, name, s.within); err != nil {
				return err
			}
		}
		if s.times > 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := s.do(ctx, r)
		switch {
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return &Error{name, s.line, err}
		case r.opt.Done != nil:
			r.opt.Done(result(s, c))
		}
	}
	return nil
}

func result(s statement, c *fritztest.Call) Result {
	done := Result{Line: s.line, Command: s.text}
	if c != nil {
		id := c.ID()
		done.Call, done.Connection = c.Name(), &id
	}
	return done
}

// pause waits for d, divided by the speed, and moves the box's clock on by all of d.
func (r *Runner) pause(ctx context.Context, d time.Duration) error {
	waits := time.Duration(0)
	if r.opt.Speed > 0 {
		waits = time.Duration(min(float64(d)/r.opt.Speed, float64(maxWait)))
	}
	waits = max(waits, min(r.opt.MinWait, d))
	if waits > 0 {
		if err := sleep(ctx, waits); err != nil {
			return err
		}
	}
	r.box.Advance(d - waits)
	return ctx.Err()
}

// paced makes a course wait at the runner's speed. The function that it returns gives
// the error that has ended the course early; nil if none has.
func (r *Runner) paced(ctx context.Context, c fritztest.Course) (fritztest.Course, func() error) {
	var err error
	c.Pause = func(d time.Duration) bool {
		err = r.pause(ctx, d)
		return err == nil
	}
	return c, func() error { return err }
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
