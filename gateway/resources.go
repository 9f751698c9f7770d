package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// closeTimeout bounds how long closing one resource may take. The slowest is the MQTT
// client: 2 s to send what is left, and 5 s if the connection breaks meanwhile.
const closeTimeout = 10 * time.Second

// resources are what Run has opened so far. close closes them in reverse.
type resources struct {
	fail    context.CancelCauseFunc // ends Run with an error
	closers []closer
}

type closer struct {
	name  string
	close func() error
}

// onClose adds a function that close calls.
func (r *resources) onClose(name string, close func() error) {
	r.closers = append(r.closers, closer{name, close})
}

// run starts a task that runs until it is closed. If the task fails earlier, Run ends with
// its error.
func (r *resources) run(name string, task func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		err := task(ctx)
		if err != nil && ctx.Err() == nil {
			r.fail(fmt.Errorf("%s ended: %w", name, err))
		}
		done <- err
	}()
	r.onClose(name, func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(closeTimeout):
			return errors.New("does not end")
		}
	})
}

// close closes everything in reverse. It goes on after an error; the errors it returns
// name what could not be closed.
func (r *resources) close() error {
	var errs error
	for i := len(r.closers) - 1; i >= 0; i-- {
		if err := r.closers[i].close(); err != nil {
			errs = errors.Join(errs, fmt.Errorf("close %s: %w", r.closers[i].name, err))
		}
	}
	return errs
}
