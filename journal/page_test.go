package journal

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

// fits is a filter read the slow way.
func fits(f *Filter, box string, c *call.Call) bool {
	peer := c.Peer()
	n, prefix := pattern(f.Number)
	like := func(m call.Number) bool {
		full, national := spellings(m)
		if prefix {
			return full != "" && (strings.HasPrefix(full, n) || strings.HasPrefix(national, n))
		}
		return full != "" && (full == n || national == n)
	}
	number := f.Number == "" || like(peer.Number) || like(peer.Network)
	if f.Withheld {
		number = peer.Number.Withheld() && c.Direction == call.Incoming
	}
	return number &&
		(f.Name == "" || strings.Contains(folded(peer.Name), folded(f.Name))) &&
		(len(f.Outcomes) == 0 || slices.Contains(f.Outcomes, c.Outcome)) &&
		(len(f.Judgements) == 0 || slices.Contains(f.Judgements, c.Verdict.Judgement)) &&
		(f.Direction == call.DirectionUnknown || f.Direction == c.Direction) &&
		(f.Box == "" || f.Box == box) &&
		(f.Line == "" || strings.TrimPrefix(f.Line, "+") == c.MSN) &&
		(f.Since.IsZero() || !c.Started.Before(f.Since)) &&
		(f.Until.IsZero() || c.Started.Before(f.Until)) &&
		(f.Before == "" || c.ID < f.Before)
}

// TestPages compares pages of every kind of filter with the slow way.
func TestPages(t *testing.T) {
	testkit.Long(t)
	j := open(t)
	m := newMaker(42)
	type told struct {
		box  string
		call call.Call
	}
	var all []told
	for i := range 3000 {
		box, c := traffic(m, i)
		if i%50 == 0 {
			c.Caller.Network = number("08001234567")
		}
		if i%40 == 3 {
			c.Caller.Number, c.Callee.Number = number(""), number("") // withheld, or nobody was dialled
		}
		all = append(all, told{box, c})
		j.Record(box, c)
	}
	record(t, j, "")
	r := rand.New(rand.NewPCG(1, 2))
	pick := func() *call.Call { return &all[r.IntN(len(all))].call }
	parts := []func(*Filter){
		func(f *Filter) { f.Number = pick().Peer().Number.E164 },
		func(f *Filter) { f.Number = pick().Peer().Number.National },
		func(f *Filter) { f.Number = "0800 1234567" },
		func(f *Filter) {
			if _, n := spellings(pick().Peer().Number); n != "" {
				f.Number = n[:min(len(n), 2+r.IntN(5))] + "*"
			}
		},
		func(f *Filter) { f.Number = "+49*" },
		func(f *Filter) { f.Withheld = true },
		func(f *Filter) { f.Name = "MÜLLER" },
		func(f *Filter) { f.Name = pick().Peer().Name },
		func(f *Filter) { f.Outcomes = []call.Outcome{call.Missed, call.Rejected} },
		func(f *Filter) { f.Outcomes = []call.Outcome{pick().Outcome} },
		func(f *Filter) { f.Judgements = []call.Judgement{pick().Verdict.Judgement} },
		func(f *Filter) { f.Direction = pick().Direction },
		func(f *Filter) { f.Box = "shop" },
		func(f *Filter) { f.Line = "+493023125733" },
		func(f *Filter) { f.Since = pick().Started },
		func(f *Filter) { f.Until = pick().Started },
		func(f *Filter) { f.Before = pick().ID },
	}
	found := 0
	for range 600 {
		f := Filter{Limit: 1 + r.IntN(120)}
		for range r.IntN(4) {
			parts[r.IntN(len(parts))](&f)
		}
		var want []call.ID
		for i := len(all) - 1; i >= 0 && len(want) < f.Limit; i-- {
			if fits(&f, all[i].box, &all[i].call) {
				want = append(want, all[i].call.ID)
			}
		}
		got := page(t, j, f)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(call.Call{})); diff != "" {
			t.Fatalf("%+v\n-want +got\n%s", f, diff)
		}
		found += len(got)
	}
	if found < 2000 {
		t.Errorf("%d calls found in all: the filters are too narrow to show anything", found)
	}
}

// TestPaging reads all calls page by page, each exactly once.
func TestPaging(t *testing.T) {
	j := open(t)
	fillJournal(t, j, 1001)
	for _, limit := range []int{1, 7, 143, 1000} {
		seen := map[call.ID]bool{}
		pages := 0
		for f := (Filter{Limit: limit}); ; pages++ {
			p, err := j.Calls(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range p.Entries {
				if seen[e.Call.ID] {
					t.Fatalf("limit %d: %s comes twice", limit, e.Call.ID)
				}
				seen[e.Call.ID] = true
			}
			if f.Before = p.Next; f.Before == "" {
				break
			}
		}
		if len(seen) != 1001 || pages != 1000/limit {
			t.Errorf("limit %d: %d calls, %d full pages", limit, len(seen), pages)
		}
	}
}

// TestOneMillisecond: calls of the same moment keep their order.
func TestOneMillisecond(t *testing.T) {
	j := open(t)
	m := newMaker(5)
	var want []call.ID
	for range 40 {
		c := m.missed("")
		c.ID = m.ids.Next(day.Add(time.Hour * 24 * 400))
		want = append([]call.ID{c.ID}, want...)
		record(t, j, "a", c)
	}
	if diff := cmp.Diff(want, page(t, j, Filter{}), cmpopts.IgnoreUnexported(call.Call{})); diff != "" {
		t.Error(diff)
	}
}

func TestFilterErrors(t *testing.T) {
	j := open(t)
	for _, f := range []Filter{{Limit: -1}, {Limit: MaxPage + 1}, {Number: "Berta"}, {Number: "0171*39"}, {Number: "*"}, {Number: "030+49"}, {Before: "x"}} {
		if _, err := j.Calls(t.Context(), f); err == nil {
			t.Errorf("%+v is no error", f)
		}
	}
	if h := j.Health(); h.State != StateUp {
		t.Errorf("a wrong filter is taken for a broken file: %+v", h)
	}
}

func TestCanMatch(t *testing.T) {
	for s, want := range map[string]bool{
		"030 23125123": true, "+49 (0) 30/23125-123": true, "0049 30 231*": true, "030231*": true, "00*": true, "**610": true, "*121#": true, "112": true,
		"": false, "*": false, "**": false, "abc": false, "0302312512x": false, "0171*39": false, "030#1": false, "030+49": false, "withheld": false,
	} {
		if got := CanMatch(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

// TestLines: the own numbers of which there are calls.
func TestLines(t *testing.T) {
	j := open(t)
	m := newMaker(1)
	other, none := m.missed("03023125123"), m.missed("03023125123")
	other.MSN, none.MSN = "493023125733", ""
	record(t, j, "a", m.missed("03023125123"), m.spam("03023125124"), none)
	record(t, j, "b", other)
	for box, want := range map[string]string{"a": "493023125732", "b": "493023125733", "": "493023125732 493023125733", "c": ""} {
		got, err := j.Lines(t.Context(), box)
		slices.Sort(got)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: %v, %v", box, got, err)
		}
	}
}

// TestStreamsUseIndices: no stream sorts, and each is read from its own index.
func TestStreamsUseIndices(t *testing.T) {
	j := open(t)
	fillJournal(t, j, 500)
	for stream, index := range map[string]string{streamAll: "PRIMARY KEY", streamKind: "COVERING INDEX calls_kind",
		streamNumber: "COVERING INDEX calls_number", streamNetwork: "COVERING INDEX calls_network", streamName: "COVERING INDEX calls_name"} {
		var plan []string
		r, err := j.store.Reader(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		err = r.Each(t.Context(), "EXPLAIN QUERY PLAN "+stream, []any{1, 0, 1}, func(scan func(...any) error) (bool, error) {
			var id, parent, none int
			var detail string
			err := scan(&id, &parent, &none, &detail)
			plan = append(plan, detail)
			return true, err
		})
		if err != nil || len(plan) != 1 || !strings.Contains(plan[0], index) {
			t.Errorf("%s\n%v, want %s (%v)", stream, plan, index, err)
		}
	}
}

func FuzzFilter(f *testing.F) {
	f.Add("+49 30 23125*", "Müller", "493023125732", "01K00000000000000000000000", int64(0), 50)
	f.Add("**610", "%_'\"", "", "", int64(-1), -1)
	f.Add("00*", "ẞ\xff\x00", "+", "zzzzzzzzzzzzzzzzzzzzzzzzzz", int64(1)<<60, 1000)
	j := open(f)
	fillJournal(f, j, 200)
	f.Fuzz(func(t *testing.T, number, name, line, before string, since int64, limit int) {
		p, err := j.Calls(t.Context(), Filter{Number: number, Name: name, Line: line, Before: call.ID(before), Since: time.UnixMilli(since), Limit: limit})
		if err == nil && len(p.Entries) > MaxPage {
			t.Errorf("a page of %d", len(p.Entries))
		}
		if h := j.Health(); h.State != StateUp {
			t.Fatalf("%v: %+v", err, h)
		}
	})
}
