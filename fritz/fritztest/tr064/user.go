package tr064

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// User is an account of the box.
type User struct {
	Name     string
	Password string
	Rights   string // letters: C settings, P phone, A app, N storage, H smart home; default all
	Last     bool   // who logged in last, in the list that needs no login
}

// rightNames are the rights as X_AVM-DE_GetCurrentUser and scripts name them.
var rightNames = []struct{ letter, path, word string }{
	{"C", "BoxAdmin", "settings"}, {"P", "Phone", "phone"}, {"N", "NAS", "storage"},
	{"H", "HomeAuto", "home"}, {"A", "App", "app"},
}

// AllRights are the rights of a user whose Rights are empty.
const AllRights = "CPNHA"

// account is a user with what the box knows of his logins.
type account struct {
	User
	app           string    // id of the app that registered this user; "" = a person
	logins, wrong int       // requests with a right and with a wrong password
	wrongInRow    int       // wrong ones since the last right one
	locked        time.Time // by uptime: until then even the right password is refused
}

// may reports whether the account has one of the rights that an operation wants.
func (a *account) may(right string) bool {
	if right == "any" || right == "none" {
		return true
	}
	rights := a.Rights
	if strings.Contains(rights, "C") {
		rights += "P" // settings include the phone
	}
	return strings.ContainsAny(rights, right)
}

// SetUser adds a user or changes the one of that name; its counts begin anew if the
// password is another one.
func (t *Server) SetUser(u User) {
	t.edit(func() { t.setUser(u) })
}

func (t *Server) setUser(u User) {
	u.Rights = cmp.Or(u.Rights, AllRights)
	a := t.users[u.Name]
	if a == nil {
		a = &account{}
		t.users[u.Name] = a
	} else if a.Password != u.Password {
		*a = account{}
	}
	if u.Last {
		for _, other := range t.users {
			other.Last = false
		}
	}
	a.User = u
}

// RemoveUser takes a user away. A box without users is open to everybody.
func (t *Server) RemoveUser(name string) {
	t.edit(func() { delete(t.users, name) })
}

// Unlock forgets the wrong passwords of every user, but not their counts.
func (t *Server) Unlock() {
	t.edit(func() {
		for _, a := range t.users {
			a.wrongInRow, a.locked = 0, time.Time{}
		}
	})
}

// UserState is one account in State.
type UserState struct {
	Name   string `json:"name"`
	Rights string `json:"rights"` // letters, as User.Rights
	Logins int    `json:"logins"` // requests with the right password
	Wrong  int    `json:"wrong"`  // requests with a wrong password
	Locked bool   `json:"locked"` // for now even the right password is refused
}

func (t *Server) userStates(now time.Time) []UserState {
	list := []UserState{}
	for _, a := range t.users {
		list = append(list, UserState{a.Name, a.Rights, a.logins, a.wrong, a.locked.After(now)})
	}
	slices.SortFunc(list, func(x, y UserState) int { return cmp.Compare(x.Name, y.Name) })
	return list
}

// names lists the users in order.
func (t *Server) userNames() []string { return slices.Sorted(maps.Keys(t.users)) }
