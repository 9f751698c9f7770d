package sip

import (
	"context"
	"log/slog"
	"net"
	"time"
)

// Options are what a Phone needs.
type Options struct {
	// Registrar is the host name or address of the box, Port its port; 0 = 5060, with TLS 5061.
	Registrar string
	Port      int
	// Transport is "udp" (default), "tcp" or "tls".
	Transport string
	// Username and Password are those of the IP phone at the box.
	Username, Password string
	// Label is the display name of the phone; "" = callporter.
	Label string
	// Listen is the address of our side, host:port; "" = any address and a free port.
	Listen string
	// Contact is the address at which the box reaches us, host or host:port; "" = found out by
	// the route to the box.
	Contact string
	// Handler decides about each call.
	Handler Handler
	// Changed hears when the Status changes; nil = nobody does. It returns at once.
	Changed func(Status)
	Timing  Timing
	Log     *slog.Logger
}

// Timing are times that tests shorten. 0 = the standard.
type Timing struct {
	Retry   time.Duration // between tries to register, at first: 1 s, growing to 60 s
	Refresh time.Duration // of the registration: half of what is granted
	NoACK   time.Duration // how long an ACK is waited for before BYE: 4 s
}

// State is how far the registration is.
type State uint8

// States.
const (
	Off State = iota
	Registering
	Registered
	Down // and tried again
)

var stateNames = [...]string{"off", "connecting", "up", "down"}

// String returns the word of the MQTT contract.
func (s State) String() string { return stateNames[min(int(s), len(stateNames)-1)] }

// Status is how the registration stands.
type Status struct {
	State State
	Since time.Time
	// Code is the SIP status that refused it, such as 403; 0 = none came.
	Code int
	// Reason is a stable English word: "bad_credentials", "unknown_user", "forbidden",
	// "unreachable", "no_answer", …; "" = none.
	Reason string
	// Contact is the address that the box was told.
	Contact string
}

// Phone is an IP phone at the box.
type Phone struct{ o Options }

// New makes a phone. It does not use the network.
func New(o Options) *Phone { return &Phone{o: o} }

// Run registers the phone and serves calls until ctx ends; then it takes the registration
// back. It redials for ever. An error is one that waiting cannot cure: the address of Listen is in
// use or not ours.
func (p *Phone) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// Status is how the registration stands now.
func (p *Phone) Status() Status { return Status{} }

// Addr is where the phone listens; nil before it does.
func (p *Phone) Addr() net.Addr { return nil }
