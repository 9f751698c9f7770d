package limit

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Failed logins of one address: so many at once, then one more every few seconds. With more,
// they are looked at one after the other.
const (
	Failures     = 10                     // at once
	failureEvery = 6 * time.Second        // one more
	failureDelay = 200 * time.Millisecond // before the answer to a wrong password
	maxAddresses = 1024                   // remembered
	maxWaiting   = 64                     // logins of one address and user
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
	turns map[string]*Turn // by user
}

// Turn is what logins of one address and user hold one after the other.
type Turn struct {
	next    chan struct{}
	waiting atomic.Int32
}

// Take waits for the turn until ctx ends. It reports whether it has come; End must follow.
func (t *Turn) Take(ctx context.Context) bool {
	if t.waiting.Add(1) > maxWaiting {
		t.waiting.Add(-1)
		return false
	}
	defer t.waiting.Add(-1)
	select {
	case t.next <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// End lets the next have its turn.
func (t *Turn) End() { <-t.next }

// NewFailedLogins remembers nothing yet.
func NewFailedLogins() *FailedLogins {
	return &FailedLogins{Delay: failureDelay, byAddress: make(map[netip.Prefix]*failures)}
}

// Turn returns what a login has to take while its password is looked at; nil = nothing. After
// many wrong passwords from an address, one login for each user has it at a time, in the
// order in which they came. So guessing is slow, and a client of that address that knows its
// password gets in. The user is one that there is, or empty.
func (l *FailedLogins) Turn(a net.Addr, user string, now time.Time) *Turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.byAddress[network(a)]
	if b == nil || b.Take(0, now) == 0 {
		return nil
	}
	if b.turns[user] == nil {
		b.turns[user] = &Turn{next: make(chan struct{}, 1)}
	}
	return b.turns[user]
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
			turns:  map[string]*Turn{},
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
