package poll

// Follow takes the line and the phonebooks of another box over, for a line that is no box's and
// of which nothing can be read.
func (p *Poller) Follow(of *Snapshot) *Snapshot {
	s := &Snapshot{Box: p.box, Plan: of.Plan, Contacts: of.Contacts, hidden: p.hidden}
	s.Box.Country, s.Box.AreaCode, s.Box.Numbers, s.Box.Timezone = of.Box.Country, of.Box.AreaCode, of.Box.Numbers, of.Box.Timezone
	p.current.Store(s)
	return s
}
