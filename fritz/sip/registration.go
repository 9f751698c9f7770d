package sip

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/netip"
	"time"
)

// registration keeps our phone registered.
type registration struct {
	*Phone
	t *transport

	// Of all REGISTERs of the registration (RFC 3261 10.2.4).
	callID, tag string
	cseq        uint32
	expires     int // seconds that we ask for

	last     netip.Addr // the address that answered last
	started  time.Time  // of the last try
	began    time.Time  // the registration exists since; zero = it does not
	bound    bool       // the box may know us
	failures int        // in a row
}

// Times of a registration, in seconds.
const (
	grant      = 300       // what a FRITZ!Box grants, whatever is asked
	maxExpires = 24 * 3600 // what is believed of a grant or a Min-Expires
)

// maxRetryAfter bounds how long a box may send us away.
const maxRetryAfter = time.Hour

func newRegistration(p *Phone, t *transport) *registration {
	return &registration{Phone: p, t: t, callID: rand.Text(), tag: rand.Text(), expires: grant}
}

// keep registers again and again until ctx ends (nil) or the sockets fail.
func (r *registration) keep(ctx context.Context) error {
	if r.Status().State == Off {
		r.setStatus(Status{State: Registering})
	}
	for {
		wait := r.try(ctx)
		if err := r.wait(ctx, wait); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// try registers once and returns when to do it again.
func (r *registration) try(ctx context.Context) time.Duration {
	select { // this try is the answer to all that was asked before
	case <-r.renew:
	default:
	}
	r.started = time.Now()
	granted, err := r.register(ctx)
	if ctx.Err() != nil {
		return 0
	}
	if err == nil {
		if r.began.IsZero() {
			r.began = time.Now()
		}
		return cmp.Or(r.o.Timing.Refresh, max(granted/2, r.o.Timing.Retry))
	}
	var refused *refusal
	reason, code := reasonOf(err), 0
	wait := time.Duration(0)
	if errors.As(err, &refused) {
		code, wait = refused.code, min(refused.after, maxRetryAfter)
		r.bound = r.bound && !r.began.IsZero() // else there is nothing to take back
		if reason == BadCredentials || reason == UnknownUser || reason == Forbidden {
			r.failures = max(r.failures, 3) // nobody puts that right within a second
		}
	}
	r.count.failed[reason].Inc()
	r.down(reason, code, err)
	wait = max(wait, r.backoff(r.failures))
	r.failures++
	return wait
}

// down notes why there is no registration, and logs each reason when it comes up.
func (r *registration) down(reason string, code int, err error) {
	before := r.Status()
	level := slog.LevelDebug
	if before.State != Down || before.Reason != reason || before.Code != code {
		level = slog.LevelWarn
	}
	r.log.Log(context.Background(), level, "phone not registered",
		"registrar", r.o.Registrar, "reason", reason, "status", code, "failures", r.failures, "error", err)
	r.began = time.Time{}
	r.setStatus(Status{State: Down, Reason: reason, Code: code, Contact: r.contact()})
}

// wait returns when it is time for the next try: after d, or at once when the box has restarted
// or the way to it broke, but never sooner than Timing.Retry after the last try began.
func (r *registration) wait(ctx context.Context, d time.Duration) error {
	next := time.NewTimer(d)
	defer next.Stop()
	alive := time.NewTicker(r.o.Timing.KeepAlive)
	defer alive.Stop()
	atOnce := func() { next.Reset(max(0, time.Until(r.started.Add(r.o.Timing.Retry)))) }
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-r.t.failed:
			r.bound = false // there is nothing left to take it back by
			return err
		case <-next.C:
			if !r.began.IsZero() {
				r.failures = 0 // it has lasted
			}
			return nil
		case <-r.renew:
			atOnce()
		case <-r.t.lost:
			if r.began.IsZero() {
				continue // the next try makes a new connection anyway
			}
			settled := time.Since(r.began) >= settledTries*r.o.Timing.Retry
			r.down(Reset, 0, ErrBroken)
			if settled {
				r.failures = 0
				atOnce()
			} else { // a box that closes each connection is not asked again and again
				next.Reset(r.backoff(r.failures))
			}
			r.failures++
		case <-alive.C:
			if r.began.IsZero() {
				continue
			}
			if err := r.t.keepAlive(ctx); err != nil {
				r.log.Debug("the way to the box has changed", "error", err)
				atOnce()
			}
		}
	}
}

// settledTries is for how many Timing.Retry a registration must have existed so that its end is
// no failure of its own.
const settledTries = 10

// contact is the address the box was told.
func (r *registration) contact() string {
	if e := r.endpoint.Load(); e != nil {
		return hostPort(e.contact.Address)
	}
	return ""
}
