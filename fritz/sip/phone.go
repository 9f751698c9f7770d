package sip

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/callporter/callporter/fritz/sip/internal/socket"
	"github.com/callporter/callporter/fritz/sip/media"
)

// Options are what a Phone needs.
type Options struct {
	// Registrar is the host name or address of the box, Port its port; 0 = 5060, with TLS 5061.
	// The name fritz.box and names below it are refused if they lead to a public address.
	Registrar string
	Port      int
	// Transport is "udp" (default), "tcp" or "tls".
	Transport string
	// Fingerprint is the SHA-256 of the box's certificate in hex, with or without colons; with
	// "tls" no other is trusted. "" = one that the roots of the system vouch for.
	Fingerprint string
	// Username and Password are those of the IP phone at the box.
	Username, Password string
	// Label is the display name of the phone; "" = callporter.
	Label string
	// Listen is the address of our side, host:port; "" = any address and a free port.
	Listen string
	// Contact is the address at which the box reaches us, host or host:port; "" = found out by
	// the route to the box.
	Contact string
	// Voice are the UDP ports of the voice; the zero value = any free ones.
	Voice media.Ports
	// Handler decides about each call.
	Handler Handler
	// Changed hears when the Status changes, in order; nil = nobody does. It returns at once.
	Changed func(Status)
	// Box is the id of the box in logs and metrics.
	Box    string
	Timing Timing
	Log    *slog.Logger
	// Metrics are counters, from NewMetrics; nil = nobody counts.
	Metrics *Metrics
	// Lookup replaces the name server; it is asked before each try to register.
	Lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Timing are times that tests shorten. 0 = the standard.
type Timing struct {
	Retry     time.Duration // between tries to register, at first: 1 s, growing to 60 times that
	Refresh   time.Duration // of the registration: half of what is granted
	Answer    time.Duration // how long the answer to a REGISTER is waited for: 32 s
	KeepAlive time.Duration // between CRLFs that hold the way from the box to us open: 30 s
	Remove    time.Duration // how long the answer to taking back the registration is waited for: 2 s
	NoACK     time.Duration // how long an ACK is waited for before BYE: 4 s
	Ring      time.Duration // how long the phone rings at least before a 480: 3 s
}

// Phone is an IP phone at the box.
type Phone struct {
	o     Options
	log   *slog.Logger
	count counters
	peer  *socket.Peer
	route func(ctx context.Context, to netip.AddrPort) (netip.Addr, error) // finds our address

	renew    chan struct{} // cap 1
	endpoint atomic.Pointer[endpoint]

	mu     sync.Mutex
	status Status
	addr   net.Addr
}

// New makes a phone. It does not use the network.
func New(o Options) *Phone {
	o.Transport = cmp.Or(strings.ToLower(o.Transport), "udp")
	o.Port = cmp.Or(o.Port, map[string]int{"tls": 5061}[o.Transport], 5060)
	o.Label = cmp.Or(o.Label, "callporter")
	o.Timing.Retry = cmp.Or(o.Timing.Retry, time.Second)
	o.Timing.Answer = cmp.Or(o.Timing.Answer, 32*time.Second)
	o.Timing.Remove = cmp.Or(o.Timing.Remove, 2*time.Second)
	o.Timing.KeepAlive = cmp.Or(o.Timing.KeepAlive, 30*time.Second)
	o.Timing.NoACK = cmp.Or(o.Timing.NoACK, 4*time.Second)
	o.Timing.Ring = cmp.Or(o.Timing.Ring, 3*time.Second)
	if o.Lookup == nil {
		o.Lookup = net.DefaultResolver.LookupNetIP
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	log = log.With("component", "sip", "box", o.Box)
	return &Phone{o: o, log: log, count: o.Metrics.box(o.Box), peer: &socket.Peer{Port: uint16(o.Port)}, route: route, renew: make(chan struct{}, 1)}
}

// Run registers the phone and serves calls until ctx ends; then it takes the registration
// back. It redials for ever. An error is one that waiting cannot cure: the address of Listen is in
// use or not ours.
func (p *Phone) Run(ctx context.Context) error {
	defer p.setStatus(Status{State: Off})
	for failures := 0; ; failures++ {
		t, err := p.open()
		switch {
		case err == nil:
			failures = 0
			p.session(ctx, t)
		case p.Addr() == nil: // the first try
			return fmt.Errorf("open the phone: %w", err)
		default:
			p.log.Warn("phone cannot listen", "error", err)
		}
		if !pause(ctx, p.backoff(failures)) {
			return nil
		}
	}
}

// session serves calls and keeps the registration until ctx ends or the sockets fail.
func (p *Phone) session(ctx context.Context, t *transport) {
	defer t.close()
	p.mu.Lock()
	p.addr = t.addr()
	p.mu.Unlock()
	r := newRegistration(p, t)
	defer r.remove() // when nobody is rung any more
	defer t.calls.stop(stopTimeout)
	if err := r.keep(ctx); err != nil {
		p.log.Error("phone does not listen any more", "error", err)
		p.setStatus(Status{State: Down, Reason: Failed})
	}
}

// Renew registers anew at once, when the box is known to have restarted. It returns at once, and
// may be called at any time and often: there is never more than one try in Timing.Retry.
func (p *Phone) Renew() {
	select {
	case p.renew <- struct{}{}:
	default:
	}
}

// Status is how the registration stands now.
func (p *Phone) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

// Addr is where the phone listens; nil before it does.
func (p *Phone) Addr() net.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.addr
}

// setStatus notes the status, and tells of it if it is another one. Only Run calls it.
func (p *Phone) setStatus(s Status) {
	p.mu.Lock()
	before := p.status
	s.Since = before.Since
	if s.State != before.State || before.Since.IsZero() {
		s.Since = time.Now()
	}
	p.status = s
	p.mu.Unlock()
	p.count.registered.Set(map[bool]float64{true: 1}[s.State == Registered])
	if s == before {
		return
	}
	if s.State == Registered && before.State != Registered {
		p.log.Info("phone registered", "registrar", p.o.Registrar, "contact", s.Contact)
	}
	if p.o.Changed != nil {
		p.o.Changed(s)
	}
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

// backoff is the wait after so many failures in a row: doubling, give or take 20 %.
func (p *Phone) backoff(failures int) time.Duration {
	wait := p.o.Timing.Retry << min(failures, 6)
	wait = min(wait, 60*p.o.Timing.Retry)
	return time.Duration(float64(wait) * (0.8 + 0.4*rand.Float64()))
}
