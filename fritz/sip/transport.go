package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"github.com/callporter/callporter/fritz/sip/internal/socket"
)

// transport is the sockets of a phone and the SIP stack upon them.
type transport struct {
	*Phone
	ua      *sipgo.UserAgent
	packets *socket.Packets // with UDP
	streams *socket.Streams // with TCP and TLS
	conn    *socket.Stream  // to the box, with TCP and TLS
	calls   *calls
	told    Contact // to the box

	closing chan struct{}
	failed  chan error    // a socket does not serve any more
	lost    chan struct{} // cap 1: the connection to the box is gone
	serving sync.WaitGroup
}

// endpoint is our address as the box is told it, and what sends from there.
type endpoint struct {
	client  *sipgo.Client
	contact sip.ContactHeader
	remote  netip.AddrPort // of the box
}

var libraryOnce sync.Once

// open opens the sockets and serves them.
func (p *Phone) open() (*transport, error) {
	libraryOnce.Do(func() {
		sip.UDPMTUSize = 65000 // else the library sends no answer to an INVITE with long headers
		sip.SetDefaultLogger(silent)
	})
	t := &transport{Phone: p, closing: make(chan struct{}), failed: make(chan error, 1), lost: make(chan struct{}, 1)}
	t.calls = newCalls(callOptions{Handler: p.o.Handler, Log: p.log, Endpoint: p.endpoint.Load, Voice: p.o.Voice, Timing: p.o.Timing, Count: p.count})
	log := libraryLogger(p.log)
	var err error
	t.ua, err = sipgo.NewUA(sipgo.WithUserAgent(p.o.Label),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(log), sip.WithTransportLayerTransports(noDialing())),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(log),
			sip.WithTransactionLayerUnhandledResponseHandler(func(*sip.Response) {}),
			sip.WithTransactionLayerTerminateOnConnClose(),
			// Here the layer has not yet asked for messages itself, so the calls see each before it.
			func(l *sip.TransactionLayer) { l.Transport().OnMessage(t.calls.arrived) }))
	if err != nil {
		return nil, err
	}
	server, err := sipgo.NewServer(t.ua, sipgo.WithServerLogger(log))
	if err != nil {
		return nil, err
	}
	t.handle(server)
	if err := t.listen(server); err != nil {
		t.ua.Close() //nolint:errcheck // nothing is open
		return nil, err
	}
	return t, nil
}

func (t *transport) listen(server *sipgo.Server) error {
	at := t.o.Listen
	if at == "" {
		at = ":0"
	}
	switch t.o.Transport {
	case "udp":
		conn, err := net.ListenPacket("udp", at)
		if err != nil {
			return err
		}
		t.packets = socket.NewPackets(conn.(*net.UDPConn), t.peer, t.count.dropped.Inc)
		t.serve(func() error { return server.ServeUDP(t.packets) })
		select {
		case <-t.packets.Reading():
		case err := <-t.failed:
			return err
		}
	case "tcp":
		l, err := net.Listen("tcp", at)
		if err != nil {
			return err
		}
		t.streams = socket.NewStreams(l, t.peer, t.count.dropped.Inc)
		t.serve(func() error { return server.ServeTCP(t.streams) })
	case "tls":
		// The box has nothing to check a certificate of ours with. Its calls come by the
		// connection of our registration.
		t.streams = socket.NewStreams(nil, t.peer, nil)
		t.serve(func() error { return server.ServeTLS(t.streams) })
	default:
		return fmt.Errorf("transport %.20q is none of udp, tcp, tls", t.o.Transport)
	}
	return nil
}

// noDialing are transports of the library that dial nobody: connections are made by streams alone.
// It would connect to where a message claims to come from.
func noDialing() sip.TransportsConfig {
	refuse := func(net.Addr) net.Dialer {
		return net.Dialer{Control: func(string, string, syscall.RawConn) error { return net.ErrClosed }}
	}
	return sip.TransportsConfig{
		TCP: &sip.TransportTCP{DialerCreate: refuse},
		TLS: &sip.TransportTLS{TransportTCP: &sip.TransportTCP{DialerCreate: refuse}},
	}
}

// serve runs a loop of the library. It returns after any fault of a socket, also without error.
func (t *transport) serve(loop func() error) {
	t.serving.Go(func() {
		err := loop()
		select {
		case <-t.closing:
		default:
			t.failed <- errors.Join(errors.New("the socket was closed"), err)
		}
	})
}

// addr is where we listen; nil with TLS before the first connection.
func (t *transport) addr() net.Addr {
	if t.packets != nil {
		return t.packets.LocalAddr()
	}
	return t.streams.Addr()
}

// close closes the sockets and waits until nothing reads them any more.
func (t *transport) close() {
	close(t.closing)
	t.endpoint.Store(nil)
	if t.packets == nil {
		t.streams.Close()
		t.serving.Wait()
		t.ua.Close() //nolint:errcheck // it is closed anyway
		return
	}
	pool := t.ua.TransportLayer().Pool("udp")
	t.packets.Retire(pool)
	t.packets.Close()
	t.serving.Wait()
	t.packets.Retire(pool) // what came in the meantime
	t.ua.TransactionLayer().Close()
}

// to makes an endpoint for a registrar's address, with a connection to it where the transport
// needs one.
func (t *transport) to(ctx context.Context, remote netip.AddrPort) (*endpoint, error) {
	from := t.addr()
	if t.streams != nil {
		conn, err := t.connect(ctx, remote)
		if err != nil {
			return nil, err
		}
		from = conn.LocalAddr()
	}
	here := from // where the box reaches us
	if t.streams != nil && t.streams.Listens() {
		here = t.addr()
	}
	_, port, err := sip.ParseAddr(here.String())
	if err != nil {
		return nil, err
	}
	c, err := t.contactTo(ctx, remote, port)
	if err != nil {
		return nil, err
	}
	client, err := sipgo.NewClient(t.ua, sipgo.WithClientLogger(libraryLogger(t.log)), sipgo.WithClientNAT(),
		sipgo.WithClientHostname(c.Local.String()), sipgo.WithClientPort(port), sipgo.WithClientConnectionAddr(from.String()))
	if err != nil {
		return nil, err
	}
	uri := sip.Uri{Scheme: "sip", User: escapeUser(t.o.Username), Host: c.Host, Port: c.Port}
	if t.packets == nil {
		uri.UriParams = sip.HeaderParams{{K: "transport", V: t.o.Transport}}
	}
	e := &endpoint{client: client, contact: sip.ContactHeader{Address: uri}, remote: remote}
	if c != t.told && !c.Set && !c.SameNetwork {
		t.log.Warn("the box may not reach us: it is in another network", "contact", c.String(), "container", c.Container)
	}
	t.told = c
	t.endpoint.Store(e)
	return e, nil
}

// connect returns the connection to the box, a new one if there is none.
func (t *transport) connect(ctx context.Context, remote netip.AddrPort) (*socket.Stream, error) {
	if t.conn != nil && !t.conn.Ended() && t.conn.Remote == remote {
		return t.conn, nil
	}
	if t.conn != nil {
		t.conn.Close()
	}
	select {
	case <-t.lost: // the old one
	default:
	}
	var config *tls.Config
	if t.o.Transport == "tls" {
		config = socket.TLSConfig(strings.Trim(t.o.Registrar, "[]"), t.o.Fingerprint)
	}
	conn, err := t.streams.Dial(ctx, remote, config, func() {
		select {
		case t.lost <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return nil, fmt.Errorf("dial registrar: %w", err)
	}
	t.conn = conn
	return conn, nil
}

var errMoved = errors.New("our address on the way to the box is another one")

// keepAlive sends what holds the way from the box to us open (RFC 5626 3.5.1, without waiting for
// an answer, which a box need not give). The error says that the way is not what it was.
func (t *transport) keepAlive(ctx context.Context) error {
	e := t.endpoint.Load()
	if e == nil {
		return nil
	}
	local, err := t.route(ctx, e.remote)
	if err == nil && local != t.told.Local {
		err = errMoved
	}
	if err != nil {
		if t.conn != nil {
			t.conn.Close()
		}
		return err
	}
	if t.packets != nil {
		_, err = t.packets.WriteToUDPAddrPort([]byte("\r\n\r\n"), e.remote)
	} else {
		_, err = t.conn.Write([]byte("\r\n\r\n"))
	}
	return err
}

// escapeUser writes a user name as the user part of a URI (RFC 3261 25.1, unreserved).
func escapeUser(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_.!~*'()&=+$,", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
