package gateway

import (
	"errors"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/order"
)

// Refusals of commands on their way to a box.
var (
	refusedOff = &order.Refusal{
		Code:    order.CodeNotEnabled,
		Message: call.Text{"commands by MQTT are switched off", "Befehle über MQTT sind abgeschaltet"},
		Hint:    call.Text{"set commands.enabled in the configuration", "commands.enabled in der Konfiguration einschalten"},
	}
	refusedQueue = &order.Refusal{
		Code:    order.CodeBusy,
		Message: call.Text{"too many commands wait already", "es warten schon zu viele Befehle"},
		Hint:    call.Text{"send the next one when the result of this one is there", "den nächsten erst senden, wenn das Ergebnis von diesem da ist"},
	}
)

// refusedBox is about a box that is not among these.
func refusedBox(ids []string) *order.Refusal {
	return &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"there is no box of that id", "eine Box mit dieser ID gibt es nicht"},
		Hint:    call.Text{"ids: %s", "IDs: %s"}.With(strings.Join(ids, " ")),
	}
}

// Refusals by a box.
var (
	refusedHere = &order.Refusal{
		Code:    order.CodeNotAvailable,
		Message: call.Text{"callporter cannot do this at this box", "das kann callporter an dieser Box nicht"},
		Hint:    call.Text{"it needs what this version does not have yet", "es braucht, was diese Version noch nicht hat"},
	}
	refusedPhone = &order.Refusal{
		Code: order.CodeNotAvailable,
		Message: call.Text{"no softphone is registered at the box, so a call cannot be ended",
			"an der Box ist kein Softphone angemeldet, daher lässt sich kein Anruf beenden"},
	}
	refusedSilent = &order.Refusal{
		Code:    order.CodeNoRingingCall,
		Message: call.Text{"no call is ringing", "gerade klingelt kein Anruf"},
	}
	refusedCall = &order.Refusal{
		Code:    order.CodeUnknownCall,
		Message: call.Text{"no call of that id is ringing", "ein Anruf mit dieser ID klingelt nicht"},
		Hint:    call.Text{"send PRESS for the call that rings", "PRESS senden für den Anruf, der gerade klingelt"},
	}
)

// Refusals by the command socket.
var (
	refusedLate = &order.Refusal{
		Code:    order.CodeTimeout,
		Message: call.Text{"no outcome in time; it may still come", "kein Ergebnis in der vorgesehenen Zeit; es kann noch kommen"},
	}
	refusedStopping = &order.Refusal{
		Code:    order.CodeNotAvailable,
		Message: call.Text{"callporter is stopping", "callporter wird gerade beendet"},
	}
	refusedSeat = &order.Refusal{
		Code:    order.CodeBusy,
		Message: call.Text{"too many connections to the command socket", "zu viele Verbindungen zum Befehlssocket"},
	}
	refusedLong = &order.Refusal{
		Code:    order.CodeTooLarge,
		Message: call.Text{"the request is larger than 8 KiB", "die Anfrage ist größer als 8 KiB"},
	}
	refusedRequest = &order.Refusal{
		Code:    order.CodeBadJSON,
		Message: call.Text{"the request cannot be read", "die Anfrage ist nicht lesbar"},
		Hint: call.Text{`one line such as {"box":"fritzbox","command":"quiet","payload":"ON"}`,
			`eine Zeile wie {"box":"fritzbox","command":"quiet","payload":"ON"}`},
	}
)

// Refusals of what needs the box's own hands or the journal.
var (
	refusedAccess = &order.Refusal{
		Code:    order.CodeNotAvailable,
		Message: call.Text{"callporter has no access to this box", "callporter hat keinen Zugang zu dieser Box"},
		Hint:    call.Text{"set username and password of the box in the configuration", "username und password der Box in der Konfiguration setzen"},
	}
	refusedJournal = &order.Refusal{
		Code:    order.CodeNotAvailable,
		Message: call.Text{"there is no journal", "es gibt kein Journal"},
		Hint:    call.Text{"set journal.enabled", "journal.enabled einschalten"},
	}
	refusedCaller = &order.Refusal{
		Code:    order.CodeNoCaller,
		Message: call.Text{"there is no last caller, or the number was withheld", "es gibt keinen letzten Anrufer, oder die Nummer war unterdrückt"},
		Hint:    call.Text{"send a number", "eine Nummer senden"},
	}
	refusedNumber = &order.Refusal{
		Code:    order.CodeBadArgument,
		Message: call.Text{"this is no telephone number of this line", "das ist keine Rufnummer dieser Leitung"},
		Hint:    call.Text{"send it with area code or as +49…", "mit Vorwahl oder als +49… senden"},
	}
	refusedOwn = &order.Refusal{
		Code:    order.CodeBadArgument,
		Message: call.Text{"this is an own number, or one that must always get through", "das ist eine eigene Nummer oder eine, die immer durchkommen muss"},
	}
	refusedWhere = &order.Refusal{
		Code:    order.CodeBadArgument,
		Message: call.Text{"where is not own, barring or phonebook", "where ist nicht own, barring oder phonebook"},
	}
	refusedBook = &order.Refusal{
		Code:    order.CodeMissingArgument,
		Message: call.Text{"no phonebook is named", "kein Telefonbuch ist genannt"},
		Hint: call.Text{"name one (--phonebook, or the field phonebook), or set commands.phonebook",
			"eines nennen (--phonebook oder das Feld phonebook) oder commands.phonebook setzen"},
	}
	refusedName = &order.Refusal{
		Code:    order.CodeMissingArgument,
		Message: call.Text{"the field name is missing", "das Feld name fehlt"},
	}
	refusedListed = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"the number was not there", "die Nummer stand dort nicht"},
	}
	refusedSwitch = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"the box has no such switch", "einen solchen Schalter hat die Box nicht"},
		Hint:    call.Text{"the settings topic lists those there are", "das Topic settings nennt die vorhandenen"},
	}
	refusedMessage = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"there is no such message", "eine solche Nachricht gibt es nicht"},
		Hint:    call.Text{"the voicemail topic lists those there are", "das Topic voicemail nennt die vorhandenen"},
	}
	refusedAudit = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"no write of that id is in the journal", "ein Schreibvorgang dieser Nummer steht nicht im Journal"},
		Hint:    call.Text{"callporter undo --list names them", "callporter undo --list nennt sie"},
	}
	refusedUndone = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"it has been undone already", "es ist schon zurückgenommen"},
	}
	refusedChanged = &order.Refusal{
		Code:    order.CodeChanged,
		Message: call.Text{"it has been changed since", "es ist seitdem geändert worden"},
	}
	refusedForgotten = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"what was there before has been forgotten", "was vorher dort stand, ist vergessen"},
	}
	refusedNothing = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"nothing is left to undo", "es gibt nichts mehr zurückzunehmen"},
	}
	refusedDialOff = &order.Refusal{
		Code:    order.CodeNotEnabled,
		Message: call.Text{"dialling is switched off", "Wählen ist abgeschaltet"},
		Hint:    call.Text{"set commands.dial in the configuration", "commands.dial in der Konfiguration einschalten"},
	}
	refusedDial = &order.Refusal{
		Code: order.CodeBadArgument,
		Message: call.Text{"this number is not dialled on order: it costs extra, is abroad, an emergency number, a code, or no number",
			"diese Nummer wird nicht auf Befehl gewählt: Sie kostet extra, liegt im Ausland, ist ein Notruf, ein Code oder keine Nummer"},
		Hint: call.Text{"list it under commands.dial_allow if it shall be", "wenn doch, unter commands.dial_allow aufführen"},
	}
	refusedOften = &order.Refusal{
		Code:    order.CodeLimit,
		Message: call.Text{"six numbers were dialled within the hour", "in dieser Stunde sind schon sechs Nummern gewählt worden"},
	}
	refusedDials = &order.Refusal{
		Code:    order.CodeBusy,
		Message: call.Text{"a call is being set up", "ein Anruf wird gerade aufgebaut"},
		Hint:    call.Text{"wait until it is answered or over, or send hangup", "warten, bis er angenommen oder vorbei ist, oder hangup senden"},
	}
)

// Refusals of forgetting, trusting and asking.
var (
	refusedGoesOn = &order.Refusal{
		Code:    order.CodeBusy,
		Message: call.Text{"a call with this number goes on", "ein Anruf mit dieser Nummer läuft gerade"},
		Hint:    call.Text{"forget it when the call is over", "sie vergessen, wenn er vorbei ist"},
	}
	refusedPinned = &order.Refusal{
		Code:    order.CodeNotAvailable,
		Message: call.Text{"the configuration says which certificate to trust", "die Konfiguration sagt, welchem Zertifikat zu trauen ist"},
		Hint:    call.Text{"change the key fingerprint of the box, or remove it", "den Schlüssel fingerprint der Box ändern oder entfernen"},
	}
	refusedPlain = &order.Refusal{
		Code:    order.CodeNotAvailable,
		Message: call.Text{"the box is asked by http, so there is no certificate to trust", "die Box wird über http gefragt, also gibt es kein Zertifikat, dem zu trauen wäre"},
		Hint:    call.Text{"remove plaintext from the configuration of the box to ask it by https", "plaintext aus der Konfiguration der Box nehmen, um sie über https zu fragen"},
	}
	refusedFingerprint = &order.Refusal{
		Code:    order.CodeBadArgument,
		Message: call.Text{"this is no fingerprint", "das ist kein Fingerabdruck"},
		Hint:    call.Text{"64 hex digits, the SHA-256 of the certificate", "64 Hexziffern, der SHA-256 des Zertifikats"},
	}
	refusedQuestion = &order.Refusal{
		Code:    order.CodeUnknownCommand,
		Message: call.Text{"there is no question of that name", "eine Frage dieses Namens gibt es nicht"},
		Hint:    call.Text{"names: %s", "Namen: %s"}.With(strings.Join(questionNames, " ")),
	}
	refusedNoBook = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"there is no such phonebook", "ein solches Telefonbuch gibt es nicht"},
		Hint:    call.Text{"callporter phonebook list names them", "callporter phonebook list nennt sie"},
	}
)

// refusedFirst is about what is read for the first time at this moment.
var refusedFirst = &order.Refusal{
	Code:    order.CodeBusy,
	Message: call.Text{"the box is being read for the first time", "die Box wird gerade zum ersten Mal gelesen"},
	Hint:    call.Text{"try again in a minute", "in einer Minute noch einmal versuchen"},
}

// refusedArgument is about one argument of a question.
func refusedArgument(name string, allowed call.Text) *order.Refusal {
	return &order.Refusal{
		Code:    order.CodeBadArgument,
		Message: call.Text{"%s is not allowed here", "%s ist hier so nicht erlaubt"}.With(name),
		Hint:    allowed,
	}
}

// messageOf is an error of the box in words.
func messageOf(err error) call.Text {
	var e *tr064.Error
	if !errors.As(err, &e) {
		return call.Text{"the box: %s", "die Box: %s"}.With(config.Reason(err))
	}
	return call.Text{"the box: " + e.Message(call.English), "die Box: " + e.Message(call.German)}
}

// hintOf is what to do about an error of the box.
func hintOf(err error) call.Text {
	var e *tr064.Error
	if !errors.As(err, &e) {
		return call.Text{}
	}
	return call.Text{e.Hint(call.English), e.Hint(call.German)}
}
