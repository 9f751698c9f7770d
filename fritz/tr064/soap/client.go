package soap

import (
	"cmp"
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

	"github.com/prometheus/client_golang/prometheus"
)

// DefaultTLSPort is the port on which a box answers by https.
const DefaultTLSPort = 49443

// Options say which box to ask and who we are. Host is needed, everything else has a
// default.
type Options struct {
	Host string // an address, "fritz.box", or the name set in the box
	Port int    // 0 = 49443, with HTTP 49000
	HTTP bool   // http instead of https: the password is safe, everything else is readable

	User     string // "" = the user who last logged in, as the box tells
	Password string // "" = none

	// Fingerprint is the SHA-256 of the box's certificate in hex, with or without
	// colons. If it is empty, the first certificate seen is pinned, and Pinned is called
	// with its fingerprint to store it; the connection waits until Pinned returns.
	Fingerprint string
	Pinned      func(fingerprint string)
	// Accept is the command that accepts another certificate; the hint names it.
	Accept string

	// Attempts keeps the count of refused logins. With nil it is kept in memory and lost
	// with a restart.
	Attempts Attempts

	Timing Timing
	Dial   Dial // nil = net.Dialer

	Box        string // its id in log and metrics
	Log        *slog.Logger
	Registerer prometheus.Registerer
}

// Timing says how long the client waits. A zero field takes its default; a negative
// Spacing is none.
type Timing struct {
	Spacing  time.Duration // between two requests; 50 ms
	Connect  time.Duration // for a connection, TLS included; 5 s
	Silence  time.Duration // for the answer to begin, and then for each further part of its body; 10 s
	Whole    time.Duration // for a request with its answer; 14 s
	Download time.Duration // for a phonebook or a list with its body; 60 s
	Busy     time.Duration // before a busy box is asked once more; 2 s
	Settle   time.Duration // used by package tr064: between two looks whether a write happened whose connection broke; 1 s
}

func (t Timing) withDefaults() Timing {
	t.Spacing, t.Connect, t.Silence = cmp.Or(t.Spacing, 50*time.Millisecond), cmp.Or(t.Connect, 5*time.Second), cmp.Or(t.Silence, 10*time.Second)
	t.Whole, t.Download, t.Busy = cmp.Or(t.Whole, 14*time.Second), cmp.Or(t.Download, time.Minute), cmp.Or(t.Busy, 2*time.Second)
	return t
}

// Client sends requests to one box. Its methods may be called from anywhere; the box
// sees one request at a time. Every method ends with its context and within the limits
// of the Timing; errors carry a [Reason] and a hint, see [Error].
type Client struct {
	o         Options
	log       *slog.Logger
	requests  *prometheus.CounterVec
	base      *url.URL
	transport *http.Transport
	remote    atomic.Pointer[netip.Addr] // the address last connected to

	requesting  chan struct{} // one request at a time; whoever is in it may use the two below
	lastRequest time.Time     // when the last request ended
	login       login

	pinMu sync.Mutex
	pin   string // the fingerprint that counts, "" before the first connection

	describing chan struct{} // one reads the description, the others wait for it
	servicesMu sync.Mutex
	services   map[string]service
	actions    map[string]map[string]bool // by service, read when the box refuses one
	refused    map[string]bool            // actions that the box refuses to a login it accepts
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
	if o.Attempts == nil {
		o.Attempts = new(memoryAttempts)
	}
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	o.Timing = o.Timing.withDefaults()
	c := &Client{
		o: o, pin: pin, log: o.Log.With("box", o.Box), requests: requestCounter(o.Registerer),
		base:       &url.URL{Scheme: scheme, Host: net.JoinHostPort(o.Host, strconv.Itoa(o.Port))},
		requesting: make(chan struct{}, 1), describing: make(chan struct{}, 1),
	}
	c.login = login{configured: o.User, user: o.User, password: o.Password, realm: o.Host, attempts: o.Attempts}
	c.transport = &http.Transport{
		DialContext: c.dial,
		TLSClientConfig: &tls.Config{
			InsecureSkipVerify: true, // the box signs its certificate itself, so it is pinned instead
			VerifyConnection:   c.verify,
			MinVersion:         tls.VersionTLS12,
		},
		TLSHandshakeTimeout:    o.Timing.Connect,
		MaxConnsPerHost:        1,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        20 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true,
	}
	return c, nil
}

// Close closes the idle connection. The client may be used again.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

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

// acquire waits until no other request is under way, and for the pause after the last.
func (c *Client) acquire(ctx context.Context) error {
	select {
	case c.requesting <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := pause(ctx, time.Until(c.lastRequest.Add(c.o.Timing.Spacing))); err != nil {
		<-c.requesting
		return err
	}
	return nil
}

// release lets the next request go, after a pause.
func (c *Client) release() {
	c.lastRequest = time.Now()
	<-c.requesting
}

// pause waits. If the context ends first, it returns the reason.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// sameHost reports whether a name by which the box calls itself means this box: it is
// the configured host, or the address behind it.
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
