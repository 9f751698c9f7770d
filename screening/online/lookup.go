package online

import (
	"context"
	"runtime/debug"
)

// lookup is one question to a source, shared by all who wait for the same number. It does
// not end when one of them gives up: the answer is there for the others, and for the next
// call.
type lookup struct {
	done      chan struct{} // closed when answer and err count
	answer    entry
	err       error
	forgotten bool // the number is to leave no trace; under the lock of the cache
}

// join returns the lookup of a number that is under way, or starts one. An answer that has
// come in the meantime is returned instead.
func (c *Cache) join(k key, ask func(ctx context.Context) (entry, error)) (*lookup, entry, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.get(k); ok {
		return nil, e, true
	}
	if l := c.lookups[k]; l != nil && !l.forgotten {
		return l, entry{}, false
	}
	l := &lookup{done: make(chan struct{})}
	if c.closed {
		l.err = ErrClosed
		close(l.done)
		return l, entry{}, false
	}
	c.lookups[k] = l
	c.wait.Go(func() { c.run(k, l, ask) })
	return l, entry{}, false
}

// run asks, keeps the answer and wakes all who wait.
func (c *Cache) run(k key, l *lookup, ask func(ctx context.Context) (entry, error)) {
	ctx, cancel := context.WithTimeout(c.ctx, lookupTimeout)
	defer cancel()
	answer, err := c.guard(k.source, ctx, ask)
	c.mu.Lock()
	defer c.mu.Unlock()
	l.answer, l.err = answer, err
	if !answer.until.IsZero() && !l.forgotten {
		c.add(k, answer)
	}
	if c.lookups[k] == l {
		delete(c.lookups, k)
	}
	close(l.done)
}

// guard keeps a source that panics from taking callporter down: what a web page holds goes
// through parsers that are not ours, and the telephone has to ring.
func (c *Cache) guard(source string, ctx context.Context, ask func(ctx context.Context) (entry, error)) (answer entry, err error) {
	defer func() {
		if recover() != nil {
			// Its value is not logged: it may quote what the source sent.
			c.o.Log.Error("a source panicked", "source", source, "stack", string(debug.Stack()))
			answer, err = entry{}, errUnreadable
		}
	}()
	return ask(ctx)
}
