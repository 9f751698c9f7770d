package gateway_test

import (
	"database/sql"
	"os"
	"testing"

	_ "modernc.org/sqlite" // another program at the journal's file

	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// overwrite puts something else into the journal's file.
func overwrite(t testing.TB, h *gatewaytest.House, text string) {
	t.Helper()
	for _, end := range []string{"-wal", "-shm"} {
		_ = os.Remove(datadir.JournalPath(h.Config.Data) + end)
	}
	if err := os.WriteFile(datadir.JournalPath(h.Config.Data), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// sqlOn is another program that changes the journal's file.
func sqlOn(t testing.TB, h *gatewaytest.House, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", datadir.JournalPath(h.Config.Data))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

// lockFile is another program that keeps the journal's file to itself.
func lockFile(t testing.TB, h *gatewaytest.House) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", datadir.JournalPath(h.Config.Data))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := db.Exec("ROLLBACK"); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// openCalls counts the calls that go on by the journal, without touching it.
func openCalls(t testing.TB, h *gatewaytest.House) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+datadir.JournalPath(h.Config.Data)+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT count(*) FROM calls c JOIN kinds k ON k.id = c.kind WHERE k.outcome = ''").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
