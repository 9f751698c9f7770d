package mirror

import (
	"cmp"
	"slices"
)

// Table is a list of numbers in memory. It never changes. The zero value and nil are empty
// tables.
type Table struct {
	entries []Entry // sorted, each number once
}

// NewTable makes a table of entries in any order; it keeps and sorts the slice. Of several
// entries of one number the one with the largest payload counts. Entries without a payload
// are left out.
func NewTable(entries []Entry) *Table {
	slices.Sort(entries)
	kept := entries[:0]
	for i, e := range entries {
		last := i == len(entries)-1 || entries[i+1].Number() != e.Number()
		if last && e.Payload() != 0 {
			kept = append(kept, e)
		}
	}
	if spare := cap(kept) - len(kept); spare > len(kept)/8 {
		kept = slices.Clone(kept) // the rest of the array would stay in memory
	}
	return &Table{kept}
}

// Len returns how many numbers are listed.
func (t *Table) Len() int {
	if t == nil {
		return 0
	}
	return len(t.entries)
}

// Find returns the payload of a number.
func (t *Table) Find(number uint64) (payload uint16, found bool) {
	if t == nil {
		return 0, false
	}
	i := t.from(number)
	if i == len(t.entries) || t.entries[i].Number() != number {
		return 0, false
	}
	return t.entries[i].Payload(), true
}

// Block returns the entries that share all digits of a number but the last ones: size is 10
// for one digit, 100 for two. The caller must not change the slice.
func (t *Table) Block(number, size uint64) []Entry {
	if t == nil || size == 0 {
		return nil
	}
	first := number - number%size
	if first == 0 {
		return nil // numbers this short are no block
	}
	low := t.from(first)
	high := low
	for high < len(t.entries) && t.entries[high].Number()-first < size {
		high++
	}
	return t.entries[low:high]
}

// from returns the index of the first entry whose number is not smaller.
func (t *Table) from(number uint64) int {
	i, _ := slices.BinarySearch(t.entries, Pack(number, 0))
	return i
}

// With returns a table with changes: an entry replaces the one of its number, an entry
// without a payload deletes it. Of several changes of one number the last one counts. It
// keeps and sorts the slice.
func (t *Table) With(changes []Entry) *Table {
	slices.SortStableFunc(changes, func(a, b Entry) int { return cmp.Compare(a.Number(), b.Number()) })
	var old []Entry
	if t != nil {
		old = t.entries
	}
	merged := make([]Entry, 0, len(old)+len(changes))
	for i, e := range changes {
		if i < len(changes)-1 && changes[i+1].Number() == e.Number() {
			continue // a later change of this number follows
		}
		n := 0
		for n < len(old) && old[n].Number() < e.Number() {
			n++
		}
		merged = append(merged, old[:n]...)
		old = old[n:]
		if len(old) > 0 && old[0].Number() == e.Number() {
			old = old[1:]
		}
		if e.Payload() != 0 {
			merged = append(merged, e)
		}
	}
	return &Table{append(merged, old...)}
}
