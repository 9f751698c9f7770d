package call

// State is what a whole box or line is doing, over all its calls.
type State uint8

// States, from the weakest to the strongest: what rings is what people ask about.
const (
	StateIdle State = iota
	StateDialing
	StateTalking
	StateRinging
)

var stateNames = [...]string{"idle", "dialing", "talking", "ringing"}

// String returns the word of the MQTT contract, which is also that of Home
// Assistant's own call monitor.
func (s State) String() string { return name(stateNames[:], uint8(s)) }

// MarshalText returns the String.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// State is the state that the call puts the line in. A call taken by an answering machine
// leaves it idle.
func (c *Call) State() State {
	switch c.Phase {
	case Ringing:
		return StateRinging
	case Talking:
		return StateTalking
	case Dialing:
		return StateDialing
	}
	return StateIdle
}

// Aggregate sums up the active calls of a box or of one of its lines.
type Aggregate struct {
	State  State
	Active int // calls that go on, answering machines included
	// Waiting is set while a call rings and another one is talking.
	Waiting bool
	// Call is the call that makes the State, the newest of several; nil if none
	// goes on. Others are the rest, newest first.
	Call   *Call
	Others []Call
}

// Summarize sums up active calls, which are given oldest first.
func Summarize(active []Call) Aggregate {
	a := Aggregate{Active: len(active)}
	lead, talking := -1, false
	for i := range active {
		state := active[i].State()
		talking = talking || state == StateTalking
		if lead < 0 || state >= a.State {
			lead, a.State = i, state
		}
	}
	if lead < 0 {
		return a
	}
	a.Waiting = a.State == StateRinging && talking
	first := active[lead]
	a.Call = &first
	for i := len(active) - 1; i >= 0; i-- {
		if i != lead {
			a.Others = append(a.Others, active[i])
		}
	}
	return a
}
