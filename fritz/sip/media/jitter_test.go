package media_test

import (
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/sip/media"
	"github.com/callporter/callporter/internal/testkit"
)

// jitter plays 10 s and returns how far a packet was from its time at most, as seen by the
// receiver, and the jitter of RFC 3550 6.4.1.
func jitter(t testing.TB) (most, mean time.Duration) {
	s, b := call(t, "127.0.0.1")
	played := make(chan error, 1)
	first := b.next()
	start := time.Now()
	go func() { played <- s.Play(t.Context(), make([]int16, 10*media.Rate)) }()
	earliest, latest, before := time.Duration(0), time.Duration(0), time.Duration(0)
	for {
		p := b.next()
		off := time.Since(start) - time.Duration(p.Timestamp-first.Timestamp)*time.Second/media.Rate
		earliest, latest = min(earliest, off), max(latest, off)
		mean += ((off - before).Abs() - mean) / 16
		before = off
		select {
		case err := <-played:
			if err != nil {
				t.Fatal(err)
			}
			_ = s.Close()
			return latest - earliest, mean
		default:
		}
	}
}

func TestJitter(t *testing.T) {
	testkit.Long(t)
	most, mean := jitter(t)
	t.Logf("packets up to %v from their time, jitter %v", most, mean)
	if bar := time.Duration(5 * testkit.Slack(t) * float64(time.Millisecond)); mean > bar {
		t.Errorf("jitter %v, more than %v", mean, bar)
	}
}

func BenchmarkJitter(b *testing.B) {
	var most, mean time.Duration
	for b.Loop() {
		m, j := jitter(b)
		most, mean = max(most, m), max(mean, j)
	}
	b.ReportMetric(float64(most.Microseconds())/1000, "max-ms")
	b.ReportMetric(float64(mean.Microseconds())/1000, "rfc3550-ms")
}
