package call

import (
	"log/slog"
	"time"
)

// Direction tells who called whom.
type Direction uint8

// Directions of a call, seen from the house.
const (
	DirectionUnknown Direction = iota
	Incoming
	Outgoing
)

var directionNames = [...]string{"", "incoming", "outgoing"}

// String returns "incoming", "outgoing" or "".
func (d Direction) String() string { return name(directionNames[:], uint8(d)) }

// MarshalText returns the String.
func (d Direction) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Phase tells where a call stands.
type Phase uint8

// Phases of a call. A call taken by an answering machine is in Voicemail, not in
// Talking.
const (
	PhaseUnknown Phase = iota
	Ringing
	Dialing
	Talking
	Voicemail
	Ended
)

var phaseNames = [...]string{"", "ringing", "dialing", "talking", "voicemail", "ended"}

// String returns the word of the MQTT contract.
func (p Phase) String() string { return name(phaseNames[:], uint8(p)) }

// MarshalText returns the String.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Outcome tells how an ended call went.
type Outcome uint8

// Outcomes of a call; OutcomeNone while it lasts.
const (
	OutcomeNone      Outcome = iota
	Answered                 // somebody talked
	Missed                   // incoming, nobody picked up
	Unanswered               // outgoing, nobody picked up
	Rejected                 // turned away by callporter
	Blocked                  // turned away by the box before a phone rang
	AnsweringMachine         // an answering machine of the box picked up
	Lost                     // the end was not seen
)

var outcomeNames = [...]string{"", "answered", "missed", "unanswered", "rejected", "blocked", "voicemail", "lost"}

// Outcomes are all outcomes an ended call can have, for metrics and documents.
var Outcomes = []Outcome{Answered, Missed, Unanswered, Rejected, Blocked, AnsweringMachine, Lost}

// String returns the word of the MQTT contract, "" while the call lasts.
func (o Outcome) String() string { return name(outcomeNames[:], uint8(o)) }

// MarshalText returns the String.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Call is one call with everything known of it. Consumers never patch: the last value
// counts, and the next one makes up for one that was lost.
type Call struct {
	ID             ID
	Connection     ConnectionID
	Direction      Direction
	Phase          Phase
	Outcome        Outcome
	Caller, Callee Party
	// MSN is the own number of the call as E.164 digits without plus, such as
	// "493023125732"; the digits as reported where they cannot be completed.
	MSN       string
	Extension Extension // the phone that dialled or answered
	Trunk     string
	// Started, Answered and Ended are our clock; zero = not happened.
	Started, Answered, Ended time.Time
	// Stamp is the box's clock at the first report; zero = unreadable.
	Stamp time.Time
	// Ring is the time until somebody picked up or the caller gave up, by our
	// clock. Talk is the time the box counted, by our clock where it told none.
	Ring, Talk time.Duration
	Verdict    Verdict
	Action     Action
	// injected says that a test has put the caller in the place of the real one; "" = it is
	// the real one.
	injected string
	// silent is set until the call is announced: it rings by the box, but the box may have
	// barred the caller, and nobody shall be told that a phone rings.
	silent bool
	// wait is how long after its start the call is not announced because of a verdict on
	// its way.
	wait time.Duration
	// unwelcome is set while the call is not to be announced at all.
	unwelcome bool
	// taken is how somebody has taken the call of the same caller to another own number,
	// while this one rang.
	taken Outcome
	// gone is when the call ended while the same caller still rang at another own number:
	// whether it is missed shows in a moment.
	gone time.Time
	// turning is set while our own phone is answering the call to turn the caller away.
	turning *turning
	// declined is when our own phone alone has declined the call.
	declined time.Time
}

// Active reports whether the call is in progress.
func (c *Call) Active() bool { return c.Phase != Ended && c.Phase != PhaseUnknown }

// Silent reports whether the call has begun to ring and is not announced yet.
func (c *Call) Silent() bool { return c.silent }

// Unwelcome reports whether the caller is to be turned away.
func (c *Call) Unwelcome() bool { return c.unwelcome }

// Own is the party on this side of the line. If the box forwards a call and shows the outside
// caller as its own number, it is the MSN, as far as it is known.
func (c *Call) Own() Party {
	switch {
	case c.Direction != Outgoing:
		return c.Callee
	case fromHere(c.Caller.Number, c.MSN):
		return c.Caller
	}
	return Party{Number: Number{Raw: c.MSN, National: c.MSN}}
}

// fromHere reports whether the caller of an outgoing call is the own number itself.
func fromHere(caller Number, msn string) bool { return sameDigits(msnDigits(caller), msn) }

// from reports whether a number is that of the caller, as claimed or by the network.
func (c *Call) from(n Number) bool {
	return c.Caller.Number.Full() == n.Full() || c.Caller.Network.Full() == n.Full()
}

// Peer is the party on the other side.
func (c *Call) Peer() Party {
	if c.Direction == Outgoing {
		return c.Callee
	}
	return c.Caller
}

// LogValue is the call as a log may show it: its numbers are masked.
func (c Call) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("id", string(c.ID)),
		slog.String("direction", c.Direction.String()),
		slog.String("phase", c.Phase.String()),
		slog.String("outcome", c.Outcome.String()),
		slog.Any("caller", c.Caller),
		slog.Any("callee", c.Callee),
	)
}
