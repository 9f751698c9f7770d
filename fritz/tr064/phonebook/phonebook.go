package phonebook

import "strings"

// The owners of lists that are no phonebooks.
const (
	InternalOwner = 255 // the box's own list of internal numbers
	BarringOwner  = 258 // the call barring list
)

// Phonebook is a phonebook of the box as it was read.
type Phonebook struct {
	Index     int    // the box's PhonebookID; it changes when books are added or removed
	Name      string // as the box shows it
	Owner     int    // the box's number for it; 255 internal numbers, 258 call barring
	Synced    bool   // belongs to an online account: the box refuses writes
	Timestamp string // the box's mark of this state; "" if it sent none
	Contacts  []Contact
}

// Contact is an entry of a phonebook.
type Contact struct {
	UID      uint32 // the box's number for it, the same as long as the entry exists
	VIP      bool   // category 1, an important person
	Name     string // may be empty
	Image    string // the path of the picture at the box; "" without one
	Modified int64  // Unix seconds, 0 if unknown
	Numbers  []PhoneNumber
}

// PhoneNumber is a number of a contact as its owner typed it: with blanks and
// dashes, with a '*' at its end standing for any digits, or a SIP address.
type PhoneNumber struct {
	Number string
	Type   string // home, mobile, work, fax_home … or another word of the box
	Main   bool
}

// BookRef refers to a phonebook. With a name, the name counts, since the index changes
// when books are added or removed; the index then only chooses among books of the same
// name. Without a name the index counts.
type BookRef struct {
	Index int
	Name  string
}

// Wildcard reports whether the number ends in "*" and stands for all that begin like it.
func (n PhoneNumber) Wildcard() bool { return len(n.Number) > 1 && strings.HasSuffix(n.Number, "*") }
