package gateway

import (
	"strconv"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/mqtt/document"
)

// softphoneHints say what to do about a reason of our phone.
var softphoneHints = map[string]call.Text{
	"no_credentials": {
		"No IP phone is set up yet: run callporter softphone setup, or set username and password under sip.",
		"Es ist noch kein IP-Telefon eingerichtet: callporter softphone setup ausführen oder bei sip username und password eintragen.",
	},
	sip.BadCredentials: {
		"The box refuses name or password of the IP phone. Compare them with Telephony > Telephony Devices, or run callporter softphone setup again.",
		"Die Box weist Name oder Passwort des IP-Telefons ab. Mit Telefonie > Telefoniegeräte vergleichen oder callporter softphone setup noch einmal ausführen.",
	},
	sip.UnknownUser: {
		"The box knows no IP phone of that name. Create it under Telephony > Telephony Devices, or run callporter softphone setup.",
		"Die Box kennt kein IP-Telefon dieses Namens. Es unter Telefonie > Telefoniegeräte anlegen oder callporter softphone setup ausführen.",
	},
	sip.Forbidden: {
		"The box forbids the registration. The IP phone may be switched off there, or another device is registered as it.",
		"Die Box verbietet die Anmeldung. Vielleicht ist das IP-Telefon dort abgeschaltet, oder ein anderes Gerät ist damit angemeldet.",
	},
	sip.TooBrief: {
		"The box refuses the registration as too short, also for the time it names. Report this with the model and version of the box.",
		"Die Box weist die Anmeldung als zu kurz ab, auch für die Zeit, die sie selbst nennt. Bitte mit Modell und Version der Box melden.",
	},
	sip.OutOfService: {
		"The box cannot register phones at present. It may be restarting; callporter keeps trying.",
		"Die Box kann gerade keine Telefone anmelden. Vielleicht startet sie neu; callporter versucht es weiter.",
	},
	sip.Rejected: {
		"The box refuses the registration. Check the IP phone under Telephony > Telephony Devices.",
		"Die Box weist die Anmeldung ab. Das IP-Telefon unter Telefonie > Telefoniegeräte prüfen.",
	},
	sip.NoChallenge: {
		"The box asks for a login that callporter does not know. Check that host is the FRITZ!Box and no other registrar.",
		"Die Box verlangt eine Anmeldung, die callporter nicht kennt. Prüfen, ob host die FRITZ!Box ist und kein anderer Registrar.",
	},
	sip.NoAnswer: {
		"The box does not answer the registration. Check that host is its address and that no firewall holds back port 5060.",
		"Die Box antwortet nicht auf die Anmeldung. Prüfen, ob host ihre Adresse ist und keine Firewall Port 5060 zurückhält.",
	},
	sip.Refused: {
		"Nobody listens for IP phones at that address and port. Check host, and port and transport under sip.",
		"Unter dieser Adresse und diesem Port nimmt niemand IP-Telefone an. host prüfen, und port und transport bei sip.",
	},
	sip.Reset: {
		"The connection to the box broke. callporter connects again.",
		"Die Verbindung zur Box ist abgerissen. callporter verbindet sich neu.",
	},
	sip.Unreachable: {
		"No way leads to the box. Check the cable, the network and the address under host.",
		"Kein Weg führt zur Box. Kabel, Netz und die Adresse unter host prüfen.",
	},
	sip.BadCertificate: {
		"The certificate of the box is not trusted. Use udp or tcp as transport under sip.",
		"Dem Zertifikat der Box wird nicht vertraut. Bei sip als transport udp oder tcp nehmen.",
	},
	sip.NameUnresolved: {
		"The name of the box cannot be found. Try its address, usually the default gateway such as 192.168.178.1.",
		"Der Name der Box wird nicht gefunden. Ihre Adresse versuchen, meist das Standardgateway wie 192.168.178.1.",
	},
	sip.PublicAddress: {
		"The name of the box leads to an address on the internet, so this network asks a foreign name server. Set host to the address of the box.",
		"Der Name der Box führt zu einer Adresse im Internet, also fragt dieses Netz einen fremden Namensserver. Bei host die Adresse der Box eintragen.",
	},
	sip.BadContact: {
		"contact under sip is no address that the box could reach.",
		"contact bei sip ist keine Adresse, die die Box erreichen könnte.",
	},
	sip.Failed: {
		"The registration failed; the log says how.",
		"Die Anmeldung ist gescheitert; das Protokoll sagt, woran.",
	},
}

// health is how our phone is doing.
func (s *softphone) health() document.Part {
	if s == nil {
		return document.Part{State: sip.Off.String()}
	}
	return softphoneHealth(*s.status.Load(), s.docs.Language)
}

// softphoneHealth is how the registration of our phone stands. A status of the box that is not
// among the usual ones stands with the hint.
func softphoneHealth(s sip.Status, l call.Language) document.Part {
	part := document.Part{State: s.State.String(), Reason: s.Reason}
	if s.State != sip.Off {
		part.Since = s.Since.Truncate(time.Second)
	}
	if part.Hint = softphoneHints[s.Reason].In(l); part.Hint != "" && s.Code != 0 {
		part.Hint += " (SIP " + strconv.Itoa(s.Code) + ")"
	}
	return part
}
