package soap

import (
	"strings"

	"github.com/callporter/callporter/call"
)

// Right is a right of a user of the box.
type Right uint8

// The rights that the actions used here need.
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

// Name returns the right as the box's user page names it.
func (r Right) Name(l call.Language) string { return rightNames[r].In(l) }

// rightFor returns the right that fault 606 is about. Everything about the telephone
// needs the phone right, all else the right for the settings. Source: AVM, "TR-064 – First
// Steps", table of rights.
func rightFor(service string) Right {
	switch service {
	case OnTel, VoIP, TAM:
		return PhoneRight
	}
	return SettingsRight
}

// phonebookWrites are the actions whose fault 713 means that the phonebook belongs to an
// online account. With all others it means that there is nothing at this index.
var phonebookWrites = map[string]bool{
	"SetPhonebookEntry": true, "SetPhonebookEntryUID": true,
	"DeletePhonebookEntry": true, "DeletePhonebookEntryUID": true,
}

// faultError makes an error of a fault code. Source of the codes: AVM, "TR-064 –
// First Steps"; answers of real boxes.
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
		if phonebookWrites[action] {
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
