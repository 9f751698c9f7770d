package screening

import (
	"slices"
	"testing"
	"time"

	"github.com/callporter/callporter/internal/testkit"
)

// BenchmarkLocal judges callers with what is known here. Half of the verdicts must come within
// 20 µs for German numbers, within 60 µs for others.
func BenchmarkLocal(b *testing.B) {
	for _, test := range []struct {
		name string
		bar  time.Duration
		raws []string
	}{
		{"German", 20 * time.Microsecond, []string{
			"03023125123", "23125301", "01713920001", "015228817386", "+49 (0)69 90009404", "033051234567", "0207565747377",
			"015002345678", "09001234567", "110", "08002345678", "030491713920021", "08002345678(03023125402)"}},
		{"foreign", 60 * time.Microsecond, []string{
			"+442079460105", "+447700900104", "0012125550106", "0033199000108", "0031202345678", "+390623456789",
			"00902122345678", "0048222345678", "0043512234567", "0041792345678", "0079161234567"}},
	} {
		b.Run(test.name, func(b *testing.B) {
			s, line := New(Options{}), german(b)
			var took []time.Duration
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				raw := test.raws[i%len(test.raws)]
				began := time.Now()
				s.Local(&Query{Party: line.Plan.Caller(raw), Line: line})
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			p50 := took[len(took)/2]
			b.ReportMetric(float64(p50.Nanoseconds()), "p50-ns")
			bar := time.Duration(float64(test.bar) * testkit.Slack(b) * testkit.Racing)
			if len(took) > 1000 && p50 > bar {
				b.Errorf("p50 %v, at most %v allowed", p50, bar)
			}
		})
	}
}
