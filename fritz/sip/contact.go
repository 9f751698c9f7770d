package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Contact is where the box is told to send its calls.
type Contact struct {
	// Host is a name or an address without brackets. Port is 0 where it is not known before the
	// phone runs: nothing names it.
	Host string
	Port int
	// Registrar is the address of the box, and Local ours on the way to it.
	Registrar, Local netip.Addr
	// Set says that the configuration names the Contact.
	Set bool
	// SameNetwork says that Local and Registrar are in one network, without a router between.
	// If they are not, the box may not reach Local.
	SameNetwork bool
	// Container says that Local looks like the address of a container in a network of its own,
	// which the box cannot reach.
	Container bool
}

// String is host:port, or the host alone without a port.
func (c Contact) String() string {
	if c.Port == 0 {
		return c.Host
	}
	return net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
}

// ContactOf finds what a phone of these options would tell the box, without sending anything to
// it. The error is that of the name server, of the way to the box, or an unusable Contact.
func ContactOf(ctx context.Context, o Options) (Contact, error) {
	p := New(o)
	addresses, err := p.resolve(ctx)
	if err != nil {
		return Contact{}, err
	}
	port := 0
	if _, digits, err := net.SplitHostPort(o.Listen); err == nil {
		port, _ = strconv.Atoi(digits)
	}
	return p.contactTo(ctx, netip.AddrPortFrom(addresses[0], uint16(p.o.Port)), port)
}

// contactTo is the Contact for a box, when we listen on this port.
func (p *Phone) contactTo(ctx context.Context, to netip.AddrPort, port int) (Contact, error) {
	local, err := p.route(ctx, to)
	if err != nil {
		return Contact{}, err
	}
	host, port, err := contactHost(p.o.Contact, local, port)
	if err != nil {
		return Contact{}, err
	}
	c := Contact{Host: host, Port: port, Registrar: to.Addr(), Local: local, Set: p.o.Contact != "", SameNetwork: sameNetwork(local, to.Addr())}
	c.Container = !c.SameNetwork && inContainerNetwork(local)
	return c, nil
}

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

// contactHost reads the set contact, host or host:port, and takes what it does not say from the
// route and the port we listen on.
func contactHost(set string, local netip.Addr, port int) (host string, at int, err error) {
	if set == "" {
		return local.String(), port, nil
	}
	if a, err := netip.ParseAddr(strings.Trim(set, "[]")); err == nil {
		return a.Unmap().WithZone("").String(), port, nil
	}
	host, at = set, port
	if h, digits, err := net.SplitHostPort(set); err == nil {
		n, err := strconv.ParseUint(digits, 10, 16)
		if err != nil || n == 0 {
			return "", 0, fmt.Errorf("%w: port %.8q is not within 1 and 65535", errBadContact, digits)
		}
		host, at = h, int(n)
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().WithZone("").String(), at, nil
	}
	if host == "" || len(host) > 255 || strings.ContainsFunc(host, notInHost) {
		return "", 0, fmt.Errorf("%w: %.60q is neither a name nor an address", errBadContact, set)
	}
	return host, at, nil
}

// notInHost reports whether no host name contains r.
func notInHost(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`/\@[]?#"'<>;,:`, r)
}

// sameNetwork reports whether one of our interfaces is in one network with both addresses.
func sameNetwork(local, registrar netip.Addr) bool {
	if local == registrar {
		return true
	}
	interfaces, err := net.InterfaceAddrs()
	if err != nil {
		return true // nothing speaks against it
	}
	for _, i := range interfaces {
		if network, err := netip.ParsePrefix(i.String()); err == nil && network.Contains(local) && network.Contains(registrar) {
			return true
		}
	}
	return false
}

// containerNetworks are those that Docker, the Home Assistant Supervisor (172.30.32.0/23),
// Podman and slirp4netns give to containers when nothing else is set.
var containerNetworks = []netip.Prefix{
	netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("10.88.0.0/16"), netip.MustParsePrefix("10.0.2.0/24"),
}

func inContainerNetwork(a netip.Addr) bool {
	for _, n := range containerNetworks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}
