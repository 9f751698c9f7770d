package orders_test

import (
	"database/sql"
	"encoding/json"
	"regexp"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// numberOf reads a number as the house's line does.
func numberOf(t testing.TB, s string) call.Number {
	t.Helper()
	plan, err := call.NewPlan("DE", "030", nil)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Number(s)
}

// passDays makes what a stopped gateway remembers to take back at the box, and what
// its audit knows of that, as many days older.
func passDays(h *gatewaytest.House, t testing.TB, days int) {
	t.Helper()
	j := h.Journal()
	text, err := j.Recall(t.Context(), "expiry/fritzbox")
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		e["at"] = earlier(t, e["at"].(string), days)
	}
	if text, err = json.Marshal(all); err == nil {
		err = j.Remember(t.Context(), "expiry/fritzbox", text)
	}
	if err != nil {
		t.Fatal(err)
	}
	j.Close()

	db, err := sql.Open("sqlite", datadir.JournalPath(h.Config.Data))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, w := range h.Writes() {
		states := []any{w.ID}
		for _, state := range []json.RawMessage{w.Before, w.After} {
			states = append(states, stamps.ReplaceAllStringFunc(string(state), func(field string) string {
				m := stamps.FindStringSubmatch(field)
				return m[1] + earlier(t, m[2], days) + `"`
			}))
		}
		if _, err := db.ExecContext(t.Context(), `UPDATE writes SET before = $2, after = $3 WHERE id = $1`, states...); err != nil {
			t.Fatal(err)
		}
	}
}

// stamps are the times until which something holds, in a write of the audit.
var stamps = regexp.MustCompile(`("(?:expires|at)":")([0-9T:.Z+-]+)"`)

func earlier(t testing.TB, stamp string, days int) string {
	t.Helper()
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		t.Fatal(err)
	}
	return at.AddDate(0, 0, -days).Format(time.RFC3339Nano)
}
