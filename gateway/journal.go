package gateway

import (
	"context"
	"path/filepath"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/mqtt/document"
)

// journalOpenTimeout bounds how long the start waits for the journal, which may have to
// migrate or check its file. Following calls without a journal is better than following
// them late.
const journalOpenTimeout = 30 * time.Second

// journalCloseTimeout bounds how long a stop waits for a slow disk to take the last calls.
// A full disk or a locked file ends the wait at once.
const journalCloseTimeout = 10 * time.Second

// openJournal opens the journal. Everything else works without it, so a failure does not
// end the start: it is logged and shown in the health of each box.
func (g *Gateway) openJournal(open *resources) {
	cfg := g.config
	if !cfg.Journal.Enabled {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), journalOpenTimeout)
	defer cancel()
	j, err := journal.Open(ctx, journal.Options{
		Path: datadir.JournalPath(cfg.Data), RetentionDays: cfg.Journal.RetentionDays,
		Log: g.options.Log, Registerer: g.registry,
		Timing: journal.Timing{Close: journalCloseTimeout},
	})
	if err != nil {
		g.journalTrouble = newJournalTrouble(err, g.now())
		g.log.Error("calls are not journalled", "error", err, "hint", g.journalTrouble.part(g.config.Language).Hint)
		return
	}
	g.journal = j
	open.onClose("journal", func() error {
		// A full disk must not make the stop fail.
		if err := j.Close(); err != nil {
			g.log.Error("the journal lacks the last calls", "error", err)
		}
		return nil
	})
	open.run("journal writer", j.Run)
}

// journalHealth returns the state of the journal.
func (g *Gateway) journalHealth() document.Part {
	switch {
	case g.journal == nil && g.journalTrouble != nil:
		return g.journalTrouble.part(g.config.Language)
	case g.journal == nil:
		return document.Part{State: "off"}
	}
	h := g.journal.Health()
	part := document.Part{State: "up", Since: h.Since.Truncate(time.Second)}
	if h.State != journal.StateUp && h.State != journal.StateUnknown {
		part.State, part.Reason = "down", h.State.String()
	}
	if hint, ok := journalHints[h.State]; ok {
		part.Hint = hint.In(g.config.Language)
	}
	if part.State == "up" && h.SetAside != "" {
		part.Reason = "set_aside"
		part.Hint = asideHint.With(filepath.Base(h.SetAside)).In(g.config.Language)
	}
	return part
}

var (
	asideHint = call.Text{
		"The journal was damaged; a new one holds what could be read, and the old file is kept as %s.",
		"Das Journal war beschädigt; ein neues enthält, was lesbar war, und die alte Datei heißt %s."}
	journalHints = map[journal.State]call.Text{
		journal.StateFull: {
			"The disk with the data directory is full. Calls wait in memory until there is room.",
			"Der Datenträger mit dem Datenverzeichnis ist voll. Anrufe warten im Speicher, bis Platz ist."},
		journal.StateLocked: {
			"Another program has locked the journal. Calls wait in memory until it lets go.",
			"Ein anderes Programm hat das Journal gesperrt. Anrufe warten im Speicher, bis es loslässt."},
		journal.StateDamaged: {
			"The journal is damaged and cannot be set aside. Check the disk with the data directory.",
			"Das Journal ist beschädigt und lässt sich nicht beiseitelegen. Den Datenträger mit dem Datenverzeichnis prüfen."},
		journal.StateUnavailable: {
			"The journal cannot be written. Check the data directory and its permissions.",
			"Das Journal lässt sich nicht schreiben. Datenverzeichnis und Zugriffsrechte prüfen."},
	}
)

// watchJournal publishes the health of the boxes when the state of the journal changes.
func (g *Gateway) watchJournal(ctx context.Context) error {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	last := g.journalHealth()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if current := g.journalHealth(); current != last {
			last = current
			for _, b := range g.boxes {
				b.publishHealth()
				if current.State == "up" && !b.restored.Swap(true) {
					b.recount(ctx) // the start could not read it
				}
			}
		}
	}
}
