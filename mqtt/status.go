package mqtt

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"syscall"
	"time"
)

// Reason is a stable code for how the connection to the broker is doing.
type Reason string

// Reasons.
const (
	ReasonStarting       Reason = "starting"        // not tried yet
	ReasonConnected      Reason = "connected"       // all is well
	ReasonRefused        Reason = "refused"         // nothing listens on that port
	ReasonUnreachable    Reason = "unreachable"     // no such host, no route, no answer in time
	ReasonTLS            Reason = "tls"             // certificate or handshake
	ReasonBadCredentials Reason = "bad_credentials" // the broker does not accept user name and password
	ReasonNotAuthorized  Reason = "not_authorized"  // the broker wants a user name, or forbids our topics
	ReasonRejected       Reason = "rejected"        // the broker refused for another reason, or speaks no MQTT
	ReasonLost           Reason = "lost"            // the connection broke and is being made again
	ReasonOtherClient    Reason = "other_client"    // another client uses our client id
	ReasonStopped        Reason = "stopped"
)

// Hint says what to do, in one English sentence; "" where there is nothing.
func (r Reason) Hint() string {
	switch r {
	case ReasonRefused:
		return "check that the broker runs and listens on this port"
	case ReasonUnreachable:
		return "check the host name and that the broker can be reached from here"
	case ReasonTLS:
		return "check ca_file, the host name in the broker's certificate, and that this port speaks TLS"
	case ReasonBadCredentials:
		return "check mqtt username and password"
	case ReasonNotAuthorized:
		return "set mqtt username and password, and allow this user to read and write our topics"
	case ReasonRejected:
		return "check that this is an MQTT port, and the broker's log"
	case ReasonOtherClient:
		return "another client uses this id: give each its own client_id"
	}
	return ""
}

// Status is how the connection to the broker is doing.
type Status struct {
	Up     bool
	Reason Reason
	Since  time.Time // when Up last changed
	Broker string    // host and port of the last attempt, "embedded" for the one in the process
	Err    error     // what went wrong last; nil while all is well
}

// refusedError is a broker that did not take our CONNECT.
type refusedError struct {
	reason Reason
	err    error
}

func (e *refusedError) Error() string { return "connect: " + e.err.Error() }
func (e *refusedError) Unwrap() error { return e.err }

// reasonOf finds the reason of a failed attempt.
func reasonOf(err error) Reason {
	var refused *refusedError
	var handshake *tlsError
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &refused):
		return refused.reason
	case errors.As(err, &handshake), errors.As(err, &verify), errors.As(err, &record), errors.As(err, &unknown):
		return ReasonTLS
	case errors.Is(err, syscall.ECONNREFUSED):
		return ReasonRefused
	case errors.Is(err, io.EOF):
		return ReasonRejected // took the connection and hung up
	}
	return ReasonUnreachable
}
