package main

import (
	"io"
	"sync"
)

// output is standard output. The first write that fails, because the reader is gone or the
// disk is full, ends the command in order.
type output struct {
	to        io.Writer
	onFailure func() // called once

	mu  sync.Mutex
	err error
}

// Write writes, unless an earlier write has failed.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.to.Write(p)
	if err != nil {
		o.err = err
		o.onFailure()
	}
	return n, err
}

func (o *output) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}
