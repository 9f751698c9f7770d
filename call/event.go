package call

import "time"

// ConnectionID is the box's number for one leg of a call. It is unique among the calls in
// progress only, and is used again at once.
type ConnectionID int

// Kind tells what the box reported.
type Kind uint8

// The four reports of the call monitor.
const (
	KindUnknown Kind = iota
	Ring             // RING: an incoming call
	Dial             // CALL: an outgoing call
	Connect          // CONNECT: somebody or something picked up
	Disconnect       // DISCONNECT: the leg is over
)

var kindNames = [...]string{"unknown", "RING", "CALL", "CONNECT", "DISCONNECT"}

// String returns the word the call monitor uses, such as "RING".
func (k Kind) String() string { return name(kindNames[:], uint8(k)) }

// MarshalText makes a Kind readable in JSON.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Event is one report of the box, as it stood on the line. Numbers are raw: a
// Plan says what they mean.
type Event struct {
	Kind       Kind
	Connection ConnectionID
	// Caller is the calling number of a Ring (empty = withheld) and the own
	// number of a Dial.
	Caller string
	// Callee is the own number of a Ring and the dialled number of a Dial. In a
	// Connect it is the number the box shows there, usually the other party and
	// sometimes the own number, so it never identifies a call.
	Callee    string
	Extension Extension // Dial and Connect: the phone, see Extension
	Trunk     string    // "SIP0", "ISDN", "POTS"; empty on firmware of 2006
	Duration  time.Duration
	// Stamp is the wall clock of the box, which may be wrong by years; data, not
	// a basis for decisions. Received is our clock, and decides.
	Stamp, Received time.Time
	// Injected is not empty for a Ring whose Caller is not the real one, since a test has put
	// it there: what to say of that.
	Injected string
}

// name returns names[i], or "unknown" for a value nobody declared.
func name(names []string, i uint8) string {
	if int(i) < len(names) {
		return names[i]
	}
	return "unknown"
}
