package journal

import (
	"math/bits"
	"strings"

	"github.com/callporter/callporter/call"
)

// maxPattern is how long a number or the beginning of one is at most.
const maxPattern = 32

// lists are the own lists in memory, never changed, only replaced.
type lists struct {
	all []ListEntry // by list and pattern
	by  [len(listNames)]index
}

// index finds a number in one list: whole numbers and beginnings in one map, and
// which lengths beginnings have, apart for the two spellings, since a list is
// written in one of them as a rule.
type index struct {
	whole    map[string]*ListEntry
	begin    map[string]*ListEntry
	plus     uint64 // bit n = there are beginnings of n bytes with '+'
	national uint64 // … without
	spelled  bool   // there are entries without '+'
}

func newLists(all []ListEntry) *lists {
	l := &lists{all: all}
	for i := range all {
		e := &all[i]
		in := &l.by[e.List]
		if in.whole == nil {
			in.whole, in.begin = map[string]*ListEntry{}, map[string]*ListEntry{}
		}
		n, prefix := pattern(e.Pattern)
		plus := strings.HasPrefix(n, "+")
		in.spelled = in.spelled || !plus
		switch {
		case !prefix:
			in.whole[n] = e
		case plus:
			in.begin[n] = e
			in.plus |= 1 << len(n)
		default:
			in.begin[n] = e
			in.national |= 1 << len(n)
		}
	}
	return l
}

// Match looks a number up in a list: the whole number first, then the longest
// beginning. Entries that have expired are passed over. It does not touch the
// file.
func (j *Journal) Match(l List, n call.Number) (ListEntry, bool) {
	if int(l) >= len(listNames) {
		return ListEntry{}, false
	}
	in := &j.lists.Load().by[l]
	if len(in.whole)+len(in.begin) == 0 {
		return ListEntry{}, false
	}
	full := n.Full()
	var room [maxPattern]byte
	var national []byte
	if in.spelled && n.National != "" {
		national = appendDigits(room[:0], n.National)
	}
	e := j.holds(in.whole[full])
	if e == nil && len(national) > 0 {
		e = j.holds(in.whole[string(national)])
	}
	if e == nil {
		e = j.beginning(in, full, national)
	}
	if e == nil {
		return ListEntry{}, false
	}
	return *e, true
}

// beginning finds the longest beginning. Those of the two spellings are compared by
// what they leave open: "+4930231*" is as long as "030231*".
func (j *Journal) beginning(in *index, full string, national []byte) *ListEntry {
	var best *ListEntry
	left := maxPattern + 1 // digits that the best one leaves open
	lengths := in.national
	if strings.HasPrefix(full, "+") {
		lengths = in.plus
	}
	for lengths != 0 {
		n := bits.Len64(lengths) - 1
		lengths &^= 1 << n
		if n <= len(full) {
			if e := j.holds(in.begin[full[:n]]); e != nil {
				best, left = e, len(full)-n
				break
			}
		}
	}
	for lengths = in.national; lengths != 0 && len(national) > 0; {
		n := bits.Len64(lengths) - 1
		lengths &^= 1 << n
		if n <= len(national) && len(national)-n < left {
			if e := j.holds(in.begin[string(national[:n])]); e != nil {
				return e
			}
		}
	}
	return best
}

func (j *Journal) holds(e *ListEntry) *ListEntry {
	if e == nil || !e.Expires.IsZero() && e.expired(j.o.Now()) {
		return nil
	}
	return e
}

// appendDigits is digitsOf without an allocation; what does not fit is cut.
func appendDigits(b []byte, s string) []byte {
	for i := 0; i < len(s) && len(b) < cap(b); i++ {
		if c := s[i]; c >= '0' && c <= '9' || c == '+' || c == '*' || c == '#' {
			b = append(b, c)
		}
	}
	return b
}
