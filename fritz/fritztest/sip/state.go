package sip

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Counts are what has happened since the box was switched on.
type Counts struct {
	Sent       map[string]int `json:"sent"`       // by method, or "200 to BYE"
	Received   map[string]int `json:"received"`   // the same
	Unsent     int            `json:"unsent"`     // INVITEs that the limit of two calls has kept back
	Violations int            `json:"violations"` // things that a phone did against the rules
}

// State is a snapshot of a Registrar. It holds no password.
type State struct {
	Address    string       `json:"address"` // "" before ListenSIP
	Listening  bool         `json:"listening"`
	Phones     []PhoneState `json:"phones"` // registered ones
	Legs       []LegState   `json:"legs"`   // calls of the box to an IP phone that are not over
	House      House        `json:"house"`
	Counts     Counts       `json:"counts"`
	Violations []string     `json:"violations"` // the first 32
	Faults     []string     `json:"-"`          // what is switched on, in the words of the script language
}

// PhoneState is a registered IP phone.
type PhoneState struct {
	Extension int       `json:"extension"`
	Name      string    `json:"name"`
	Contact   string    `json:"contact"`
	Transport string    `json:"transport"`
	Until     time.Time `json:"until"`
}

// LegState is a call at an IP phone.
type LegState struct {
	Extension int    `json:"extension"`
	Caller    string `json:"caller"`
	State     string `json:"state"` // inviting, ringing, up
}

// SIPState returns a snapshot.
func (r *Registrar) SIPState() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := State{
		Listening: r.udp != nil, Phones: []PhoneState{}, Legs: []LegState{}, House: r.houseState(), Counts: r.count,
		Violations: append([]string{}, r.broken...), Faults: r.faults(),
	}
	s.Counts.Sent, s.Counts.Received = maps.Clone(r.count.Sent), maps.Clone(r.count.Received)
	if r.addr != nil {
		s.Address = r.addr.String()
	}
	for _, b := range r.bindings {
		s.Phones = append(s.Phones, PhoneState{b.account.Extension, b.account.Name, b.contact, b.from.transport(), b.until})
	}
	slices.SortFunc(s.Phones, func(x, y PhoneState) int { return cmp.Compare(x.Extension, y.Extension) })
	for _, l := range r.legs {
		if l.active() {
			s.Legs = append(s.Legs, LegState{l.account.Extension, l.call.in.Caller, l.state.String()})
		}
	}
	slices.SortFunc(s.Legs, func(x, y LegState) int { return cmp.Compare(x.Extension, y.Extension) })
	return s
}

// faults names what is not as on a new box, as a script would switch it on. r.mu is held.
func (r *Registrar) faults() []string {
	list := r.set.changed()
	for _, x := range r.packets.list {
		list = append(list, x.String())
	}
	for _, x := range r.refusals {
		list = append(list, x.String())
	}
	return list
}
