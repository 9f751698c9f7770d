package testkit

import (
	"cmp"
	"os"
	"strconv"
	"testing"
)

// Slack is how many times a promise about time may be missed by: once, or what
// BENCH_SLACK says, for machines that others use too.
func Slack(t testing.TB) float64 {
	times, err := strconv.ParseFloat(cmp.Or(os.Getenv("BENCH_SLACK"), "1"), 64)
	if err != nil || times < 1 {
		t.Fatalf("BENCH_SLACK=%q: a number from 1 on is needed", os.Getenv("BENCH_SLACK"))
	}
	return times
}
