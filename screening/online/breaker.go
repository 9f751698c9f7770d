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
	return "not asked before " + clock(e.Until, time.Local) + " after failures"
}

// clock returns a time for people, with its day where that is not today.
func clock(at time.Time, zone *time.Location) string {
	end, now := at.In(zone), time.Now().In(zone)
	if end.Year() == now.Year() && end.YearDay() == now.YearDay() {
		return end.Format("15:04")
	}
	return end.Format("2006-01-02 15:04")
}

// breaker leaves a source alone that fails: three times in a row, or once in a way that
// asking again makes worse. Then one lookup tries. If that fails, too, the pause is longer.
//
// A circuit of the library knows one pause. So each pause is a circuit of its own.
type breaker struct {
	changed func(p Pause) // the zero Pause: it answers again

	mu      sync.Mutex
	circuit *gobreaker.TwoStepCircuitBreaker[struct{}]
	next    time.Duration // the next pause
	pause   Pause         // zero = none
}

// Pause is a time in which a source is not asked. It stands until the source answers again.
type Pause struct {
	Since time.Time // when the first of several pauses began
	Until time.Time // then it may be asked once
	Cause error
}

func newBreaker(changed func(p Pause)) *breaker {
	b := &breaker{changed: changed}
	b.close()
	return b
}

// close lets every lookup pass.
func (b *breaker) close() {
	b.next, b.pause = firstPause, Pause{}
	b.circuit = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= maxFailures },
	})
}

// open lets none pass for a time.
func (b *breaker) open(pause time.Duration, cause error) {
	now := time.Now()
	if b.pause.Since.IsZero() {
		b.pause.Since = now
	}
	b.pause.Until, b.pause.Cause = now.Add(pause), cause
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
		return nil, &PausedError{b.pause.Until}
	}
	return func(err error) {
		b.mu.Lock()
		report(err)
		changed, pause := b.after(circuit, err), b.pause
		b.mu.Unlock()
		if changed {
			b.changed(pause)
		}
	}, nil
}

// after deals with the end of a lookup that started under a circuit, and reports whether a
// pause has begun or is over. Of many that fail together the first few start the pause, and
// the others change nothing.
func (b *breaker) after(circuit *gobreaker.TwoStepCircuitBreaker[struct{}], err error) (changed bool) {
	current := circuit == b.circuit
	switch asked := retryAfter(err); {
	case err == nil && current && !b.pause.Until.IsZero():
		b.close()
	case err == nil:
		return false
	case asked > 0 && asked > time.Until(b.pause.Until) && !current:
		b.open(asked, err) // longer than the pause that has begun
	case current && (asked > 0 || refused(err) || circuit.State() == gobreaker.StateOpen):
		pause := max(asked, b.next)
		b.next = min(time.Duration(float64(b.next)*pauseGrowth), longestPause)
		b.open(pause, err)
	default:
		return false
	}
	return true
}

// paused returns the pause, if there is one.
func (b *breaker) paused() (Pause, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pause, !b.pause.Until.IsZero()
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
