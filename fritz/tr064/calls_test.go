package tr064

import (
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// listed makes a call list of ids; an id with a letter is another call at its place.
func listed(ids ...string) CallList {
	var l CallList
	for _, id := range ids {
		e := CallEntry{Type: CallMissed, Date: time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC), Caller: "0303" + id}
		for _, r := range id {
			if r >= '0' && r <= '9' {
				e.ID = e.ID*10 + int(r-'0')
			}
		}
		if strings.HasSuffix(id, "…") {
			e.Type = CallActiveIncoming
		}
		l.Entries = append(l.Entries, e)
	}
	return l
}

func TestSince(t *testing.T) {
	mark := func(ids ...string) CallMark {
		_, next, _, _ := listed(ids...).since(CallMark{})
		return next
	}
	for name, test := range map[string]struct {
		mark          CallMark
		list          CallList
		fresh         []int
		epoch, enough bool
	}{
		"first time":              {CallMark{}, listed("7", "6", "5"), []int{5, 6, 7}, false, false},
		"nothing new":             {mark("7", "6"), listed("7", "6", "5"), nil, false, true},
		"two new":                 {mark("7", "6"), listed("9", "8", "7"), []int{8, 9}, false, true},
		"still going on":          {mark("7"), listed("9…", "8", "7"), []int{8}, false, true},
		"the marked one deleted":  {mark("7", "6"), listed("8", "6", "5"), []int{8}, false, true},
		"newest deleted":          {mark("7", "6"), listed("6", "5"), nil, false, true},
		"all known ones deleted":  {mark("7", "6"), listed("9", "8"), []int{8, 9}, false, false},
		"more than was asked for": {mark("7"), listed("90", "89"), []int{89, 90}, false, false},
		"emptied":                 {mark("7"), listed(), nil, false, true},
		"begun anew":              {mark("7", "6"), listed("2", "1"), []int{1, 2}, true, false},
		"begun anew and caught up": {mark("7", "6"), listed("9b", "8b", "7b", "6b", "1b"),
			[]int{1, 6, 7, 8, 9}, true, false},
	} {
		fresh, next, epoch, enough := test.list.since(test.mark)
		var ids []int
		for _, e := range fresh {
			ids = append(ids, e.ID)
		}
		if !slices.Equal(ids, test.fresh) || epoch != test.epoch || enough != test.enough {
			t.Errorf("%s: %v, epoch %v, enough %v", name, ids, epoch, enough)
		}
		if again, _, epoch, _ := test.list.since(next); len(again) != 0 || epoch {
			t.Errorf("%s: again %v, epoch %v", name, again, epoch)
		}
	}
	// A call that goes on while later ones are over comes when it has ended, once.
	_, open, _, _ := listed("9", "8…", "7").since(mark("7"))
	for _, list := range []CallList{listed("10", "9", "8", "7"), listed("10", "9", "8b", "7")} {
		fresh, next, epoch, _ := list.since(open)
		if len(fresh) != 2 || fresh[0].ID != 8 || fresh[1].ID != 10 || epoch || next.Seen[0].ID != 10 || len(next.Open) > 0 {
			t.Errorf("%+v %+v", fresh, next)
		}
		if again, _, _, _ := list.since(next); len(again) > 0 {
			t.Errorf("again %+v", again)
		}
	}
	if _, _, _, enough := listed("10", "9").since(open); enough {
		t.Error("the one that went on is older than the list")
	}
	turned := listed("7")
	turned.Entries[0].Type = CallIncoming
	if fresh, next, _, _ := turned.since(mark("7")); len(fresh) != 1 || len(next.Seen) != 1 {
		t.Errorf("of another type now: %+v %+v", fresh, next)
	}
	var many CallMark
	for i := range 30 {
		_, many, _, _ = CallList{Entries: []CallEntry{{ID: i + 1}}}.since(many)
	}
	if len(many.Seen) != maxSeen || many.Seen[0].ID != 30 {
		t.Errorf("%+v", many)
	}
}

const oddCalls = `<?xml version="1.0" encoding="UTF-8"?><root><!-- days:-1 --><timestamp>1754035200</timestamp>
<Call><Id>4096</Id><Type>1</Type><Caller>03023125456</Caller><Called>SIP: 23125069</Called><CalledNumber>23125069</CalledNumber><Name>Müller</Name><Numbertype>sip</Numbertype><Device>Wohnzimmer</Device><Port>10</Port><Date>01.08.25 13:33</Date><Duration>1:02</Duration><Count></Count><Path /></Call>
<Call><Id>4095</Id><Type>2</Type><Caller></Caller><Called>ISDN: 23125069</Called><Name></Name><Port>-1</Port><Date>nonsense</Date><Duration>x</Duration></Call>
<Call><Id>4094</Id><Type>3</Type><Caller>SIP: 23125069</Caller><Called>03023125321</Called><CallerNumber>23125069</CallerNumber><Port>20</Port><Date>01.08.25 11:10</Date><Duration>0:01</Duration></Call>
<Call><Id></Id><Type>2</Type></Call><Call><Id>12</Id></Call><Call><Id>-1</Id><Type>1</Type></Call>
</root>`

// TestSinceOfALongList: what a list costs grows with its length alone.
func TestSinceOfALongList(t *testing.T) {
	list := CallList{Entries: make([]CallEntry, 5000)}
	for i := range list.Entries {
		list.Entries[i] = CallEntry{ID: i + 1, Type: CallMissed}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fresh, _, _, _ := list.since(CallMark{})
	runtime.ReadMemStats(&after)
	if bytes := after.TotalAlloc - before.TotalAlloc; len(fresh) != 5000 || bytes > 50<<20 {
		t.Errorf("%d entries, %d bytes", len(fresh), bytes)
	}
}

func TestReadCalls(t *testing.T) {
	root, err := readText(oddCalls)
	if err != nil {
		t.Fatal(err)
	}
	l, err := readCalls(root, time.UTC)
	if err != nil || len(l.Entries) != 4 || l.Entries[3].Type.Known() || l.Timestamp != "1754035200" {
		t.Fatalf("%+v, %v", l, err)
	}
	first, second, third := l.Entries[0], l.Entries[1], l.Entries[2]
	if first.Own != "23125069" || first.Extension != "10" || first.Duration != 62*time.Minute || !first.Date.Equal(time.Date(2025, 8, 1, 13, 33, 0, 0, time.UTC)) || !first.Type.Incoming() {
		t.Errorf("%+v", first)
	}
	if second.Own != "23125069" || second.Extension != "" || second.Duration != 0 || !second.Date.IsZero() {
		t.Errorf("%+v", second)
	}
	if third.Own != "23125069" || third.Called != "03023125321" || third.Type.Incoming() {
		t.Errorf("%+v", third)
	}
}

func TestReadDate(t *testing.T) {
	minute := time.Date(2025, 8, 1, 13, 33, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"01.08.25 13:33": minute, "01.08.2025 13:33": minute, "1.8.25  13:33": minute, " 01.08.25 13:33:07": minute.Add(7 * time.Second),
		"01.08.2025 13:33:07": minute.Add(7 * time.Second), "2025-08-01 13:33": minute,
		"": {}, "31.02.25 13:33": {}, "01.08.25": {}, "01.08.25 25:00": {}, "nonsense": {},
	} {
		if got := readDate(text, time.UTC); !got.Equal(want) {
			t.Errorf("%q: %v", text, got)
		}
	}
	for text, want := range map[string]time.Duration{"1:02": 62 * time.Minute, "0:01:30": 90 * time.Second, "": 0, "7": 0, "x:1": 0, "1:2:3:4": 0} {
		if got := readMinutes(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
