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
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
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
			h := gatewaytest.OpenFurnished(t, gatewaytest.At(gatewaytest.NewBroker(t, nil)))
			h.Box.ShiftClock(is.ahead)
			for _, caller := range []string{gatewaytest.Patient, gatewaytest.Munich, gatewaytest.Pest} {
				h.MissedFrom(caller)
			}
			h.WantMissed(3)
			gatewaytest.Eventually(t, "how far the list is known is on the disk", func() bool {
				h.Reread() // it is written with the read after the one that took the calls over
				text, err := os.ReadFile(filepath.Join(h.Config.Data, "box-fritzbox.copy"))
				if err != nil {
					return false
				}
				kept, err := tr064.DecodeCopy(bytes.NewReader(text))
				return err == nil && len(kept.Calls.Seen) == 3
			})
			h.Stop()
			for _, more := range []string{"-wal", "-shm"} {
				if err := os.Remove(datadir.JournalPath(h.Config.Data) + more); err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
			}
			if err := is.lose(datadir.JournalPath(h.Config.Data)); err != nil {
				t.Fatal(err)
			}
			h.Box.Advance(10 * time.Minute)
			h.Box.Missed(gatewaytest.Neighbour, gatewaytest.Practice, fritztest.Course{})
			h.Rerun()
			lastCall(h.Site, gatewaytest.NeighbourE164)
			h.WantMissed(1)
			if n := len(entries(h)); n != 4 {
				t.Errorf("%d calls in the journal", n)
			}
			h.Reread()
			wantHealth(h.Site, "up", "")
			h.MissedFrom(gatewaytest.Friend)
			h.WantMissed(2)
			h.Restart()
			h.WantMissed(2)
			if n := len(entries(h)); n != 5 {
				t.Errorf("%d calls in the journal", n)
			}
		})
	}
}

// TestJournalLostMeanwhile: the same while the gateway runs. What it knows to be missed
// is missed still.
func TestJournalLostMeanwhile(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Build(t, gatewaytest.Furnished, gatewaytest.At(gatewaytest.NewBroker(t, nil)))
	h.Box.ShiftClock(-4 * time.Hour)
	h.Box.Missed(gatewaytest.Munich, gatewaytest.Practice, fritztest.Course{}) // counts for nobody
	h.Box.SyncClock()
	h.Run()
	h.Linked()
	h.WantAccess("up", "")
	h.MissedFrom(gatewaytest.Patient)
	h.WantMissed(1)
	h.Reread()
	files, err := filepath.Glob(datadir.JournalPath(h.Config.Data) + "*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	h.MissedFrom(gatewaytest.Pest)
	h.Reread()
	gatewaytest.Eventually(t, "all are in the journal", func() bool { return len(entries(h)) == 3 })
	h.WantMissed(2)
	wantHealth(h.Site, "up", "")
	h.Reread()
	h.WantMissed(2)
	lastCall(h.Site, gatewaytest.PestE164)
}
