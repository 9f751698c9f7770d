package mqtt

import (
	"encoding/json"

	"github.com/callporter/callporter/call"
)

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

// Refusal is the error of a command that was not carried out.
type Refusal struct {
	Code    Code
	Message call.Text // what is wrong, a sentence without full stop
	Hint    call.Text // what to do; may be empty
}

// Error returns the code and the English message.
func (r *Refusal) Error() string { return string(r.Code) + ": " + r.Message.In(call.English) }

// Result is the outcome of one command.
type Result struct {
	Request string          // repeated from the command
	Command string          // its name, with the item of names of two levels
	Refusal *Refusal        // nil = carried out
	Data    json.RawMessage // a JSON object; empty = {}
	Call    call.ID         // the call concerned, if any
}

// maxData is the room for a result's data within [MaxDocument].
const maxData = 4 << 10

// Result is the document of a result. "error" is null where "ok" is true, so
// there is one thing to test. Data that is no JSON object or larger than 4 KiB is
// left out.
func (d Documents) Result(r Result) []byte {
	dst := make([]byte, 0, 256+len(r.Data))
	dst = appendText(append(dst, `{"request":`...), r.Request, maxRequest)
	dst = appendText(append(dst, `,"command":`...), r.Command, 64)
	dst = appendBool(append(dst, `,"ok":`...), r.Refusal == nil)
	dst = append(dst, `,"error":`...)
	if e := r.Refusal; e != nil {
		dst = appendText(append(dst, `{"code":`...), string(e.Code), 64)
		dst = appendText(append(dst, `,"message":`...), e.Message.In(d.Language), maxText)
		dst = appendText(append(dst, `,"hint":`...), e.Hint.In(d.Language), maxText)
		dst = append(dst, '}')
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"data":`...)
	if len(r.Data) > 0 && len(r.Data) <= maxData && r.Data[0] == '{' && json.Valid(r.Data) {
		dst = append(dst, r.Data...)
	} else {
		dst = append(dst, "{}"...)
	}
	dst = appendText(append(dst, `,"call":`...), string(r.Call), 64)
	return append(dst, '}')
}
