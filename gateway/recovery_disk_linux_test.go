package gateway_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/internal/testkit"
)

// disk is a small disk of its own.
type disk struct {
	testing.TB
	dir string
}

func newDisk(t testing.TB) *disk {
	t.Helper()
	if os.Getuid() != 0 {
		testkit.Missing(t, "only root can mount a disk")
	}
	d := &disk{t, t.TempDir()}
	if err := syscall.Mount("none", d.dir, "tmpfs", 0, "size=2m"); err != nil {
		testkit.Missing(t, "mount a disk: "+err.Error())
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(d.dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return d
}

// fill leaves no room for a single byte.
func (d *disk) fill() {
	d.Helper()
	f, err := os.OpenFile(filepath.Join(d.dir, "ballast"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		d.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !strings.Contains(err.Error(), syscall.ENOSPC.Error()) {
		d.Fatal(err)
	}
}

func (d *disk) free() {
	d.Helper()
	if err := os.Remove(filepath.Join(d.dir, "ballast")); err != nil {
		d.Fatal(err)
	}
}

// TestDiskFull: with a full disk everything goes on but remembering. It is said once,
// and made good when there is room again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	log := new(gatewaytest.Transcript)
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.Open(t, gatewaytest.At(b), func(h *gatewaytest.House) {
		h.Config.Data = d.dir
		h.Config.Boxes[0].Record.Dir = filepath.Join(d.dir, "record")
		h.Options.Log = log.Debug()
	})
	h.Heard.UntilSaid("callporter/availability", "online")
	quietIs(h.Site, "ON")
	gatewaytest.Eventually(t, "the setting is kept", func() bool {
		text, err := os.ReadFile(filepath.Join(d.dir, "settings.json"))
		return err == nil && strings.Contains(string(text), "true")
	})

	d.fill()
	for _, word := range []string{"OFF", "ON", "OFF"} {
		code := "ok" // the file says so already
		if word == "OFF" {
			code = "failed"
		}
		quietBecomes(h.Site, word, code)
	}
	const cannot = "settings are in force, but cannot be kept over a restart"
	gatewaytest.Eventually(t, "the full disk is told", func() bool { return strings.Contains(log.String(), cannot) })
	inMidCall(h.Site)
	for range 50 {
		h.Box.Missed(gatewaytest.Munich, gatewaytest.Practice, fritztest.Course{})
		h.WantEvents("ring", "miss")
	}
	if part := wantJournal(h.Site, "down", "full"); part.Hint == "" {
		t.Errorf("%+v", part)
	}
	gatewaytest.Eventually(t, "the record fails", func() bool { return h.Metric(`callporter_record_errors_total{box="fritzbox"}`) > 0 })
	stillTheFirstLink(h.Site)
	h.WantActive(2)
	if n := strings.Count(log.String(), cannot); n != 1 {
		t.Errorf("the settings are told of %d times", n)
	}
	if n := strings.Count(log.String(), "call record cannot be written"); n != 1 {
		t.Errorf("the record is told of %d times", n)
	}
	if text, err := os.ReadFile(filepath.Join(d.dir, "settings.json")); err != nil || !strings.Contains(string(text), "true") {
		t.Errorf("the file is no longer what it was: %q %v", text, err)
	}

	d.free()
	h.Stop() // writes what is left
	h.WantEvents("lost")
	h.WantEvents("lost")
	if text, err := os.ReadFile(filepath.Join(d.dir, "settings.json")); err != nil || !strings.Contains(string(text), "false") {
		t.Errorf("settings %q %v", text, err)
	}
	if n := len(entries(h)); n != 52 {
		t.Errorf("%d calls in the journal", n)
	}
	record, err := os.ReadFile(filepath.Join(d.dir, "record", "fritzbox.log"))
	if n := strings.Count(string(record), ";RING;"); err != nil || n != 52 {
		t.Errorf("%d rings in the record: %v", n, err)
	}
	if left, err := filepath.Glob(filepath.Join(d.dir, "settings.json.*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestStartOnFullDisk: a gateway that was there before starts on a full disk. A new
// one, or one that may not write at all, says why it does not.
func TestStartOnFullDisk(t *testing.T) {
	t.Parallel()
	start := func(h *gatewaytest.House) error {
		g, err := gateway.New(h.Config, h.Options)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), gatewaytest.Patience)
		defer cancel()
		return g.Run(ctx)
	}
	d := newDisk(t)
	h := gatewaytest.Build(t, func(h *gatewaytest.House) { h.Config.Data = d.dir })
	d.fill()
	from := time.Now()
	if err := start(h); err == nil || !strings.Contains(err.Error(), "no space left on device") || !strings.Contains(err.Error(), d.dir) {
		t.Errorf("a new gateway on a full disk: %v", err)
	}
	d.free()
	h.Run()
	h.Linked()
	h.Stop()
	d.fill()
	h.Run()
	h.Linked()
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
	h.Stop()
	if err := syscall.Mount("none", d.dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=2m"); err != nil {
		t.Fatal(err)
	}
	if err := start(h); err == nil || !strings.Contains(err.Error(), "read-only file system") || !strings.Contains(err.Error(), d.dir) {
		t.Errorf("on a disk that may only be read: %v", err)
	}
	if took := time.Since(from); took > gatewaytest.Patience {
		t.Errorf("it took %v", took)
	}
}

// TestJournalOfAFullDisk: the journal does not look well until the first call comes.
func TestJournalOfAFullDisk(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	d := newDisk(t)
	h := gatewaytest.Open(t, gatewaytest.At(gatewaytest.NewBroker(t, nil)), func(h *gatewaytest.House) { h.Config.Data = d.dir })
	wantJournal(h.Site, "up", "")
	h.MissedFrom(gatewaytest.Patient)
	h.WantMissed(1)
	h.Stop()
	d.fill()
	h.Rerun()
	if part := wantJournal(h.Site, "down", "full"); part.Hint == "" {
		t.Errorf("%+v", part)
	}
	d.free()
	wantJournal(h.Site, "up", "")
	h.WantMissed(1)
}
