package journal

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

// traffic makes calls of a house with many callers: 40,000 numbers, of which a few
// call often, 3,000 of them with names; two lines, two boxes.
func traffic(m *maker, n int) (box string, c call.Call) {
	r := m.rnd
	who := int(float64(40_000) * r.Float64() * r.Float64() * r.Float64())
	from := fmt.Sprintf("0%d%07d", 30+who%60, who*13)
	switch p := r.IntN(100); {
	case p < 40:
		c = m.answered(from, time.Duration(r.IntN(600))*time.Second)
	case p < 65:
		c = m.dialled(from, time.Duration(r.IntN(600))*time.Second)
	case p < 90:
		c = m.missed(from)
	case p < 99 || n%97 != 0:
		c = m.spam(from)
	default:
		c = m.missed("")
		c.Outcome = call.Blocked
	}
	if who%13 == 0 {
		name := fmt.Sprintf("Person %d Müller", who)
		if c.Direction == call.Outgoing {
			c.Callee.Name = name
		} else {
			c.Caller.Name = name
		}
	}
	if n%3 == 0 {
		c.MSN = "493023125733"
	}
	return [...]string{"fritzbox", "shop"}[n%2], c
}

// fillJournal fills a journal with n calls of traffic.
func fillJournal(tb testing.TB, j *Journal, n int) (writing time.Duration) {
	m := newMaker(99)
	for i := range n {
		box, c := traffic(m, i)
		j.Record(box, c)
		if i%2000 == 1999 || i == n-1 {
			began := time.Now()
			if err := j.Flush(tb.Context()); err != nil {
				tb.Fatal(err)
			}
			writing += time.Since(began)
		}
	}
	return writing
}

// callsOf is how many calls the benchmarks of pages have. The promise is about a
// million, which takes minutes to write: JOURNAL_CALLS=1000000.
func callsOf(tb testing.TB) int {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("JOURNAL_CALLS"), "200000"))
	if err != nil || n < 1000 {
		tb.Fatalf("JOURNAL_CALLS=%q: a number from 1000 on is needed", os.Getenv("JOURNAL_CALLS"))
	}
	return n
}

// What is promised. The benchmarks fail where it is missed.
const (
	insertsPerSecond = 5000
	pageWithin       = 50 * time.Millisecond // p95
)

// writes fails a benchmark that wrote calls too slowly.
func writes(b *testing.B, n int, in time.Duration) float64 {
	b.Helper()
	rate := float64(n) / in.Seconds()
	if bar := insertsPerSecond / testkit.Slack(b); rate < bar {
		b.Errorf("%.0f calls written in a second, at least %.0f are promised", rate, bar)
	}
	return rate
}

func BenchmarkInsert(b *testing.B) {
	j := open(b)
	m := newMaker(1)
	const n = 5000
	calls := make([]call.Call, n)
	for b.Loop() {
		b.StopTimer()
		for i := range calls {
			_, calls[i] = traffic(m, i)
		}
		b.StartTimer()
		for i := range calls {
			j.Record("fritzbox", calls[i])
		}
		if err := j.Flush(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(writes(b, n*b.N, b.Elapsed()), "calls/s")
}

func BenchmarkRecord(b *testing.B) {
	j := open(b)
	_, c := traffic(newMaker(1), 1)
	for b.Loop() {
		j.Record("fritzbox", c)
	}
}

// BenchmarkPage reads pages of 50 from all calls and reports the slowest of twenty
// (p95), for each kind of filter and for all of them mixed.
func BenchmarkPage(b *testing.B) {
	n := callsOf(b)
	path := filepath.Join(b.TempDir(), "journal.db")
	j := open(b, at(path))
	writing := fillJournal(b, j, n)
	fmt.Printf("# %d calls written in %v, %.0f calls/s\n", n, writing.Round(time.Second), writes(b, n, writing))
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	if info, err := os.Stat(path); err == nil {
		fmt.Printf("# the file has %d MB\n", info.Size()>>20)
	}
	began := time.Now()
	j = open(b, at(path))
	fmt.Printf("# opened and checked in %v\n", time.Since(began).Round(time.Millisecond))

	r := rand.New(rand.NewPCG(5, 5))
	from := func() string { who := r.IntN(30_000); return fmt.Sprintf("0%d%07d", 30+who%60, who*13) }
	moment := func() time.Time { return day.Add(time.Duration(r.IntN(n)) * time.Minute) }
	filters := []struct {
		name string
		make func() Filter
	}{
		{"none", func() Filter { return Filter{} }},
		{"number", func() Filter { return Filter{Number: number(from()).E164} }},
		{"national", func() Filter { return Filter{Number: from()} }},
		{"prefix", func() Filter { return Filter{Number: from()[:3+r.IntN(6)] + "*"} }},
		{"number and outcome", func() Filter { return Filter{Number: from(), Outcomes: []call.Outcome{call.Rejected}} }},
		{"prefix and outcome", func() Filter { return Filter{Number: from()[:4] + "*", Outcomes: []call.Outcome{call.Missed}} }},
		{"name", func() Filter { return Filter{Name: fmt.Sprintf("person %d", r.IntN(3000)*13)} }},
		{"part of a name", func() Filter { return Filter{Name: "mül"} }},
		{"name nobody has", func() Filter { return Filter{Name: "nobody"} }},
		{"part of a name and box", func() Filter { return Filter{Name: "9 MÜL", Box: "shop"} }},
		{"outcome", func() Filter { return Filter{Outcomes: []call.Outcome{call.Outcomes[r.IntN(len(call.Outcomes))]}} }},
		{"rare outcome and line", func() Filter { return Filter{Outcomes: []call.Outcome{call.Blocked}, Line: "493023125733"} }},
		{"verdict", func() Filter { return Filter{Judgements: []call.Judgement{call.Spam}} }},
		{"nothing fits", func() Filter {
			return Filter{Judgements: []call.Judgement{call.Spam}, Outcomes: []call.Outcome{call.Answered}}
		}},
		{"direction and box", func() Filter { return Filter{Direction: call.Outgoing, Box: "fritzbox"} }},
		{"since until", func() Filter { t := moment(); return Filter{Since: t, Until: t.Add(24 * time.Hour)} }},
		{"until and outcome", func() Filter { return Filter{Until: moment(), Outcomes: []call.Outcome{call.Missed}} }},
	}
	measure := func(b *testing.B, next func(i int) Filter) {
		var took []time.Duration
		for i := 0; b.Loop(); i++ {
			f := next(i)
			began := time.Now()
			if _, err := j.Calls(b.Context(), f); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		p95 := took[(len(took)-1)*95/100]
		if bar := time.Duration(testkit.Slack(b) * float64(pageWithin)); len(took) >= 20 && p95 > bar {
			b.Errorf("one of twenty pages took %v, at most %v are promised", p95, bar)
		}
		b.ReportMetric(float64(p95.Microseconds())/1000, "p95-ms")
		b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
	}
	for _, f := range filters {
		b.Run(f.name, func(b *testing.B) { measure(b, func(int) Filter { return f.make() }) })
	}
	b.Run("mixed", func(b *testing.B) { measure(b, func(i int) Filter { return filters[i%len(filters)].make() }) })
	b.Run("missed", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := j.Missed(b.Context(), "fritzbox", 10); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("last call", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := j.LastCall(b.Context(), "fritzbox"); err != nil {
				b.Fatal(err)
			}
		}
	})
	began = time.Now()
	gone, err := j.Forget(b.Context(), number("0300000000"))
	if err != nil {
		b.Fatal(err)
	}
	fmt.Printf("# forgot a number with %d calls in %v\n", gone.Calls, time.Since(began).Round(time.Millisecond))
	fmt.Printf("# resident set %s\n", resident())
}

func BenchmarkMatch(b *testing.B) {
	var all []ListEntry
	for _, free := range []string{"+493023125", "+496990009", "+494066969", "+492214710", "+498999998"} {
		for i := range 1000 {
			all = append(all, ListEntry{List: Block, Pattern: fmt.Sprintf("%s%03d", free, i)})
		}
	}
	for i := range 500 {
		all = append(all, ListEntry{List: Block, Pattern: "+49" + strconv.Itoa(1000000 + i*7)[:3+i%5] + "*"})
		all = append(all, ListEntry{List: Block, Pattern: "0" + strconv.Itoa(1000000 + i*7)[:3+i%5] + "*"})
	}
	j := &Journal{o: Options{Now: time.Now}}
	j.lists.Store(newLists(all))
	for _, n := range []call.Number{number("03023125077"), number("08999998123"), number("01713920055")} {
		b.Run(n.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				j.Match(Block, n)
			}
		})
	}
}

// resident is the memory of this process as the kernel counts it.
func resident() string {
	runtime.GC()
	b, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "unknown"
}
