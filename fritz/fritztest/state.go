package fritztest

import (
	"cmp"
	"slices"
	"time"

	"github.com/callporter/callporter/fritz/fritztest/monitor"
	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

// State is a snapshot of the box, and the answer of Control to GET /state.
type State struct {
	monitor.State
	Clock  time.Time   `json:"clock"`  // what the box's clock shows
	Calls  []CallState `json:"calls"`  // active calls by connection id
	Faults []string    `json:"faults"` // what is switched on, in the words of the script language

	TR064 *TR064State `json:"tr064,omitempty"` // nil before one of its ports was opened
	SIP   *SIPState   `json:"sip,omitempty"`   // nil before its port was opened
	House House       `json:"house"`
}

// CallState is one active call.
type CallState struct {
	Name       string `json:"name"`
	Connection int    `json:"connection"` // negative: the call monitor does not show it
	Direction  string `json:"direction"`  // incoming, outgoing
	Caller     string `json:"caller"`     // "" = withheld; of an outgoing call the own number
	Called     string `json:"called"`
	Trunk      string `json:"trunk"`
	Connected  bool   `json:"connected"`
	Extension  int    `json:"extension"` // -1 while nobody has taken an incoming call
}

// State returns a snapshot.
func (b *Box) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := State{State: b.Monitor.State(), Clock: b.clock.wall(), Calls: make([]CallState, 0, len(b.calls))}
	for _, c := range b.calls {
		s.Calls = append(s.Calls, c.state())
	}
	slices.SortFunc(s.Calls, func(x, y CallState) int { return cmp.Compare(x.Connection, y.Connection) })
	s.Faults, s.State.Faults = s.State.Faults, nil
	if b.clock.jump != 0 {
		s.Faults = append(s.Faults, "clock "+signed(b.clock.jump))
	}
	t := b.Services.State(func() tr064.State { return b.Server.State(b.clock.uptime()) })
	s.Faults = append(s.Faults, t.Faults...)
	if t.Address != "" || t.Secure != "" {
		t.Faults = nil
		s.TR064 = &t
	}
	phones := b.SIPState()
	s.House = phones.House
	s.Faults = append(s.Faults, phones.Faults...)
	if phones.Address != "" {
		s.SIP = &phones
	}
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
