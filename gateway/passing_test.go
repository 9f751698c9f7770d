package gateway_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
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

// passDays makes what a stopped gateway remembers to take back at the box as many
// days older.
func (h *house) passDays(t testing.TB, days int) {
	t.Helper()
	j := h.journal()
	defer j.Close()
	text, err := j.Recall(t.Context(), "expiry/fritzbox")
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		at, err := time.Parse(time.RFC3339, e["at"].(string))
		if err != nil {
			t.Fatal(err)
		}
		e["at"] = at.AddDate(0, 0, -days).Format(time.RFC3339)
	}
	if text, err = json.Marshal(all); err == nil {
		err = j.Remember(t.Context(), "expiry/fritzbox", text)
	}
	if err != nil {
		t.Fatal(err)
	}
}
