package order

import "github.com/callporter/callporter/call"

// Refusal is the error of a command that was not carried out.
type Refusal struct {
	Code    Code
	Message call.Text // what is wrong, a sentence without full stop
	Hint    call.Text // what to do; may be empty
	// Typed is the hint for who types a command of callporter, where Hint speaks of topics
	// and payloads. Empty = Hint.
	Typed call.Text
}

// ForTyping returns the refusal for who types a command of callporter. nil stays nil.
func (r *Refusal) ForTyping() *Refusal {
	if r == nil || r.Typed == (call.Text{}) {
		return r
	}
	typed := *r
	typed.Hint = r.Typed
	return &typed
}

// Error returns the code and the English message.
func (r *Refusal) Error() string { return string(r.Code) + ": " + r.Message.In(call.English) }

// Texts of more than one refusal.
var (
	notUTF8   = call.Text{"the payload is not UTF-8", "die Nutzdaten sind kein UTF-8"}
	notObject = call.Text{"the payload is no JSON object", "die Nutzdaten sind kein JSON-Objekt"}
	notKind   = call.Text{"%s must be %s", "%s muss %s sein"}
)

func refuse(code Code, message, hint call.Text) error {
	return &Refusal{Code: code, Message: message, Hint: hint}
}
