package line

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/callporter/callporter/fritz/callmonitor"
)

// Replayed is what was in a log.
type Replayed struct {
	Lines int                            // lines that are events
	Bad   map[callmonitor.LineReason]int // lines that are none
}

// Replay plays a call monitor log in the place of Run, on a line that takes the stamps for
// the time. A line that cannot be read is counted and skipped; a call that has no end when
// the log does is lost. speed divides the waits between lines; 0 does not wait. The error
// is the reader's, or that of ctx.
func (l *Line) Replay(ctx context.Context, log io.Reader, zone *time.Location, speed float64) (Replayed, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer close(l.ended)
	done := Replayed{Bad: map[callmonitor.LineReason]int{}}
	l.takeLink(callmonitor.LinkState{State: callmonitor.Up, Since: l.now()})
	for ev, err := range callmonitor.Read(log, callmonitor.ReplayClock(zone)) {
		var bad *callmonitor.BadLine
		switch {
		case errors.As(err, &bad):
			done.Bad[bad.Reason]++
			continue
		case err != nil:
			return done, err
		}
		if err := l.pass(ctx, ev.Received, speed); err != nil {
			return done, err
		}
		done.Lines++
		l.take(ev)
		if err := l.settleNow(ctx); err != nil {
			return done, err
		}
	}
	l.finish()
	return done, l.settleNow(ctx)
}

// pass lets the time until the next line go by, at the speed given. What time alone
// brings, such as a ring that outlives the debounce, comes meanwhile. A clock that was set
// takes no time.
func (l *Line) pass(ctx context.Context, to time.Time, speed float64) error {
	base := &l.stamps.base
	if speed <= 0 || base.IsZero() || to.Sub(*base) > clockSet {
		return ctx.Err()
	}
	for {
		next := l.due()
		if next.IsZero() || !next.Before(to) {
			return pause(ctx, to.Sub(*base), speed)
		}
		if err := pause(ctx, next.Sub(*base), speed); err != nil {
			return err
		}
		l.catchUp(next)
		if err := l.settleNow(ctx); err != nil {
			return err
		}
	}
}

// pause waits for a time of the log, at the speed given.
func pause(ctx context.Context, d time.Duration, speed float64) error {
	timer := time.NewTimer(time.Duration(float64(d) / speed))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// settleNow does what Run does between two lines: it sends what waits for room, and the
// state.
func (l *Line) settleNow(ctx context.Context) error {
	l.awaitRoom(ctx.Done(), 0)
	if l.dirty && ctx.Err() == nil {
		l.publishState()
	}
	return ctx.Err()
}
