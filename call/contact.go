package call

// Contact is somebody in a phonebook.
type Contact struct {
	Name string
	Book string // the phonebook's name
	Role ContactRole
}

// ContactRole is what it means for a caller to stand in a phonebook.
type ContactRole uint8

// Roles of a contact.
const (
	ContactKnown   ContactRole = iota // people of the house know the caller
	ContactTrusted                    // the caller is always let through
	ContactBlocked                    // the caller is not wanted
	ContactBarred                     // the box turns the caller away by itself
)
