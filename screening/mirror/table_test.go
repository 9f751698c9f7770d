package mirror

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uint64{
		"+493023125000": 493023125000, "+112": 112, "+999999999999999": 999999999999999,
		"": 0, "+": 0, "+11": 0, "+9999999999999999": 0, "493023125000": 0, "+0493023125000": 0,
		"+49 3023125000": 0, "+49302312500x": 0, "+49302312500\x2f": 0, "++49302312500": 0, "**610": 0,
	} {
		if got, ok := Digits(text); got != want && ok || ok != (want != 0) {
			t.Errorf("%q: %d, %v", text, got, ok)
		}
	}
	largest, _ := Digits("+999999999999999")
	if e := Pack(largest, MaxPayload); e.Number() != largest || e.Payload() != MaxPayload {
		t.Errorf("packed %x", uint64(e))
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	table := NewTable([]Entry{Pack(493023125003, 7), Pack(493023125001, 5), Pack(493023125001, 9), Pack(493023125002, 0)})
	if table.Len() != 2 {
		t.Fatalf("%d numbers", table.Len())
	}
	for number, want := range map[uint64]uint16{493023125001: 9, 493023125002: 0, 493023125003: 7, 1: 0, 999999999999999: 0, 49302312500: 0} {
		if got, found := table.Find(number); got != want || found != (want != 0) {
			t.Errorf("%d: %d, %v", number, got, found)
		}
	}
	var none *Table
	if _, found := none.Find(1); found || none.Len() != 0 || none.Block(493023125001, 10) != nil {
		t.Error("something was found in no table")
	}
}

func TestBlock(t *testing.T) {
	t.Parallel()
	table := NewTable([]Entry{
		Pack(493023124999, 1), Pack(493023125000, 1), Pack(493023125009, 1), Pack(493023125010, 1), Pack(493023125099, 1),
		Pack(493023125100, 1), Pack(4930231250, 1), Pack(49302312500, 1), Pack(4930231250001, 1),
	})
	for _, c := range []struct {
		number, size uint64
		want         int
	}{
		{493023125005, 10, 2}, {493023125005, 100, 4}, {493023125000, 10, 2}, {493023125099, 100, 4},
		{493023125015, 10, 1}, {493023125020, 10, 0}, {7, 10, 0}, {77, 100, 0}, {493023125005, 0, 0},
	} {
		if got := table.Block(c.number, c.size); len(got) != c.want {
			t.Errorf("%d of %d: %d numbers, not %d", c.number, c.size, len(got), c.want)
		}
	}
}

// TestWith compares with a map after random changes.
func TestWith(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var table *Table
	want := make(map[uint64]uint16)
	for range 200 {
		changes := make([]Entry, random.IntN(40))
		for i := range changes {
			number, payload := 493023125000+random.Uint64N(100), uint16(random.IntN(4))
			changes[i] = Pack(number, payload)
			want[number] = payload
			if payload == 0 {
				delete(want, number)
			}
		}
		before := slices.Clone(entriesOf(table))
		next := table.With(changes)
		if !slices.Equal(before, entriesOf(table)) {
			t.Fatal("a table was changed")
		}
		table = next
		if table.Len() != len(want) {
			t.Fatalf("%d numbers, not %d", table.Len(), len(want))
		}
		for number, payload := range want {
			if got, _ := table.Find(number); got != payload {
				t.Fatalf("%d has %d, not %d", number, got, payload)
			}
		}
		if !slices.IsSorted(table.entries) {
			t.Fatal("not in order")
		}
	}
}

func entriesOf(t *Table) []Entry {
	if t == nil {
		return nil
	}
	return t.entries
}
