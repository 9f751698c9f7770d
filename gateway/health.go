package gateway

import (
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/mqtt/document"
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
func (b *box) health() document.Health {
	off := document.Part{State: "off"}
	h := document.Health{
		Monitor: document.Part{
			State:  b.link.State.String(),
			Since:  b.link.Since.Truncate(time.Second),
			Reason: b.link.Reason.String(),
			Hint:   hint(b.link.Reason, b.docs.Language),
		},
		TR064:   b.access.part(b),
		SIP:     off,
		Journal: b.journalPart(),
		Version: b.version,
	}
	if b.link.Up() && b.muteSince.After(b.link.Since) {
		h.Monitor.Since = b.muteSince.Truncate(time.Second)
	}
	if b.mute && b.link.Up() {
		h.Monitor.State, h.Monitor.Reason, h.Monitor.Hint = "silent", "silent", silentHint.In(b.docs.Language)
	}
	if b.known != nil {
		h.Model, h.Firmware = deviceOf(b.known)
		h.Phonebooks = b.known.phonebooks()
	}
	return h
}

// silentHint is about a call list that grows while the call monitor says nothing.
var silentHint = call.Text{
	"The box lists calls its call monitor does not tell of. In a mesh, the telephony may be on another box: set host to that one.",
	"Die Box listet Anrufe, die ihr Anrufmonitor nicht meldet. Im Mesh liegt die Telefonie vielleicht auf einer anderen Box: bei host diese eintragen.",
}

func (b *box) journalPart() document.Part {
	if b.fares == nil {
		return document.Part{State: "off"}
	}
	return b.fares()
}
