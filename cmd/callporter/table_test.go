package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/journal"
)

// TestColumnsOfCalls: a call without a duration leaves the columns of the others where
// they are, and an own number without a name is shown as people write it.
func TestColumnsOfCalls(t *testing.T) {
	began := time.Date(2026, 11, 21, 18, 0, 0, 0, time.Local)
	judged := 92
	lines := []journal.Line{
		{Box: "fritzbox", Direction: "incoming", Display: "030 23125123", Outcome: "answered", Line: "493023125732", TalkSeconds: 4000, Verdict: "unknown"},
		{Box: "fritzbox", Direction: "incoming", Display: "0171 3920055", Outcome: "blocked", Line: "493023125732", LineName: "Praxis", Verdict: "spam", Score: &judged},
		{Box: "fritzbox", Direction: "incoming", Outcome: "blocked", Line: "4312345678", Verdict: "unknown"},
		{Box: "fritzbox", Direction: "incoming", Display: "030 23125123", Outcome: "missed", Line: "23125732", RingSeconds: 4, Verdict: "spam", Score: &judged},
		{Box: "gone", Direction: "outgoing", Display: "030 23125123", Outcome: "unanswered", Line: "493023125732", RingSeconds: 4, Verdict: "spam", Score: &judged},
	}
	var out bytes.Buffer
	d := &client{out: &out, boxes: []config.Box{{ID: "fritzbox", Country: "DE", AreaCode: "030"}}}
	printer, err := (&callsFlags{}).printer(d)
	if err != nil {
		t.Fatal(err)
	}
	for i := range lines {
		lines[i].Started = &began
		if err := printer.call(&lines[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := printer.end(); err != nil {
		t.Fatal(err)
	}
	want := `
2026-11-21 18:00  ←  030 23125123    030 23125732  answered    1h6m40s
2026-11-21 18:00  ←  0171 3920055    Praxis        blocked              spam 92
2026-11-21 18:00  ←  withheld        4312345678    blocked
2026-11-21 18:00  ←  030 23125123    23125732      missed      rang 4s  spam 92
2026-11-21 18:00  →  030 23125123    493023125732  unanswered  rang 4s  spam 92
`
	if got := out.String(); got != strings.TrimPrefix(want, "\n") {
		t.Errorf("printed\n%s", got)
	}
}
