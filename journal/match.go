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
	by  [len(listNames)]listIndex
}

// listIndex finds a number in one list: numbers and beginnings in one map each, and
// which lengths beginnings have. Those with '+' and those without are kept apart,
// since a list is written in one of the two spellings as a rule.
type listIndex struct {
	numbers         map[string]*ListEntry
	beginnings      map[string]*ListEntry
	plusLengths     uint64 // bit n = there are beginnings of n bytes with '+'
	nationalLengths uint64 // … without
	hasNational     bool   // there are entries without '+'
}

func newLists(all []ListEntry) *lists {
	l := &lists{all: all}
	for i := range all {
		e := &all[i]
		in := &l.by[e.List]
		if in.numbers == nil {
			in.numbers, in.beginnings = map[string]*ListEntry{}, map[string]*ListEntry{}
		}
		n, prefix := pattern(e.Pattern)
		plus := strings.HasPrefix(n, "+")
		in.hasNational = in.hasNational || !plus
		switch {
		case !prefix:
			in.numbers[n] = e
		case plus:
			in.beginnings[n] = e
			in.plusLengths |= 1 << len(n)
		default:
			in.beginnings[n] = e
			in.nationalLengths |= 1 << len(n)
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
	if len(in.numbers)+len(in.beginnings) == 0 {
		return ListEntry{}, false
	}
	full := n.Full()
	var buffer [maxPattern]byte
	var national []byte
	if in.hasNational && n.National != "" {
		national = appendDigits(buffer[:0], n.National)
	}
	e := j.current(in.numbers[full])
	if e == nil && len(national) > 0 {
		e = j.current(in.numbers[string(national)])
	}
	if e == nil {
		e = j.longestBeginning(in, full, national)
	}
	if e == nil {
		return ListEntry{}, false
	}
	return *e, true
}

// longestBeginning finds the longest beginning. Those of the two spellings are compared
// by the digits behind them: "+4930231*" is as long as "030231*".
func (j *Journal) longestBeginning(in *listIndex, full string, national []byte) *ListEntry {
	var best *ListEntry
	rest := maxPattern + 1 // digits behind the best one
	lengths := in.nationalLengths
	if strings.HasPrefix(full, "+") {
		lengths = in.plusLengths
	}
	for lengths != 0 {
		n := bits.Len64(lengths) - 1
		lengths &^= 1 << n
		if n <= len(full) {
			if e := j.current(in.beginnings[full[:n]]); e != nil {
				best, rest = e, len(full)-n
				break
			}
		}
	}
	for lengths = in.nationalLengths; lengths != 0 && len(national) > 0; {
		n := bits.Len64(lengths) - 1
		lengths &^= 1 << n
		if n <= len(national) && len(national)-n < rest {
			if e := j.current(in.beginnings[string(national[:n])]); e != nil {
				return e
			}
		}
	}
	return best
}

// current returns the entry, nil if it has expired.
func (j *Journal) current(e *ListEntry) *ListEntry {
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
