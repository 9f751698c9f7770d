package screening

import (
	"strings"
	"time"

	"github.com/callporter/callporter/call"
)

// Query is a call whose other party is to be judged.
type Query struct {
	Party    call.Party
	MSN      string // the own number, E.164 digits without plus; "" = not known
	Outgoing bool   // we call the party: it is only looked up for its name
	At       time.Time
	// Permitted has a person let this call through, whatever it is.
	Permitted bool
	// House says that the call came by no trunk: it is from inside the house.
	House bool
	Line  *Line
	// Others are further numbers that the caller's may stand for. The worst counts.
	Others []call.Number
}

// Line is the telephone line that a call came by. It is never changed, only replaced.
type Line struct {
	Box    string // id
	Plan   *call.Plan
	Policy Policy
	Rules  Rules
	// Contacts appends who has a number in the phonebooks to dst; nil = there are none.
	Contacts func(dst []call.Contact, n call.Number) []call.Contact
}

// numbers are the numbers to judge: the one the caller claims, of a pair the one that the
// network vouches for, and the others.
func (q *Query) numbers() []call.Number {
	if q.Party.Network.Withheld() {
		return append([]call.Number{q.Party.Number}, q.Others...)
	}
	return append([]call.Number{q.Party.Number, q.Party.Network}, q.Others...)
}

// Judges reports whether the party may be judged at all: not people of the house, door
// stations and own numbers, and who calls an own number whose callers are not to be judged.
func (q *Query) Judges() bool {
	n := q.Party.Number
	if n.Kind == call.Internal || q.House && extension(n.Raw) || q.Line.Plan.Lists(n) {
		return false
	}
	return q.Line.Rules.judge(q.MSN)
}

// extension reports whether a number may be one inside the house: up to four digits.
func extension(raw string) bool {
	return raw != "" && len(raw) <= 4 && !strings.HasPrefix(raw, "0")
}
