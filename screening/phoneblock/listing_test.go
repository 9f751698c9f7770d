package phoneblock

import (
	"testing"
	"time"

	"github.com/callporter/callporter/screening/mirror"
)

var today = time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)

// TestPayload packs what the server may tell, and never gets more votes back, nor none.
func TestPayload(t *testing.T) {
	t.Parallel()
	for count := 1; count < 5000; count++ {
		got := unpack(Listing{Votes: count, Rating: Fraud}.pack(today), today)
		if got.Votes > count || got.Votes < count/2 && count < 3000 || got.Rating != Fraud || !got.Last.IsZero() {
			t.Fatalf("%d votes are %+v", count, got)
		}
	}
	for _, exact := range []int{2, 4, 10, 20, 50, 100} { // those of the server
		if got := unpack(Listing{Votes: exact}.pack(today), today); got.Votes != exact {
			t.Errorf("%d votes are %d", exact, got.Votes)
		}
	}
	for _, none := range []int{0, -1, -500} {
		if p := (Listing{Votes: none, Rating: Fraud, Last: today}).pack(today); p != 0 {
			t.Errorf("%d votes are %x", none, p)
		}
	}
}

func TestMonth(t *testing.T) {
	t.Parallel()
	for months := range 62 {
		last := today.AddDate(0, -months, 0)
		got := unpack(Listing{Votes: 4, Rating: Ping, Last: last}.pack(today), today)
		if got.Last.Year() != last.Year() || got.Last.Month() != last.Month() {
			t.Errorf("%v is %v", last, got.Last)
		}
	}
	for _, unknown := range []time.Time{{}, today.AddDate(-6, 0, 0), today.AddDate(0, 2, 0), time.UnixMilli(1 << 62), time.UnixMilli(-1 << 62)} {
		if got := unpack(Listing{Votes: 4, Last: unknown}.pack(today), today); !got.Last.IsZero() || got.Votes != 4 {
			t.Errorf("%v is %+v", unknown, got)
		}
	}
}

// TestBlock holds the rule of PhoneBlock: four of ten numbers, or eight of a hundred in four
// tens.
func TestBlock(t *testing.T) {
	t.Parallel()
	const base = 493023125000
	for _, c := range []struct {
		name   string
		listed []uint64 // offsets
		want   Block
	}{
		{"nobody", nil, Block{}},
		{"three", []uint64{0, 1, 2}, Block{}},
		{"four", []uint64{0, 1, 2, 9}, Block{10, 4, 40}},
		{"four elsewhere", []uint64{10, 11, 12, 13}, Block{}},
		{"eight in four tens", []uint64{0, 1, 20, 21, 40, 41, 60, 61}, Block{100, 8, 80}},
		{"eight in three tens", []uint64{10, 11, 12, 20, 21, 40, 41, 42}, Block{}},
		{"seven in seven tens", []uint64{0, 10, 20, 30, 40, 50, 60}, Block{}},
		{"the next hundred", []uint64{100, 101, 110, 111, 120, 121, 130, 131}, Block{}},
		{"both", []uint64{1, 2, 3, 4, 20, 30, 40, 50}, Block{10, 4, 40}},
	} {
		var entries []mirror.Entry
		for _, offset := range c.listed {
			entries = append(entries, mirror.Pack(base+offset, Listing{Votes: 10, Rating: Advertising}.pack(today)))
		}
		got, found := FindBlock(mirror.NewTable(entries), base+5)
		if got != c.want || found != (c.want != Block{}) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestRatings(t *testing.T) {
	t.Parallel()
	for r := Legitimate; r <= Fraud; r++ {
		var read Rating
		if err := read.UnmarshalText([]byte(r.String())); err != nil || read != r || r.Text()[0] == "" || r.Text()[1] == "" {
			t.Errorf("%s is %v, %q", r, read, r.Text())
		}
	}
	for text, want := range map[string]Rating{"C_POLL": Poll, "": Unrated, "_": Unrated, "H_NEW": Unrated, "G": Unrated, "FRAUD": Unrated} {
		r := Fraud
		if err := r.UnmarshalText([]byte(text)); err != nil || r != want {
			t.Errorf("%q is %v", text, r)
		}
	}
	if beyond := Rating(200); beyond.String() != "" || beyond.Text() != Unrated.Text() {
		t.Error("a rating that does not exist has a name")
	}
}
