package broker

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// Failed logins of one address. Who has used up the burst waits for the rate.
const (
	failures     = 10                     // at once
	failureEvery = 6 * time.Second        // one more
	failureDelay = 200 * time.Millisecond // before the answer to a wrong password
	maxAddresses = 1024                   // remembered
)

// logins remember where wrong passwords came from.
type logins struct {
	delay time.Duration
	mu    sync.Mutex
	from  map[netip.Prefix]*bucket
}

func newLogins() *logins {
	return &logins{delay: failureDelay, from: make(map[netip.Prefix]*bucket)}
}

// allowed reports whether a password from an address may be looked at.
func (l *logins) allowed(a net.Addr, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.from[network(a)]
	return b == nil || b.take(0, now) == 0
}

// failed notes a wrong password. It returns how long to keep the answer back.
func (l *logins) failed(a net.Addr, now time.Time) (delay time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.from[network(a)]
	if b == nil {
		if len(l.from) >= maxAddresses {
			l.forget(now)
		}
		b = &bucket{rate: float64(time.Second) / float64(failureEvery), burst: failures}
		l.from[network(a)] = b
	}
	b.take(1, now)
	b.tokens = max(b.tokens, -1) // the next one is refused until it is back
	return l.delay
}

// forget makes room: first for addresses whose failures are long ago, then any.
func (l *logins) forget(now time.Time) {
	for p, b := range l.from {
		if b.take(0, now); b.tokens >= b.burst {
			delete(l.from, p)
		}
	}
	for p := range l.from {
		if len(l.from) < maxAddresses {
			return
		}
		delete(l.from, p)
	}
}

// network is the address without port; of IPv6 the network, since one house has as
// many addresses in it as it likes.
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
