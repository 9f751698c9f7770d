package broker

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// Failed logins of one address: so many at once, then one more every few seconds.
const (
	failures     = 10                     // at once
	failureEvery = 6 * time.Second        // one more
	failureDelay = 200 * time.Millisecond // before the answer to a wrong password
	maxAddresses = 1024                   // remembered
)

// failedLogins count wrong passwords by address.
type failedLogins struct {
	delay     time.Duration
	mu        sync.Mutex
	byAddress map[netip.Prefix]*bucket
}

func newFailedLogins() *failedLogins {
	return &failedLogins{delay: failureDelay, byAddress: make(map[netip.Prefix]*bucket)}
}

// allowed reports whether a password from an address may be looked at.
func (l *failedLogins) allowed(a net.Addr, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.byAddress[network(a)]
	return b == nil || b.take(0, now) == 0
}

// note counts a wrong password. It returns how long to delay the answer.
func (l *failedLogins) note(a net.Addr, now time.Time) (delay time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.byAddress[network(a)]
	if b == nil {
		if len(l.byAddress) >= maxAddresses {
			l.makeRoom(now)
		}
		b = &bucket{rate: float64(time.Second) / float64(failureEvery), burst: failures}
		l.byAddress[network(a)] = b
	}
	b.take(1, now)
	b.tokens = max(b.tokens, -1) // one more than the burst is refused until it is 0
	return l.delay
}

// makeRoom forgets addresses: first those whose failures are long ago, then any.
func (l *failedLogins) makeRoom(now time.Time) {
	for p, b := range l.byAddress {
		if b.take(0, now); b.tokens >= b.burst {
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
