package poll

import (
	"slices"
	"strconv"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/fritz/tr064/phonebook"
	"github.com/callporter/callporter/gateway/config"
)

// Contacts are phonebooks made ready for looking numbers up, and of what they were made.
// With ten thousand entries that takes a while, so no loop does it.
type Contacts struct {
	*phonebook.Directory
	plan    *call.Plan
	note    Note
	books   []*tr064.Phonebook
	barred  *phonebook.Directory // of barring
	barring *tr064.Phonebook     // the call barring list; nil = it was never read
}

func newContacts(p *call.Plan, books []*tr064.Phonebook, r roles, note Note) Contacts {
	all := make([]phonebook.Role, len(books))
	for i, book := range books {
		all[i] = phonebook.RoleOf(book, r)
	}
	return Contacts{Directory: phonebook.NewDirectory(p, books, all), plan: p, note: note, books: books}
}

// with returns the contacts with a call barring list; nil = it was never read.
func (c Contacts) with(barring *tr064.Phonebook) Contacts {
	if c.barring != barring || c.barred == nil && barring != nil {
		c.barring, c.barred = barring, phonebook.NewDirectory(c.plan, []*tr064.Phonebook{barring}, nil)
	}
	return c
}

// MayBar reports whether the box may turn a number away: it is on the call barring list, in
// a phonebook of blocked numbers, or where block has put it. While the list was never read,
// that is true of every number. A withheld one is on no list.
func (c Contacts) MayBar(n call.Number) bool {
	if n.Withheld() {
		return false
	}
	if c.barring == nil {
		return true
	}
	if c.Bars(n) {
		return true
	}
	return slices.ContainsFunc(c.All(nil, n), func(m phonebook.Match) bool {
		return m.Role == phonebook.Blocked || c.IsNote(n, m.Contact.Name)
	})
}

// Bars reports whether a number is on the call barring list, as far as that was read.
func (c Contacts) Bars(n call.Number) bool {
	if c.barring == nil || n.Withheld() {
		return false
	}
	_, found := c.barred.Find(n)
	return found
}

// Name is the name of a number in the phonebooks, "" if it has none there.
func (c Contacts) Name(n call.Number) string {
	match, found := c.Find(n)
	if !found {
		return ""
	}
	if !c.IsNote(n, match.Contact.Name) {
		return match.Contact.Name
	}
	for _, m := range c.All(nil, n) { // block has put the number into a phonebook
		if !c.IsNote(n, m.Contact.Name) {
			return m.Contact.Name
		}
	}
	return ""
}

// roles are the roles of phonebooks as configured, by name or index.
type roles map[tr064.BookRef]phonebook.Role

func rolesOf(c config.Box) roles {
	r := roles{}
	for role, books := range map[phonebook.Role][]string{phonebook.Trusted: c.Trusted, phonebook.Blocked: c.Blocked, phonebook.Ignore: c.Ignored} {
		for _, book := range books {
			r[BookRef(book)] = role
		}
	}
	return r
}

// Role is the role of a phonebook.
func (p *Poller) Role(book *tr064.Phonebook) phonebook.Role { return phonebook.RoleOf(book, p.roles) }

// BookRef reads the name or the index of a phonebook.
func BookRef(s string) tr064.BookRef {
	if i, err := strconv.Atoi(s); err == nil && i >= 0 && i < 1000 {
		return tr064.BookRef{Index: i}
	}
	return tr064.BookRef{Name: s}
}

// HasBook reports whether a box has the phonebook that a name or index means.
func (s *Snapshot) HasBook(name string) bool {
	ref := BookRef(name)
	is := func(index int, name string) bool {
		return ref.Name != "" && name == ref.Name || ref.Name == "" && index == ref.Index
	}
	return slices.ContainsFunc(s.Copy.Phonebooks, func(p *tr064.Phonebook) bool { return is(p.Index, p.Name) }) ||
		slices.ContainsFunc(s.Copy.Unreadable, func(u tr064.UnreadableBook) bool { return u.Name == "" || is(u.Index, u.Name) })
}
