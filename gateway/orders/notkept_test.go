package orders_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// inTheWay puts a folder where a file of the data directory is to be written.
func inTheWay(t *testing.T, path string) (free func()) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(path, "something"), 0o700); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
}

// wantNotKept checks a result that says that a restart undoes what was ordered.
func wantNotKept(t *testing.T, r gatewaytest.ResultDoc, done, reason string) {
	t.Helper()
	if r.Error == nil || !strings.HasPrefix(r.Error.Message, done) || !strings.HasSuffix(r.Error.Message, reason) || r.Error.Hint == "" {
		t.Errorf("%+v", r.Error)
	}
}

// TestQuietNotKept: a setting that cannot be written down holds until the end, and its
// result says so; when there is a way it is kept, also without a further order.
func TestQuietNotKept(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Language = call.German })
	free := inTheWay(t, filepath.Join(h.Config.Data, "settings.json"))
	for range 2 {
		r := h.WantCode("quiet", "ON", "failed")
		wantNotKept(t, r, "Ruhe ist an, aber nur bis callporter endet", "file exists")
	}
	h.WantSaid("settings", `"quiet":"ON"`)
	free()
	h.Stop()
	if text, err := os.ReadFile(filepath.Join(h.Config.Data, "settings.json")); err != nil || !strings.Contains(string(text), `"Quiet": true`) {
		t.Errorf("%s %v", text, err)
	}
}

// TestTrustNotKept: the same for the certificate of the box.
func TestTrustNotKept(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t)
	inTheWay(t, filepath.Join(h.Config.Data, "box-fritzbox.json"))
	said, err := h.Send("trust", strings.Repeat("ab", 32))
	if err != nil {
		t.Fatal(err)
	}
	wantNotKept(t, gatewaytest.Parse[gatewaytest.ResultDoc](t, said), "the certificate is trusted, but only until callporter stops", "file exists")
}

// TestResetMissedNotKept: the same for the count of missed calls, while the journal cannot
// be written.
func TestResetMissedNotKept(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
	h.WantMissed(1)
	h.Settled()
	db, err := sql.Open("sqlite", datadir.JournalPath(h.Config.Data))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("PRAGMA busy_timeout=5000; BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	r := h.WantCode("reset_missed", "PRESS", "failed")
	wantNotKept(t, r, "the missed calls are reset, but only until callporter stops", "")
	h.WantMissed(0)
	if _, err := db.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
}
