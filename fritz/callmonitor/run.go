package callmonitor

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/callporter/callporter/call"
)

// Run dials the box, passes its events to the sink and dials again, for ever. It returns
// nil when the context ends, and for no other reason. Only one Run may be under way.
func (m *Monitor) Run(ctx context.Context, sink LinkSink) error {
	r := &run{Monitor: m, sink: sink, since: m.now()}
	defer m.count.up.Set(0)
	sink.Link(LinkState{State: Connecting, Since: r.since})
	for ctx.Err() == nil {
		r.attempts++
		r.outageDials++
		conn, err := m.dial(ctx)
		switch {
		case ctx.Err() != nil:
			if conn != nil {
				conn.Close()
			}
			return nil
		case err != nil:
			r.down(err)
		default:
			r.up()
			err = r.readLink(ctx, conn)
			if m.count.up.Set(0); ctx.Err() != nil {
				return nil
			}
			if r.ended(err) {
				continue // at once
			}
		}
		if !pause(ctx, m.backoff(r.failures)) {
			return nil
		}
		r.failures++
	}
	return nil
}

// pause waits; it reports false if the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// refusals is how many refused dials in a row mean that the monitor is off. A box
// that restarts refuses too, for less long.
const refusals = 3

// run is the state of one Run.
type run struct {
	*Monitor
	sink LinkSink

	since    time.Time // the link went up, or was lost, as the sink knows it
	attempts int       // dials since it was lost
	failures int       // dials and links that came to nothing, in a row
	refused  int       // refused dials in a row
	linked   bool      // there was a link before

	// When the outage began that is in the log and has not ended there. A link that
	// closes before it is proven belongs to the outage before it. So a port that
	// accepts and closes at once does not fill the log, and the sink does not see the
	// link go up and down with each dial.
	outage      time.Time
	outageDials int              // dials in this outage
	logged      [Failed + 1]bool // reasons of this outage that are in the log
	flapping    bool             // the last link was never proven
	redialed    bool             // no link was proven since a dial without a wait

	// Of the current link.
	opened     time.Time
	unreported bool // not reported until it is proven, since the last link was not proven
	proven     bool
	idle       bool // ended in order while nobody was calling
	connected  map[call.ConnectionID]struct{}
	warned     [len(lineReasonNames)]bool
}

// up reports a new link.
func (r *run) up() {
	switch {
	case r.linked:
		r.count.reconnects.Inc()
	case r.outage.IsZero():
		r.log.Info("call monitor link up", "host", r.host)
	}
	r.log.Debug("call monitor connected", "host", r.host, "attempts", r.attempts)
	r.linked, r.refused, r.opened, r.proven, r.idle = true, 0, r.now(), false, false
	r.connected = make(map[call.ConnectionID]struct{})
	clear(r.warned[:])
	if r.unreported = r.flapping && !r.outage.IsZero(); !r.unreported {
		r.report()
	}
}

// report reports the current link to the sink, and to the log if an outage ends with it.
func (r *run) report() {
	r.unreported, r.since = false, r.opened
	r.outageOver(r.opened)
	r.count.up.Set(1)
	r.sink.Link(LinkState{State: Up, Since: r.opened, Attempt: r.attempts})
}

// prove notes that the link works: it has lasted, or brought an event.
func (r *run) prove() {
	if r.proven {
		return
	}
	r.proven, r.flapping, r.redialed, r.failures = true, false, false, 0
	if r.unreported {
		r.report()
	}
}

func (r *run) outageOver(at time.Time) {
	if r.outage.IsZero() {
		return
	}
	r.log.Info("call monitor link up", "host", r.host,
		"outage", at.Sub(r.outage).Round(time.Millisecond).String(), "attempts", r.outageDials)
	r.outage, r.outageDials = time.Time{}, 0
}

// ended reports the end of a link, and returns whether to dial again at once. That is so
// after an orderly end of an idle link, which is normal for some firmware, but not twice
// without a proven link between.
func (r *run) ended(err error) (atOnce bool) {
	now := r.now()
	lasted := now.Sub(r.opened)
	if lasted >= r.settled {
		r.prove()
	}
	if r.flapping = !r.proven; r.unreported { // the sink does not know of this link
		r.down(err)
		return false
	}
	r.since, r.attempts = now, 0
	if r.idle && lasted >= r.idleClose && !r.redialed {
		r.redialed = true
		r.log.Debug("call monitor closed an idle line", "up", lasted.String())
		r.sink.Link(LinkState{State: Connecting, Since: now, Reason: Closed, Err: err})
		return true
	}
	r.down(err)
	return false
}

// down reports that there is no link.
func (r *run) down(err error) {
	reason := reasonOf(err)
	if reason == Refused {
		if r.refused++; r.refused >= refusals {
			reason = CallMonitorOff
		}
	} else {
		r.refused = 0
	}
	first := r.outage.IsZero()
	if first {
		r.outage, r.outageDials = r.since, r.attempts
		clear(r.logged[:])
	}
	r.logDown(reason, err, first)
	r.sink.Link(LinkState{State: Down, Since: r.since, Reason: reason, Err: err, Attempt: r.attempts})
}

// logDown logs the begin of an outage, and each further reason once that tells what to do.
// All else about the outage is logged for debugging only.
func (r *run) logDown(reason LinkReason, err error, first bool) {
	hint := r.hint(reason)
	attrs := []any{"host", r.host, "reason", reason.String(), "attempt", r.attempts, "error", err}
	if hint != "" {
		attrs = append(attrs, "hint", hint)
	}
	switch {
	case first:
		r.log.Warn("call monitor link down", attrs...)
	case hint != "" && !r.logged[reason]:
		r.log.Warn("call monitor still down", attrs...)
	default:
		r.log.Debug("call monitor still down", attrs...)
	}
	r.logged[reason] = true
}

// readLink reads the connection to its end, closes it and returns why it ended.
func (r *run) readLink(ctx context.Context, conn net.Conn) error {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	var arrived time.Time
	clock := LiveClock(r.location, func() time.Time { return arrived })
	if r.stamped {
		clock = ReplayClock(r.location)
	}
	split := new(splitter)
	if !r.outage.IsZero() {
		// The only deadline of a link. It does not end the link: when it passes, the
		// outage is over.
		conn.SetReadDeadline(time.Now().Add(r.settled)) //nolint:errcheck // then it is reported later
	}
	for {
		n, err := conn.Read(split.room())
		arrived = r.now()
		split.added(n)
		for line, tooLong, ok := split.next(); ok; line, tooLong, ok = split.next() {
			r.line(line, tooLong, clock)
			if ctx.Err() != nil {
				return nil
			}
		}
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			r.prove()
			conn.SetReadDeadline(time.Time{}) //nolint:errcheck // it is passed anyway
		default:
			rest := split.rest()
			if len(rest) > 0 {
				r.count.lines.Inc()
				r.bad(Cut, rest)
				if record := r.record; record != nil {
					record.cut(rest)
				}
			}
			r.idle = err == io.EOF && len(rest) == 0 && len(r.connected) == 0
			return err
		}
	}
}

// line handles one line. The sink comes first, since it may be a call that rings.
func (r *run) line(line []byte, tooLong bool, clock *Clock) {
	if tooLong {
		r.count.lines.Inc()
		r.bad(TooLong, nil)
		if record := r.record; record != nil {
			record.tooLong()
		}
		return
	}
	ev, err := Parse(line, clock)
	if err == nil {
		if r.unreported {
			r.prove()
		}
		r.sink.Event(ev)
		r.prove()
		if ev.Kind == call.Disconnect {
			delete(r.connected, ev.Connection)
		} else {
			r.connected[ev.Connection] = struct{}{}
		}
	}
	reason := LineReasonUnknown
	if b, ok := err.(*BadLine); ok {
		if reason = b.Reason; reason == Empty {
			return
		}
	}
	r.count.lines.Inc()
	if err != nil {
		r.bad(reason, line)
	}
	if record := r.record; record != nil {
		record.Line(line)
	}
}

// bad counts a line that is no event, and logs each reason once per link.
func (r *run) bad(reason LineReason, line []byte) {
	if c := r.count.bad[reason]; c != nil {
		c.Inc()
	}
	if !r.warned[reason] {
		r.warned[reason] = true
		r.log.Warn("call monitor line skipped", "reason", reason.String(), "line", shape(line))
	}
}
