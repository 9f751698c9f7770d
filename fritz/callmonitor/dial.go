package callmonitor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// keepAlive finds within 75 seconds that a box has gone without closing the connection.
// By default the system takes two hours.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 15 * time.Second, Count: 4}

// publicError says that the name of a box leads to a public address.
type publicError struct {
	host    string
	address netip.Addr
}

// Error names the host and its address.
func (e *publicError) Error() string {
	return fmt.Sprintf("look up call monitor: %s is %s: %v", e.host, e.address, errPublicAddress)
}

// Unwrap returns errPublicAddress.
func (e *publicError) Unwrap() error { return errPublicAddress }

// maxAddresses bounds what one attempt tries of a name's addresses.
const maxAddresses = 8

var errPublicAddress = errors.New("the name leads to a public address, which is not a FRITZ!Box at home")

// dial looks up the host and dials it.
func (m *Monitor) dial(ctx context.Context) (net.Conn, error) {
	addresses, err := m.addresses(ctx)
	if err != nil {
		return nil, err
	}
	return m.dialAny(ctx, addresses)
}

// dialAny tries every address, first the one that answered last time. If all fail, the
// most informative error is returned.
func (m *Monitor) dialAny(ctx context.Context, addresses []netip.Addr) (net.Conn, error) {
	if i := slices.Index(addresses, m.lastAddress); i > 0 {
		copy(addresses[1:i+1], addresses[:i])
		addresses[0] = m.lastAddress
	}
	var best error
	for _, a := range addresses {
		conn, err := m.dialAddress(ctx, netip.AddrPortFrom(a, uint16(m.port)))
		if err == nil {
			m.lastAddress = a
			return conn, nil
		}
		if best == nil || informative(err) > informative(best) {
			best = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, best
}

func (m *Monitor) dialAddress(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, m.dialTimeout)
	defer cancel()
	conn, err := m.dialer(ctx, "tcp", to.String())
	if err != nil {
		return nil, fmt.Errorf("dial call monitor: %w", err)
	}
	// Also for a connection from an injected dial function.
	if tcp, ok := conn.(*net.TCPConn); ok {
		if err := tcp.SetKeepAliveConfig(keepAlive); err != nil {
			m.log.Debug("set keepalive", "error", err)
		}
	}
	return conn, nil
}

// addresses resolves the host. Every box resolves the name fritz.box to itself, but on
// the internet the name belongs to somebody else. If another name server answers, port
// 1012 of a stranger would look the same. So for this name only addresses of a home
// network are used. An address or another name is the user's own decision.
func (m *Monitor) addresses(ctx context.Context) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(m.host); err == nil {
		return []netip.Addr{a}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, m.dialTimeout)
	defer cancel()
	found, err := m.lookup(ctx, "ip", m.host)
	if err != nil {
		return nil, fmt.Errorf("look up call monitor: %w", err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("look up call monitor: %w", &net.DNSError{Err: "no address", Name: m.host, IsNotFound: true})
	}
	usable := make([]netip.Addr, 0, len(found))
	for _, a := range found {
		if a = a.Unmap(); !boxName(m.host) || AtHome(a) {
			usable = append(usable, a)
		}
	}
	if len(usable) == 0 {
		return nil, &publicError{m.host, found[0].Unmap()}
	}
	return usable[:min(len(usable), maxAddresses)], nil
}

// boxName reports whether the name is fritz.box or below.
func boxName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "fritz.box" || strings.HasSuffix(host, ".fritz.box")
}

// sharedAddresses is the shared address space of RFC 6598. It is not private, but not
// routed on the internet, and some overlay networks give a box such an address.
var sharedAddresses = netip.MustParsePrefix("100.64.0.0/10")

// AtHome reports whether an address can be that of a box at home: private, loopback,
// link-local or shared (RFC 6598).
func AtHome(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || sharedAddresses.Contains(a)
}

// informative ranks the failures of several addresses: a refusal proves that the box is
// there, while "unreachable" may only be a missing IPv6 route.
func informative(err error) int {
	switch reasonOf(err) {
	case Refused:
		return 4
	case Reset:
		return 3
	case Timeout:
		return 2
	case Failed:
		return 1
	}
	return 0
}
