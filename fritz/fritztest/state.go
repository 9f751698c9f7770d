package fritztest

import (
	"cmp"
	"slices"
	"time"
)

const (
	recentLines = 32  // lines that State remembers
	maxRecent   = 200 // bytes of each
)

// State is a snapshot of the box, and the answer of Control to GET /state.
type State struct {
	Address   string      `json:"address"`   // of the call monitor; "" before Listen
	Listening bool        `json:"listening"` // false: connections are refused
	Clock     time.Time   `json:"clock"`     // what the box's clock shows
	Accepted  int         `json:"accepted"`  // connections accepted since the start
	Open      int         `json:"open"`      // connections that are served
	HalfOpen  int         `json:"half_open"` // connections that fell silent and are kept
	LeftOpen  int         `json:"left_open"` // connections the box has closed (FIN) and the client has not
	Dropped   int         `json:"dropped"`   // connections reset because there were too many or their client did not read
	Lines     uint64      `json:"lines"`     // lines written since the start, swallowed ones included
	Calls     []CallState `json:"calls"`     // active calls by connection id
	Faults    []string    `json:"faults"`    // what is switched on, in the words of the script language
	Recent    []string    `json:"recent"`    // the last 32 lines, oldest first

	TR064 *TR064State `json:"tr064,omitempty"` // nil before one of its ports was opened
}

// CallState is one active call.
type CallState struct {
	Name       string `json:"name"`
	Connection int    `json:"connection"`
	Direction  string `json:"direction"` // incoming, outgoing
	Caller     string `json:"caller"`    // "" = withheld; of an outgoing call the own number
	Called     string `json:"called"`
	Trunk      string `json:"trunk"`
	Connected  bool   `json:"connected"`
	Extension  int    `json:"extension"` // -1 while nobody has taken an incoming call
}

// State returns a snapshot.
func (b *Box) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := State{
		Clock:  b.clock.wall(),
		Lines:  b.lines,
		Calls:  make([]CallState, 0, len(b.calls)),
		Recent: slices.Clone(b.recent),
	}
	if s.Recent == nil {
		s.Recent = []string{}
	}
	for _, c := range b.calls {
		s.Calls = append(s.Calls, c.state())
	}
	slices.SortFunc(s.Calls, func(x, y CallState) int { return cmp.Compare(x.Connection, y.Connection) })
	b.monitor.describe(&s)
	if b.format.crlf {
		s.Faults = append(s.Faults, "crlf on")
	}
	if !b.format.final {
		s.Faults = append(s.Faults, "final off")
	}
	if !b.format.trunk {
		s.Faults = append(s.Faults, "trunk off")
	}
	if b.clock.jump != 0 {
		s.Faults = append(s.Faults, "clock "+signed(b.clock.jump))
	}
	s.TR064 = b.tr064.state(b.clock.uptime())
	s.Faults = append(s.Faults, b.tr064.faults()...)
	return s
}

func signed(d time.Duration) string {
	d = d.Round(time.Second)
	if d < 0 {
		return d.String()
	}
	return "+" + d.String()
}

func (c *Call) state() CallState {
	s := CallState{
		Name: c.name, Connection: c.id, Direction: "incoming", Caller: c.caller, Called: c.called,
		Trunk: c.trunk, Connected: c.connected, Extension: -1,
	}
	if c.outgoing {
		s.Direction = "outgoing"
	}
	if c.outgoing || c.connected {
		s.Extension = c.ext
	}
	return s
}

// describe fills in what the call monitor knows.
func (m *monitor) describe(s *State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.addr != nil {
		s.Address = m.addr.String()
	}
	s.Listening = m.ln != nil
	s.Accepted, s.Dropped = m.accepted, m.dropped
	for c := range m.clients {
		switch {
		case c.frozen:
			s.HalfOpen++
		case c.ended:
			s.LeftOpen++
		default:
			s.Open++
		}
	}
	s.Faults = m.list()
}
