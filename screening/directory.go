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

// mayName reports whether directories may know whom the house calls: nobody here does, and
// it is a number that others know, too.
func (s *Screener) mayName(q *Query) bool {
	return len(s.directories) > 0 && q.Party.Name == "" && q.Party.Number.E164 != ""
}
