// Package socket is what a phone sends and receives by: a UDP socket, or TCP and TLS connections.
// They take what the box sends and nothing else, before a byte of it is parsed.
package socket

import (
	"net/netip"
	"slices"
	"sync/atomic"
)

// Peer is who may send to us: the box, by its addresses. Whoever else sends to an open SIP port
// is a scanner, and gets no answer that would tell him that somebody is here.
type Peer struct {
	Port      uint16 // of the registrar
	addresses atomic.Pointer[[]netip.Addr]
}

// Set says which addresses the box has now.
func (p *Peer) Set(addresses []netip.Addr) { p.addresses.Store(&addresses) }

func (p *Peer) is(a netip.Addr) bool {
	known := p.addresses.Load()
	return known != nil && slices.Contains(*known, a.Unmap().WithZone(""))
}
