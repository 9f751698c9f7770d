package ipphone

import (
	"strconv"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip"
)

// notSetUpHint is what to do about a phone that nobody has set up yet.
var notSetUpHint = call.Text{
	"No IP phone is set up yet: run callporter softphone setup, or set username and password under sip.",
	"Es ist noch kein IP-Telefon eingerichtet: callporter softphone setup ausführen oder bei sip username und password eintragen.",
}

// Hint is what to do about a status, with the SIP status by which the box has refused the phone;
// "" = nothing.
func Hint(s sip.Status, l call.Language) string {
	hint := s.Hint(l)
	if s.Reason == NotSetUp {
		hint = notSetUpHint.In(l)
	}
	if hint != "" && s.Code != 0 {
		hint += " (SIP " + strconv.Itoa(s.Code) + ")"
	}
	return hint
}
