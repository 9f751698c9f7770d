package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// route finds our address on the way to the box: that of a UDP socket connected to it. Nothing is
// sent.
func route(ctx context.Context, to netip.AddrPort) (netip.Addr, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", to.String())
	if err != nil {
		return netip.Addr{}, fmt.Errorf("find our address: %w", err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap().WithZone(""), nil
}

// contactOf is the address at which the box reaches us: the set one, host or host:port, and what
// it does not say from the route and the port we listen on.
func contactOf(set string, local netip.Addr, port int) (host string, at int, err error) {
	if set == "" {
		return local.String(), port, nil
	}
	if a, err := netip.ParseAddr(strings.Trim(set, "[]")); err == nil {
		return a.Unmap().String(), port, nil
	}
	host, at = set, port
	if h, digits, err := net.SplitHostPort(set); err == nil {
		n, err := strconv.ParseUint(digits, 10, 16)
		if err != nil || n == 0 {
			return "", 0, fmt.Errorf("read contact: port %.8q is not within 1 and 65535", digits)
		}
		host, at = h, int(n)
	}
	if host == "" || len(host) > 255 || strings.ContainsFunc(host, notInHost) {
		return "", 0, fmt.Errorf("read contact: %.60q is neither a name nor an address", set)
	}
	return host, at, nil
}

// notInHost reports whether no host name or address contains r.
func notInHost(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`/\@[]?#"'<>;,`, r) }
