package call

// Role is what the entries of a phonebook are to the house.
type Role uint8

// Roles of a phonebook.
const (
	// NoRole: its names are shown.
	NoRole Role = iota
	// Trusted: who stands in it is let through, whatever else is said of him.
	Trusted
	// BlockedBook: who stands in it is unwanted.
	BlockedBook
	// Ignored: the book is not read.
	Ignored
)

var roleNames = [...]string{"", "trusted", "blocked", "ignore"}

// String returns the word of the configuration, "" for NoRole.
func (r Role) String() string { return name(roleNames[:], uint8(r)) }

// MarshalText returns the String.
func (r Role) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Contact is what a phonebook knows of a number.
type Contact struct {
	Name string // "" where the entry has none
	Book string // the name of its phonebook
	Role Role   // of that phonebook
}
