package check

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/journal"
)

// auditTimeout is how long the end of a check may wait for the journal.
const auditTimeout = 3 * time.Second

// audit writes to the journal what a check has changed at a box, as the gateway does with
// its own writes. It writes in the background, once the journal has been inspected. Errors
// are ignored: the box has dialled anyway.
func (c *checker) audit(box string, changes ...tr064.Change) {
	if !c.config.Journal.Enabled || c.dataReadOnly {
		return
	}
	c.auditLock.Lock()
	defer c.auditLock.Unlock()
	order := rand.Text()
	for _, change := range changes {
		if change.None() {
			continue
		}
		w := journal.Write{
			Box: box, Action: string(change.Kind), Who: "check", Why: "--switch-on-monitor", At: c.Now(),
			Before: auditState(order, change.Before), After: auditState(order, change.After),
		}
		if change.Kind == tr064.NumberDialled {
			w.Target = change.After
		}
		c.pendingAudit = append(c.pendingAudit, w)
	}
	c.audits.Go(func() {
		<-c.journalInspected
		ctx, cancel := context.WithTimeout(context.Background(), auditTimeout)
		defer cancel()
		c.auditLock.Lock()
		defer c.auditLock.Unlock()
		for _, w := range c.pendingAudit { // of all calls so far, in their order
			c.writeAudit(ctx, w)
		}
		c.pendingAudit = nil
	})
}

// auditState returns the state of an entry before or after a write.
func auditState(order, entry string) json.RawMessage {
	text, _ := json.Marshal(journal.WriteState{Order: order, Entry: entry}) // two strings cannot fail
	return text
}

// writeAudit adds one write to the journal, which a gateway may have open too. If there is
// no journal yet, it makes one. It leaves a journal alone that is damaged or of another
// version: the next start reports that.
func (c *checker) writeAudit(ctx context.Context, w journal.Write) {
	path := datadir.JournalPath(c.config.Data)
	if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) || c.gatewayRuns {
		_, _ = journal.AppendWrite(ctx, path, time.Second, w)
		return
	}
	if _, err := os.Stat(c.config.Data); err != nil {
		return // a check does not make the data directory
	}
	release, err := datadir.Lock(c.config.Data)
	if err != nil {
		return
	}
	defer release()
	j, err := journal.Open(ctx, journal.Options{Path: path, RetentionDays: c.config.Journal.RetentionDays})
	if err != nil {
		return
	}
	_, _ = j.RecordWrite(ctx, w)
	_ = j.Close()
}
