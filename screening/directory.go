package screening

import "github.com/callporter/callporter/call"

// Entry is what a directory tells of a number.
type Entry struct {
	Number call.Number
	Name   string // "" = no directory knows it
}

// entry is the first that a directory tells.
func entry(n call.Number, all []Finding) Entry {
	for i := range all {
		if f := &all[i]; f.Directory && f.Name != "" {
			return Entry{n, f.Name}
		}
	}
	return Entry{}
}

// asked are the sources that may be asked about the numbers of a query.
func (s *Screener) asked(q *Query) []*resolver {
	if q.Outgoing {
		return s.directories
	}
	return s.sources
}

// mayName reports whether directories may be asked whom the house calls: nobody here knows
// who it is, the number is on no own list, and others know it, too.
func (s *Screener) mayName(q *Query) bool {
	n := q.Party.Number
	return len(s.directories) > 0 && q.Party.Name == "" && n.E164 != "" && len(s.own.Check(nil, q, n)) == 0
}
