package tr064

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// reopenTimeout bounds the tries to get a port back after RefuseTR064.
const reopenTimeout = 5 * time.Second

// port is one of the two ports of TR-064. Like the call monitor's it can refuse
// for a while and come back on the same address.
type port struct {
	listenOn func(network, address string) (net.Listener, error)
	secure   bool
	handler  http.Handler
	cert     func() (*tls.Certificate, error)
	closed   chan struct{}
	changed  func()

	opening sync.Mutex // held while the port is opened or closed; taken before mu

	mu      sync.Mutex
	addr    net.Addr
	server  *http.Server  // nil while the port refuses
	stopped chan struct{} // closed when server has ended
}

func (p *port) name() string {
	if p.secure {
		return "TR-064 https port"
	}
	return "TR-064 http port"
}

func (p *port) listen(address string) error {
	p.opening.Lock()
	defer p.opening.Unlock()
	ln, err := p.listenOn("tcp", address)
	if err != nil {
		return fmt.Errorf("open %s: %w", p.name(), err)
	}
	return p.use(ln)
}

// use serves ln, instead of the listener before. p.opening is held.
func (p *port) use(ln net.Listener) error {
	p.stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.closed:
		ln.Close()
		return fmt.Errorf("open %s: the box is closed: %w", p.name(), net.ErrClosed)
	default:
	}
	p.addr = ln.Addr()
	server := &http.Server{
		Handler:           p.handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	if p.secure {
		ln = tls.NewListener(ln, &tls.Config{
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.cert() },
			NextProtos:     []string{"http/1.1"},
			// A client that reconnects must see the present certificate.
			SessionTicketsDisabled: true,
		})
	}
	stopped := make(chan struct{})
	p.server, p.stopped = server, stopped
	go func() {
		defer close(stopped)
		_ = server.Serve(ln) // ends by stop
	}()
	p.changed()
	return nil
}

// stop closes the port and its connections.
func (p *port) stop() {
	p.mu.Lock()
	server, stopped := p.server, p.stopped
	p.server = nil
	p.mu.Unlock()
	if server != nil {
		server.Close()
		<-stopped
		p.changed()
	}
}

func (p *port) refuse() {
	p.opening.Lock()
	defer p.opening.Unlock()
	p.stop()
}

// reopen listens on the same address again, if it ever did.
func (p *port) reopen() error {
	p.opening.Lock()
	defer p.opening.Unlock()
	p.mu.Lock()
	addr, open := p.addr, p.server != nil
	p.mu.Unlock()
	if addr == nil || open {
		return nil
	}
	for tried := time.Duration(0); ; tried += 20 * time.Millisecond {
		ln, err := p.listenOn(addr.Network(), addr.String())
		if err == nil {
			return p.use(ln)
		}
		if tried >= reopenTimeout {
			return fmt.Errorf("open %s again: %w", p.name(), err)
		}
		select {
		case <-p.closed:
			return net.ErrClosed
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// address returns the port's address, also while it refuses; nil before listen.
func (p *port) address() net.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.addr
}

func (p *port) open() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.server != nil
}

// ListenTR064 opens the http port of TR-064, which is 49000 on a real box, and
// serves it until Close. The port 0 chooses a free one; TR064Addr tells which.
func (t *Server) ListenTR064(address string) error { return t.plain.listen(address) }

// ListenTR064S opens the https port of TR-064, normally 49443, with a certificate
// that is signed by itself alone.
func (t *Server) ListenTR064S(address string) error { return t.secure.listen(address) }

// TR064Addr returns the address of the http port, also while it refuses; nil before
// ListenTR064.
func (t *Server) TR064Addr() net.Addr { return t.plain.address() }

// TR064SAddr returns the address of the https port; nil before ListenTR064S.
func (t *Server) TR064SAddr() net.Addr { return t.secure.address() }

// RefuseTR064 closes both ports of TR-064 with all their connections.
func (t *Server) RefuseTR064() {
	t.plain.refuse()
	t.secure.refuse()
}

// AcceptTR064 opens both ports again after RefuseTR064.
func (t *Server) AcceptTR064() error {
	return errors.Join(t.plain.reopen(), t.secure.reopen())
}
