package mirror

import (
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/callporter/callporter/internal/testkit"
)

const million = 1_000_000

// shuffled returns numbers in the order in which a publisher may send them.
func shuffled(count int) []Entry {
	entries := manyNumbers(count)
	random := rand.New(rand.NewPCG(3, 4))
	random.Shuffle(count, func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	return entries
}

// TestMemory holds the promise that a million numbers take at most 24 MB, also those that
// came one by one. The race detector gets fewer of them.
func TestMemory(t *testing.T) {
	const count = million / testkit.Racing
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var entries []Entry
	for random := shuffled(count); len(entries) < count; {
		entries = append(entries, random[len(entries)])
	}
	table := NewTable(entries)
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := float64(after.HeapAlloc-before.HeapAlloc) / float64(table.Len())
	t.Logf("%d numbers: %.1f bytes each", table.Len(), each)
	if table.Len() != count || each > 24 || each < 7 {
		t.Errorf("%d numbers: %.1f bytes each", table.Len(), each)
	}
	runtime.KeepAlive(table)
}

// TestNoAllocation holds a lookup and a look at the block to no allocation.
func TestNoAllocation(t *testing.T) {
	m := Open(Options{})
	m.table.Store(&Snapshot{Table: NewTable(shuffled(10_000))})
	number := manyNumbers(1)[0].Number()
	allocations := testing.AllocsPerRun(100, func() {
		s := m.Snapshot()
		if _, found := s.Find(number); !found || len(s.Block(number, 100)) == 0 {
			t.Fatal("nothing found")
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

// BenchmarkFind looks up a million numbers in no order: at most 500 ns each.
func BenchmarkFind(b *testing.B) {
	table, numbers := NewTable(shuffled(million)), shuffled(million)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, found := table.Find(numbers[i].Number()); !found {
			b.Fatal("not found")
		}
		i = (i + 1) % million
	}
	each := b.Elapsed() / time.Duration(b.N)
	if bar := time.Duration(testkit.Slack(b) * 500); each > bar {
		b.Errorf("%v for a lookup, at most %v are allowed", each, bar)
	}
}

// BenchmarkOpen reads the file of a million numbers: at most 500 ms.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "numbers")
	if err := writeFile(path, header, NewTable(shuffled(million))); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if m := Open(Options{Path: path, Origin: header.Origin}); m.Snapshot().Len() != million {
			b.Fatal("not all numbers")
		}
	}
	each := b.Elapsed() / time.Duration(b.N)
	if bar := time.Duration(testkit.Slack(b) * float64(500*time.Millisecond)); each > bar {
		b.Errorf("%v to load a million numbers, at most %v are allowed", each, bar)
	}
}

// BenchmarkWith brings a thousand changes into a million numbers.
func BenchmarkWith(b *testing.B) {
	table := NewTable(shuffled(million))
	b.ReportAllocs()
	for b.Loop() {
		if table.With(shuffled(1000)).Len() != million {
			b.Fatal("not all numbers")
		}
	}
}
