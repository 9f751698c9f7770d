package journal

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/callporter/callporter/journal/store"
)

// selection is a filter in the file's terms.
type selection struct {
	low, high int64 // keys from low to before high
	limit     int
	// Sets of rows; nil = any.
	kinds, numbers, names map[int64]bool
	calls                 int64 // how many calls those numbers have
}

// impossible reports whether no call can be selected.
func (sel *selection) impossible() bool {
	none := func(set map[int64]bool) bool { return set != nil && len(set) == 0 }
	return sel.low >= sel.high || none(sel.kinds) || none(sel.numbers) || none(sel.names)
}

// has reports whether a call with these columns is selected.
func (sel *selection) has(kind, number, network, name int64) bool {
	return (sel.kinds == nil || sel.kinds[kind]) &&
		(sel.numbers == nil || sel.numbers[number] || network != 0 && sel.numbers[network]) &&
		(sel.names == nil || sel.names[name])
}

// Streams of calls in the order of time, newest first, each read from one index.
// Their columns are the same, so that any filter can be applied to any of them.
const (
	streamAll     = `SELECT key, kind, number, network, name FROM calls WHERE key >= $2 AND key < $3 AND $1 = 0 ORDER BY key DESC`
	streamKind    = `SELECT key, kind, number, network, name FROM calls WHERE kind = $1 AND key >= $2 AND key < $3 ORDER BY key DESC`
	streamNumber  = `SELECT key, kind, number, network, name FROM calls WHERE number = $1 AND key >= $2 AND key < $3 ORDER BY key DESC`
	streamNetwork = `SELECT key, kind, number, network, name FROM calls WHERE network = $1 AND network > 0 AND key >= $2 AND key < $3 ORDER BY key DESC`
	streamName    = `SELECT key, kind, number, network, name FROM calls WHERE name = $1 AND name > 0 AND key >= $2 AND key < $3 ORDER BY key DESC`
)

// How many streams are read for one page. So many calls have one of a larger set of
// numbers or names that reading all calls in the order of time finds a page sooner,
// unless the numbers have few calls in all.
const (
	maxStreams     = 300
	maxRareStreams = 1000
	rareCalls      = 5000
	maxKindStreams = 1000
	manyNumbers    = 20 // from here on it pays to ask which of them are a network's
)

// find returns the keys of the newest selected calls, one more than limit if there are
// as many. It reads the streams of the narrowest set one after the other. Each ends at
// the first call that is older than all that the others have found, so the time depends
// on how many streams there are, and hardly on their length.
func (sel *selection) find(ctx context.Context, r *store.Conn) ([]int64, error) {
	if sel.impossible() {
		return nil, nil
	}
	var found newestKeys
	found.limit = sel.limit + 1
	streams, of := []string{streamAll}, map[int64]bool{0: true}
	switch numbers, names := sel.numbers != nil && sel.fewNumbers(), sel.names != nil && len(sel.names) <= maxStreams; {
	case numbers && (!names || len(sel.numbers) <= len(sel.names)):
		streams, of = []string{streamNumber, streamNetwork}, sel.numbers
	case names:
		streams, of = []string{streamName}, sel.names
	case sel.kinds != nil && len(sel.kinds) <= maxKindStreams:
		streams, of = []string{streamKind}, sel.kinds
	}
	var networks map[int64]bool // nil = any may be one
	if len(streams) == 2 && len(of) > manyNumbers {
		var err error
		if networks, err = rows(ctx, r, `SELECT DISTINCT network FROM calls WHERE network > 0`); err != nil {
			return nil, err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(of)) {
		for _, stream := range streams {
			if stream == streamNetwork && networks != nil && !networks[id] {
				continue
			}
			low := max(sel.low, found.low)
			err := r.Each(ctx, stream, []any{id, low, sel.high}, func(scan func(...any) error) (bool, error) {
				var k, kind, number, network, name int64
				if err := scan(&k, &kind, &number, &network, &name); err != nil {
					return false, err
				}
				if !sel.has(kind, number, network, name) {
					return true, nil
				}
				return found.add(k), nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return found.sorted(), nil
}

// fewNumbers reports whether reading the streams of the numbers finds a page soonest.
func (sel *selection) fewNumbers() bool {
	return len(sel.numbers) <= maxStreams || len(sel.numbers) <= maxRareStreams && sel.calls < rareCalls
}

// newestKeys keeps the greatest keys of all that are added.
type newestKeys struct {
	limit int
	keys  []int64
	low   int64 // smaller keys do not count any more
}

// add adds a key of a stream in falling order, and reports whether the stream may have
// another one that counts.
func (n *newestKeys) add(k int64) bool {
	if k < n.low {
		return false
	}
	n.keys = append(n.keys, k)
	if n.low == 0 && len(n.keys) >= n.limit || len(n.keys) >= 2*n.limit {
		n.cut()
	}
	return k > n.low
}

func (n *newestKeys) cut() {
	slices.SortFunc(n.keys, func(a, b int64) int { return cmp.Compare(b, a) })
	n.keys = slices.Compact(n.keys)
	if len(n.keys) >= n.limit {
		n.keys = n.keys[:n.limit]
		n.low = n.keys[n.limit-1]
	}
}

func (n *newestKeys) sorted() []int64 {
	n.cut()
	return n.keys
}
