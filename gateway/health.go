package gateway

import (
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/mqtt/document"
)

// hints say in both languages what to do about a link reason of the call monitor. Reasons
// without a hint explain themselves.
var hints = map[callmonitor.LinkReason][2]string{
	callmonitor.CallMonitorOff: {
		"The box refuses its call monitor: dial #96*5* once on a DECT or wired phone to switch the call monitor on (an app or IP phone does not do).",
		"Die Box weist den Anrufmonitor ab: einmal #96*5* an einem DECT- oder Kabeltelefon wählen, dann ist der Anrufmonitor an (eine App oder ein IP-Telefon genügt nicht).",
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

// hint returns what to do about a link reason, "" if there is nothing to do.
func hint(reason callmonitor.LinkReason, l call.Language) string {
	h := hints[reason]
	return l.Pick(h[0], h[1])
}

// publishHealth publishes the health of a box: its call monitor, its access, the journal.
func (b *box) publishHealth() {
	b.healthMu.Lock() // an older state must not overwrite a newer one
	defer b.healthMu.Unlock()
	b.publisher.Retain(b.topics.Health, b.docs.Health(b.health()))
}

func (b *box) health() document.Health {
	m, s := b.line.Monitor(), b.poller.Current()
	h := document.Health{
		Monitor: document.Part{
			State:  m.State.String(),
			Since:  m.Since.Truncate(time.Second),
			Reason: m.Reason.String(),
			Hint:   hint(m.Reason, b.docs.Language),
		},
		TR064:     b.access(),
		SIP:       b.softphone.health(),
		Journal:   b.journalHealth(),
		Screening: b.screening(),
		Version:   b.options.Version,
	}
	if m.Up() && m.SilentSince.After(m.Since) {
		h.Monitor.Since = m.SilentSince.Truncate(time.Second)
	}
	if m.Silent && m.Up() {
		h.Monitor.State, h.Monitor.Reason, h.Monitor.Hint = "silent", "silent", silentHint.In(b.docs.Language)
	}
	if s.Known() {
		h.Model, h.Firmware = s.Copy.Device.Model, s.Copy.Device.Version
		h.Phonebooks = s.BookList(b.docs.Language)
	}
	return h
}

// access returns the state of the access to the box by TR-064.
func (b *box) access() document.Part {
	s := b.poller.Current()
	switch {
	case b.poller.Client == nil:
		return document.Part{State: "off"}
	case s.At.IsZero():
		return document.Part{State: "connecting"}
	}
	part := document.Part{State: "up", Since: s.Since.Truncate(time.Second)}
	if s.Problem == nil {
		return part
	}
	part.Reason = string(tr064.ReasonOf(s.Problem))
	if s.Down {
		part.State = "down"
	}
	part.Hint = s.Hint(b.docs.Language)
	return part
}

// silentHint is the hint for a call list that grows while the call monitor reports
// nothing.
var silentHint = call.Text{
	"The box lists calls its call monitor does not tell of. In a mesh, the telephony may be on another box: set host to that one.",
	"Die Box listet Anrufe, die ihr Anrufmonitor nicht meldet. Im Mesh liegt die Telefonie vielleicht auf einer anderen Box: bei host diese eintragen.",
}
