package callmonitor

import (
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

var benchLines = map[string][]byte{
	"ring":       []byte(at + "RING;0;01713920055;23125732;SIP1;\n"),
	"call":       []byte(at + "CALL;1;13;23125732;01713920055;SIP1;\n"),
	"connect":    []byte(at + "CONNECT;1;13;01713920055;\n"),
	"disconnect": []byte(at + "DISCONNECT;1;62;\n"),
	"latin1":     []byte(at + "RING;0;M\xfcller;23125732;SIP1;\n"),
}

func BenchmarkParse(b *testing.B) {
	zone := testkit.Berlin
	for name, line := range benchLines {
		b.Run(name, func(b *testing.B) {
			clock := LiveClock(zone, nil)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(line, clock); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestParseAllocations(t *testing.T) {
	clock := LiveClock(testkit.Berlin, nil)
	for name, line := range benchLines {
		if n := testing.AllocsPerRun(1000, func() { Parse(line, clock) }); n > 2 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// countingSink is a sink that only counts.
type countingSink struct{ n int }

func (s *countingSink) Event(call.Event) { s.n++ }
func (s *countingSink) Link(LinkState)   {}

// From bytes to the sink, with split, counters and all.
func BenchmarkLine(b *testing.B) {
	m, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	sink := new(countingSink)
	r := &run{Monitor: m, sink: sink, connected: map[call.ConnectionID]struct{}{}, proven: true}
	clock := LiveClock(testkit.Berlin, time.Now)
	s := new(splitter)
	b.ReportAllocs()
	for b.Loop() {
		s.added(copy(s.room(), benchLines["ring"]))
		for line, tooLong, ok := s.next(); ok; line, tooLong, ok = s.next() {
			r.line(line, tooLong, clock)
		}
	}
	if sink.n == 0 {
		b.Fatal("no events")
	}
}

func BenchmarkMask(b *testing.B) {
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out = maskLine(out[:0], benchLines["call"])
	}
}
