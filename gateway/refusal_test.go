package gateway

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/orders"
	"github.com/callporter/callporter/gateway/query"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// TestRefusalsInGerman: every refusal of the gateway itself, as a German house gets it.
func TestRefusalsInGerman(t *testing.T) {
	cfg := config.Default()
	cfg.Language = call.German
	g, err := New(cfg, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var failures forgetFailures
	failures.add(call.Text{"the journal", "dem Journal"}, syscall.ENOSPC)
	failures.add(call.Text{"raw logs", "Rohprotokollen"}, &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC})
	table := []struct {
		refusal       *order.Refusal
		code          order.Code
		message, hint string
	}{
		{refusal.CommandsOff, order.CodeNotEnabled, "Befehle über MQTT sind abgeschaltet", "commands.enabled in der Konfiguration einschalten"},
		{refusal.QueueFull, order.CodeBusy, "es warten schon zu viele Befehle", "den nächsten erst senden, wenn das Ergebnis von diesem da ist"},
		{refusal.NoSuchBox([]string{"annexe", "fritzbox"}), order.CodeNotFound, "eine Box mit dieser ID gibt es nicht", "IDs: annexe fritzbox"},
		{refusal.NotSupported, order.CodeNotAvailable, "das kann callporter an dieser Box nicht", "es braucht, was diese Version noch nicht hat"},
		{refusal.NoSoftphone, order.CodeNotAvailable, "an der Box ist kein Softphone eingerichtet, daher lässt sich kein Anruf beenden", "callporter softphone setup ausführen und sip.enabled der Box einschalten; block sorgt dafür, dass ein Anrufer nicht wieder klingelt"},
		{refusal.NothingRings, order.CodeNoRingingCall, "kein Anruf klingelt", ""},
		{refusal.UnknownCall, order.CodeUnknownCall, "ein Anruf mit dieser ID läuft nicht", "die ID des Anrufs steht im Topic state; PRESS nimmt den, der klingelt"},
		{refusal.RingsNoMore, order.CodeNotRejectable, "der Anruf klingelt nicht mehr", ""},
		{refusal.NoBox, order.CodeNotAvailable, "das ist der Anschluss von Asterisk und keine Box: Was aus einem Anruf wird, steht in dessen Wählplan", "den Befehl einer Box geben; block und allow ändern, was der Wählplan über einen Anrufer erfährt"},
		{refusal.NotAtOurPhone, order.CodeNotRejectable, "der Anruf klingelt nicht an callporters Telefon oder dort nicht mehr", "nach busy, decline und unknown ist es aus dem Anruf heraus; sonst das IP-Telefon bei allen Nummern klingeln lassen (Telefonie > Telefoniegeräte) und hold auf while_ringing lassen"},
		{refusal.SoftphoneDown, order.CodeNotRejectable, "callporters Telefon ist an der Box nicht angemeldet", "callporter status nennt den Grund"},
		{refusal.TooLate, order.CodeNotRejectable, "der Anruf war angenommen oder vorbei, bevor er abgewiesen werden konnte", ""},
		{refusal.NotAcknowledged, order.CodeFailed, "callporter hat angenommen und aufgelegt, die Box hat aber nichts bestätigt; die Telefone klingeln vielleicht weiter", ""},
		{refusal.NoScreening, order.CodeNotAvailable, "Anrufer werden nicht geprüft", "screening.enabled in der Konfiguration einschalten"},
		{refusal.CannotBlock, order.CodeNotAvailable, "nichts ist gesperrt: callporter hat keinen Zugang zur Box, deren Rufsperre die Nummer abweisen würde", "username und password der Box in der Konfiguration setzen"},
		{refusal.ResultLate, order.CodeTimeout, "kein Ergebnis in der vorgesehenen Zeit; es kann noch kommen", ""},
		{refusal.Stopping, order.CodeNotAvailable, "callporter wird gerade beendet", ""},
		{refusal.TooManyConnections, order.CodeBusy, "zu viele Verbindungen zum Befehlssocket", ""},
		{refusal.TooLong, order.CodeTooLarge, "die Anfrage ist größer als 8 KiB", ""},
		{refusal.Unreadable, order.CodeBadJSON, "die Anfrage ist nicht lesbar", `eine Zeile wie {"box":"fritzbox","command":"quiet","payload":"ON"}`},

		{refusal.NoAccess, order.CodeNotAvailable, "callporter hat keinen Zugang zu dieser Box", "username und password der Box in der Konfiguration setzen"},
		{refusal.NoJournal, order.CodeNotAvailable, "es gibt kein Journal", "journal.enabled einschalten"},
		{refusal.NoCaller, order.CodeNoCaller, "es hat noch niemand angerufen", "eine Nummer senden"},
		{refusal.WithheldCaller, order.CodeNoCaller, "der letzte Anruf kam ohne Nummer (unterdrückt)", "einen Anrufer ohne Nummer kann nur die Box abweisen, unter Telefonie > Rufbehandlung"},
		{refusal.WithheldRings, order.CodeNoCaller, "der Anruf, der gerade klingelt, kommt ohne Nummer (unterdrückt)", "einen Anrufer ohne Nummer kann nur die Box abweisen, unter Telefonie > Rufbehandlung"},
		{refusal.NoNumber("12"), order.CodeBadArgument, "„12“ ist keine vollständige Rufnummer", "mit Vorwahl oder als +49… senden"},
		{refusal.BadWhere, order.CodeBadArgument, "where muss own, barring oder phonebook sein", ""},
		{refusal.NoBookNamed([]string{"Büro", "Praxis"}), order.CodeMissingArgument, "es gibt mehrere Telefonbücher: „Büro“, „Praxis“", `im Feld phonebook sagen, welches, etwa "phonebook":"Büro", oder commands.phonebook setzen`},
		{refusal.NoBlockBook, order.CodeMissingArgument, "für gesperrte Nummern ist kein Telefonbuch eingestellt", "commands.phonebook in der Konfiguration setzen"},
		{refusal.NoBook, order.CodeNotFound, "die Box hat kein Telefonbuch, in das geschrieben werden kann", "in der Box unter Telefonie > Telefonbuch eines einrichten"},
		{refusal.NoName, order.CodeMissingArgument, "ein Name fehlt", "ihn im Feld name senden"},
		{refusal.NotListed, order.CodeNotFound, "die Nummer stand dort nicht", ""},
		{refusal.NoSuchDeflection, order.CodeNotFound, "eine solche Rufumleitung hat die Box nicht", "das Topic settings nennt die vorhandenen"},
		{refusal.NoSuchMachine, order.CodeNotFound, "einen solchen Anrufbeantworter hat die Box nicht", "das Topic settings nennt die vorhandenen"},
		{refusal.NoSuchMessage, order.CodeNotFound, "eine solche Nachricht gibt es nicht", "das Topic voicemail nennt die vorhandenen"},
		{refusal.NoMessage, order.CodeNotFound, "es gibt keine Sprachnachricht oder keine neue", ""},
		{refusal.NoSuchWrite, order.CodeNotFound, "ein Schreibvorgang dieser Nummer steht nicht im Journal", "callporter undo --list nennt sie"},
		{refusal.AlreadyUndone, order.CodeNotFound, "es ist schon zurückgenommen", ""},
		{refusal.Changed, order.CodeChanged, "es ist seitdem geändert worden", ""},
		{refusal.Forgotten, order.CodeNotFound, "was vorher dort stand, ist vergessen", ""},
		{refusal.NothingToUndo, order.CodeNotFound, "es gibt nichts mehr zurückzunehmen", ""},
		{refusal.IsUndo, order.CodeNotFound, "das hat selbst etwas zurückgenommen oder Abgelaufenes entfernt und wird nicht zurückgenommen", "den Befehl neu geben"},
		{refusal.CannotUndo(orders.Final["message_deleted"]), order.CodeNotFound, "eine gelöschte Sprachnachricht kommt nicht zurück", ""},
		{refusal.DialOff, order.CodeNotEnabled, "Wählen ist abgeschaltet", "commands.dial in der Konfiguration einschalten"},
		{refusal.NotDialled, order.CodeBadArgument, "diese Nummer wird nicht auf Befehl gewählt: Sie kostet extra, liegt im Ausland, ist ein Notruf, eine Kurzwahl, intern, ein Code oder keine Nummer", "wenn doch, unter commands.dial_allow aufführen"},
		{refusal.DialLimit, order.CodeLimit, "in dieser Stunde sind schon sechs Nummern gewählt worden", ""},
		{refusal.Dialling, order.CodeBusy, "ein Anruf wird gerade aufgebaut", "warten, bis er angenommen oder vorbei ist, oder hangup senden"},
		{refusal.ByBox(&tr064.Error{Reason: tr064.Synced, Action: "SetPhonebookEntryUID", Code: 713}), order.CodeReadOnly, "die Box: das Telefonbuch gehört zu einem Online-Konto, Fehler 713", (&tr064.Error{Reason: tr064.Synced}).Hint(call.German)},
		{refusal.CallActive, order.CodeBusy, "ein Anruf mit dieser Nummer läuft gerade", "sie vergessen, wenn er vorbei ist"},
		{refusal.Pinned, order.CodeNotAvailable, "die Konfiguration sagt, welchem Zertifikat zu trauen ist", "den Schlüssel fingerprint der Box ändern oder entfernen"},
		{refusal.Unencrypted, order.CodeNotAvailable, "die Box wird über http gefragt, also gibt es kein Zertifikat, dem zu trauen wäre", "plaintext aus der Konfiguration der Box nehmen, um sie über https zu fragen"},
		{refusal.BadFingerprint, order.CodeBadArgument, "das ist kein Fingerabdruck", "64 Hexziffern, der SHA-256 des Zertifikats"},
		{refusal.NoSuchQuery(query.Names), order.CodeUnknownCommand, "eine Frage dieses Namens gibt es nicht", "Namen: calls caller certificate contacts lists number phonebooks phones ports screen status switches voicemail writes"},
		{(&Gateway{journalTrouble: newJournalTrouble(journal.ErrNewer, time.Now())}).noJournal(), order.CodeNotAvailable,
			"das Journal hat ein neueres callporter geschrieben", "wieder das neuere callporter installieren oder journal.db wegräumen, um ein neues Journal zu beginnen"},
		{refusal.NoSuchBook, order.CodeNotFound, "ein solches Telefonbuch gibt es nicht", "callporter phonebook list nennt sie"},
		{refusal.FirstReading, order.CodeBusy, "die Box wird gerade zum ersten Mal gelesen", "in einer Minute noch einmal versuchen"},
		{refusal.BadArgument("limit", "0", call.Text{"1 to 9", "1 bis 9"}), order.CodeBadArgument, "„0“ ist als limit nicht erlaubt", "1 bis 9"},
		{failures.refusal(), order.CodeFailed, "nur zum Teil vergessen, noch nicht in dem Journal, Rohprotokollen: no space left on device",
			"der Datenträger mit dem Datenverzeichnis ist voll: Platz schaffen, dann wiederholen; bis dahin ist die Nummer dort noch vorhanden"},
		{refusal.NotKept(call.Text{"quiet is on", "Ruhe ist an"}, errors.New("disk full")), order.CodeFailed, "Ruhe ist an, aber nur bis callporter endet, denn es lässt sich nicht aufschreiben: disk full",
			"auf der Platte des Datenverzeichnisses Platz schaffen und callporter dort schreiben lassen, dann noch einmal befehlen"},
		{refusal.JournalFailed(errors.New("disk I/O error")), order.CodeFailed, "das Journal versagt: disk I/O error", "health.journal und das Log sagen mehr"},
	}
	if again := (&forgetFailures{cause: errors.New("x")}).refusal().Hint; again[call.German] != "wiederholen, sobald die Ursache behoben ist: Bis dahin ist die Nummer dort noch vorhanden" {
		t.Errorf("%q", again)
	}
	for _, tc := range table {
		// Who types a command is told nothing of topics and payloads.
		for _, hint := range tc.refusal.ForTyping().Hint {
			if regexp.MustCompile(`(?i)topic|payload|nutzdaten|press\b|publish|mqtt|\bsend|senden|\bfield\b|\bfeld\b|health\.`).MatchString(hint) && tc.code != order.CodeBadJSON {
				t.Errorf("%s, typed: %s", tc.code, hint)
			}
		}
		var doc struct {
			Error struct {
				Code          order.Code
				Message, Hint string
			}
		}
		if err := json.Unmarshal(g.refusalResult(order.Command{}, tc.refusal), &doc); err != nil {
			t.Fatal(err)
		}
		if e := doc.Error; e.Code != tc.code || e.Message != tc.message || e.Hint != tc.hint {
			t.Errorf("%+v", e)
		}
		message, hint := tc.refusal.Message[call.English], tc.refusal.Hint[call.English]
		if message == "" || message == tc.message || (hint == "") != (tc.hint == "") {
			t.Errorf("%s in English: %q, %q", tc.code, message, hint)
		}
	}

	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	rooms, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, rooms...)
	written := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "_test.go") {
			written += strings.Count(string(text), "order.Refusal{")
		}
	}
	if written != len(table) {
		t.Errorf("%d refusals in the source, %d in the table", written, len(table))
	}
}
