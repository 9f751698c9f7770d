package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// closing bounds how long one resource may take to close: the MQTT client at worst
// 2 s for what is left to send and 5 s for a connection that breaks meanwhile.
const closeTimeout = 10 * time.Second

// opened is what Run has opened so far; close closes it in reverse.
type resources struct {
	fail  context.CancelCauseFunc // ends Run
	steps []closer
}

type closer struct {
	name  string
	close func() error
}

// then remembers how to close something that was opened.
func (o *resources) onClose(name string, close func() error) {
	o.steps = append(o.steps, closer{name, close})
}

// run starts a task that lives until it is closed. If it ends before that, Run
// ends with its error.
func (o *resources) run(name string, task func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		err := task(ctx)
		if err != nil && ctx.Err() == nil {
			o.fail(fmt.Errorf("%s ended: %w", name, err))
		}
		done <- err
	}()
	o.onClose(name, func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(closeTimeout):
			return errors.New("does not end")
		}
	})
}

// close closes in reverse and names what could not be closed. One step that
// fails does not keep the others open.
func (o *resources) close() error {
	var all error
	for i := len(o.steps) - 1; i >= 0; i-- {
		if err := o.steps[i].close(); err != nil {
			all = errors.Join(all, fmt.Errorf("close %s: %w", o.steps[i].name, err))
		}
	}
	return all
}
