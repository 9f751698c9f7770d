package fritztest

import (
	"github.com/callporter/callporter/fritz/fritztest/telephony"
	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

// What those who furnish a Box write down, so that they need no other import.
type (
	Model   = tr064.Model
	User    = tr064.User
	Trouble = tr064.Trouble

	Contact     = telephony.Contact
	PhoneNumber = telephony.PhoneNumber
	Phonebook   = telephony.Phonebook
	Deflection  = telephony.Deflection
	OwnNumber   = telephony.OwnNumber

	TR064State = telephony.State
	UserState  = tr064.UserState
)
