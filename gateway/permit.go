package gateway

import (
	"sync"
	"time"

	"github.com/callporter/callporter/call"
)

// permit lets one call through, whatever it is. The zero value lets none through.
type permit struct {
	mu    sync.Mutex
	until time.Time // zero = no call waits for it
	used  call.ID   // the call that it let through last
}

// give permits the next call until then; the zero time takes that back.
func (p *permit) give(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = until
}

// open reports whether a call that began at a time may use it.
func (p *permit) open(at time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return at.Before(p.until)
}

// use takes it for a call.
func (p *permit) use(id call.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until, p.used = time.Time{}, id
}

// has reports whether a call has used it.
func (p *permit) has(id call.ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return id != "" && p.used == id
}

// permitUntil lets the next call until then through, unless that is a caller who is let
// through anyway.
func (b *box) permitUntil(until time.Time) { b.screened.permit.give(until) }
