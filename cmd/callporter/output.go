package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
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

// input returns standard input as a reader that also ends with ctx. Otherwise a read of a
// terminal could not be interrupted.
func input(ctx context.Context, stdin io.Reader) io.ReadCloser {
	from, to := io.Pipe()
	go func() {
		_, err := io.Copy(to, stdin)
		to.CloseWithError(err) // nil is the end of the input
	}()
	context.AfterFunc(ctx, func() { to.CloseWithError(ctx.Err()) })
	return from
}

// rootCause returns the cause inside an error of the network or of the system. The caller
// names the address or the file itself, and the system call helps nobody.
func rootCause(err error) error {
	var network *net.OpError
	if errors.As(err, &network) {
		err = network.Err
	}
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	var system *os.SyscallError
	if errors.As(err, &system) {
		err = system.Err
	}
	return err
}

// printable makes foreign text safe for a terminal. It replaces control characters, which
// could move the cursor or change colours.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\ufffd'
		}
		return r
	}, s)
}
