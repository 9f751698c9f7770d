package limit

import "time"

// Bucket measures a rate: it holds tokens that come back with time. Its zero time means
// that it is full.
type Bucket struct {
	Rate, Burst float64 // tokens a second, tokens at most

	tokens float64
	at     time.Time // of the latest Take
}

// Take takes n tokens and returns how long to wait before using them.
func (b *Bucket) Take(n int, now time.Time) time.Duration {
	if b.at.IsZero() {
		b.tokens = b.Burst
	} else {
		b.tokens = min(b.tokens+now.Sub(b.at).Seconds()*b.Rate, b.Burst)
	}
	b.at = now
	b.tokens -= float64(n)
	if b.tokens >= 0 {
		return 0
	}
	return time.Duration(-b.tokens / b.Rate * float64(time.Second))
}
