package tr064

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Reason says in one word why something did not work. The words are stable.
type Reason string

// The reasons, the words of callporter's health document and results.
const (
	Unreachable    Reason = "unreachable"     // no connection, or it broke
	Refused        Reason = "refused"         // nothing listens at the port
	Silent         Reason = "silent"          // connected, but no answer or no body in time
	BadAnswer      Reason = "bad_answer"      // an answer that is not what was asked for
	BadHost        Reason = "bad_host"        // the box does not want to be called by this name
	BadCertificate Reason = "certificate"     // another certificate than the pinned one
	NoCredentials  Reason = "no_credentials"  // the box wants a login and none is set
	BadCredentials Reason = "bad_credentials" // user or password refused
	LockedOut      Reason = "locked_out"      // refused twice, not tried again until they change
	Busy           Reason = "busy"            // HTTP 503, too many requests
	AccessOff      Reason = "access_off"      // access for applications is switched off
	RightMissing   Reason = "right_missing"   // fault 606
	NotAvailable   Reason = "not_available"   // this model has no such action
	BadArgument    Reason = "bad_argument"    // faults 402, 600, 801 to 803
	NoSuchEntry    Reason = "no_such_entry"   // faults 713, 714: nothing at this place
	NoSuchBook     Reason = "no_such_book"    // no phonebook of this name or place
	Synced         Reason = "synced_book"     // the book belongs to an online account
	Full           Reason = "full"            // no room for another entry
	Failed         Reason = "failed"          // fault 820 and others: the box could not
	DialOff        Reason = "dial_off"        // fault 501 when dialling
	SecondFactor   Reason = "second_factor"   // fault 866: somebody must press a button
	FactorBlocked  Reason = "factor_blocked"  // fault 867
	FactorBusy     Reason = "factor_busy"     // fault 868
	ForeignURL     Reason = "foreign_url"     // the box handed out a URL of another host
	Changed        Reason = "changed"         // it is not any more what it was when it was read
	NotKept        Reason = "not_kept"        // written, but read back it is something else
	Uncertain      Reason = "uncertain"       // the link broke while writing: it may have happened
	CallListOff    Reason = "call_list_off"   // the box keeps no call list
	CannotUndo     Reason = "cannot_undo"     // such a change cannot be taken back
)

// Error is why a request to a box did not work.
type Error struct {
	Reason Reason
	Action string // the action of the box: "GetPhonebook"; "" if it did not come to one
	Code   int    // the box's fault code, 0 without one
	Text   string // what the box said to it, or what is meant
	Right  Right  // with RightMissing: which
	Err    error  // beneath, may be nil
	accept string // with BadCertificate: the command that accepts the new one
}

// Sentinels for errors.Is, which compares the reason alone.
var (
	ErrNotAvailable   = &Error{Reason: NotAvailable}
	ErrBadCredentials = &Error{Reason: BadCredentials}
	ErrLockedOut      = &Error{Reason: LockedOut}
	ErrBadCertificate = &Error{Reason: BadCertificate}
	ErrSilent         = &Error{Reason: Silent}
	ErrNoSuchEntry    = &Error{Reason: NoSuchEntry}
	ErrNoSuchBook     = &Error{Reason: NoSuchBook}
	ErrSynced         = &Error{Reason: Synced}
	ErrFull           = &Error{Reason: Full}
	ErrChanged        = &Error{Reason: Changed}
	ErrUncertain      = &Error{Reason: Uncertain}
	ErrCannotUndo     = &Error{Reason: CannotUndo}
)

// Is reports whether target is an *Error of the same reason.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Reason == e.Reason
}

// Unwrap returns what is beneath.
func (e *Error) Unwrap() error { return e.Err }

// Error names the action, the reason and what the box said.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Action != "" {
		b.WriteString("call " + e.Action + ": ")
	}
	if t := reasonTexts[e.Reason]; t != "" {
		b.WriteString(t)
	} else {
		b.WriteString(string(e.Reason))
	}
	if e.Reason == RightMissing && e.Right != 0 {
		b.WriteString(" (" + e.Right.String() + ")")
	}
	if e.Code != 0 {
		b.WriteString(", fault " + strconv.Itoa(e.Code))
	}
	if e.Text != "" {
		b.WriteString(": " + e.Text)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

var reasonTexts = map[Reason]string{
	Unreachable: "box not reached", Refused: "connection refused", Silent: "no answer in time", BadAnswer: "answer not understood",
	BadHost: "the box does not accept this host name", BadCertificate: "the certificate of the box has changed",
	NoCredentials: "login needed", BadCredentials: "login refused",
	LockedOut: "login refused twice, not tried again until user or password change",
	Busy:      "the box is busy", AccessOff: "access for applications is switched off", RightMissing: "right missing",
	NotAvailable: "not available on this model", BadArgument: "argument not accepted", NoSuchEntry: "no such entry",
	NoSuchBook: "no such phonebook", Synced: "the phonebook belongs to an online account", Full: "no room for another entry",
	Failed: "the box could not do it", DialOff: "the dialling aid is switched off", SecondFactor: "second factor needed",
	FactorBlocked: "second factor blocked", FactorBusy: "another second factor is under way",
	ForeignURL: "the box named an address elsewhere, not fetched", Changed: "it has changed since it was read",
	NotKept: "not kept by the box", Uncertain: "link lost while writing, outcome unknown",
	CallListOff: "the call list is switched off", CannotUndo: "cannot be undone",
}

// ReasonOf returns the reason of an error, "" if it is none of ours.
func ReasonOf(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// wrap puts the action in front of an error of ours that does not name one yet.
func wrap(action string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return fmt.Errorf("call %s: %w", action, err)
	}
	if e.Action == "" {
		named := *e
		named.Action = action
		return &named
	}
	return err
}

// wrapped is wrap where there may be no error.
func wrapped(action string, err error) error {
	if err == nil {
		return nil
	}
	return wrap(action, err)
}
