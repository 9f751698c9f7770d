package mirror

import (
	"time"
)

// State is how a mirror is doing.
type State string

// The states of a mirror, in the words of the health document.
const (
	Connecting State = "connecting" // there is no list yet, and nothing is wrong
	Up         State = "up"         // the last attempt brought a list or its changes
	Down       State = "down"       // the last attempt failed; a list at hand still counts
)

// Reason says why an attempt failed, as a stable English code.
type Reason string

// The reasons of a failure.
const (
	Unauthorized  Reason = "unauthorized"      // 401, 403: the token or key is not accepted
	TooMany       Reason = "too_many_requests" // 429, or our own count says so
	Unreachable   Reason = "unreachable"       // no connection
	Timeout       Reason = "timeout"           // no answer, or not all of it, in time
	Broken        Reason = "bad_answer"        // an answer that cannot be read
	ServerTrouble Reason = "server_error"      // any other answer
)

// Status tells people how a mirror is doing.
type Status struct {
	State   State
	Since   time.Time // when the state began
	Reason  Reason    // "" while nothing is wrong
	Entries int
	Synced  time.Time // zero = never
	Full    time.Time // when the whole list was loaded; zero = never
	Next    time.Time // when it is tried again; zero = not known
}
