package mqtt

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"syscall"
	"time"
)

// When another client connects with our client id, the broker closes our connection
// [3.1.4-2] and accepts us again at once. A broker that restarts does not: it is away
// in between, if only for a moment. Two such takeovers within a minute mean that
// another client uses our id. A broker can look the same that hangs up on who publishes
// what he may not, as mosquitto 2.0 does with max_queued_messages 0: the hint names both.
const (
	takeoverSpan  = time.Minute
	atOnce        = time.Second            // longest for a broker that was there all the time
	reachableTime = 250 * time.Millisecond // for one that goes down to hang up
)

// outage is what Run remembers between connections.
type outage struct {
	began       time.Time   // of the time without a connection
	attempts    int         // that failed in it
	hungUp      bool        // it began with the broker closing the connection
	asked       time.Time   // begin of the latest attempt
	takeovers   []time.Time // outages that began so and ended at once
	up          time.Time   // when the latest connection stood
	broken      int         // connections in a row that broke soon: before the answer to SUBSCRIBE, or not closed by the broker
	refused     bool        // a broker has refused us since the last pause
	logged      bool        // its begin has been logged
	refusal     Reason      // why a broker refused us, as logged
	otherLogged bool        // that another client uses our id has been logged; no more lines

	cuts     []time.Time // attempts that ended before the answer to SUBSCRIBE
	compared bool        // whether our id is the cause has been looked at, in this outage

	otherClient bool     // somebody uses our id, though we are connected now
	forbidden   []string // filters the broker does not give us
}

// contested reports whether there were that many takeovers lately.
func (o *outage) contested(n int, now time.Time) bool {
	recent := func(all []time.Time) []time.Time {
		for len(all) > 0 && now.Sub(all[0]) > takeoverSpan {
			all = all[1:]
		}
		return all
	}
	o.takeovers, o.cuts = recent(o.takeovers), recent(o.cuts)
	return len(o.takeovers)+len(o.cuts) >= n
}

// noteUp notes a connection.
func (c *Client) noteUp(o *outage, a address, forbidden []string) {
	now := time.Now()
	if c.connected {
		c.m.reconnects.Inc()
	}
	c.connected = true
	if o.hungUp && o.attempts == 0 && now.Sub(o.asked) < atOnce {
		o.takeovers = append(o.takeovers, o.began)
	}
	o.otherClient, o.forbidden = o.contested(2, now), forbidden
	for _, filter := range forbidden {
		c.log.Warn("broker forbids a subscription", "broker", a.name, "topic", filter, "so", c.loss(filter).In(c.o.Language))
	}
	if !o.otherLogged {
		c.log.Info("connected to broker", "broker", a.name, "after", now.Sub(o.began).Round(time.Millisecond))
	}
	o.compared, o.up = false, now
	o.attempts, o.hungUp, o.refused, o.logged, o.refusal = 0, false, false, false, ""
	c.m.up.Set(1)
	c.reportUp(o, a)
}

// reportUp tells how a connection is doing: what is worst about it counts.
func (c *Client) reportUp(o *outage, a address) {
	st := Status{Up: true, Reason: ReasonConnected, Broker: a.name}
	switch {
	case o.otherClient:
		st.Reason = ReasonOtherClient
	case len(o.forbidden) > 0:
		st.Reason, st.Err = ReasonNotAuthorized, c.forbids(o.forbidden)
	}
	c.setStatus(st)
}

// noteLost notes the end of a connection. It reports whether to pause before the next
// attempt. If the broker closed the connection there is no pause: the next attempt shows
// whether it went down. If another client took our id over a moment ago, we only look
// whether the broker is there, and pause before we connect.
func (c *Client) noteLost(ctx context.Context, o *outage, a address, err error) (rest bool) {
	now := time.Now()
	o.began, o.hungUp = now, hungUp(err)
	if o.broken++; o.hungUp || now.Sub(o.up) >= takeoverSpan {
		o.broken = 0
	}
	reason := ReasonLost
	if o.hungUp && o.contested(1, now) {
		if !c.reachable(ctx, a) {
			o.attempts++
		} else {
			reason = ReasonOtherClient
		}
	}
	c.noteDown(o, a, reason, err)
	return !o.hungUp || c.Status().Reason == ReasonOtherClient
}

// reachable reports whether a broker is there: it takes a connection and waits for
// CONNECT. One that goes down, or a proxy in front of it, hangs up.
func (c *Client) reachable(ctx context.Context, a address) bool {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timing.Connect)
	defer cancel()
	conn, err := a.dial(ctx)
	if err != nil {
		return false
	}
	defer conn.Close() //nolint:errcheck // nothing was said
	if conn.SetReadDeadline(time.Now().Add(reachableTime)) != nil {
		return false
	}
	_, err = conn.Read(make([]byte, 1))
	return isTimeout(err)
}

// noteFailed notes a failed attempt. In a cluster the reason of a broker that refuses us
// counts more than that of one that is away, in whatever order they are tried.
func (c *Client) noteFailed(ctx context.Context, o *outage, a address, err error) {
	o.attempts++
	if cut := (*cutError)(nil); errors.As(err, &cut) {
		o.broken++
	}
	reason := reasonOf(err)
	if c.cutByOtherClient(ctx, o, a, err) {
		reason = ReasonOtherClient
	}
	if o.refused && !reason.Final() {
		c.log.Debug("not connected to broker", "broker", a.name, "reason", string(reason), "error", err)
		return
	}
	o.refused = reason.Final()
	c.noteDown(o, a, reason, err)
}

// cutByOtherClient reports whether attempts are cut off because of our client id: it
// happened twice in a minute, and a client with another id gets its answer. A broker that
// closes every connection that subscribes does so to both.
func (c *Client) cutByOtherClient(ctx context.Context, o *outage, a address, err error) bool {
	var cut *cutError
	if !errors.As(err, &cut) {
		return false
	}
	now := time.Now()
	o.cuts = append(o.cuts, now)
	if !o.contested(2, now) || o.compared {
		return o.compared && c.Status().Reason == ReasonOtherClient
	}
	o.compared = true
	options := c.o
	options.ClientID += "-asks"
	other := &Client{o: options, log: slog.New(slog.DiscardHandler), m: newMetrics(nil), probes: map[string]portProbe{}}
	other.o.Availability = "" // and no last will
	other.o.Subscriptions = append(slices.Clone(options.Subscriptions), Subscription{Filter: c.o.Availability, Messages: Retained})
	if c.o.Availability == "" {
		other.o.Subscriptions = options.Subscriptions
	}
	l, _, err := other.open(ctx, a, nil)
	if err != nil {
		return false
	}
	l.close()
	return true
}

// noteDown logs the begin of an outage, and later once more why a broker refuses us. All
// else about the outage is logged for debugging only.
func (c *Client) noteDown(o *outage, a address, reason Reason, err error) {
	c.m.up.Set(0)
	if reason != ReasonOtherClient {
		o.otherLogged = false // this outage has another cause
	}
	level := slog.LevelDebug
	if !o.otherLogged && (!o.logged || reason.Final() && reason != o.refusal) {
		level = slog.LevelWarn
	}
	o.logged = o.logged || !o.otherLogged
	if reason.Final() {
		o.refusal = reason
	}
	o.otherLogged = o.otherLogged || reason == ReasonOtherClient
	st := Status{Reason: reason, Broker: a.name, Err: err}
	attrs := []any{"broker", a.name, "reason", string(reason), "error", err}
	if hint := st.Hint(c.o.Language); hint != "" {
		attrs = append(attrs, "hint", hint)
	}
	c.log.Log(context.Background(), level, "not connected to broker", attrs...)
	c.setStatus(st)
}

// settle forgets takeovers of the client id when a connection has lasted.
func (c *Client) settle(o *outage, a address) {
	if o.otherLogged {
		o.otherLogged = false
		c.log.Info("connected to broker, undisturbed for a minute")
	}
	o.otherClient = false
	c.reportUp(o, a)
}

// allowed notes that nothing is forbidden any more.
func (c *Client) allowed(o *outage, a address) {
	c.log.Info("broker allows all subscriptions now", "broker", a.name)
	c.reportUp(o, a)
}

// hungUp reports whether the other side closed the connection, as a broker does
// to a client whose id somebody else connects with.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// isTimeout reports whether something took too long.
func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// setStatus stores a status and tells of it where it says something new.
func (c *Client) setStatus(st Status) {
	c.mu.Lock()
	old := c.status
	st.Since = old.Since
	if st.Up != old.Up {
		st.Since = time.Now()
	}
	c.status = st
	c.mu.Unlock()
	if c.o.OnStatus != nil && (st.Up != old.Up || st.Reason != old.Reason || st.Broker != old.Broker) {
		c.o.OnStatus(st)
	}
}
