package callmonitor

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/callporter/callporter/call"
)

// LinkSink takes what the monitor receives: events, and changes of the link. Only the
// goroutine of Run calls the methods, in order, so nothing waits between the socket and
// the sink. While a sink blocks, nothing is read and the box keeps the lines. It must
// return when the context of Run ends.
type LinkSink interface {
	call.Sink // takes one report of the box
	// Link takes a change of the link.
	Link(LinkState)
}

// State is how the link to the box is.
type State uint8

// States of the link.
const (
	StateUnknown State = iota
	// Connecting: at the start, and after the box closed a line on which nobody
	// was calling, while the first dial is under way. Nothing is wrong yet.
	Connecting
	Up
	// Down: the last attempt failed or the link broke; the next one follows.
	Down
)

var stateNames = [...]string{"unknown", "connecting", "up", "down"}

// String returns the word of the health document, such as "connecting".
func (s State) String() string { return stateNames[min(int(s), len(stateNames)-1)] }

// MarshalText returns the String.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LinkReason says why the link is not up. The codes are stable; what to tell a
// person about them is the gateway's business.
type LinkReason uint8

// Reasons of a link that is not up.
const (
	NoReason       LinkReason = iota
	Closed                    // the box ended the connection
	Reset                     // the connection was reset
	Timeout                   // no answer: to the dial, or to TCP keepalive
	Refused                   // nobody listens on the port
	CallMonitorOff            // refused three times in a row: the monitor is probably off
	Unreachable               // no way to the address
	NameUnresolved            // the host name has no address, or no name server answers
	PublicAddress             // fritz.box is somebody else's machine on the internet
	Failed                    // anything else; see the error
)

var linkReasonNames = [...]string{
	"", "closed", "reset", "timeout", "refused", "call_monitor_off",
	"unreachable", "name_unresolved", "public_address", "failed",
}

// LinkReasons are all reasons but NoReason.
var LinkReasons = []LinkReason{Closed, Reset, Timeout, Refused, CallMonitorOff, Unreachable, NameUnresolved, PublicAddress, Failed}

// String returns the code, such as "call_monitor_off"; "" for NoReason.
func (r LinkReason) String() string {
	if int(r) < len(linkReasonNames) {
		return linkReasonNames[r]
	}
	return "failed"
}

// MarshalText returns the String.
func (r LinkReason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// LinkState is the link as a whole value. The box repeats nothing, so each Up is a
// new stream: calls known from the one before it are lost.
type LinkState struct {
	State State
	// Since is when the link went up, or when it was lost; it stays over the
	// failed attempts of one outage, also those that connect and are closed soon.
	Since  time.Time
	Reason LinkReason // NoReason while Up
	Err    error      // what happened, for logs; nil while Up
	// Attempt counts the dials of this outage; while Up, how many it took.
	Attempt int
}

// Up reports whether lines can arrive.
func (s LinkState) Up() bool { return s.State == Up }

// reasonOf finds the reason in an error of dialling or reading.
func reasonOf(err error) LinkReason {
	is := func(targets ...error) bool {
		return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
	}
	var name *net.DNSError
	var network net.Error
	switch {
	case err == nil:
		return NoReason
	case errors.Is(err, errPublicAddress):
		return PublicAddress
	case errors.As(err, &name):
		return NameUnresolved
	case is(syscall.ECONNREFUSED):
		return Refused
	case is(syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED):
		return Reset
	case is(io.EOF, io.ErrUnexpectedEOF, net.ErrClosed):
		return Closed
	case is(syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EHOSTDOWN, syscall.ENETDOWN, syscall.EADDRNOTAVAIL):
		return Unreachable
	case is(syscall.ETIMEDOUT, context.DeadlineExceeded, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return Timeout
	}
	return Failed
}
