package gateway

import (
	"strconv"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/mqtt/document"
)

// noCredentialsHint is what to do about a phone that nobody has set up yet.
var noCredentialsHint = call.Text{
	"No IP phone is set up yet: run callporter softphone setup, or set username and password under sip.",
	"Es ist noch kein IP-Telefon eingerichtet: callporter softphone setup ausführen oder bei sip username und password eintragen.",
}

// health is how our phone is doing.
func (s *softphone) health() document.Part {
	if s == nil {
		return document.Part{State: sip.Off.String()}
	}
	part := softphoneHealth(*s.status.Load(), s.docs.Language)
	if part.Reason == "" && s.recordings.Full() {
		part.Reason, part.Hint = recordingsFull, recordingsFullHint.In(s.docs.Language)
	}
	return part
}

// softphoneHealth is how the registration of our phone stands. The SIP status by which the box
// has refused it stands with the hint.
func softphoneHealth(s sip.Status, l call.Language) document.Part {
	part := document.Part{State: s.State.String(), Reason: s.Reason, Hint: softphoneHint(s, l)}
	if s.State != sip.Off {
		part.Since = s.Since.Truncate(time.Second)
	}
	if part.Hint != "" && s.Code != 0 {
		part.Hint += " (SIP " + strconv.Itoa(s.Code) + ")"
	}
	return part
}

func softphoneHint(s sip.Status, l call.Language) string {
	if s.Reason == noCredentials {
		return noCredentialsHint.In(l)
	}
	return s.Hint(l)
}
