package tr064

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// State is a snapshot of a Server. It holds no passwords.
type State struct {
	Address     string            `json:"address"`     // of the http port; "" before ListenTR064
	Secure      string            `json:"secure"`      // of the https port
	Listening   bool              `json:"listening"`   // false: both ports refuse
	Fingerprint string            `json:"fingerprint"` // SHA-256 of the certificate; "" before the https port was opened
	Requests    uint64            `json:"requests"`    // of any kind
	Refused     uint64            `json:"refused"`     // answered with a challenge or a fault
	Wrong       int               `json:"wrong"`       // logins with a wrong name or password
	Replays     int               `json:"replays"`     // logins whose nc had not grown
	Troubled    uint64            `json:"troubled"`    // requests that have met a Trouble, answered or not
	Sessions    int               `json:"sessions"`    // of URLs
	Users       []UserState       `json:"users"`
	Actions     map[string]uint64 `json:"actions"` // done or refused after the login, by name
	Lists       map[string]uint64 `json:"lists"`   // fetched, by file
	Writes      uint64            `json:"writes"`  // changes from outside
	Written     []string          `json:"written"` // the last 32: user, action, what
	Factor      string            `json:"factor"`  // state of the second factor
	Faults      []string          `json:"-"`       // what is switched on, in the words of the script language
}

// State returns a snapshot. Options.Mu is held.
func (t *Server) State(uptime time.Time) State {
	s := State{
		Listening: t.plain.open() || t.secure.open(),
		Requests:  t.requests, Refused: t.refused, Wrong: t.wrongLogins, Replays: t.replays, Troubled: t.troubled,
		Sessions: len(t.sessions), Users: t.userStates(uptime),
		Actions: maps.Clone(t.counts), Lists: maps.Clone(t.files),
		Writes: t.writes, Written: append([]string{}, t.written...),
		Factor: t.factor.shown(uptime), Faults: t.faultWords(),
	}
	if addr := t.plain.address(); addr != nil {
		s.Address = addr.String()
	}
	if addr := t.secure.address(); addr != nil {
		s.Secure = addr.String()
		s.Fingerprint = t.fingerprint()
	}
	return s
}

// faultWords names what is switched on, as a script would switch it on. t.mu is held.
func (t *Server) faultWords() []string {
	list := []string{}
	for _, x := range t.troubles {
		list = append(list, x.words())
	}
	add := func(on bool, text string) {
		if on {
			list = append(list, text)
		}
	}
	add(t.off, "access off")
	add(t.busyAfter > 0, fmt.Sprintf("weary %d", t.busyAfter))
	add(t.factor.off, "factor off")
	add(t.factor.blocked, "factor blocked")
	add(t.loginPage, "loginpage on")
	add(t.urlHost != "", "urlhost "+t.urlHost)
	for _, action := range slices.Sorted(maps.Keys(t.absent)) {
		list = append(list, "absent "+action)
	}
	return list
}

// words names a trouble, as a script would switch it on.
func (x *Trouble) words() string {
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
	return s.String()
}
