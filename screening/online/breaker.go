package online

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// PausedError says that a source is not asked now, since it failed or asked for a pause.
type PausedError struct {
	Until time.Time
}

// Error returns until when, in local time.
func (e *PausedError) Error() string {
	return "not asked before " + e.at() + " after failures"
}

func (e *PausedError) at() string { return clock(e.Until) }

// clock returns a time for people, with its day where that is not today.
func clock(at time.Time) string {
	end := at.Local()
	if year, day := time.Now().Year(), time.Now().YearDay(); end.Year() == year && end.YearDay() == day {
		return end.Format("15:04")
	}
	return end.Format("2006-01-02 15:04")
}

// breaker leaves a source alone that fails: three times in a row, or once in a way that
// asking again makes worse. Then one lookup tries. If that fails, too, the pause is longer.
//
// A circuit of the library knows one pause. So each pause is a circuit of its own.
type breaker struct {
	changed func(until time.Time, cause error) // the zero time: it answers again

	mu      sync.Mutex
	circuit *gobreaker.TwoStepCircuitBreaker[struct{}]
	next    time.Duration // the next pause
	until   time.Time     // of the pause; zero = none
	cause   error         // of the pause
}

func newBreaker(changed func(until time.Time, cause error)) *breaker {
	b := &breaker{changed: changed}
	b.close()
	return b
}

// close lets every lookup pass.
func (b *breaker) close() {
	b.next, b.until, b.cause = firstPause, time.Time{}, nil
	b.circuit = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= maxFailures },
	})
}

// open lets none pass for a time.
func (b *breaker) open(pause time.Duration, cause error) {
	b.until, b.cause = time.Now().Add(pause), cause
	b.circuit = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:     pause,
		ReadyToTrip: func(gobreaker.Counts) bool { return true },
	})
	if failed, err := b.circuit.Allow(); err == nil {
		failed(cause)
	}
}

// allow asks whether a lookup may start. done takes how it went.
func (b *breaker) allow() (done func(error), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	circuit := b.circuit
	report, err := circuit.Allow()
	if err != nil {
		return nil, &PausedError{b.until}
	}
	return func(err error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		report(err)
		b.after(circuit, err)
	}, nil
}

// after deals with the end of a lookup that started under a circuit. Of many that fail
// together the first few start the pause, and the others change nothing.
func (b *breaker) after(circuit *gobreaker.TwoStepCircuitBreaker[struct{}], err error) {
	current := circuit == b.circuit
	switch asked := retryAfter(err); {
	case err == nil && current && !b.until.IsZero():
		b.close()
		b.changed(time.Time{}, nil)
	case err == nil:
	case asked > time.Until(b.until) && asked > 0 && !current:
		b.open(asked, err) // longer than the pause that has begun
		b.changed(b.until, err)
	case current && (asked > 0 || refused(err) || circuit.State() == gobreaker.StateOpen):
		pause := max(asked, b.next)
		b.next = min(time.Duration(float64(b.next)*pauseGrowth), longestPause)
		b.open(pause, err)
		b.changed(b.until, err)
	}
}

// paused returns until when the source is not asked, and why; the zero time if it is.
func (b *breaker) paused() (until time.Time, cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.circuit.State() != gobreaker.StateOpen {
		return time.Time{}, nil
	}
	return b.until, b.cause
}

func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*StatusError](err); ok {
		return e.RetryAfter
	}
	return 0
}

// refused reports whether asking again would only annoy the source.
func refused(err error) bool {
	s := Status(err)
	return s == http.StatusUnauthorized || s == http.StatusForbidden || s == http.StatusTooManyRequests
}
