package orders

import (
	"sync"
	"time"
)

// linesPerMinute is how many orders get a line in the log.
const linesPerMinute = 60

// lineLimit bounds the lines of a minute, since anybody with the right to it can give orders
// without end.
type lineLimit struct {
	mu      sync.Mutex
	begun   time.Time // of the minute
	n       int       // orders in it
	skipped int       // that got no line, not told yet
}

// take reports whether an order gets a line, and how many before it got none.
func (l *lineLimit) take(now time.Time) (fits bool, skipped int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if age := now.Sub(l.begun); age < 0 || age >= time.Minute {
		l.begun, l.n = now, 0
	}
	if l.n++; l.n > linesPerMinute {
		l.skipped++
		return false, 0
	}
	skipped, l.skipped = l.skipped, 0
	return true, skipped
}
