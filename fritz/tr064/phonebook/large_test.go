package phonebook_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/fritz/tr064/phonebook"
	"github.com/callporter/callporter/internal/testkit"
)

// TestLarge holds the promise for 10,000 contacts: at most 1 s of CPU and 8 MB.
func TestLarge(t *testing.T) {
	text, p := bigBook(10_000), plan(t)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := cpu(t)
	book, _, err := tr064.ReadPhonebook(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	d := phonebook.NewDirectory(p, []*phonebook.Phonebook{book}, nil)
	took := cpu(t) - began
	runtime.GC()
	runtime.ReadMemStats(&after)
	live := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d contacts of %d KB: %v of CPU, %d KB live", len(book.Contacts), len(text)>>10, took, live>>10)
	if live > 8<<20 {
		t.Errorf("%d KB live", live>>10)
	}
	if took > testkit.Racing*time.Second {
		t.Errorf("%v of CPU, at most %v are promised", took, testkit.Racing*time.Second)
	}
	if took < time.Millisecond {
		t.Errorf("%v of CPU: nothing was measured", took)
	}
	runtime.KeepAlive(d)
	runtime.KeepAlive(text)
}

func BenchmarkLoad(b *testing.B) {
	text, p := bigBook(10_000), plan(b)
	b.ReportAllocs()
	began := cpu(b)
	for b.Loop() {
		book, _, err := tr064.ReadPhonebook(strings.NewReader(text))
		if err != nil {
			b.Fatal(err)
		}
		phonebook.NewDirectory(p, []*phonebook.Phonebook{book}, nil)
	}
	each := (cpu(b) - began) / time.Duration(b.N)
	b.ReportMetric(each.Seconds(), "cpu-s/op")
	if bar := time.Duration(testkit.Slack(b) * float64(time.Second)); each > bar {
		b.Errorf("%v of CPU for 10,000 contacts, at most %v are allowed", each, bar)
	}
}

func BenchmarkFind(b *testing.B) {
	p := plan(b)
	book, _, err := tr064.ReadPhonebook(strings.NewReader(bigBook(10_000)))
	if err != nil {
		b.Fatal(err)
	}
	wild := bookOf("Sperre", "a=0800123*", "b=0900*", "c=08999998*", "d=0044*")
	d := phonebook.NewDirectory(p, []*phonebook.Phonebook{book, wild}, []phonebook.Role{phonebook.Known, phonebook.Blocked})
	for name, number := range lookups {
		n := p.Number(number)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, found := d.Find(n)
				if found == (name == "nowhere") {
					b.Fatal(found)
				}
			}
			// Measured here alone: a test would fail where the machine has other things to do.
			if each, bar := b.Elapsed()/time.Duration(b.N), time.Duration(testkit.Slack(b)*float64(300*time.Nanosecond)); b.N > 1000 && each > bar {
				b.Errorf("%v for a lookup, at most %v are allowed", each, bar)
			}
		})
	}
}

// lookups are numbers in large books, and one that is nowhere.
var lookups = map[string]string{"exact": "03023125000", "wildcard": "08999998123", "nowhere": "022147109999"}

// TestFindIsFrugal: a lookup allocates nothing. BenchmarkFind holds the time.
func TestFindIsFrugal(t *testing.T) {
	p := plan(t)
	book, _, err := tr064.ReadPhonebook(strings.NewReader(bigBook(10_000)))
	if err != nil {
		t.Fatal(err)
	}
	d := phonebook.NewDirectory(p, []*phonebook.Phonebook{book, bookOf("Sperre", "a=0800123*", "b=0900*", "c=08999998*", "d=0044*")}, nil)
	for name, number := range lookups {
		n := p.Number(number)
		if allocs := testing.AllocsPerRun(100, func() { d.Find(n) }); allocs > 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}

// bigBook writes a book of n contacts with two numbers each, as a box does.
func bigBook(n int) string {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<phonebooks>\n<phonebook owner=\"0\" name=\"Telefonbuch\"><timestamp>1754035200</timestamp>")
	for i := range n {
		fmt.Fprintf(&b, `<contact><category>0</category><person><realName>Familie Müller, %d</realName></person><telephony
nid="2"><number type="home" prio="1" id="0">030 2312%04d</number><number type="mobile" prio="0" id="1" quickdial="" vanity="">+49 171 39%05d</number></telephony><services
nid="1"><email classifier="private" id="0">familie%d@example.org</email></services><setup><ringTone prefix="0" /></setup><features
doorphone="0" /><mod_time>1754030000</mod_time><uniqueid>%d</uniqueid></contact>
`, i, i%10000, i, i, i+1)
	}
	b.WriteString("</phonebook></phonebooks>")
	return b.String()
}
