package soap

import (
	"errors"

	"github.com/callporter/callporter/call"
)

// rightNames are the rights as the box's user page names them.
var rightNames = map[Right]call.Text{
	PhoneRight: {"Voice messages, fax messages, FRITZ!App Fon and call list",
		"Sprachnachrichten, Faxnachrichten, FRITZ!App Fon und Anrufliste"},
	SettingsRight: {"FRITZ!Box settings", "FRITZ!Box Einstellungen"},
}

var rightHint = call.Text{
	"in the box under System > FRITZ!Box Users, give this user the right “%s”",
	"in der Box unter System > FRITZ!Box-Benutzer diesem Benutzer das Recht „%s“ geben",
}

var newCertificateHint = call.Text{
	"if the box was reset, replaced or updated, accept its new certificate with: %s. If not, somebody else may be answering",
	"wurde die Box zurückgesetzt, getauscht oder aktualisiert, ihr neues Zertifikat annehmen mit: %s. Wenn nicht, antwortet womöglich jemand anders",
}

var badCertificateHint = call.Text{
	"check that host and port are those of the FRITZ!Box and that it is asked by https; trust a new certificate by its fingerprint",
	"prüfen, ob Name und Port die der FRITZ!Box sind und sie über https gefragt wird; einem neuen Zertifikat über seinen Fingerabdruck trauen",
}

var hints = map[Reason]call.Text{
	Unreachable: {"check the host name, and that the box can be reached from here",
		"den Namen der Box prüfen, und ob sie von hier erreichbar ist"},
	Refused: {"in the box under Home Network > Network > Network Settings, allow access for applications; check the port",
		"in der Box unter Heimnetz > Netzwerk > Netzwerkeinstellungen den Zugriff für Anwendungen zulassen; den Port prüfen"},
	Silent: {"the box has taken the connection but does not answer: wait, and restart it if that lasts",
		"die Box nimmt die Verbindung an, antwortet aber nicht: abwarten, und sie neu starten, wenn das anhält"},
	BadAnswer: {"check that host and port are those of the FRITZ!Box",
		"prüfen, ob Name und Port die der FRITZ!Box sind"},
	BadHost: {"use the box's IP address, fritz.box or the name set in the box",
		"die IP-Adresse der Box, fritz.box oder den in der Box eingestellten Namen verwenden"},
	NoCredentials: {"set user and password of a user of the box",
		"Benutzer und Passwort eines Benutzers der Box eintragen"},
	BadCredentials: {"check user and password; after one more refusal callporter stops trying, since the box locks its users out",
		"Benutzer und Passwort prüfen; nach einer weiteren Ablehnung versucht callporter es nicht mehr, weil die Box ihre Benutzer aussperrt"},
	LockedOut: {"correct user or password: callporter tries again as soon as they are different. If they were put right at the box, callporter check --retry-password tries them once more",
		"Benutzer oder Passwort berichtigen: callporter versucht es wieder, sobald sie andere sind. Wurden sie an der Box berichtigt, versucht callporter check --retry-password sie noch einmal"},
	Busy: {"the box has too much to do or blocks logins for a while: callporter tries again later",
		"die Box hat zu viel zu tun oder sperrt Anmeldungen eine Weile: callporter versucht es später wieder"},
	AccessOff: {"in the box under Home Network > Network > Network Settings, allow access for applications",
		"in der Box unter Heimnetz > Netzwerk > Netzwerkeinstellungen den Zugriff für Anwendungen zulassen"},
	NotAvailable: {"this model or firmware cannot do it", "dieses Modell oder diese Firmware kann das nicht"},
	BadArgument: {"the box does not accept this value: check number and name",
		"die Box nimmt diesen Wert nicht an: Nummer und Name prüfen"},
	NoSuchEntry: {"it was deleted or moved: refresh and try again",
		"es wurde gelöscht oder verschoben: aktualisieren und noch einmal versuchen"},
	NoSuchBook: {"check the name of the phonebook as the box shows it",
		"den Namen des Telefonbuchs prüfen, wie ihn die Box zeigt"},
	Synced: {"entries of an online phonebook can only be changed at its provider: choose a local phonebook of the box",
		"Einträge eines Online-Telefonbuchs lassen sich nur bei dessen Anbieter ändern: ein lokales Telefonbuch der Box wählen"},
	Full: {"remove entries that are not needed any more, or use another phonebook",
		"nicht mehr gebrauchte Einträge entfernen oder ein anderes Telefonbuch verwenden"},
	Failed: {"try again; restart the box if that lasts",
		"noch einmal versuchen; die Box neu starten, wenn das anhält"},
	DialOff: {"in the box under Telephony > Calls > Dialling Aid, switch the dialling aid on and choose a phone",
		"in der Box unter Telefonie > Anrufe > Wählhilfe die Wählhilfe einschalten und ein Telefon wählen"},
	SecondFactor: {"the box wants this confirmed by a press of its button or a code on a phone: do it in the box's own pages",
		"die Box will das mit einem Tastendruck oder einem Code am Telefon bestätigt haben: in der Oberfläche der Box erledigen"},
	FactorBlocked: {"too many confirmations failed: wait, the box lifts this by itself",
		"zu viele Bestätigungen sind gescheitert: abwarten, die Box hebt das selbst auf"},
	FactorBusy: {"another confirmation is open in the box: finish it or wait a minute",
		"in der Box ist noch eine Bestätigung offen: sie beenden oder eine Minute warten"},
	FactorExpired: {"try again, and confirm it at the box within two minutes",
		"noch einmal versuchen und es innerhalb von zwei Minuten an der Box bestätigen"},
	ForeignURL: {"the box named an address outside itself: check that host is the FRITZ!Box, not a proxy",
		"die Box nannte eine Adresse außerhalb ihrer selbst: prüfen, ob host die FRITZ!Box ist und kein Proxy"},
	Changed: {"refresh, look at it and try again: nothing was written",
		"aktualisieren, ansehen und noch einmal versuchen: es wurde nichts geschrieben"},
	NotKept: {"look at the entry in the box: what it shows is not what was written",
		"den Eintrag in der Box ansehen: Er ist nicht, was geschrieben wurde"},
	Uncertain: {"try again when the box is back: what is there already is not written twice",
		"noch einmal versuchen, wenn die Box wieder da ist: Was schon da ist, wird nicht doppelt geschrieben"},
	CallListOff: {"switch the call list on in the box under Telephony > Calls",
		"die Anrufliste in der Box unter Telefonie > Anrufe einschalten"},
	BookUnreadable: {"in the box, save an entry of it anew, or export it, delete it and import it again",
		"in der Box einen Eintrag darin neu speichern, oder es sichern, löschen und wiederherstellen"},
	CannotUndo: {"what was deleted is gone from the box; the journal shows what it was",
		"was gelöscht ist, ist in der Box weg; das Journal zeigt, was es war"},
}

// Hint says in one sentence what to do; "" where there is nothing to say.
func (e *Error) Hint(l call.Language) string {
	switch e.Reason {
	case RightMissing:
		return rightHint.With(rightNames[e.Right]).In(l)
	case BadCertificate:
		if e.accept == "" {
			return badCertificateHint.In(l)
		}
		return newCertificateHint.With(e.accept).In(l)
	case BadArgument, NotKept, NoSuchEntry:
		// About a phone it does not know, the box says no more than that.
		if e.Action == "X_AVM-DE_DialSetConfig" {
			return l.Pick("check the name of the phone: callporter dial --phones lists those the box can ring",
				"den Namen des Telefons prüfen: callporter dial --phones nennt die, die die Box klingeln lassen kann")
		}
	case BookUnreadable:
		todo := hints[e.Reason].In(l)
		if why := new(Error); errors.As(e.Err, &why) && why.Reason == RightMissing { // it is not the book that is spoilt
			todo = why.Hint(l)
		}
		return e.Text + l.Pick(" cannot be read, the others count: ", " ist nicht lesbar, die anderen zählen: ") + todo
	case BadAnswer:
		if e.Action != "" && e.Action != "tr64desc.xml" { // it is the box, which answers other questions
			return l.Pick("restart the box if that lasts; what else it tells is read all the same",
				"die Box neu starten, wenn das anhält; alles andere wird trotzdem gelesen")
		}
	case Failed:
		if e.Code == 820 {
			return l.Pick("the box cannot do this at the moment, or not at all with this firmware: try again, restart it if that lasts",
				"die Box kann das gerade nicht oder mit dieser Firmware gar nicht: noch einmal versuchen, sie neu starten, wenn das anhält")
		}
	}
	return hints[e.Reason].In(l)
}
