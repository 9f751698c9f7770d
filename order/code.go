package order

// Code says why a command was refused. The list is closed and part of the
// contract: automations branch on it.
type Code string

// Refusals that need only a look at the message.
const (
	CodeEmptyPayload    Code = "empty_payload"    // clearing a command topic does nothing
	CodeTooLarge        Code = "too_large"        // more than 4 KiB
	CodeBadJSON         Code = "bad_json"         // begins with { and is no flat JSON object
	CodeBadRequest      Code = "bad_request"      // "request" is no text of at most 64 characters
	CodeUnknownCommand  Code = "unknown_command"  // no command of that name
	CodeUnknownField    Code = "unknown_field"    // a JSON field the command does not have
	CodeMissingArgument Code = "missing_argument" // the command needs one and got none
	CodeBadArgument     Code = "bad_argument"     // the argument is no such value
)

// Refusals by whoever carries the command out.
const (
	CodeNotAvailable  Code = "not_available"   // this box or this set-up cannot do it
	CodeNotEnabled    Code = "not_enabled"     // switched off in the configuration
	CodeNoRingingCall Code = "no_ringing_call" // nothing rings
	CodeNoCaller      Code = "no_caller"       // no last caller, or the number was withheld
	CodeUnknownCall   Code = "unknown_call"    // no call of that id goes on
	CodeNotRejectable Code = "not_rejectable"  // our leg of the call has ended
	CodeNotFound      Code = "not_found"       // no such entry, rule, machine or message
	CodeChanged       Code = "changed"         // the box's rule is another one by now
	CodeLimit         Code = "limit"           // asked too often
	CodeBusy          Code = "busy"            // one is being carried out already
	CodeTimeout       Code = "timeout"         // no outcome within 10 s; it may still come
	CodeFailed        Code = "failed"          // the box or the disk refused; the message says how
	CodeNotPermitted  Code = "not_permitted"   // login, right, certificate or second factor missing at the box
	CodeReadOnly      Code = "read_only"       // an online phonebook, which only its provider can change
	CodeFull          Code = "full"            // no room in the phonebook
)

// Codes are all codes, for documentation and tests.
var Codes = []Code{
	CodeEmptyPayload, CodeTooLarge, CodeBadJSON, CodeBadRequest, CodeUnknownCommand, CodeUnknownField,
	CodeMissingArgument, CodeBadArgument, CodeNotAvailable, CodeNotEnabled, CodeNoRingingCall, CodeNoCaller,
	CodeUnknownCall, CodeNotRejectable, CodeNotFound, CodeChanged, CodeLimit, CodeBusy, CodeTimeout, CodeFailed,
	CodeNotPermitted, CodeReadOnly, CodeFull,
}
