package tr064

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/prometheus/client_golang/prometheus"
)

// DefaultTLSPort is where a box answers by https.
const DefaultTLSPort = 49443

// Options say which box and who we are. Host is needed, everything else has a
// default.
type Options struct {
	Host string // an address, "fritz.box", or the name set in the box
	Port int    // 0 = 49443, with HTTP 49000
	HTTP bool   // http instead of https: the password is safe, everything else is readable

	User     string // "" = the user who last logged in, as the box tells
	Password string // "" = none

	// Fingerprint is the SHA-256 of the box's certificate in hex, with or without
	// colons. Empty, the first certificate seen is the one, and Pinned is told its
	// fingerprint, so that it can be stored; the call holds the connection up.
	Fingerprint string
	Pinned      func(fingerprint string)
	// Accept is the command that accepts another certificate, for the hint.
	Accept string

	// Attempts keeps the count of refused logins; nil keeps it in memory, where a
	// restart forgets it.
	Attempts Attempts

	Plan     *call.Plan     // to tell whether two spellings are one number; nil = the zero Plan
	Location *time.Location // the box's clock; nil = time.Local
	Capacity int            // entries of a phonebook, 0 = 2000
	Timing   Timing
	Dial     Dial // nil = net.Dialer

	Box        string // for log and metrics
	Log        *slog.Logger
	Registerer prometheus.Registerer
}

// Timing is how patient the client is. Zero fields take their default; a negative
// Spacing is none.
type Timing struct {
	Spacing  time.Duration // between two requests; 50 ms
	Connect  time.Duration // until there is a connection, TLS included; 5 s
	Silence  time.Duration // until the answer, and between two pieces of its body; 10 s
	Whole    time.Duration // for a request with its answer; 14 s
	Download time.Duration // for a phonebook or a list with its body; 60 s
	Busy     time.Duration // before asking a busy box once more; 2 s
	Settle   time.Duration // between two looks whether a write of a broken connection happened; 1 s
}

func (t Timing) withDefaults() Timing {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&t.Spacing, 50 * time.Millisecond}, {&t.Connect, 5 * time.Second}, {&t.Silence, 10 * time.Second},
		{&t.Whole, 14 * time.Second}, {&t.Download, time.Minute}, {&t.Busy, 2 * time.Second}, {&t.Settle, time.Second},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return t
}

// defaultCapacity is what a 7590 takes into a phonebook (FRITZ!OS 7.12).
const defaultCapacity = 2000

// Client speaks to one box. Its methods may be called from anywhere; the box sees
// one request at a time. Every method ends with its context and within the limits
// of the Timing; errors carry a [Reason] and a hint, see [Error].
type Client struct {
	o         Options
	log       *slog.Logger
	requests  *prometheus.CounterVec
	base      *url.URL
	transport *http.Transport
	plan      atomic.Pointer[call.Plan]
	remote    atomic.Pointer[netip.Addr] // the address last connected to

	turn    chan struct{} // one request at a time; holding it guards the two below
	last    time.Time     // the end of the last request
	login   login
	as      atomic.Pointer[credentials]
	writing chan struct{} // one change at a time: look, write, look again

	pinned sync.Mutex
	pin    string // the fingerprint that counts, "" before the first connection

	learning chan struct{} // one reads the description, the others wait for it
	known    sync.Mutex
	services map[string]service
	actions  map[string]map[string]bool // by service, read when the box refuses one
}

// New makes a client and connects to nothing yet.
func New(o Options) (*Client, error) {
	if o.Host == "" {
		return nil, errors.New("new client: no host")
	}
	if o.Port < 0 || o.Port > 65535 {
		return nil, fmt.Errorf("new client: port %d", o.Port)
	}
	pin, err := readFingerprint(o.Fingerprint)
	if err != nil {
		return nil, fmt.Errorf("new client: %w", err)
	}
	scheme := "https"
	if o.Port == 0 {
		o.Port = DefaultTLSPort
		if o.HTTP {
			o.Port = DefaultPort
		}
	}
	if o.HTTP {
		scheme = "http"
	}
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Capacity == 0 {
		o.Capacity = defaultCapacity
	}
	if o.Attempts == nil {
		o.Attempts = new(memory)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Timing = o.Timing.withDefaults()
	c := &Client{
		o: o, pin: pin, log: o.Log.With("box", o.Box), requests: requestCounter(o.Registerer),
		base:    &url.URL{Scheme: scheme, Host: net.JoinHostPort(o.Host, strconv.Itoa(o.Port))},
		turn:    make(chan struct{}, 1),
		writing: make(chan struct{}, 1), learning: make(chan struct{}, 1),
	}
	c.as.Store(&credentials{o.User, o.Password})
	c.SetPlan(o.Plan)
	c.transport = &http.Transport{
		DialContext: c.dial,
		TLSClientConfig: &tls.Config{
			InsecureSkipVerify: true, // the certificate is its own authority: it is pinned instead
			VerifyConnection:   c.verify,
			MinVersion:         tls.VersionTLS12,
		},
		TLSHandshakeTimeout:    o.Timing.Connect,
		MaxConnsPerHost:        1,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        20 * time.Second,
		MaxResponseHeaderBytes: maxHead,
		DisableCompression:     true,
	}
	return c, nil
}

// Close gives the connection back. The client may be used again.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Capacity is how many entries a phonebook is taken to hold.
func (c *Client) Capacity() int { return c.o.Capacity }

// SetPlan sets the plan that tells whether two spellings are one number.
func (c *Client) SetPlan(p *call.Plan) {
	if p == nil {
		p = new(call.Plan)
	}
	c.plan.Store(p)
}

func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timing.Connect)
	defer cancel()
	conn, err := c.o.Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		ip := tcp.AddrPort().Addr().Unmap()
		c.remote.Store(&ip)
	}
	return conn, nil
}

// take waits for our turn and for the pause after the request before.
func (c *Client) take(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := pause(ctx, time.Until(c.last.Add(c.o.Timing.Spacing))); err != nil {
		<-c.turn
		return err
	}
	if as := c.as.Load(); c.login.of != as {
		c.login = login{of: as, user: as.user, password: as.password, realm: c.o.Host, attempts: c.o.Attempts}
	}
	return nil
}

func (c *Client) release() {
	c.last = time.Now()
	<-c.turn
}

// pause waits, and says why it did not wait to the end.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// sameHost reports whether a name the box uses for itself means this box: the host
// we were told, or the address behind it.
func (c *Client) sameHost(host string) bool {
	if strings.EqualFold(host, c.o.Host) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	if ours, err := netip.ParseAddr(c.o.Host); err == nil && ours.Unmap() == ip.Unmap() {
		return true
	}
	remote := c.remote.Load()
	return remote != nil && remote.WithZone("") == ip.Unmap().WithZone("")
}
