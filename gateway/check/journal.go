package check

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/journal"
)

// inspectTimeout bounds the inspection of the journal, which reads its whole file.
const inspectTimeout = 8 * time.Second

// journal inspects the journal, but only while no gateway has it open: a running gateway
// reports its state in health.
func (c *checker) journal(ctx context.Context) []Finding {
	if !c.config.Journal.Enabled || c.gatewayRuns || c.dataReadOnly { // data says why
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
	defer cancel()
	path := datadir.JournalPath(c.config.Data)
	i, err := journal.Inspect(ctx, path, time.Second)
	var found []Finding
	add := func(code string, with ...string) {
		found = append(found, c.finding(code, append(with, "file", path)...))
	}
	switch {
	case ctx.Err() != nil: // a large journal on a slow disk; at a start there is no such limit
	case errors.Is(err, journal.ErrNewer):
		add("journal_newer")
	case errors.Is(err, journal.ErrForeign):
		add("journal_foreign")
	case i.State == journal.StateLocked:
		add("journal_locked")
	case i.State == journal.StateDamaged:
		add("journal_damaged")
	case err != nil:
		add("journal_unwritable", "error", config.Printable(config.Reason(err)))
	case i.Migrates:
		add("journal_migrates")
	case i.State == journal.StateUp:
		add("journal_ok")
	}
	if free, ok := c.FreeSpace(filepath.Dir(path)); ok && err == nil && i.State == journal.StateUp && free < uint64(i.Size)+copyReserve {
		add("journal_space", "size", sizeText(uint64(i.Size)), "free", sizeText(free))
	}
	if aside := journal.SetAside(path); len(aside) > 0 {
		add("journal_aside", "aside", aside[len(aside)-1])
	}
	return found
}

// copyReserve is the space that a journal needs beside a copy of itself, in bytes.
const copyReserve = 1 << 20

// sizeText is a number of bytes in words.
func sizeText(bytes uint64) string {
	if bytes < 10<<20 {
		return fmt.Sprintf("%d KB", bytes>>10)
	}
	return fmt.Sprintf("%d MB", bytes>>20)
}
