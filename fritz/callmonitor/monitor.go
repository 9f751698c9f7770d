package callmonitor

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"time"
)

// DefaultHost and DefaultPort are where a box in factory settings is found.
const (
	DefaultHost = "fritz.box"
	DefaultPort = 1012
)

// Options say which box to follow. Everything is optional.
type Options struct {
	// Host is a name or an address, DefaultHost if empty. The name fritz.box and
	// names below it are refused if they lead to a public address.
	Host string
	// Port is 1 … 65535, DefaultPort if 0.
	Port int
	// Box is the id of the box in metrics and logs.
	Box string
	// Location is the time zone of the box's clock, nil for the system's.
	Location *time.Location
	// StampedTime takes the stamps of the lines for the time they were received, as
	// in a replay; for a simulated box whose day passes faster than ours.
	StampedTime bool
	// Record takes every line as it came; nil records nothing. The Monitor does not close it.
	Record *Recorder

	Log     *slog.Logger
	Metrics *Metrics
	// Hint says what to do about a reason, for the log; "" is nothing, as is a nil Hint.
	Hint func(LinkReason) string

	// Dial and Lookup replace the network; the address Dial gets is an IP address
	// with port. Lookup is asked before each attempt unless Host is an address.
	Dial   func(ctx context.Context, network, address string) (net.Conn, error)
	Lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)
	// Now and Random (0 ≤ r < 1) replace the clock and the jitter's source.
	Now    func() time.Time
	Random func() float64

	// DialTimeout bounds one lookup and one dial: 5 s if 0.
	DialTimeout time.Duration
	// RetryMin and RetryMax bound the wait before a dial, which doubles from
	// attempt to attempt, give or take 20 %: 1 s and 60 s if 0.
	RetryMin, RetryMax time.Duration
	// Settled is how long a link must be up to count as proven, if no event comes
	// before: 10 s if 0. A link that ends unproven does not end the doubling, and the
	// next link is reported as Up only when it is proven.
	Settled time.Duration
	// IdleClose is how long a link must have been up so that the monitor dials again at
	// once after an orderly end: 1 s if 0.
	IdleClose time.Duration
}

// Monitor follows the call monitor of one box.
type Monitor struct {
	host, box                                           string
	port                                                int
	location                                            *time.Location
	stamped                                             bool
	record                                              *Recorder
	log                                                 *slog.Logger
	hint                                                func(LinkReason) string
	count                                               counters
	dialer                                              func(ctx context.Context, network, address string) (net.Conn, error)
	lookup                                              func(ctx context.Context, network, host string) ([]netip.Addr, error)
	now                                                 func() time.Time
	random                                              func() float64
	dialTimeout, retryMin, retryMax, settled, idleClose time.Duration

	lastAddress netip.Addr // the address that answered last
}

// New checks the options. It touches no network.
func New(o Options) (*Monitor, error) {
	m := &Monitor{
		host: cmp.Or(o.Host, DefaultHost), port: cmp.Or(o.Port, DefaultPort), box: o.Box, location: o.Location, stamped: o.StampedTime,
		dialer: o.Dial, lookup: o.Lookup, now: o.Now, random: o.Random,
		dialTimeout: cmp.Or(o.DialTimeout, 5*time.Second),
		retryMin:    cmp.Or(o.RetryMin, time.Second),
		settled:     cmp.Or(o.Settled, 10*time.Second),
		idleClose:   cmp.Or(o.IdleClose, time.Second),
		record:      o.Record,
		log:         logger(o.Log, o.Box),
		hint:        o.Hint,
		count:       o.Metrics.box(o.Box),
	}
	m.retryMax = cmp.Or(o.RetryMax, max(time.Minute, m.retryMin))
	if m.dialer == nil {
		m.dialer = (&net.Dialer{Timeout: m.dialTimeout, KeepAliveConfig: keepAlive}).DialContext
	}
	if m.lookup == nil {
		m.lookup = net.DefaultResolver.LookupNetIP
	}
	if m.hint == nil {
		m.hint = func(LinkReason) string { return "" }
	}
	if m.now == nil {
		m.now = time.Now
	}
	if m.random == nil {
		m.random = rand.Float64
	}
	switch {
	case m.port < 1 || m.port > 65535:
		return nil, fmt.Errorf("open call monitor: port %d is not within 1 and 65535", m.port)
	case len(m.host) > 255 || strings.ContainsFunc(m.host, notInHost) || withPort(m.host):
		return nil, fmt.Errorf("open call monitor: host %.60q is neither a name nor an address", m.host)
	case min(m.dialTimeout, m.retryMin, m.settled, m.idleClose) < 0 || m.retryMax < m.retryMin:
		return nil, fmt.Errorf("open call monitor: impossible durations")
	}
	return m, nil
}

func logger(log *slog.Logger, box string) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log.With("component", "callmonitor", "box", box)
}

// withPort reports whether a host contains a colon and is no IPv6 address.
func withPort(host string) bool {
	if !strings.Contains(host, ":") {
		return false
	}
	_, err := netip.ParseAddr(host)
	return err != nil
}

// notInHost reports whether no host name or address contains r, such as the slash of a URL.
func notInHost(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`/\@[]?#"'`, r) }

// backoff returns the wait after so many failures in a row.
func (m *Monitor) backoff(failures int) time.Duration {
	wait := m.retryMax
	if failures < 30 { // beyond, a shift could overflow
		if w := m.retryMin << failures; w > 0 {
			wait = min(w, m.retryMax)
		}
	}
	wait = time.Duration(float64(wait) * (0.8 + 0.4*m.random()))
	return min(max(wait, m.retryMin), m.retryMax)
}
