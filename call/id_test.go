package call_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
)

func TestIDsGrow(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	ids := call.IDs{Random: func(p []byte) {
		for i := range p {
			p[i] = byte(random.Uint32())
		}
	}}
	begin := time.Date(2026, 11, 21, 18, 0, 1, 0, time.UTC)
	last := call.ID("")
	for i, step := range []time.Duration{0, 0, 0, time.Microsecond, time.Millisecond, time.Hour, -24 * time.Hour, 0, -time.Hour, 100 * 24 * time.Hour} {
		begin = begin.Add(step)
		id := ids.Next(begin)
		if len(id) != 26 || id <= last {
			t.Errorf("ID %d is %q after %q", i, id, last)
		}
		last = id
	}
	// Thousands within one millisecond.
	for range 10_000 {
		id := ids.Next(begin)
		if id <= last {
			t.Fatalf("ID %q after %q", id, last)
		}
		last = id
	}
}

func TestIDForm(t *testing.T) {
	// The example of the ULID specification's time, all random bits but the first set.
	ids := call.IDs{Random: func(p []byte) {
		for i := range p {
			p[i] = 0xff
		}
	}}
	if got, want := ids.Next(time.UnixMilli(1469918176385)), call.ID("01ARYZ6S41FZZZZZZZZZZZZZZZ"); got != want {
		t.Errorf("ID is %q, want %q", got, want)
	}
	// The carry runs through the whole tail.
	if got, want := ids.Next(time.UnixMilli(1469918176385)), call.ID("01ARYZ6S41G000000000000000"); got != want {
		t.Errorf("next ID is %q, want %q", got, want)
	}
}

func TestIDBeforeItsTime(t *testing.T) {
	n := byte(0)
	ids := call.IDs{Random: func(p []byte) { n++; p[9] = n }}
	first := ids.Next(time.Time{}) // a box before its first time sync
	second := ids.Next(time.Unix(0, 0))
	if first == second || second < first || len(first) != 26 {
		t.Errorf("IDs %q, %q", first, second)
	}
}
