package screening

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
