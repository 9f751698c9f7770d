package fritztest

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

// webport is one of the two ports of TR-064. Like the call monitor's it can refuse
// for a while and come back on the same address.
type webport struct {
	opt     Options
	secure  bool
	handler http.Handler
	cert    func() (*tls.Certificate, error)
	closed  chan struct{}
	changed func()

	port sync.Mutex // held while the port is opened or closed; taken before mu

	mu     sync.Mutex
	addr   net.Addr
	server *http.Server  // nil while the port refuses
	quiet  chan struct{} // closed when server has ended
}

func (p *webport) name() string {
	if p.secure {
		return "TR-064 https port"
	}
	return "TR-064 http port"
}

func (p *webport) listen(address string) error {
	p.port.Lock()
	defer p.port.Unlock()
	ln, err := p.opt.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("open %s: %w", p.name(), err)
	}
	return p.use(ln)
}

// use serves ln, instead of the listener before. p.port is held.
func (p *webport) use(ln net.Listener) error {
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
			// A client that comes back shall see the certificate of the day.
			SessionTicketsDisabled: true,
		})
	}
	quiet := make(chan struct{})
	p.server, p.quiet = server, quiet
	go func() {
		defer close(quiet)
		_ = server.Serve(ln) // ends by stop
	}()
	p.changed()
	return nil
}

// stop closes the port and its connections.
func (p *webport) stop() {
	p.mu.Lock()
	server, quiet := p.server, p.quiet
	p.server = nil
	p.mu.Unlock()
	if server != nil {
		server.Close()
		<-quiet
		p.changed()
	}
}

func (p *webport) refuse() {
	p.port.Lock()
	defer p.port.Unlock()
	p.stop()
}

// reopen listens on the same address again, if it ever did.
func (p *webport) reopen() error {
	p.port.Lock()
	defer p.port.Unlock()
	p.mu.Lock()
	addr, open := p.addr, p.server != nil
	p.mu.Unlock()
	if addr == nil || open {
		return nil
	}
	for tried := time.Duration(0); ; tried += 20 * time.Millisecond {
		ln, err := p.opt.Listen(addr.Network(), addr.String())
		if err == nil {
			return p.use(ln)
		}
		if tried >= 5*time.Second {
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
func (p *webport) address() net.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.addr
}

func (p *webport) open() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.server != nil
}

// ListenTR064 opens the http port of TR-064, which is 49000 on a real box, and
// serves it until Close. The port 0 chooses a free one; TR064Addr tells which.
func (b *Box) ListenTR064(address string) error { return b.tr064.plain.listen(address) }

// ListenTR064S opens the https port of TR-064, normally 49443, with a certificate
// that is signed by itself alone.
func (b *Box) ListenTR064S(address string) error { return b.tr064.secure.listen(address) }

// TR064Addr returns the address of the http port, also while it refuses; nil before
// ListenTR064.
func (b *Box) TR064Addr() net.Addr { return b.tr064.plain.address() }

// TR064SAddr returns the address of the https port; nil before ListenTR064S.
func (b *Box) TR064SAddr() net.Addr { return b.tr064.secure.address() }

// RefuseTR064 closes both ports of TR-064 with all their connections.
func (b *Box) RefuseTR064() {
	b.tr064.plain.refuse()
	b.tr064.secure.refuse()
}

// AcceptTR064 opens both ports again after RefuseTR064.
func (b *Box) AcceptTR064() error {
	return errors.Join(b.tr064.plain.reopen(), b.tr064.secure.reopen())
}
