package sip

import (
	"context"
	"errors"
	"time"
)

// Invite is a call that rings at our phone.
type Invite struct {
	// CallID is the Call-ID of the dialog.
	CallID string
	// Caller is the number of the caller as the box writes it, national with 0; "" = withheld.
	// A display name is never taken for it.
	Caller string
	// Name is the display name: what the phonebook of the box calls the caller; "" = none.
	Name string
	// Called is the own number that was called, as the box writes it; "" = the box does not tell.
	Called string
	// Internal says that the house itself calls: a phone of the box, a door station, a group
	// call. Such a call is never touched.
	Internal bool
	// Received is when the INVITE came.
	Received time.Time
}

// Handler decides about a call that rings at our phone. It is called by a goroutine for each
// INVITE, when 100 and 180 are sent, and may take as long as the call rings. ctx ends when the
// call does not ring at our phone any more; context.Cause then is one of the errors below.
type Handler func(ctx context.Context, inv Invite) Answer

// Why a call does not ring at our phone any more.
var (
	// ErrCancelled says that the box has taken the call back: the caller gave up, or somebody
	// else has answered and the box does not say so.
	ErrCancelled = errors.New("the box took the call back")
	// ErrElsewhere says that another phone has answered (Reason of RFC 3326).
	ErrElsewhere = errors.New("another phone has answered")
	// ErrExpired says that the call has rung as long as its Expires allows.
	ErrExpired = errors.New("nobody has answered in time")
	// ErrBroken says that the connection to the box has broken, with TCP or TLS.
	ErrBroken = errors.New("the connection to the box has broken")
	// ErrStopped says that our phone is stopping.
	ErrStopped = errors.New("the phone is stopping")
)
