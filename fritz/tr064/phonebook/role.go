package phonebook

// Role says what it means for a caller to stand in a phonebook.
type Role uint8

// Roles of phonebooks.
const (
	Known   Role = iota // the caller has a name, no more
	Trusted             // the caller is always let through
	Blocked             // the caller is not wanted
	Ignore              // the book is not searched
)

var roleNames = [...]string{"", "trusted", "blocked", "ignored"}

// String returns the key of the configuration that lists books with this role; "" for
// Known, the role of all other books.
func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return "unknown"
}

// RoleOf finds the role of a book among those configured. A name counts more than an
// index.
func RoleOf(book *Phonebook, roles map[BookRef]Role) Role {
	role, best := Known, 0
	for ref, r := range roles {
		weight := 0
		switch {
		case ref.Name != "" && ref.Name == book.Name && ref.Index == book.Index:
			weight = 3
		case ref.Name != "" && ref.Name == book.Name && ref.Index == 0: // no index is given
			weight = 2
		case ref.Name == "" && ref.Index == book.Index:
			weight = 1
		}
		if weight > best {
			role, best = r, weight
		}
	}
	return role
}
