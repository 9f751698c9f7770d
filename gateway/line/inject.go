package line

import (
	"slices"
	"time"

	"github.com/callporter/callporter/call"
)

// injection are numbers that calls from outside get in the place of their callers', for a test.
type injection struct {
	numbers []string
	until   time.Time

	caller, number string    // the real caller of the call that got a number last, and that number
	at             time.Time // when that was
}

// sameCall is how far apart a caller rings at several own numbers by one call.
const sameCall = 3 * time.Second

// injectedCaller says of a call that its caller is one of a test.
var injectedCaller = call.Text{"A test: this number stands in the place of the caller's", "Ein Test: diese Nummer steht anstelle der des Anrufers"}

// Inject has the calls to come take these numbers one after the other in the place of their
// callers', until a time. "" is a number that is withheld. It replaces what is left of earlier
// ones.
func (l *Line) Inject(numbers []string, until time.Time) {
	l.Do(func() { l.injection = injection{numbers: slices.Clone(numbers), until: until} })
}

// inject puts the next number in the place of a caller's. Who rings at several own numbers by
// one call is the same caller at each. Phones of the house, the door and the own numbers keep
// theirs.
func (l *Line) inject(e call.Event) call.Event {
	in := &l.injection
	if e.Kind != call.Ring || !l.clock().Before(in.until) {
		return e
	}
	if n := l.plan.Number(e.Caller); n.Kind == call.Internal || l.plan.Lists(n) {
		return e
	}
	again := in.caller == e.Caller && e.Received.Sub(in.at).Abs() < sameCall && slices.ContainsFunc(l.tracker.Active(), func(c call.Call) bool {
		return c.Injected() && c.Phase == call.Ringing && c.Started.Equal(in.at)
	})
	switch {
	case again:
	case len(in.numbers) == 0:
		l.injection = injection{}
		return e
	default:
		in.caller, in.at, in.number, in.numbers = e.Caller, e.Received, in.numbers[0], in.numbers[1:]
	}
	e.Caller, e.Injected = in.number, injectedCaller.In(l.docs.Language)
	return e
}
