package sip

import "time"

// State is how far the registration is.
type State uint8

// States.
const (
	Off State = iota
	Registering
	Registered
	Down // and tried again
)

var stateNames = [...]string{"off", "connecting", "up", "down"}

// String returns the word of the MQTT contract.
func (s State) String() string { return stateNames[min(int(s), len(stateNames)-1)] }

// Status is how the registration stands.
type Status struct {
	State State
	Since time.Time
	// Code is the SIP status that refused it, such as 403; 0 = none came.
	Code int
	// Reason is one of Reasons; "" = none.
	Reason string
	// Contact is the address that the box was told, host:port.
	Contact string
	// Seen is the address and port that our REGISTER came from for the box (RFC 3581). It is not
	// that of Contact if something between us translates addresses, such as the network of a
	// container; "" = the box does not tell.
	Seen string
}

// Reasons why the phone is not registered. They are stable.
const (
	BadCredentials = "bad_credentials"    // 401 to the right answer: user name or password is wrong
	UnknownUser    = "unknown_user"       // 404
	Forbidden      = "forbidden"          // 403
	TooBrief       = "interval_too_brief" // 423 also to the time it names
	OutOfService   = "unavailable"        // 503 and other 5xx: it cannot just now
	Rejected       = "rejected"           // any other status
	NoChallenge    = "unknown_challenge"  // 401 that asks for what we cannot do
	NoAnswer       = "no_answer"          // the box is silent
	Refused        = "refused"            // nobody listens on the port
	Reset          = "reset"              // the connection broke
	Unreachable    = "unreachable"        // no way to the address
	BadCertificate = "bad_certificate"    // the certificate of the box is not trusted
	NameUnresolved = "name_unresolved"    // the host name has no address
	PublicAddress  = "public_address"     // fritz.box is somebody else's machine on the internet
	BadContact     = "bad_contact"        // the Contact of the configuration is no address
	Failed         = "failed"             // anything else
)

// Reasons are all reasons.
var Reasons = []string{BadCredentials, UnknownUser, Forbidden, TooBrief, OutOfService, Rejected, NoChallenge,
	NoAnswer, Refused, Reset, Unreachable, BadCertificate, NameUnresolved, PublicAddress, BadContact, Failed}
