package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options configure a Server.
type Options struct {
	// Listener takes the connections; Run closes it. Required.
	Listener net.Listener
	// Version is that of the program, for the probes and the build metric.
	Version string
	// Health tells whether the program is alive, Ready whether it does its work.
	// nil is always yes.
	Health, Ready Probe
	// Gatherer is what /metrics shows; nil shows nothing. Registerer takes the
	// metrics of process, Go runtime and build; nil leaves them out.
	Gatherer   prometheus.Gatherer
	Registerer prometheus.Registerer
	// Log gets what goes wrong; nil discards it.
	Log    *slog.Logger
	Limits Limits
}

// Limits keep slow and greedy clients from harming the others. Zero values stand
// for the defaults named.
type Limits struct {
	Connections int           // at the same time, 64; one more closes the oldest without a request
	HeaderBytes int           // of a request, 8 KiB; net/http adds 4 KiB of its own
	Header      time.Duration // to send the header, 5 s
	Read        time.Duration // to send the whole request, 10 s
	Write       time.Duration // from the header's end to the answer's, 20 s
	Idle        time.Duration // between two requests of a connection, 30 s
	Probe       time.Duration // for Health and Ready to answer, 2 s
	Drain       time.Duration // for open requests when the server stops, 3 s
}

func (l Limits) orDefaults() Limits {
	for _, n := range []struct {
		at       *int
		standard int
	}{{&l.Connections, 64}, {&l.HeaderBytes, 8 << 10}} {
		if *n.at <= 0 {
			*n.at = n.standard
		}
	}
	for _, d := range []struct {
		at       *time.Duration
		standard time.Duration
	}{
		{&l.Header, 5 * time.Second},
		{&l.Read, 10 * time.Second},
		{&l.Write, 20 * time.Second},
		{&l.Idle, 30 * time.Second},
		{&l.Probe, 2 * time.Second},
		{&l.Drain, 3 * time.Second},
	} {
		if *d.at <= 0 {
			*d.at = d.standard
		}
	}
	return l
}

// Server is the HTTP server.
type Server struct {
	listener net.Listener
	http     http.Server
	drain    time.Duration
	log      *slog.Logger
}

// New makes a Server. It answers nobody before Run.
func New(o Options) (*Server, error) {
	if o.Listener == nil {
		return nil, errors.New("make web server: no listener")
	}
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	o.Limits = o.Limits.orDefaults()
	if o.Registerer != nil {
		if err := registerProcess(o.Registerer, o.Version); err != nil {
			return nil, fmt.Errorf("make web server: %w", err)
		}
	}
	s := &Server{
		listener: &connections{Listener: o.Listener, most: o.Limits.Connections},
		drain:    o.Limits.Drain,
		log:      o.Log,
	}
	s.http = http.Server{
		Handler:           handler(o),
		ReadHeaderTimeout: o.Limits.Header,
		ReadTimeout:       o.Limits.Read,
		WriteTimeout:      o.Limits.Write,
		IdleTimeout:       o.Limits.Idle,
		MaxHeaderBytes:    o.Limits.HeaderBytes,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
		ConnState:         noteState,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connectionKey{}, c)
		},
	}
	return s, nil
}

// handler is everything the server answers.
func handler(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", probeHandler(o.Health, "ok", "stuck", o))
	mux.Handle("GET /readyz", probeHandler(o.Ready, ready, notReady, o))
	mux.Handle("GET /metrics", metricsHandler(o))
	var h http.Handler = mux
	if loopback(o.Listener.Addr()) {
		h = thisComputerOnly(h)
	}
	return answering(withHeaders(h))
}

// Run serves until ctx ends. Then it gives open requests the time of Limits.Drain, and closes
// every connection. It returns nil after an orderly stop, an error if the listener fails. It
// can run once.
func (s *Server) Run(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(s.listener) }()
	select {
	case err := <-failed:
		_ = s.http.Close()
		return fmt.Errorf("serve web: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.drain)
	defer cancel()
	if err := s.http.Shutdown(drain); err != nil {
		s.log.Debug("cut web requests that were still open")
		_ = s.http.Close()
	}
	<-failed
	return nil
}

// Addr is the address the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }
