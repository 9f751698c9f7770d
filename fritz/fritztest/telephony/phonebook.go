package telephony

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

const (
	barringOwner = 258  // the phonebook that call barring is
	bookCapacity = 2000 // entries that a book takes; seen on a 7590 with FRITZ!OS 7.12
	maxContacts  = 100_000
)

// Contact is an entry of a phonebook.
type Contact struct {
	UID     int // the box's own; 0 = it chooses one
	Name    string
	Numbers []PhoneNumber
	VIP     bool
	Image   string // path of the picture on the box; "" = none
	Emails  []string
	changed int64 // mod_time
}

// PhoneNumber is one number of a contact, as it was typed.
type PhoneNumber struct {
	Number string // may be local, "+49 …", "0301234*", "**610" or a SIP address
	Type   string // home, mobile, work, fax_home, fax_work, intern, memo, other or ""
	Main   bool
	Quick  string // quick dial number
	Vanity string
}

// Phonebook describes a phonebook to AddPhonebook.
type Phonebook struct {
	Name     string
	Synced   bool // from an online account: the box refuses every write with 713
	Capacity int  // entries it takes; default 2000
	Contacts []Contact
}

// book is a phonebook of the box. Its contacts stand in the order of their
// positions, which change; their unique ids do not.
type book struct {
	name     string
	synced   bool
	capacity int
	stamp    int64 // of the last change
	contacts []Contact
	index    map[string]int // position by number; nil: to be made
}

// AddPhonebook adds a phonebook. A local one goes before the synced ones, whose
// ids move.
func (t *Services) AddPhonebook(p Phonebook) {
	_, wall := t.opt.Now()
	t.edit(func() { t.addBook(p, wall) })
}

func (t *Services) addBook(p Phonebook, wall time.Time) *book {
	k := &book{name: p.Name, synced: p.Synced, capacity: p.Capacity, stamp: wall.Unix()}
	if k.capacity <= 0 {
		k.capacity = bookCapacity
	}
	for _, c := range p.Contacts {
		k.put(t, c, wall)
	}
	at := len(t.books)
	if first := slices.IndexFunc(t.books, func(k *book) bool { return k.synced }); !p.Synced && first >= 0 {
		at = first
	}
	t.books = slices.Insert(t.books, at, k)
	if p.Synced {
		t.online = append(t.online, &online{enabled: true, name: p.Name, url: "https://dav.example.org/" + p.Name, service: "CardDAV", user: "somebody"})
	}
	return k
}

// RemovePhonebook takes the book of that name away.
func (t *Services) RemovePhonebook(name string) error {
	return t.editBook(name, func(k *book) {
		t.books = slices.DeleteFunc(t.books, func(other *book) bool { return other == k })
		t.online = slices.DeleteFunc(t.online, func(o *online) bool { return o.name == name })
	})
}

// RenamePhonebook gives a book another name.
func (t *Services) RenamePhonebook(name, to string) error {
	return t.editBook(name, func(k *book) { k.name = to })
}

// AddContact adds an entry, also to a synced book, as its account would.
func (t *Services) AddContact(phonebook string, c Contact) error {
	_, wall := t.opt.Now()
	var err error
	found := t.editBook(phonebook, func(k *book) {
		if len(k.contacts) >= maxContacts {
			err = fmt.Errorf("phonebook %q has %d entries already", phonebook, maxContacts)
			return
		}
		k.put(t, c, wall)
	})
	return cmp.Or(found, err)
}

// RemoveContact removes the entry with that unique id.
func (t *Services) RemoveContact(phonebook string, uid int) error {
	_, wall := t.opt.Now()
	return t.editBook(phonebook, func(k *book) { k.remove(k.position(uid), wall) })
}

// FillPhonebook adds n made-up contacts with two numbers each. A book holds 100,000
// in all, whatever its capacity, which bounds what the box takes from outside.
func (t *Services) FillPhonebook(name string, n int) error {
	_, wall := t.opt.Now()
	return t.editBook(name, func(k *book) {
		first := len(k.contacts)
		n := min(n, maxContacts-first)
		for i := first; i < first+n; i++ {
			k.put(t, generated(i), wall)
		}
	})
}

// generated is the i-th made-up contact. Its numbers count through the digits
// after 030 23125 and 0171 39200 and beyond, since there are more contacts than free
// numbers.
func generated(i int) Contact {
	names := []string{"Müller", "Özdemir", "Groß & Söhne", "d'Angelo", "Ærø", `"Kiosk"`, "Đorđe", "Praxis <Mitte>"}
	return Contact{
		Name: fmt.Sprintf("%s %d", names[i%len(names)], i),
		VIP:  i%97 == 0,
		Numbers: []PhoneNumber{
			{Number: fmt.Sprintf("030 23125-%03d%02d", i%1000, i/1000), Type: "home", Main: true},
			{Number: fmt.Sprintf("+49 171 39200%02d%03d", i%100, i/100), Type: "mobile"},
		},
	}
}

// TurnPhonebook puts the entries of a book into the opposite order: every position
// is another one, every unique id stays.
func (t *Services) TurnPhonebook(name string) error {
	_, wall := t.opt.Now()
	return t.editBook(name, func(k *book) {
		slices.Reverse(k.contacts)
		k.touch(wall)
	})
}

// Contacts returns what a phonebook holds, by position.
func (t *Services) Contacts(phonebook string) ([]Contact, error) {
	var list []Contact
	err := t.editBook(phonebook, func(k *book) { list = slices.Clone(k.contacts) })
	return list, err
}

// editBook calls do with the first book of that name. The name "barring" is the call barring list.
func (t *Services) editBook(name string, do func(*book)) error {
	defer t.opt.Changed()
	t.mu.Lock()
	defer t.mu.Unlock()
	if name == "barring" {
		do(t.barring)
		return nil
	}
	for _, k := range t.books {
		if k.name == name {
			do(k)
			return nil
		}
	}
	return fmt.Errorf("the box has no phonebook %q", name)
}

// put adds a contact at the end, or replaces the one with its unique id, and
// returns the id.
func (k *book) put(t *Services, c Contact, wall time.Time) int {
	c.changed = wall.Unix()
	k.touch(wall)
	if c.UID > 0 {
		if at := k.position(c.UID); at >= 0 {
			k.contacts[at] = c
			return c.UID
		}
	}
	t.lastUID++
	c.UID = max(t.lastUID, 1)
	k.contacts = append(k.contacts, c)
	return c.UID
}

// remove takes out the contact at a position; those after it move up.
func (k *book) remove(at int, wall time.Time) {
	if at >= 0 {
		k.contacts = slices.Delete(k.contacts, at, at+1)
		k.touch(wall)
	}
}

// touch notes a change. The stamp grows with every one, also within a second.
func (k *book) touch(wall time.Time) {
	k.stamp = max(wall.Unix(), k.stamp+1)
	k.index = nil
}

// position finds a contact by its unique id; -1 = there is none.
func (k *book) position(uid int) int {
	return slices.IndexFunc(k.contacts, func(c Contact) bool { return c.UID == uid })
}

func (k *book) full() bool { return len(k.contacts) >= k.capacity }

// named finds the contact that has a number, or a wildcard that covers it.
func (k *book) named(number string, t *Services) (Contact, bool) {
	if k.index == nil {
		k.index = map[string]int{}
		for at, c := range k.contacts {
			for _, n := range c.Numbers {
				if full := t.national(n.Number); full != "" {
					k.index[full] = at
				}
			}
		}
	}
	full := t.national(number)
	if at, ok := k.index[full]; ok && full != "" {
		return k.contacts[at], true
	}
	for end := len(full); end > 0; end-- {
		if at, ok := k.index[full[:end]+"*"]; ok {
			return k.contacts[at], true
		}
	}
	return Contact{}, false
}

// national returns a number in national format, so that different ways to write it
// compare as equal; a "*" at the end stays.
func (t *Services) national(number string) string {
	var s strings.Builder
	for i, r := range strings.TrimSpace(number) {
		switch {
		case r == '+' && i == 0:
			s.WriteString("00")
		case r >= '0' && r <= '9' || r == '*' || r == '#':
			s.WriteRune(r)
		case r == '@':
			return "" // a SIP address is no number
		}
	}
	full := s.String()
	if rest, ok := strings.CutPrefix(full, t.country[1]+t.country[0]); ok && t.country[0] != "" {
		return t.area[1] + rest
	}
	if full != "" && full[0] >= '1' && full[0] <= '9' && len(full) > 3 {
		return t.area[1] + t.area[0] + full
	}
	return full
}

// Bars reports whether a caller is on the call barring list.
func (t *Services) Bars(caller string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, found := t.barring.named(caller, t)
	return found && caller != ""
}

// name is what the box shows for a number in its call list; "" if nobody has it.
func (t *Services) name(number string) string {
	for _, k := range append(slices.Clone(t.books), t.barring) {
		if c, ok := k.named(number, t); ok && number != "" {
			return c.Name
		}
	}
	return ""
}

// bookAt finds the book with an id, which is a position.
func (t *Services) bookAt(id int) (*book, error) {
	if id == barringOwner {
		return t.barring, nil
	}
	if id < 0 || id >= len(t.books) {
		return nil, tr064.NoSuchIndex
	}
	return t.books[id], nil
}

// bookIDs lists the ids as GetPhonebookList does.
func (t *Services) bookIDs() string {
	list := make([]string, len(t.books))
	for i := range t.books {
		list[i] = strconv.Itoa(i)
	}
	return strings.Join(list, ",")
}

// phonebookList writes phonebook.lua: pbid, max, timestamp.
func (t *Services) phonebookList(query func(string) string, _ time.Time) (kind, body string) {
	id, err := strconv.Atoi(query("pbid"))
	if err != nil {
		id = 0
	}
	k, err := t.bookAt(id)
	if err != nil {
		return "", ""
	}
	most, _ := strconv.Atoi(query("max")) // 0: all
	return listType, k.xml(id, most, query("timestamp"))
}
