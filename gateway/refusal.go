package gateway

import (
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt"
)

// Refusals of commands on their way to a box.
var (
	refusedOff = &mqtt.Refusal{
		Code:    mqtt.CodeNotEnabled,
		Message: call.Text{"commands by MQTT are switched off", "Befehle über MQTT sind abgeschaltet"},
		Hint:    call.Text{"set commands.enabled in the configuration", "commands.enabled in der Konfiguration einschalten"},
	}
	refusedQueue = &mqtt.Refusal{
		Code:    mqtt.CodeBusy,
		Message: call.Text{"too many commands wait already", "es warten schon zu viele Befehle"},
		Hint:    call.Text{"send the next one when the result of this one is there", "den nächsten erst senden, wenn das Ergebnis von diesem da ist"},
	}
)

// refusedBox is about a box that is not among these.
func refusedBox(ids []string) *mqtt.Refusal {
	return &mqtt.Refusal{
		Code:    mqtt.CodeNotFound,
		Message: call.Text{"there is no box of that id", "eine Box mit dieser ID gibt es nicht"},
		Hint:    call.Text{"ids: %s", "IDs: %s"}.With(strings.Join(ids, " ")),
	}
}

// Refusals by a box.
var (
	refusedHere = &mqtt.Refusal{
		Code:    mqtt.CodeNotAvailable,
		Message: call.Text{"callporter cannot do this at this box", "das kann callporter an dieser Box nicht"},
		Hint:    call.Text{"available: quiet refresh reset_missed", "möglich: quiet refresh reset_missed"},
	}
	refusedPhone = &mqtt.Refusal{
		Code: mqtt.CodeNotAvailable,
		Message: call.Text{"no softphone is registered at the box, so a call cannot be ended",
			"an der Box ist kein Softphone angemeldet, daher lässt sich kein Anruf beenden"},
	}
	refusedSilent = &mqtt.Refusal{
		Code:    mqtt.CodeNoRingingCall,
		Message: call.Text{"no call is ringing", "gerade klingelt kein Anruf"},
	}
	refusedCall = &mqtt.Refusal{
		Code:    mqtt.CodeUnknownCall,
		Message: call.Text{"no call of that id is ringing", "ein Anruf mit dieser ID klingelt nicht"},
		Hint:    call.Text{"send PRESS for the call that rings", "PRESS senden für den Anruf, der gerade klingelt"},
	}
)

// Refusals by the command socket.
var (
	refusedLate = &mqtt.Refusal{
		Code:    mqtt.CodeTimeout,
		Message: call.Text{"no outcome in time; it may still come", "kein Ergebnis in der vorgesehenen Zeit; es kann noch kommen"},
	}
	refusedStopping = &mqtt.Refusal{
		Code:    mqtt.CodeNotAvailable,
		Message: call.Text{"callporter is stopping", "callporter wird gerade beendet"},
	}
	refusedSeat = &mqtt.Refusal{
		Code:    mqtt.CodeBusy,
		Message: call.Text{"too many connections to the command socket", "zu viele Verbindungen zum Befehlssocket"},
	}
	refusedLong = &mqtt.Refusal{
		Code:    mqtt.CodeTooLarge,
		Message: call.Text{"the request is larger than 8 KiB", "die Anfrage ist größer als 8 KiB"},
	}
	refusedRequest = &mqtt.Refusal{
		Code:    mqtt.CodeBadJSON,
		Message: call.Text{"the request cannot be read", "die Anfrage ist nicht lesbar"},
		Hint: call.Text{`one line such as {"box":"fritzbox","command":"quiet","payload":"ON"}`,
			`eine Zeile wie {"box":"fritzbox","command":"quiet","payload":"ON"}`},
	}
)
