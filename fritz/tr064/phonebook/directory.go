package phonebook

import (
	"cmp"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
)

// Match is a place where a number stands.
type Match struct {
	Contact  *Contact
	Book     *Phonebook
	Role     Role
	Wildcard bool // by an entry like 0301234*
}

// Directory finds numbers in phonebooks. It is made anew for each state of the books and
// never changes, so any number of goroutines may use it.
type Directory struct {
	books    []*Phonebook
	roles    []Role
	exact    []indexEntry        // sorted by key
	other    map[string][]uint32 // numbers without an E.164 form, by their spelling
	prefix   []indexEntry        // wildcards, sorted by key
	lengths  [17]bool            // of prefix: digits
	foreign  []foreignPrefix     // wildcards for foreign numbers alone
	home     string              // ISO code of the plan's country
	contacts []int               // in books before each book; the last is the sum
}

// indexEntry is a number or a prefix, and the contact that has it. The key is a 1 followed
// by the digits, so that leading zeros count.
type indexEntry struct {
	key     uint64
	contact uint32 // counted over all books
}

// foreignPrefix is a wildcard such as 00*, which means numbers of other countries alone.
type foreignPrefix struct {
	digits  string
	contact uint32
}

// NewDirectory reads the numbers of books as the plan of this line understands them; nil
// is the zero Plan. roles[i] is the role of books[i]; a missing role is Known. Books with
// the role Ignore are left out.
func NewDirectory(p *call.Plan, books []*Phonebook, roles []Role) *Directory {
	p = cmp.Or(p, new(call.Plan))
	d := &Directory{other: map[string][]uint32{}, home: homeOf(p)}
	total := uint32(0)
	for i, b := range books {
		role := Known
		if i < len(roles) {
			role = roles[i]
		}
		if role == Ignore || b == nil || b.Owner == InternalOwner {
			continue
		}
		d.books, d.roles, d.contacts = append(d.books, b), append(d.roles, role), append(d.contacts, int(total))
		for j := range b.Contacts {
			for _, n := range b.Contacts[j].Numbers {
				d.add(p, n, total+uint32(j))
			}
		}
		total += uint32(len(b.Contacts))
	}
	d.contacts = append(d.contacts, int(total))
	byKey := func(a, b indexEntry) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.contact, b.contact))
	}
	slices.SortFunc(d.exact, byKey)
	slices.SortFunc(d.prefix, byKey)
	d.exact, d.prefix = slices.Clip(slices.Compact(d.exact)), slices.Clip(slices.Compact(d.prefix))
	return d
}

func (d *Directory) add(p *call.Plan, n PhoneNumber, contact uint32) {
	if n.Wildcard() {
		switch w := parseWildcard(p, n.Number); {
		case w.foreign:
			d.foreign = append(d.foreign, foreignPrefix{w.digits, contact})
		case w.digits != "":
			d.prefix = append(d.prefix, indexEntry{keyOf(w.digits), contact})
			d.lengths[len(w.digits)] = true
		}
		return
	}
	number := p.Dialled(n.Number)
	if key := keyOfE164(number.E164); key != 0 {
		d.exact = append(d.exact, indexEntry{key, contact})
		return
	}
	if text := spelling(number.Raw); text != "" {
		d.other[text] = append(d.other[text], contact)
	}
}

// Contacts returns how many contacts there are.
func (d *Directory) Contacts() int {
	if d == nil {
		return 0
	}
	return d.contacts[len(d.contacts)-1]
}

// Find returns where a number stands. An exact entry goes before a wildcard, a longer
// wildcard before a shorter one, and otherwise a trusted book before a known one before a
// blocked one. A withheld number stands nowhere. A nil Directory is empty.
func (d *Directory) Find(n call.Number) (Match, bool) {
	var best Match
	found := false
	d.each(n, func(m Match) bool {
		if found && m.Wildcard && !best.Wildcard {
			return false
		}
		if !found || rank[m.Role&3] < rank[best.Role&3] && m.Wildcard == best.Wildcard {
			best, found = m, true
		}
		return true
	})
	return best, found
}

var rank = [4]uint8{Known: 1, Trusted: 0, Blocked: 2, Ignore: 3}

// All appends to dst every place where a number stands: exact entries first, longer
// wildcards before shorter ones.
func (d *Directory) All(dst []Match, n call.Number) []Match {
	d.each(n, func(m Match) bool { dst = append(dst, m); return true })
	return dst
}

// each calls do for every place where a number stands, until do returns false.
func (d *Directory) each(n call.Number, do func(Match) bool) {
	if d == nil || n.Withheld() {
		return
	}
	key := keyOfE164(n.E164)
	if key == 0 {
		for _, at := range d.other[spelling(n.Raw)] {
			if !do(d.match(at, false)) {
				return
			}
		}
		return
	}
	if !d.eachAt(d.exact, key, false, do) {
		return
	}
	digits := len(n.E164) - 1
	for length := min(digits, len(d.lengths)-1); length > 0; length-- {
		if d.lengths[length] && !d.eachAt(d.prefix, keyOf(n.E164[1:1+length]), true, do) {
			return
		}
	}
	if n.Country == d.home {
		return
	}
	for _, a := range d.foreign {
		if strings.HasPrefix(n.E164[1:], a.digits) && !do(d.match(a.contact, true)) {
			return
		}
	}
}

// eachAt calls do for the entries with a key. It reports false if do did.
func (d *Directory) eachAt(entries []indexEntry, key uint64, wildcard bool, do func(Match) bool) bool {
	lo, hi := 0, len(entries)
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); entries[mid].key < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for ; lo < len(entries) && entries[lo].key == key; lo++ {
		if !do(d.match(entries[lo].contact, wildcard)) {
			return false
		}
	}
	return true
}

func (d *Directory) match(contact uint32, wildcard bool) Match {
	i := 0
	for i+1 < len(d.books) && int(contact) >= d.contacts[i+1] {
		i++
	}
	return Match{Contact: &d.books[i].Contacts[int(contact)-d.contacts[i]], Book: d.books[i], Role: d.roles[i], Wildcard: wildcard}
}

// keyOfE164 returns the key of "+49…", 0 for what is no such number.
func keyOfE164(e164 string) uint64 {
	if len(e164) < 2 || e164[0] != '+' {
		return 0
	}
	return keyOf(e164[1:])
}

// keyOf returns the key of at most 16 digits, 0 for anything else.
func keyOf(digits string) uint64 {
	if len(digits) > 16 {
		return 0
	}
	key := uint64(1)
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0
		}
		key = key*10 + uint64(digits[i]-'0')
	}
	return key
}
