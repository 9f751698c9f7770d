package tr064

import (
	"cmp"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
)

func plan(t testing.TB) *call.Plan {
	t.Helper()
	p, err := call.NewPlan("DE", "030", nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func bookOf(name string, entries ...string) *Phonebook {
	b := &Phonebook{Name: name}
	for i, e := range entries {
		who, number, _ := strings.Cut(e, "=")
		b.Contacts = append(b.Contacts, Contact{UID: uint32(i + 1), Name: who, Numbers: []PhoneNumber{{Number: number}}})
	}
	return b
}

func TestDirectory(t *testing.T) {
	p := plan(t)
	friends := bookOf("Freunde", "Oma=23125 456", "Opa=+49 (30) 23125-457", "SIP=500@hd-telefonie.example", "Küche=**610", "Abroad=0043 1 23456789", "=030 23125458")
	spam := bookOf("Sperre", "range=030231259*", "narrow=0302312599*", "narrowest=03023125990", "Oma again=03023125456", "mobile range=0171392*", "Austria=0043*", "all abroad=00*", "own country=0049221 4710*")
	ignored := bookOf("Alt", "Gone=069 90009000")
	d := NewDirectory(p, []*Phonebook{friends, ignored, spam}, []Role{Trusted, Ignore, Blocked})
	if d.Contacts() != len(friends.Contacts)+len(spam.Contacts) {
		t.Error(d.Contacts())
	}
	for _, test := range []struct {
		number, name string
		role         Role
		wildcard     bool
	}{
		{"03023125456", "Oma", Trusted, false}, {"+493023125456", "Oma", Trusted, false}, {"004930 23125456", "Oma", Trusted, false},
		{"23125457", "Opa", Trusted, false}, {"**610", "Küche", Trusted, false}, {"0043123456789", "Abroad", Trusted, false},
		{"03023125458", "", Trusted, false},
		{"03023125901", "range", Blocked, true}, {"03023125991", "narrow", Blocked, true}, {"03023125990", "narrowest", Blocked, false},
		{"01713920055", "mobile range", Blocked, true}, {"+436641234567", "Austria", Blocked, true}, {"+33145678901", "all abroad", Blocked, true},
		{"02214710123", "own country", Blocked, true},
	} {
		m, ok := d.Find(p.Number(test.number))
		if !ok || m.Contact.Name != test.name || m.Role != test.role || m.Wildcard != test.wildcard {
			t.Errorf("%s: %+v %v", test.number, m, ok)
		}
	}
	for _, number := range []string{"", "06990009000", "08999998123", "**611", "110", "0302312", "500"} {
		if m, ok := d.Find(p.Number(number)); ok {
			t.Errorf("%q is %s", number, m.Contact.Name)
		}
	}
	all := d.All(nil, p.Number("03023125990"))
	if len(all) != 3 || all[0].Contact.Name != "narrowest" || all[1].Contact.Name != "narrow" || all[2].Contact.Name != "range" {
		t.Errorf("%+v", all)
	}
	if m := d.All(nil, p.Number("03023125456")); len(m) != 2 {
		t.Errorf("%+v", m)
	}
	var none *Directory
	if _, ok := none.Find(p.Number("110")); ok || none.Contacts() != 0 {
		t.Error("an empty directory finds")
	}
}

func TestWildcards(t *testing.T) {
	p := plan(t)
	for entry, want := range map[string]beginning{
		"0301234*": {digits: "49301234"}, "030 12 34*": {digits: "49301234"}, "+49301234*": {digits: "49301234"}, "0049301234*": {digits: "49301234"},
		"0*": {digits: "49"}, "0900*": {digits: "49900"}, "231*": {digits: "4930231"}, "00*": {abroad: true}, "004*": {digits: "4", abroad: true},
		"0049*": {digits: "49"}, "+44*": {digits: "44"}, "0017*": {digits: "17"}, "*": {}, "**6*": {}, "abc*": {}, "00441234567890123456*": {},
	} {
		if got := prefixOf(p, entry); got != want {
			t.Errorf("%s: %+v, want %+v", entry, got, want)
		}
	}
	for country, code := range map[string]string{"DE": "49", "AT": "43", "CH": "41", "IT": "39", "TR": "90", "GR": "30", "US": "1", "FR": "33", "LU": "352"} {
		p, err := call.NewPlan(country, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := homeCode(p); got != code {
			t.Errorf("%s: %s", country, got)
		}
	}
}

func TestSameNumber(t *testing.T) {
	p := plan(t)
	for _, pair := range [][2]string{{"030 23125-456", "+493023125456"}, {"23125456", "03023125456"}, {"030231*", "+49 30 231*"}, {"**610", "**610"}, {"a@b", "a@b"}} {
		if !sameNumber(p, pair[0], pair[1]) {
			t.Error(pair)
		}
	}
	for _, pair := range [][2]string{{"030231*", "030231"}, {"**610", "**611"}, {"03023125456", "03023125457"}, {"a@b", "c@b"}, {"sip:a.b@c", "sip:ab@c"}, {"", "0"}} {
		if sameNumber(p, pair[0], pair[1]) {
			t.Error(pair)
		}
	}
}

func TestRoleOf(t *testing.T) {
	roles := map[BookRef]Role{{Name: "Sperre"}: Blocked, {Index: 1}: Trusted, {Index: 2, Name: "Sperre"}: Ignore}
	for _, test := range []struct {
		book Phonebook
		want Role
	}{
		{Phonebook{Index: 0, Name: "Telefonbuch"}, Known}, {Phonebook{Index: 1, Name: "Arbeit"}, Trusted},
		{Phonebook{Index: 1, Name: "Sperre"}, Blocked}, {Phonebook{Index: 2, Name: "Sperre"}, Ignore},
	} {
		if got := RoleOf(&test.book, roles); got != test.want {
			t.Errorf("%+v: %s", test.book, got)
		}
	}
}

// TestLarge holds the promise for 10,000 contacts: at most 1 s of CPU and 8 MB.
func TestLarge(t *testing.T) {
	text, p := bigBook(10_000), plan(t)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := cpu(t)
	book, _, err := ReadPhonebook(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	d := NewDirectory(p, []*Phonebook{book}, nil)
	took := cpu(t) - began
	runtime.GC()
	runtime.ReadMemStats(&after)
	live := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d contacts of %d KB: %v of CPU, %d KB live", len(book.Contacts), len(text)>>10, took, live>>10)
	if live > 8<<20 {
		t.Errorf("%d KB live", live>>10)
	}
	if took > racing*time.Second {
		t.Errorf("%v of CPU, at most %v are promised", took, racing*time.Second)
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
		book, _, err := ReadPhonebook(strings.NewReader(text))
		if err != nil {
			b.Fatal(err)
		}
		NewDirectory(p, []*Phonebook{book}, nil)
	}
	each := (cpu(b) - began) / time.Duration(b.N)
	b.ReportMetric(each.Seconds(), "cpu-s/op")
	if bar := slack(b, time.Second); each > bar {
		b.Errorf("%v of CPU for 10,000 contacts, at most %v are allowed", each, bar)
	}
}

// slack is how long something may take that is promised within a bar: the bar itself,
// or as many times that as BENCH_SLACK says, for machines that others use too.
func slack(tb testing.TB, bar time.Duration) time.Duration {
	times, err := strconv.ParseFloat(cmp.Or(os.Getenv("BENCH_SLACK"), "1"), 64)
	if err != nil || times < 1 {
		tb.Fatalf("BENCH_SLACK=%q: a number from 1 on is needed", os.Getenv("BENCH_SLACK"))
	}
	return time.Duration(times * float64(bar))
}

func BenchmarkFind(b *testing.B) {
	p := plan(b)
	book, _, err := ReadPhonebook(strings.NewReader(bigBook(10_000)))
	if err != nil {
		b.Fatal(err)
	}
	wild := bookOf("Sperre", "a=0800123*", "b=0900*", "c=08999998*", "d=0044*")
	d := NewDirectory(p, []*Phonebook{book, wild}, []Role{Known, Blocked})
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
			if each, bar := b.Elapsed()/time.Duration(b.N), slack(b, 300*time.Nanosecond); b.N > 1000 && each > bar {
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
	book, _, err := ReadPhonebook(strings.NewReader(bigBook(10_000)))
	if err != nil {
		t.Fatal(err)
	}
	d := NewDirectory(p, []*Phonebook{book, bookOf("Sperre", "a=0800123*", "b=0900*", "c=08999998*", "d=0044*")}, nil)
	for name, number := range lookups {
		n := p.Number(number)
		if allocs := testing.AllocsPerRun(100, func() { d.Find(n) }); allocs > 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}
