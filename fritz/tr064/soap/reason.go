package soap

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/callporter/callporter/call"
)

// Reason says in one word why something did not work. The words are stable.
type Reason string

// The reasons, the words of callporter's health document and results.
const (
	Unreachable    Reason = "unreachable"          // no connection, or it broke
	Refused        Reason = "refused"              // nothing listens at the port
	Silent         Reason = "silent"               // connected, but no answer or no body in time
	BadAnswer      Reason = "bad_answer"           // an answer that is not what was asked for
	BadHost        Reason = "bad_host"             // the box does not accept this name in the Host header
	BadCertificate Reason = "certificate"          // another certificate than the pinned one
	NoCredentials  Reason = "no_credentials"       // the box wants a login and none is set
	BadCredentials Reason = "bad_credentials"      // user or password refused
	LockedOut      Reason = "locked_out"           // refused twice, not tried again until they change
	Busy           Reason = "busy"                 // HTTP 503, too many requests
	AccessOff      Reason = "access_off"           // access for applications is switched off
	RightMissing   Reason = "right_missing"        // fault 606
	NotAvailable   Reason = "not_available"        // this model has no such action
	BadArgument    Reason = "bad_argument"         // faults 402, 600, 801 to 803
	NoSuchEntry    Reason = "no_such_entry"        // faults 713, 714: nothing at this place
	NoSuchBook     Reason = "no_such_book"         // no phonebook of this name or place
	Synced         Reason = "synced_book"          // the book belongs to an online account
	Full           Reason = "full"                 // no room for another entry
	Failed         Reason = "failed"               // fault 820 and others: the box could not
	DialOff        Reason = "dial_off"             // fault 501 when dialling
	SecondFactor   Reason = "second_factor"        // fault 866: somebody must press a button
	FactorBlocked  Reason = "factor_blocked"       // fault 867
	FactorBusy     Reason = "factor_busy"          // fault 868
	FactorExpired  Reason = "factor_expired"       // nobody has confirmed in time, or somebody has refused
	ForeignURL     Reason = "foreign_url"          // the box handed out a URL of another host
	Changed        Reason = "changed"              // it is not any more what it was when it was read
	NotKept        Reason = "not_kept"             // written, but read back it is something else
	Uncertain      Reason = "uncertain"            // the link broke while writing: it may have happened
	CallListOff    Reason = "call_list_off"        // the box keeps no call list
	CannotUndo     Reason = "cannot_undo"          // such a change cannot be taken back
	BookUnreadable Reason = "phonebook_unreadable" // some of the phonebooks, named in Text
)

// Error says why a request to a box did not work.
type Error struct {
	Reason Reason
	Action string // the action of the box: "GetPhonebook"; "" if none was called
	Code   int    // the box's fault code, 0 without one
	Text   string // what the box said about it, or details
	Right  Right  // which one is missing, with RightMissing
	Err    error  // the cause, may be nil
	accept string // the command that accepts the new certificate, with BadCertificate
}

// Sentinels for errors.Is, which compares the reason alone.
var (
	ErrNotAvailable   = &Error{Reason: NotAvailable}
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

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Error names the action, the reason and what the box said.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Action != "" {
		b.WriteString("call " + e.Action + ": ")
	}
	if t := reasonTexts[e.Reason].In(call.English); t != "" {
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

var reasonTexts = map[Reason]call.Text{
	Unreachable:    {"box not reached", "die Box ist nicht erreichbar"},
	Refused:        {"connection refused", "die Verbindung wird abgelehnt"},
	Silent:         {"no answer in time", "keine Antwort in der vorgesehenen Zeit"},
	BadAnswer:      {"answer not understood", "die Antwort ist nicht verständlich"},
	BadHost:        {"the box does not accept this host name", "die Box nimmt diesen Namen nicht an"},
	BadCertificate: {"the certificate of the box has changed", "das Zertifikat der Box ist ein anderes"},
	NoCredentials:  {"login needed", "Anmeldung nötig"},
	BadCredentials: {"login refused", "Anmeldung abgelehnt"},
	LockedOut:      {"login refused twice, not tried again until user or password change", "Anmeldung zweimal abgelehnt, kein weiterer Versuch, bis Benutzer oder Passwort andere sind"},
	Busy:           {"the box is busy", "die Box ist beschäftigt"},
	AccessOff:      {"access for applications is switched off", "der Zugriff für Anwendungen ist abgeschaltet"},
	RightMissing:   {"right missing", "ein Recht fehlt"},
	NotAvailable:   {"not available on this model", "bei diesem Modell nicht vorhanden"},
	BadArgument:    {"argument not accepted", "der Wert wird nicht angenommen"},
	NoSuchEntry:    {"no such entry", "kein solcher Eintrag"},
	NoSuchBook:     {"no such phonebook", "kein solches Telefonbuch"},
	Synced:         {"the phonebook belongs to an online account", "das Telefonbuch gehört zu einem Online-Konto"},
	Full:           {"no room for another entry", "kein Platz für einen weiteren Eintrag"},
	Failed:         {"the box could not do it", "die Box konnte es nicht"},
	DialOff:        {"the dialling aid is switched off", "die Wählhilfe ist abgeschaltet"},
	SecondFactor:   {"second factor needed", "zweiter Faktor nötig"},
	FactorBlocked:  {"second factor blocked", "zweiter Faktor gesperrt"},
	FactorBusy:     {"another second factor is under way", "eine andere Bestätigung ist noch offen"},
	FactorExpired:  {"not confirmed at the box", "nicht an der Box bestätigt"},
	ForeignURL:     {"the box named an address elsewhere, not fetched", "die Box nannte eine fremde Adresse, nicht abgerufen"},
	Changed:        {"it has changed since it was read", "es ist seit dem Lesen geändert worden"},
	NotKept:        {"not kept by the box", "von der Box nicht behalten"},
	Uncertain:      {"link lost while writing, outcome unknown", "Verbindung beim Schreiben abgebrochen, Ausgang unbekannt"},
	CallListOff:    {"the call list is switched off", "die Anrufliste ist abgeschaltet"},
	CannotUndo:     {"cannot be undone", "lässt sich nicht zurücknehmen"},
	BookUnreadable: {"phonebook not readable", "Telefonbuch nicht lesbar"},
}

// Message says in one language what is wrong, without what the box said about it.
func (e *Error) Message(l call.Language) string {
	text := cmp.Or(reasonTexts[e.Reason].In(l), string(e.Reason))
	if e.Reason == RightMissing && e.Right != 0 {
		text += " (" + rightNames[e.Right].In(l) + ")"
	}
	if e.Code != 0 {
		text += l.Pick(", fault ", ", Fehler ") + strconv.Itoa(e.Code)
	}
	return text
}

// ReasonOf returns the reason of an error, "" if it is none of ours.
func ReasonOf(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// Wrap puts the action in front of an error, or into an [Error] that names none yet.
// Without an error it returns nil.
func Wrap(action string, err error) error {
	if err == nil {
		return nil
	}
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
