package tr064

import (
	"strings"

	"github.com/callporter/callporter/call"
)

// Right is what a user of the box may do, as its user page calls it.
type Right uint8

// The rights the actions used here ask for.
const (
	PhoneRight    Right = iota + 1 // voice messages, fax messages, FRITZ!App Fon and call list
	SettingsRight                  // FRITZ!Box settings
)

// String returns "phone" or "settings".
func (r Right) String() string {
	switch r {
	case PhoneRight:
		return "phone"
	case SettingsRight:
		return "settings"
	}
	return ""
}

// Name is what the box's user page calls the right.
func (r Right) Name(l call.Language) string { return rightNames[r].In(l) }

// rightFor says which right fault 606 is about: everything of the telephone takes
// the phone right, the rest the one for the settings. Source: AVM, "TR-064 – First
// Steps", table of rights.
func rightFor(service string) Right {
	switch service {
	case onTel, voIP, tam:
		return PhoneRight
	}
	return SettingsRight
}

// writesBook are the actions whose fault 713 means a book of an online account;
// with all others it means a place where nothing is.
var writesBook = map[string]bool{
	"SetPhonebookEntry": true, "SetPhonebookEntryUID": true,
	"DeletePhonebookEntry": true, "DeletePhonebookEntryUID": true,
}

// faultError makes an error of a fault code. Source of the codes: AVM, "TR-064 –
// First Steps"; what real boxes answered.
func faultError(service, action string, code int, text string) *Error {
	e := &Error{Action: action, Code: code, Text: text, Reason: Failed}
	switch code {
	case 401:
		e.Reason = NotAvailable // unless the description of the service knows the action
	case 402, 600, 801, 802, 803:
		e.Reason = BadArgument
	case 501:
		if strings.HasPrefix(action, "X_AVM-DE_Dial") {
			e.Reason = DialOff
		}
	case 503:
		e.Reason = BadCredentials
	case 603:
		e.Reason = Full
	case 606:
		e.Reason, e.Right = RightMissing, rightFor(service)
	case 713:
		e.Reason = NoSuchEntry
		if writesBook[action] {
			e.Reason = Synced
		}
	case 714:
		e.Reason = NoSuchEntry
	case 866:
		e.Reason = SecondFactor
	case 867:
		e.Reason = FactorBlocked
	case 868:
		e.Reason = FactorBusy
	}
	return e
}
