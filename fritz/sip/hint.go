package sip

import "github.com/callporter/callporter/call"

var hints = map[string]call.Text{
	BadCredentials: {"check user name and password of the IP phone, in the box under Telephony > Telephony Devices; they are not those of a FRITZ!Box user",
		"Benutzername und Kennwort des IP-Telefons prüfen, in der Box unter Telefonie > Telefoniegeräte; es sind nicht die eines FRITZ!Box-Benutzers"},
	UnknownUser: {"the box has no IP phone of this user name: see Telephony > Telephony Devices, or make one with callporter softphone setup",
		"die Box hat kein IP-Telefon mit diesem Benutzernamen: siehe Telefonie > Telefoniegeräte, oder eines anlegen mit callporter softphone setup"},
	Forbidden: {"the box refuses this phone: check in the box under Telephony > Telephony Devices that it is an IP phone and switched on",
		"die Box lehnt dieses Telefon ab: in der Box unter Telefonie > Telefoniegeräte prüfen, ob es ein IP-Telefon und eingeschaltet ist"},
	TooBrief: {"the registrar takes no registration, however long: check that it is the FRITZ!Box",
		"der Registrar nimmt keine Anmeldung an, wie lange sie auch gelten soll: prüfen, ob es die FRITZ!Box ist"},
	OutOfService: {"the box cannot take registrations just now: callporter tries again by itself; restart the box if that lasts",
		"die Box nimmt gerade keine Anmeldungen an: callporter versucht es von selbst wieder; die Box neu starten, wenn das anhält"},
	Rejected: {"the box refuses the registration: look at System > Event Log in the box",
		"die Box lehnt die Anmeldung ab: in der Box unter System > Ereignisse nachsehen"},
	NoChallenge: {"check that host and port are those of the FRITZ!Box",
		"prüfen, ob Name und Port die der FRITZ!Box sind"},
	NoAnswer: {"the box does not answer: check host and port, that user and password are right, and that no firewall is between; after a restart of the box wait some minutes",
		"die Box antwortet nicht: Name und Port prüfen, ob Benutzername und Kennwort stimmen und keine Firewall dazwischen ist; nach einem Neustart der Box einige Minuten warten"},
	Refused: {"nobody listens there: check host, port and transport; udp is what each box has",
		"dort lauscht niemand: Name, Port und Transport prüfen; udp hat jede Box"},
	Reset: {"the connection to the box broke: callporter tries again by itself",
		"die Verbindung zur Box ist abgerissen: callporter versucht es von selbst wieder"},
	Unreachable: {"check that this computer is in the network of the box",
		"prüfen, ob dieser Rechner im Netz der Box ist"},
	BadCertificate: {"the certificate of the box is not trusted: use transport udp, or give its fingerprint",
		"dem Zertifikat der Box wird nicht vertraut: Transport udp verwenden, oder seinen Fingerabdruck angeben"},
	NameUnresolved: {"use the IP address of the box instead of its name",
		"die IP-Adresse der Box statt ihres Namens verwenden"},
	PublicAddress: {"fritz.box leads to a machine on the internet: use the IP address of the box",
		"fritz.box führt zu einem Rechner im Internet: die IP-Adresse der Box verwenden"},
	BadContact: {"write contact as host or host:port, such as 192.168.178.10:5070",
		"contact als Rechner oder Rechner:Port schreiben, etwa 192.168.178.10:5070"},
	Failed: {"try it with transport udp; restart callporter if that lasts",
		"es mit Transport udp versuchen; callporter neu starten, wenn das anhält"},
}

// Hint says in one sentence what to do; "" where there is nothing to say.
func (s Status) Hint(l call.Language) string { return hints[s.Reason].In(l) }
