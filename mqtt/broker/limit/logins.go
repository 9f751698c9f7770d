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

	shared    Turn // of all addresses with failures
	mu        sync.Mutex
	byAddress map[netip.Prefix]*failures
}

// failures are those of one address.
type failures struct {
	Bucket
	turns map[string]Turn // by user
}

// Turn is what logins hold one after the other: who sends to it has it, who receives ends it.
type Turn chan struct{}

// NewFailedLogins remembers nothing yet.
func NewFailedLogins() *FailedLogins {
	return &FailedLogins{Delay: failureDelay, shared: make(Turn, 1), byAddress: make(map[netip.Prefix]*failures)}
}

// Turns returns what a login has to take in this order while its password is looked at; none
// where there was never a wrong one from its address. Logins from addresses where there was
// share one, so others wait for one of them at most. After many wrong passwords from an
// address, one login for each user has another at a time, in the order in which they came. So
// guessing is slow, and a client of that address that knows its password gets in. The user is
// one that there is, or empty.
func (l *FailedLogins) Turns(a net.Addr, user string, now time.Time) []Turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.byAddress[network(a)]
	switch {
	case b == nil:
		return nil
	case b.Take(0, now) == 0:
		return []Turn{l.shared}
	case b.turns[user] == nil:
		b.turns[user] = make(Turn, 1)
	}
	return []Turn{b.turns[user], l.shared}
}

// from reports whether there was a wrong password from an address.
func (l *FailedLogins) from(address netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byAddress[address] != nil
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
			turns:  map[string]Turn{},
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
