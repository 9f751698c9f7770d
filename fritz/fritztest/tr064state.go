package fritztest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// TR064State is the part of State that TR-064 has. It holds names of phonebooks, but
// no contacts and no passwords.
type TR064State struct {
	Address     string            `json:"address"`     // of the http port; "" before ListenTR064
	Secure      string            `json:"secure"`      // of the https port
	Listening   bool              `json:"listening"`   // false: both ports refuse
	Fingerprint string            `json:"fingerprint"` // SHA-256 of the certificate; "" before the first is needed
	Requests    uint64            `json:"requests"`    // of any kind
	Refused     uint64            `json:"refused"`     // answered with a challenge or a fault
	Wrong       int               `json:"wrong"`       // logins with a wrong name or password
	Replays     int               `json:"replays"`     // logins whose nc had not grown
	Troubled    uint64            `json:"troubled"`    // requests that have met a Trouble, answered or not
	Sessions    int               `json:"sessions"`    // of URLs
	Users       []UserState       `json:"users"`
	Actions     map[string]uint64 `json:"actions"` // done or refused behind the login, by name
	Lists       map[string]uint64 `json:"lists"`   // fetched, by file
	Writes      uint64            `json:"writes"`  // changes from outside
	Written     []string          `json:"written"` // the last 32: user, action, what
	Phonebooks  []PhonebookState  `json:"phonebooks"`
	Barred      int               `json:"barred"` // entries of the call barring list
	Calls       int               `json:"calls"`  // entries of the call list
	Machines    []MachineState    `json:"machines"`
	Deflections []Deflection      `json:"deflections"`
	Factor      string            `json:"factor"` // state of the second factor
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

// state describes what goes on; nil before a port was opened.
func (t *tr064) state(uptime time.Time) *TR064State {
	plain, secure := t.plain.address(), t.secure.address()
	if plain == nil && secure == nil {
		return nil
	}
	s := &TR064State{Listening: t.plain.open() || t.secure.open()}
	if plain != nil {
		s.Address = plain.String()
	}
	if secure != nil {
		s.Secure = secure.String()
		s.Fingerprint = t.box.Fingerprint()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Requests, s.Refused, s.Wrong, s.Replays = t.requests, t.refused, t.wrongLogins, t.replays
	s.Troubled = t.troubled
	s.Sessions, s.Users, s.Writes = len(t.sessions), t.userStates(uptime), t.writes
	s.Actions, s.Lists = maps.Clone(t.counts), maps.Clone(t.lists)
	s.Written = append([]string{}, t.journal...)
	s.Phonebooks = []PhonebookState{}
	for i, k := range t.books {
		s.Phonebooks = append(s.Phonebooks, PhonebookState{i, k.name, len(k.contacts), k.capacity, k.synced})
	}
	s.Barred, s.Calls = len(t.bars.contacts), len(t.calls)
	s.Machines = []MachineState{}
	for i, m := range t.machines {
		if m.shown {
			s.Machines = append(s.Machines, MachineState{i, m.name, m.enabled, len(m.messages), m.unheard()})
		}
	}
	s.Deflections = append([]Deflection{}, t.deflections...)
	s.Factor = t.factor.shown(uptime)
	return s
}

// faults names what is switched on, as a script would switch it on.
func (t *tr064) faults() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := []string{}
	for _, x := range t.troubles {
		var s strings.Builder
		if x.Kind == "fail" {
			fmt.Fprintf(&s, "fail %d", x.Code)
		} else {
			s.WriteString("answer " + x.Kind)
		}
		if x.At != "" {
			s.WriteString(" at " + x.At)
		}
		if x.Times > 0 {
			fmt.Fprintf(&s, " times %d", x.Times)
		}
		if x.Kind == "slow" {
			fmt.Fprintf(&s, " by %v", x.By)
		}
		list = append(list, s.String())
	}
	add := func(on bool, text string) {
		if on {
			list = append(list, text)
		}
	}
	add(t.off, "access off")
	add(t.weary > 0, fmt.Sprintf("weary %d", t.weary))
	add(t.callListOff, "calllist off")
	add(!t.dialAid, "dialaid off")
	add(t.factor.off, "factor off")
	add(t.factor.blocked, "factor blocked")
	add(t.loginPage, "loginpage on")
	add(t.urlHost != "", "urlhost "+t.urlHost)
	for _, action := range slices.Sorted(maps.Keys(t.absent)) {
		list = append(list, "absent "+action)
	}
	return list
}
