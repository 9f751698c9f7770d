package monitor

// State is a snapshot of a Monitor.
type State struct {
	Address   string   `json:"address"`   // "" before Listen
	Listening bool     `json:"listening"` // false: connections are refused
	Accepted  int      `json:"accepted"`  // connections accepted since the start
	Open      int      `json:"open"`      // connections that are served
	HalfOpen  int      `json:"half_open"` // connections that fell silent and are kept
	LeftOpen  int      `json:"left_open"` // connections the box has closed (FIN) and the client has not
	Dropped   int      `json:"dropped"`   // connections reset because there were too many or their client did not read
	Lines     uint64   `json:"lines"`     // lines written since the start, swallowed ones included
	Recent    []string `json:"recent"`    // the last 32 lines, oldest first
	Faults    []string `json:"-"`         // what is switched on, in the words of the script language
}

// State returns a snapshot.
func (m *Monitor) State() State {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := State{
		Listening: m.ln != nil, Accepted: m.accepted, Dropped: m.dropped,
		Lines: m.lines, Recent: append([]string{}, m.recent...), Faults: m.faultWords(),
	}
	if m.addr != nil {
		s.Address = m.addr.String()
	}
	for c := range m.clients {
		switch {
		case c.frozen:
			s.HalfOpen++
		case c.over:
			s.LeftOpen++
		default:
			s.Open++
		}
	}
	return s
}
