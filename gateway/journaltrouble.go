package gateway

import (
	"errors"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/order"
)

// journalTrouble says why there is no journal although the configuration asks for one.
type journalTrouble struct {
	reason            string // of health.journal
	since             time.Time
	message, hint     call.Text // as in a refusal
	statement, advice call.Text // the same in sentences, for health
}

// newJournalTrouble returns why the journal could not be opened, by the error.
func newJournalTrouble(err error, now time.Time) *journalTrouble {
	t := &journalTrouble{since: now.Truncate(time.Second)}
	switch {
	case errors.Is(err, journal.ErrNewer):
		t.reason = "newer"
		t.message = call.Text{"the journal was written by a newer callporter", "das Journal hat ein neueres callporter geschrieben"}
		t.hint = call.Text{"install the newer callporter again, or move journal.db away to begin a new journal",
			"wieder das neuere callporter installieren oder journal.db wegräumen, um ein neues Journal zu beginnen"}
		t.statement = call.Text{"The journal was written by a newer callporter and is left as it is; calls are not journalled.",
			"Das Journal hat ein neueres callporter geschrieben und bleibt, wie es ist; Anrufe kommen nicht ins Journal."}
		t.advice = call.Text{"Install the newer callporter again, or move journal.db away to begin a new journal.",
			"Wieder das neuere callporter installieren oder journal.db wegräumen, um ein neues Journal zu beginnen."}
	case errors.Is(err, journal.ErrForeign):
		t.reason = "foreign"
		t.message = call.Text{"journal.db is a database of another program", "journal.db ist eine Datenbank eines anderen Programms"}
		t.hint = call.Text{"set data to a directory of callporter's own, or move the file away",
			"bei data ein eigenes Verzeichnis für callporter eintragen oder die Datei wegräumen"}
		t.statement = call.Text{"The file journal.db is a database of another program and is left as it is; calls are not journalled.",
			"Die Datei journal.db ist eine Datenbank eines anderen Programms und bleibt, wie sie ist; Anrufe kommen nicht ins Journal."}
		t.advice = call.Text{"Set data to a directory of callporter's own, or move the file away.",
			"Bei data ein eigenes Verzeichnis für callporter eintragen oder die Datei wegräumen."}
	default:
		t.reason = "unusable"
		t.message = call.Text{"the journal could not be opened", "das Journal ließ sich nicht öffnen"}
		t.hint = call.Text{"the log says why; restart callporter to try again", "das Log sagt, warum; callporter neu starten, um es noch einmal zu versuchen"}
		t.statement = call.Text{"The journal could not be opened; calls are not journalled.", "Das Journal ließ sich nicht öffnen; Anrufe kommen nicht ins Journal."}
		t.advice = call.Text{"The log says why. Restart callporter to try again.", "Das Log sagt, warum. callporter neu starten, um es noch einmal zu versuchen."}
	}
	return t
}

// part returns the trouble as health.journal shows it.
func (t *journalTrouble) part(l call.Language) document.Part {
	return document.Part{State: "down", Since: t.since, Reason: t.reason, Hint: t.statement.In(l) + " " + t.advice.In(l)}
}

// noJournal returns the refusal of orders and questions that need a journal while there is
// none.
func (g *Gateway) noJournal() *order.Refusal {
	if t := g.journalTrouble; t != nil {
		return &order.Refusal{Code: order.CodeNotAvailable, Message: t.message, Hint: t.hint}
	}
	return refusal.NoJournal
}
