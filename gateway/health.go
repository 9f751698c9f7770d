package gateway

import (
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/mqtt"
)

// hints say in both languages what to do about a reason of the call monitor.
// Reasons without one explain themselves.
var hints = map[callmonitor.LinkReason][2]string{
	callmonitor.CallMonitorOff: {
		"The box refuses port 1012: dial #96*5* once on a DECT or wired phone to switch the call monitor on (an app or IP phone does not do).",
		"Die Box weist Port 1012 ab: einmal #96*5* an einem DECT- oder Kabeltelefon wählen, dann ist der Anrufmonitor an (eine App oder ein IP-Telefon genügt nicht).",
	},
	callmonitor.Refused: {
		"The box refuses the connection. It may be restarting; callporter keeps trying.",
		"Die Box weist die Verbindung ab. Vielleicht startet sie neu; callporter versucht es weiter.",
	},
	callmonitor.NameUnresolved: {
		"The name of the box cannot be found. Try its address, usually the default gateway such as 192.168.178.1.",
		"Der Name der Box wird nicht gefunden. Ihre Adresse versuchen, meist das Standardgateway wie 192.168.178.1.",
	},
	callmonitor.PublicAddress: {
		"The name of the box leads to an address on the internet, so this network asks a foreign name server. Set host to the address of the box.",
		"Der Name der Box führt zu einer Adresse im Internet, also fragt dieses Netz einen fremden Namensserver. Bei host die Adresse der Box eintragen.",
	},
	callmonitor.Unreachable: {
		"No way leads to the box. Check the cable, the network and the address under host.",
		"Kein Weg führt zur Box. Kabel, Netz und die Adresse unter host prüfen.",
	},
	callmonitor.Timeout: {
		"The box does not answer. Check that it is on and that host is its address.",
		"Die Box antwortet nicht. Prüfen, ob sie an ist und host ihre Adresse nennt.",
	},
}

// hint returns what to do about a reason, "" where there is nothing to do.
func hint(reason callmonitor.LinkReason, l call.Language) string {
	h := hints[reason]
	return l.Pick(h[0], h[1])
}

// health is the state of a box and of the ways to it.
func (b *box) health() mqtt.Health {
	off := mqtt.Part{State: "off"}
	return mqtt.Health{
		Monitor: mqtt.Part{
			State:  b.link.State.String(),
			Since:  b.link.Since.Truncate(time.Second),
			Reason: b.link.Reason.String(),
			Hint:   hint(b.link.Reason, b.docs.Language),
		},
		TR064:   off,
		SIP:     off,
		Journal: off,
		Version: b.version,
	}
}
