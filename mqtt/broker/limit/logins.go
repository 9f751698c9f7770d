package limit

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// Failed logins of one address: so many at once, then one more every few seconds.
const (
	Failures     = 10                     // at once
	failureEvery = 6 * time.Second        // one more
	failureDelay = 200 * time.Millisecond // before the answer to a wrong password
	maxAddresses = 1024                   // remembered
)

// FailedLogins count wrong passwords by address.
type FailedLogins struct {
	Delay time.Duration // before the answer to a wrong password

	mu        sync.Mutex
	byAddress map[netip.Prefix]*Bucket
}

// NewFailedLogins remembers nothing yet.
func NewFailedLogins() *FailedLogins {
	return &FailedLogins{Delay: failureDelay, byAddress: make(map[netip.Prefix]*Bucket)}
}

// Allowed reports whether a password from an address may be looked at.
func (l *FailedLogins) Allowed(a net.Addr, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.byAddress[network(a)]
	return b == nil || b.Take(0, now) == 0
}

// Note counts a wrong password. It returns how long to delay the answer.
func (l *FailedLogins) Note(a net.Addr, now time.Time) (delay time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.byAddress[network(a)]
	if b == nil {
		if len(l.byAddress) >= maxAddresses {
			l.makeRoom(now)
		}
		b = &Bucket{Rate: float64(time.Second) / float64(failureEvery), Burst: Failures}
		l.byAddress[network(a)] = b
	}
	b.Take(1, now)
	b.tokens = max(b.tokens, -1) // one more than the burst is refused until it is 0
	return l.Delay
}

// makeRoom forgets addresses: first those whose failures are long ago, then any.
func (l *FailedLogins) makeRoom(now time.Time) {
	for p, b := range l.byAddress {
		if b.Take(0, now); b.tokens >= b.Burst {
			delete(l.byAddress, p)
		}
	}
	for p := range l.byAddress {
		if len(l.byAddress) < maxAddresses {
			return
		}
		delete(l.byAddress, p)
	}
}

// network is the address without port, and for IPv6 the /64 network, since one house
// can use any number of addresses in it.
func network(a net.Addr) netip.Prefix {
	if a == nil {
		return netip.Prefix{}
	}
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Prefix{}
	}
	addr := ap.Addr().Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits)
	return p
}
