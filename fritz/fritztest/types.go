package fritztest

import (
	"github.com/callporter/callporter/fritz/fritztest/sip"
	"github.com/callporter/callporter/fritz/fritztest/telephony"
	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

// The types that tests and commands fill a Box with, under the name of this package:
// they need no import of the folders below.
type (
	Model   = tr064.Model
	User    = tr064.User
	Trouble = tr064.Trouble

	Contact     = telephony.Contact
	PhoneNumber = telephony.PhoneNumber
	Phonebook   = telephony.Phonebook
	Deflection  = telephony.Deflection
	IPPhone     = telephony.IPPhone
	OwnNumber   = telephony.OwnNumber

	SIPSettings   = sip.Settings
	SIPState      = sip.State
	SIPRefusal    = sip.Refusal
	PacketTrouble = sip.PacketTrouble
	House         = sip.House
	Heard         = sip.Heard

	TR064State = telephony.State
	UserState  = tr064.UserState
)
