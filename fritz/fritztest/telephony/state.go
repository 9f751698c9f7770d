package telephony

import "github.com/callporter/callporter/fritz/fritztest/tr064"

// State is a snapshot of what a box shows and knows by TR-064. It holds names of
// phonebooks, but no contacts and no passwords.
type State struct {
	tr064.State
	Phonebooks  []PhonebookState `json:"phonebooks"`
	Barred      int              `json:"barred"` // entries of the call barring list
	Calls       int              `json:"calls"`  // entries of the call list
	Machines    []MachineState   `json:"machines"`
	Deflections []Deflection     `json:"deflections"`
}

// PhonebookState is one phonebook in State.
type PhonebookState struct {
	ID       int    `json:"id"`
	Name     string `json:"name"`
	Contacts int    `json:"contacts"`
	Capacity int    `json:"capacity"`
	Synced   bool   `json:"synced"`
}

// MachineState is one answering machine in State.
type MachineState struct {
	Index    int    `json:"index"`
	Name     string `json:"name"`
	Enabled  bool   `json:"enabled"`
	Messages int    `json:"messages"`
	New      int    `json:"new"`
}

// State returns a snapshot. server is called with Options.Mu held.
func (t *Services) State(server func() tr064.State) State {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := State{
		State: server(), Barred: len(t.barring.contacts), Calls: len(t.calls),
		Phonebooks: []PhonebookState{}, Machines: []MachineState{}, Deflections: append([]Deflection{}, t.deflections...),
	}
	for i, k := range t.books {
		s.Phonebooks = append(s.Phonebooks, PhonebookState{i, k.name, len(k.contacts), k.capacity, k.synced})
	}
	for i, m := range t.machines {
		if m.shown {
			s.Machines = append(s.Machines, MachineState{i, m.name, m.enabled, len(m.messages), m.unheard()})
		}
	}
	if t.callListOff {
		s.Faults = append(s.Faults, "calllist off")
	}
	if !t.dialAid {
		s.Faults = append(s.Faults, "dialaid off")
	}
	return s
}
