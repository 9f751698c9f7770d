package limit

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// Failed logins of one address: so many at once, then one more every few seconds. With more,
// they are looked at one after the other.
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
	byAddress map[netip.Prefix]*failures
}

// failures are those of one address.
type failures struct {
	Bucket
	turn chan struct{}
}

// NewFailedLogins remembers nothing yet.
func NewFailedLogins() *FailedLogins {
	return &FailedLogins{Delay: failureDelay, byAddress: make(map[netip.Prefix]*failures)}
}

// Turn returns what a login has to hold while its password is looked at; nil = nothing. After
// many wrong passwords from an address it holds one login at a time, in the order in which
// they came. So guessing is slow, and a client of that address that knows its password gets
// in.
func (l *FailedLogins) Turn(a net.Addr, now time.Time) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.byAddress[network(a)]; b != nil && b.Take(0, now) > 0 {
		return b.turn
	}
	return nil
}

// Note counts a wrong password.
func (l *FailedLogins) Note(a net.Addr, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.byAddress[network(a)]
	if b == nil {
		if len(l.byAddress) >= maxAddresses {
			l.makeRoom(now)
		}
		b = &failures{
			Bucket: Bucket{Rate: float64(time.Second) / float64(failureEvery), Burst: Failures},
			turn:   make(chan struct{}, 1),
		}
		l.byAddress[network(a)] = b
	}
	b.Take(1, now)
	b.tokens = max(b.tokens, -1) // it is 0 again soon after the last one
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
