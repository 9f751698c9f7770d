package gateway_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/datadir"
)

// TestJournalLost: a journal that was deleted or damaged is filled again from the box's
// list. Nobody is told of old calls as if they were new: of those missed before, none
// counts again; who called in vain since does.
func TestJournalLost(t *testing.T) {
	t.Parallel()
	damage := func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("no journal ", 1000)), 0o600) }
	for name, is := range map[string]struct {
		lose  func(path string) error
		ahead time.Duration // the box's clock
	}{
		"deleted": {os.Remove, 0}, "damaged": {damage, 0}, "box ahead": {os.Remove, 90 * time.Second},
		"box behind": {os.Remove, -90 * time.Second}, "box far ahead": {damage, 4 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openFurnished(t, at(newBroker(t, nil)))
			h.box.ShiftClock(is.ahead)
			for _, caller := range []string{patient, munich, pest} {
				h.missedFrom(caller)
			}
			h.wantMissed(3)
			h.reread()
			eventually(t, "how far the list is known is on the disk", func() bool {
				text, err := os.ReadFile(filepath.Join(h.config.Data, "box-fritzbox.copy"))
				if err != nil {
					return false
				}
				kept, err := tr064.DecodeCopy(bytes.NewReader(text))
				return err == nil && len(kept.Calls.Seen) == 3
			})
			h.stop()
			for _, more := range []string{"-wal", "-shm"} {
				if err := os.Remove(datadir.JournalPath(h.config.Data) + more); err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
			}
			if err := is.lose(datadir.JournalPath(h.config.Data)); err != nil {
				t.Fatal(err)
			}
			h.box.Advance(10 * time.Minute)
			h.box.Missed(neighbour, practice, fritztest.Course{})
			h.rerun()
			h.lastCall(neighbourE164)
			h.wantMissed(1)
			if n := len(h.entries()); n != 4 {
				t.Errorf("%d calls in the journal", n)
			}
			h.reread()
			h.wantHealth("up", "")
			h.missedFrom(friend)
			h.wantMissed(2)
			h.restart()
			h.wantMissed(2)
			if n := len(h.entries()); n != 5 {
				t.Errorf("%d calls in the journal", n)
			}
		})
	}
}

// TestJournalLostMeanwhile: the same while the gateway runs. What it knows to be missed
// is missed still.
func TestJournalLostMeanwhile(t *testing.T) {
	t.Parallel()
	h := build(t, furnished, at(newBroker(t, nil)))
	h.box.ShiftClock(-4 * time.Hour)
	h.box.Missed(munich, practice, fritztest.Course{}) // counts for nobody
	h.box.SyncClock()
	h.run()
	h.linked()
	h.wantAccess("up", "")
	h.missedFrom(patient)
	h.wantMissed(1)
	h.reread()
	files, err := filepath.Glob(datadir.JournalPath(h.config.Data) + "*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	h.missedFrom(pest)
	h.reread()
	eventually(t, "all are in the journal", func() bool { return len(h.entries()) == 3 })
	h.wantMissed(2)
	h.wantHealth("up", "")
	h.reread()
	h.wantMissed(2)
	h.lastCall(pestE164)
}
