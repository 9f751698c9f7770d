package mqtt

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
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
	ReasonSilent         Reason = "silent"          // the port takes the connection and says nothing
	ReasonNotMQTT        Reason = "not_mqtt"        // something else than MQTT answers there
	ReasonWantsTLS       Reason = "wants_tls"       // the port speaks TLS, and the URL does not
	ReasonNoTLS          Reason = "no_tls"          // the URL wants TLS, and the port speaks none
	ReasonNoWebSocket    Reason = "no_websocket"    // the URL wants a WebSocket, and the port has none
	ReasonWrongPath      Reason = "wrong_path"      // there is no WebSocket at the path of the URL
	ReasonLost           Reason = "lost"            // the connection broke and is being made again
	ReasonOtherClient    Reason = "other_client"    // another client uses our client id
	ReasonStopped        Reason = "stopped"
)

// Troubles are the reasons with which something is wrong.
var Troubles = []Reason{
	ReasonRefused, ReasonUnreachable, ReasonSilent, ReasonNotMQTT, ReasonWantsTLS, ReasonNoTLS, ReasonNoWebSocket, ReasonWrongPath,
	ReasonTLS, ReasonBadCredentials, ReasonNotAuthorized, ReasonOtherClient, ReasonRejected, ReasonLost,
}

// Final reports whether the broker has said no: then asking more often does not
// help, and may lock an account.
func (r Reason) Final() bool {
	switch r {
	case ReasonBadCredentials, ReasonNotAuthorized, ReasonTLS, ReasonNoTLS, ReasonWantsTLS, ReasonWrongPath:
		return true
	}
	return false
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
	var port *portError
	switch {
	case errors.As(err, &port):
		return port.reason
	case errors.As(err, &refused):
		return refused.reason
	case remoteAlert(err), errors.As(err, &handshake), errors.As(err, &verify), errors.As(err, &record), errors.As(err, &unknown):
		return ReasonTLS
	case errors.Is(err, syscall.ECONNREFUSED):
		return ReasonRefused
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, websocket.ErrBadHandshake):
		return ReasonRejected // took the connection and hung up, or wants no WebSocket there
	}
	return ReasonUnreachable
}
