package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// maxAddresses bounds what is used of a name's addresses.
const maxAddresses = 8

var (
	errNoAddress     = errors.New("no address")
	errPublicAddress = errors.New("the name leads to a public address, which is not a FRITZ!Box at home")
)

// resolve looks up the box: IPv4 first, since that is where a box has its phones.
func (p *Phone) resolve(ctx context.Context) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(strings.Trim(p.o.Registrar, "[]")); err == nil {
		return []netip.Addr{a.Unmap()}, nil
	}
	found, err := p.o.Lookup(ctx, "ip", p.o.Registrar)
	if err != nil {
		return nil, fmt.Errorf("look up registrar: %w", err)
	}
	usable := make([]netip.Addr, 0, len(found))
	for _, a := range found {
		// A link-local address needs a zone, which SIP has no place for.
		if a = a.Unmap(); !a.IsLinkLocalUnicast() && (!boxName(p.o.Registrar) || atHome(a)) {
			usable = append(usable, a)
		}
	}
	if len(usable) == 0 {
		if len(found) > 0 {
			return nil, fmt.Errorf("look up registrar: %w", errPublicAddress)
		}
		return nil, fmt.Errorf("look up registrar: %w", &net.DNSError{Err: errNoAddress.Error(), Name: p.o.Registrar, IsNotFound: true})
	}
	slices.SortStableFunc(usable, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() })
	return usable[:min(len(usable), maxAddresses)], nil
}

// boxName reports whether the name is fritz.box or below. Every box resolves it to itself, but on
// the internet it belongs to somebody else.
func boxName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "fritz.box" || strings.HasSuffix(host, ".fritz.box")
}

// sharedAddresses is the shared address space of RFC 6598. Some overlay networks give a box such
// an address.
var sharedAddresses = netip.MustParsePrefix("100.64.0.0/10")

func atHome(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || sharedAddresses.Contains(a)
}
