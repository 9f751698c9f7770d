package tr064

import (
	"github.com/callporter/callporter/fritz/tr064/phonebook"
	"github.com/callporter/callporter/fritz/tr064/soap"
)

// The types of package phonebook that the methods of a [Client] take and return.
type (
	Phonebook   = phonebook.Phonebook
	Contact     = phonebook.Contact
	PhoneNumber = phonebook.PhoneNumber
	BookRef     = phonebook.BookRef
)

// The names of package soap that users of this package need.
type (
	Connection       = soap.Options
	Timing           = soap.Timing
	Dial             = soap.Dial
	Attempts         = soap.Attempts
	Description      = soap.Description
	Access           = soap.Access
	Right            = soap.Right
	Reason           = soap.Reason
	Error            = soap.Error
	CertificateError = soap.CertificateError
)

// The ports of a box, and the rights of a user.
const (
	DefaultPort    = soap.DefaultPort
	DefaultTLSPort = soap.DefaultTLSPort
	PhoneRight     = soap.PhoneRight
	SettingsRight  = soap.SettingsRight
)

// The reasons, see package soap.
const (
	Unreachable    = soap.Unreachable
	Refused        = soap.Refused
	Silent         = soap.Silent
	BadAnswer      = soap.BadAnswer
	BadHost        = soap.BadHost
	BadCertificate = soap.BadCertificate
	NoCredentials  = soap.NoCredentials
	BadCredentials = soap.BadCredentials
	LockedOut      = soap.LockedOut
	Busy           = soap.Busy
	AccessOff      = soap.AccessOff
	RightMissing   = soap.RightMissing
	NotAvailable   = soap.NotAvailable
	BadArgument    = soap.BadArgument
	NoSuchEntry    = soap.NoSuchEntry
	NoSuchBook     = soap.NoSuchBook
	Synced         = soap.Synced
	Full           = soap.Full
	Failed         = soap.Failed
	DialOff        = soap.DialOff
	SecondFactor   = soap.SecondFactor
	FactorBlocked  = soap.FactorBlocked
	FactorBusy     = soap.FactorBusy
	FactorExpired  = soap.FactorExpired
	ForeignURL     = soap.ForeignURL
	Changed        = soap.Changed
	NotKept        = soap.NotKept
	Uncertain      = soap.Uncertain
	CallListOff    = soap.CallListOff
	CannotUndo     = soap.CannotUndo
	BookUnreadable = soap.BookUnreadable
)

// The errors for [errors.Is], which compares the reason alone.
var (
	ErrNotAvailable = soap.ErrNotAvailable
	ErrSilent       = soap.ErrSilent
	ErrNoSuchEntry  = soap.ErrNoSuchEntry
	ErrNoSuchBook   = soap.ErrNoSuchBook
	ErrSynced       = soap.ErrSynced
	ErrFull         = soap.ErrFull
	ErrChanged      = soap.ErrChanged
	ErrUncertain    = soap.ErrUncertain
	ErrCannotUndo   = soap.ErrCannotUndo
)

// Functions of package soap, see there.
var (
	Describe = soap.Describe
	ReasonOf = soap.ReasonOf
	TryAgain = soap.TryAgain
)
