package refusal

import (
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/order"
)

// Refusals of commands on their way to a box.
var (
	CommandsOff = &order.Refusal{
		Code:    order.CodeNotEnabled,
		Message: call.Text{"commands by MQTT are switched off", "Befehle über MQTT sind abgeschaltet"},
		Hint:    call.Text{"set commands.enabled in the configuration", "commands.enabled in der Konfiguration einschalten"},
	}
	QueueFull = &order.Refusal{
		Code:    order.CodeBusy,
		Message: call.Text{"too many commands wait already", "es warten schon zu viele Befehle"},
		Hint:    call.Text{"send the next one when the result of this one is there", "den nächsten erst senden, wenn das Ergebnis von diesem da ist"},
		Typed:   call.Text{"try again in a moment", "gleich noch einmal versuchen"},
	}
)

// Lacking refuses a command whose part is not configured; nil = none is missing.
func Lacking(part order.Part) *order.Refusal {
	switch part {
	case order.BoxAccess:
		return NoAccess
	case order.Softphone:
		return NoSoftphone
	case order.Screening:
		return NoScreening
	case order.Journal:
		return NoJournal
	case order.Dialling:
		return DialOff
	case order.Box:
		return NoBox
	}
	return nil
}

// NoSuchBox refuses an unknown box. The hint lists the ids there are.
func NoSuchBox(ids []string) *order.Refusal {
	return &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"there is no box of that id", "eine Box mit dieser ID gibt es nicht"},
		Hint:    call.Text{"ids: %s", "IDs: %s"}.With(strings.Join(ids, " ")),
	}
}

// Refusals by a box.
var (
	NotSupported = &order.Refusal{
		Code:    order.CodeNotAvailable,
		Message: call.Text{"callporter cannot do this at this box", "das kann callporter an dieser Box nicht"},
		Hint:    call.Text{"it needs what this version does not have yet", "es braucht, was diese Version noch nicht hat"},
	}
	NoSoftphone = &order.Refusal{
		Code: order.CodeNotAvailable,
		Message: call.Text{"no softphone is configured at the box, so a call cannot be ended",
			"an der Box ist kein Softphone eingerichtet, daher lässt sich kein Anruf beenden"},
		Hint: call.Text{"run callporter softphone setup and set sip.enabled of the box; block keeps a caller from ringing again",
			"callporter softphone setup ausführen und sip.enabled der Box einschalten; block sorgt dafür, dass ein Anrufer nicht wieder klingelt"},
		Typed: call.Text{"run callporter softphone setup and set sip.enabled of the box; callporter block keeps a caller from ringing again",
			"callporter softphone setup ausführen und sip.enabled der Box einschalten; callporter block sorgt dafür, dass ein Anrufer nicht wieder klingelt"},
	}
	NoBox = &order.Refusal{
		Code: order.CodeNotAvailable,
		Message: call.Text{"this is the line of Asterisk, and no box: its dial plan says what becomes of a call",
			"das ist der Anschluss von Asterisk und keine Box: Was aus einem Anruf wird, steht in dessen Wählplan"},
		Hint: call.Text{"send it for a box; block and allow change what the dial plan hears of a caller",
			"den Befehl einer Box geben; block und allow ändern, was der Wählplan über einen Anrufer erfährt"},
		Typed: call.Text{"name a box with --box; callporter block and allow change what the dial plan hears of a caller",
			"mit --box eine Box nennen; callporter block und allow ändern, was der Wählplan über einen Anrufer erfährt"},
	}
	NoScreening = &order.Refusal{
		Code:    order.CodeNotAvailable,
		Message: call.Text{"callers are not screened", "Anrufer werden nicht geprüft"},
		Hint:    call.Text{"set screening.enabled in the configuration", "screening.enabled in der Konfiguration einschalten"},
	}
)

// Refusals by the command socket, and of orders without a result in time.
var (
	TooManyConnections = &order.Refusal{
		Code:    order.CodeBusy,
		Message: call.Text{"too many connections to the command socket", "zu viele Verbindungen zum Befehlssocket"},
	}
	TooLong = &order.Refusal{
		Code:    order.CodeTooLarge,
		Message: call.Text{"the request is larger than 8 KiB", "die Anfrage ist größer als 8 KiB"},
	}
	Unreadable = &order.Refusal{
		Code:    order.CodeBadJSON,
		Message: call.Text{"the request cannot be read", "die Anfrage ist nicht lesbar"},
		Hint: call.Text{`one line such as {"box":"fritzbox","command":"quiet","payload":"ON"}`,
			`eine Zeile wie {"box":"fritzbox","command":"quiet","payload":"ON"}`},
	}
	ResultLate = &order.Refusal{
		Code:    order.CodeTimeout,
		Message: call.Text{"no outcome in time; it may still come", "kein Ergebnis in der vorgesehenen Zeit; es kann noch kommen"},
	}
	Stopping = &order.Refusal{
		Code:    order.CodeNotAvailable,
		Message: call.Text{"callporter is stopping", "callporter wird gerade beendet"},
	}
)

// Refusals of what needs access to the box, or the journal.
var (
	NoAccess = &order.Refusal{
		Code:    order.CodeNotAvailable,
		Message: call.Text{"callporter has no access to this box", "callporter hat keinen Zugang zu dieser Box"},
		Hint:    call.Text{"set username and password of the box in the configuration", "username und password der Box in der Konfiguration setzen"},
	}
	CannotBlock = &order.Refusal{
		Code: order.CodeNotAvailable,
		Message: call.Text{"nothing is blocked: callporter has no access to the box, whose call barring would turn the number away",
			"nichts ist gesperrt: callporter hat keinen Zugang zur Box, deren Rufsperre die Nummer abweisen würde"},
		Hint: NoAccess.Hint,
	}
	NoJournal = &order.Refusal{
		Code:    order.CodeNotAvailable,
		Message: call.Text{"there is no journal", "es gibt kein Journal"},
		Hint:    call.Text{"set journal.enabled", "journal.enabled einschalten"},
	}
	NoCaller = &order.Refusal{
		Code:    order.CodeNoCaller,
		Message: call.Text{"nobody has called yet", "es hat noch niemand angerufen"},
		Hint:    call.Text{"send a number", "eine Nummer senden"},
		Typed:   call.Text{"give a number", "eine Nummer angeben"},
	}
	WithheldCaller = &order.Refusal{
		Code:    order.CodeNoCaller,
		Message: call.Text{"the last call had no number (withheld)", "der letzte Anruf kam ohne Nummer (unterdrückt)"},
		Hint:    withheldHint,
	}
	WithheldRings = &order.Refusal{
		Code:    order.CodeNoCaller,
		Message: call.Text{"the call that rings has no number (withheld)", "der Anruf, der gerade klingelt, kommt ohne Nummer (unterdrückt)"},
		Hint:    withheldHint,
	}
	BadWhere = &order.Refusal{
		Code:    order.CodeBadArgument,
		Message: call.Text{"where is not own, barring or phonebook", "where muss own, barring oder phonebook sein"},
	}
	NoName = &order.Refusal{
		Code:    order.CodeMissingArgument,
		Message: call.Text{"a name is missing", "ein Name fehlt"},
		Hint:    call.Text{"send it in the field name", "ihn im Feld name senden"},
		Typed:   call.Text{"the name comes before the number", "der Name steht vor der Nummer"},
	}
	NotListed = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"the number was not there", "die Nummer stand dort nicht"},
	}
	NoSuchDeflection = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"the box has no such diversion", "eine solche Rufumleitung hat die Box nicht"},
		Hint:    switchesHint,
		Typed:   call.Text{"callporter deflection list shows those there are", "callporter deflection list zeigt die vorhandenen"},
	}
	NoSuchMachine = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"the box has no such answering machine", "einen solchen Anrufbeantworter hat die Box nicht"},
		Hint:    switchesHint,
		Typed:   call.Text{"callporter answering-machine list shows those there are", "callporter answering-machine list zeigt die vorhandenen"},
	}
	NoSuchMessage = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"there is no such message", "eine solche Nachricht gibt es nicht"},
		Hint:    call.Text{"the voicemail topic lists those there are", "das Topic voicemail nennt die vorhandenen"},
		Typed:   call.Text{"callporter voicemail list shows those there are", "callporter voicemail list zeigt die vorhandenen"},
	}
	NoMessage = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"there is no voice message, or no new one", "es gibt keine Sprachnachricht oder keine neue"},
	}
	NoSuchWrite = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"no write of that id is in the journal", "ein Schreibvorgang dieser Nummer steht nicht im Journal"},
		Hint:    call.Text{"callporter undo --list names them", "callporter undo --list nennt sie"},
	}
	AlreadyUndone = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"it has been undone already", "es ist schon zurückgenommen"},
	}
	Changed = &order.Refusal{
		Code:    order.CodeChanged,
		Message: call.Text{"it has been changed since", "es ist seitdem geändert worden"},
	}
	Forgotten = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"what was there before has been forgotten", "was vorher dort stand, ist vergessen"},
	}
	NothingToUndo = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"nothing is left to undo", "es gibt nichts mehr zurückzunehmen"},
	}
	DialOff = &order.Refusal{
		Code:    order.CodeNotEnabled,
		Message: call.Text{"dialling is switched off", "Wählen ist abgeschaltet"},
		Hint:    call.Text{"set commands.dial in the configuration", "commands.dial in der Konfiguration einschalten"},
	}
	NotDialled = &order.Refusal{
		Code: order.CodeBadArgument,
		Message: call.Text{"this number is not dialled on order: it costs extra, is abroad, an emergency, short or internal number, a code, or no number",
			"diese Nummer wird nicht auf Befehl gewählt: Sie kostet extra, liegt im Ausland, ist ein Notruf, eine Kurzwahl, intern, ein Code oder keine Nummer"},
		Hint: call.Text{"list it under commands.dial_allow if it shall be", "wenn doch, unter commands.dial_allow aufführen"},
	}
	DialLimit = &order.Refusal{
		Code:    order.CodeLimit,
		Message: call.Text{"six numbers were dialled within the hour", "in dieser Stunde sind schon sechs Nummern gewählt worden"},
	}
	Dialling = &order.Refusal{
		Code:    order.CodeBusy,
		Message: call.Text{"a call is being set up", "ein Anruf wird gerade aufgebaut"},
		Hint:    call.Text{"wait until it is answered or over, or send hangup", "warten, bis er angenommen oder vorbei ist, oder hangup senden"},
		Typed: call.Text{"wait until it is answered or over; callporter dial --hangup stops it",
			"warten, bis er angenommen oder vorbei ist; callporter dial --hangup beendet ihn"},
	}
)

// Hints of more than one refusal.
var (
	withheldHint = call.Text{"a caller without a number can only be turned away by the box, under Telephony > Call Handling",
		"einen Anrufer ohne Nummer kann nur die Box abweisen, unter Telefonie > Rufbehandlung"}
	switchesHint = call.Text{"the settings topic lists those there are", "das Topic settings nennt die vorhandenen"}
)

// MayRing is the hint where a number may have been dialled: once more would dial it twice.
var MayRing = call.Text{"wait whether a phone rings, and try again only if none does", "abwarten, ob ein Telefon klingelt, und nur sonst noch einmal versuchen"}

// Refusals of forget, trust and queries.
var (
	CallActive = &order.Refusal{
		Code:    order.CodeBusy,
		Message: call.Text{"a call with this number goes on", "ein Anruf mit dieser Nummer läuft gerade"},
		Hint:    call.Text{"forget it when the call is over", "sie vergessen, wenn er vorbei ist"},
	}
	Pinned = &order.Refusal{
		Code:    order.CodeNotAvailable,
		Message: call.Text{"the configuration says which certificate to trust", "die Konfiguration sagt, welchem Zertifikat zu trauen ist"},
		Hint:    call.Text{"change the key fingerprint of the box, or remove it", "den Schlüssel fingerprint der Box ändern oder entfernen"},
	}
	Unencrypted = &order.Refusal{
		Code:    order.CodeNotAvailable,
		Message: call.Text{"the box is asked by http, so there is no certificate to trust", "die Box wird über http gefragt, also gibt es kein Zertifikat, dem zu trauen wäre"},
		Hint:    call.Text{"remove plaintext from the configuration of the box to ask it by https", "plaintext aus der Konfiguration der Box nehmen, um sie über https zu fragen"},
	}
	BadFingerprint = &order.Refusal{
		Code:    order.CodeBadArgument,
		Message: call.Text{"this is no fingerprint", "das ist kein Fingerabdruck"},
		Hint:    call.Text{"64 hex digits, the SHA-256 of the certificate", "64 Hexziffern, der SHA-256 des Zertifikats"},
	}
	NoSuchBook = &order.Refusal{
		Code:    order.CodeNotFound,
		Message: call.Text{"there is no such phonebook", "ein solches Telefonbuch gibt es nicht"},
		Hint:    call.Text{"callporter phonebook list names them", "callporter phonebook list nennt sie"},
	}
)

// FirstReading refuses what needs data that is being read for the first time.
var FirstReading = &order.Refusal{
	Code:    order.CodeBusy,
	Message: call.Text{"the box is being read for the first time", "die Box wird gerade zum ersten Mal gelesen"},
	Hint:    call.Text{"try again in a minute", "in einer Minute noch einmal versuchen"},
}

// BadArgument refuses what was given for an argument. allowed says what it may be.
func BadArgument(name, given string, allowed call.Text) *order.Refusal {
	return &order.Refusal{
		Code:    order.CodeBadArgument,
		Message: call.Text{"“%.40s” is not allowed as %s", "„%.40s“ ist als %s nicht erlaubt"}.With(given, name),
		Hint:    allowed,
	}
}

// NoSuchQuery refuses an unknown query. The hint lists the names there are.
func NoSuchQuery(names []string) *order.Refusal {
	return &order.Refusal{
		Code:    order.CodeUnknownCommand,
		Message: call.Text{"there is no question of that name", "eine Frage dieses Namens gibt es nicht"},
		Hint:    call.Text{"names: %s", "Namen: %s"}.With(strings.Join(names, " ")),
	}
}

// PartlyDone is a refusal by the box of an order of which a part is done already, such as the
// entry in callporter's own list. done says which part.
func PartlyDone(done call.Text, err error) *order.Refusal {
	refused := ByBox(err)
	refused.Message = call.Text{"%s; %s", "%s; %s"}.With(done, refused.Message)
	return refused
}

// WithHint is a copy of a refusal with another hint. An empty hint changes nothing.
func WithHint(r *order.Refusal, hint call.Text) *order.Refusal {
	if hint == (call.Text{}) {
		return r
	}
	with := *r
	with.Hint = hint
	return &with
}

// IsUndo refuses to undo a write that was an undo itself.
var IsUndo = &order.Refusal{
	Code: order.CodeNotFound,
	Message: call.Text{"this took something back itself, or removed what had stood for its time, and is not taken back",
		"das hat selbst etwas zurückgenommen oder Abgelaufenes entfernt und wird nicht zurückgenommen"},
	Hint: call.Text{"give the order anew", "den Befehl neu geben"},
}

// CannotUndo refuses to undo a write that nothing takes back. why says which.
func CannotUndo(why call.Text) *order.Refusal {
	return &order.Refusal{Code: order.CodeNotFound, Message: why}
}
