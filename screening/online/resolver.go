package online

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/callporter/callporter/call"
)

// ResolverOptions configure a Resolver.
type ResolverOptions[V any] struct {
	Name string // of the source, a stable word
	// Ask asks the source. found is false where the source does not know the number. It has
	// to return when ctx ends. Its errors must not hold the number.
	Ask     func(ctx context.Context, n call.Number) (value V, found bool, err error)
	Cache   *Cache
	Metrics *Metrics // nil = none
	Changed func()   // a pause has begun or is over; nil = nobody wants to know

	Hit, Unknown, Failure time.Duration // how long an answer counts; 0 = 24 h, 6 h, 5 min
}

// Resolver asks one source: from the cache where it can, once for all who ask at the same
// time, and not at all while the source is paused.
type Resolver[V any] struct {
	o        ResolverOptions[V]
	breaker  *breaker
	parallel chan struct{}
	counts   *counts
}

// Answer is what a source says about a number.
type Answer[V any] struct {
	Value  V
	Found  bool // false: the source does not know the number
	Cached bool // no request was sent for it
}

// NewResolver returns a resolver. It asks nothing yet.
func NewResolver[V any](o ResolverOptions[V]) *Resolver[V] {
	o.Hit, o.Unknown, o.Failure = cmp.Or(o.Hit, KeepHit), cmp.Or(o.Unknown, KeepUnknown), cmp.Or(o.Failure, KeepFailure)
	r := &Resolver[V]{o: o, parallel: make(chan struct{}, maxParallel), counts: o.Metrics.source(o.Name)}
	r.breaker = newBreaker(func(p Pause) {
		r.counts.pause(p.Until)
		if p.Until.IsZero() {
			o.Cache.o.Log.Info("source answers again", "source", o.Name)
		} else {
			o.Cache.o.Log.Warn("source is not asked for a while", "source", o.Name, "until", p.Until, "error", p.Cause)
		}
		if o.Changed != nil {
			o.Changed()
		}
	})
	return r
}

// Name returns the name of the source.
func (r *Resolver[V]) Name() string { return r.o.Name }

// Pause returns the pause of a source that has failed and not answered since.
func (r *Resolver[V]) Pause() (Pause, bool) { return r.breaker.paused() }

// Askable reports whether a number may be sent to a source: one that was withheld, is of
// the house, or cannot exist says nothing to anybody outside.
func Askable(n call.Number) bool {
	switch n.Kind {
	case call.Fixed, call.Mobile, call.Service, call.Premium, call.Foreign:
		return n.E164 != ""
	case call.NumberUnknown, call.Withheld, call.Short, call.Internal, call.Invalid:
	}
	return false
}

// Cached returns the answer that is there without waiting.
func (r *Resolver[V]) Cached(n call.Number) (Answer[V], bool) {
	if !Askable(n) {
		return Answer[V]{}, false
	}
	c := r.o.Cache
	c.mu.Lock()
	e, ok := c.get(key{r.o.Name, n.E164})
	c.mu.Unlock()
	if !ok || e.failure != nil {
		return Answer[V]{}, false
	}
	a, err := decode[V](e)
	a.Cached = true
	r.counts.cached.Inc()
	return a, err == nil
}

// Resolve asks about a number, and waits 2.5 s at most: then the error is [ErrNoAnswer], and
// an answer that is late goes to the cache. While the source is paused, the error is a
// [PausedError].
func (r *Resolver[V]) Resolve(ctx context.Context, n call.Number) (Answer[V], error) {
	if !Askable(n) {
		return Answer[V]{}, nil
	}
	if err := ctx.Err(); err != nil {
		return Answer[V]{}, err
	}
	l, e, cached := r.o.Cache.join(key{r.o.Name, n.E164}, func(ctx context.Context) (entry, error) { return r.ask(ctx, n) })
	if cached {
		r.counts.cached.Inc()
		if e.failure != nil {
			return Answer[V]{}, e.failure
		}
		a, err := decode[V](e)
		a.Cached = true
		return a, err
	}
	late := time.NewTimer(Patience)
	defer late.Stop()
	select {
	case <-l.done:
		if l.err != nil {
			return Answer[V]{}, l.err
		}
		return decode[V](l.answer)
	case <-late.C:
		return Answer[V]{}, ErrNoAnswer
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return Answer[V]{}, ErrNoAnswer
		}
		return Answer[V]{}, ctx.Err()
	}
}

// ask sends the question. The entry has no time where it is not to be kept.
func (r *Resolver[V]) ask(ctx context.Context, n call.Number) (entry, error) {
	select {
	case r.parallel <- struct{}{}:
		defer func() { <-r.parallel }()
	case <-ctx.Done():
		return entry{}, ErrNoAnswer
	}
	done, err := r.breaker.allow()
	if err != nil {
		return entry{}, err
	}
	begun := time.Now()
	reported := false
	defer func() {
		if !reported { // it panicked
			r.counts.answered(begun, errUnreadable, false)
			done(errUnreadable)
		}
	}()
	value, found, err := r.o.Ask(ctx, n)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = ErrNoAnswer
	}
	reported = true
	r.counts.answered(begun, err, found)
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		done(nil) // callporter stops; the source is not to blame
		return entry{}, ErrClosed
	}
	if _, ok := errors.AsType[*LimitError](err); ok {
		done(nil)
		return entry{}, err // the next one is refused as quickly, or may be asked
	}
	done(err)
	if err != nil {
		return entry{failure: err, until: time.Now().Add(r.o.Failure)}, err
	}
	if !found {
		return entry{until: time.Now().Add(r.o.Unknown)}, nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return entry{}, errUnreadable
	}
	return entry{found: true, value: text, until: time.Now().Add(r.o.Hit)}, nil
}

func decode[V any](e entry) (a Answer[V], err error) {
	if !e.found {
		return a, nil
	}
	a.Found = true
	if json.Unmarshal(e.value, &a.Value) != nil {
		return a, errUnreadable
	}
	return a, nil
}
