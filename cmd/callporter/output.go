package main

import (
	"bytes"
	"io"
	"sync"

	"github.com/callporter/callporter/call"
)

// output is standard output or standard error. All that any command prints goes through it:
// whatever strangers have put into names, no character of it controls the terminal. The
// first write that fails, because the reader is gone or the disk is full, ends the command
// in order.
type output struct {
	to        io.Writer
	onFailure func() // called once; nil = nobody cares

	mu      sync.Mutex
	begun   []byte // of a character that is not complete yet
	escaped []byte // the text to write, kept for its memory
	err     error
}

// Write writes, unless an earlier write has failed.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	text := p
	if len(o.begun) > 0 {
		text = append(bytes.Clone(o.begun), p...)
	}
	var rest []byte
	o.escaped, rest = call.AppendEscaped(o.escaped[:0], text)
	o.begun = append(o.begun[:0], rest...)
	return len(p), o.write(o.escaped)
}

func (o *output) write(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	_, err := o.to.Write(text)
	if err != nil {
		o.err = err
		if o.onFailure != nil {
			o.onFailure()
		}
	}
	return err
}

// end writes what is left of a character that was never complete, and returns the error of
// the first write that failed.
func (o *output) end() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil && len(o.begun) > 0 {
		o.write([]byte("\ufffd")) //nolint:errcheck // it is kept
		o.begun = nil
	}
	return o.err
}
