package call

// TransitionType names what just happened to a call; its String is the
// event_type of the MQTT contract.
type TransitionType uint8

// Transitions. Every call has exactly one opening one (EventRing or EventDial)
// and exactly one closing one (EventEnd, EventMiss, EventReject, EventBlock or
// EventLost).
const (
	TransitionUnknown TransitionType = iota
	EventRing
	EventDial
	EventScreened
	EventRinging // a phone in the house rings for a caller who may ring
	EventAnswer
	EventVoicemail
	EventEnd
	EventMiss
	EventReject
	EventBlock
	EventLost
)

var transitionNames = [...]string{"unknown", "ring", "dial", "screened", "ringing", "answer", "voicemail", "end", "miss", "reject", "block", "lost"}

// TransitionTypes are all transitions of the contract, in the order in which
// they can happen to a call.
var TransitionTypes = []TransitionType{EventRing, EventDial, EventScreened, EventRinging, EventAnswer, EventVoicemail, EventEnd, EventMiss, EventReject, EventBlock, EventLost}

// String returns the event_type.
func (t TransitionType) String() string { return name(transitionNames[:], uint8(t)) }

// MarshalText returns the String.
func (t TransitionType) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Opening reports whether the transition begins a call.
func (t TransitionType) Opening() bool { return t == EventRing || t == EventDial }

// Closing reports whether the transition ends a call.
func (t TransitionType) Closing() bool { return t >= EventEnd && t <= EventLost }

// Transition is one step of a call with the whole call as it is after it.
type Transition struct {
	Type TransitionType
	Call Call
}
