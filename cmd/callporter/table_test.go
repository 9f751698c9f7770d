package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/query"
	"github.com/callporter/callporter/mqtt/document"
)

// TestColumnsOfCalls: a call without a duration leaves the columns of the others where
// they are, and an own number without a name is shown as people write it.
func TestColumnsOfCalls(t *testing.T) {
	began := document.Time(time.Date(2026, 11, 21, 18, 0, 0, 0, time.Local).Format(time.RFC3339))
	judged := 92
	patient := document.Caller{Number: "+493023125123", Display: "030 23125123"}
	msn := func(digits string) document.Callee {
		return document.Callee{Number: "+" + digits, Display: "as on MQTT", MSN: digits}
	}
	practice := msn("493023125732")
	practice.Name = "Praxis"
	lines := []document.Call{
		{Direction: "incoming", Caller: patient, Outcome: "answered", Callee: msn("493023125732"), TalkSeconds: 4000, Verdict: "unknown"},
		{Direction: "incoming", Caller: document.Caller{Display: "0171 3920055"}, Outcome: "blocked", Callee: practice, Verdict: "spam", Score: &judged},
		{Direction: "incoming", Outcome: "blocked", Callee: msn("4312345678"), Verdict: "unknown"},
		{Direction: "incoming", Caller: patient, Outcome: "missed", Callee: msn("23125732"), RingSeconds: 4, Verdict: "spam", Score: &judged},
		{Direction: "outgoing", Callee: document.Callee{Display: "030 23125123", MSN: "493023125732"}, Outcome: "unanswered", RingSeconds: 4, Verdict: "spam", Score: &judged},
	}
	var out bytes.Buffer
	d := &client{out: &out, boxes: []config.Box{{ID: "fritzbox", Country: "DE", AreaCode: "030"}}}
	printer, err := (&callsFlags{}).printer(d)
	if err != nil {
		t.Fatal(err)
	}
	for i := range lines {
		lines[i].Started = &began
		box := "fritzbox"
		if i == 4 {
			box = "gone"
		}
		if err := printer.call(&query.Call{Box: box, Call: lines[i]}); err != nil {
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

// TestSidesOfCalls: the table names the other side, its place, and the own number, also of
// calls that were dialled and with masked numbers; not who called from outside and was
// passed on.
func TestSidesOfCalls(t *testing.T) {
	home, out := "+493023125732", "+496990009222"
	for _, test := range []struct {
		caller, callee document.Callee // MSN is that of the callee
		want           string
	}{
		{document.Callee{Number: home, Name: "Praxis"}, document.Callee{Number: out, Display: "069 90009222", MSN: "493023125732"},
			"069 90009222 | (Frankfurt am Main) | Praxis"},
		{document.Callee{Number: "23125732", Name: "Praxis"}, document.Callee{Number: out, Display: "069 90009222", Name: "Laboratory", MSN: "493023125732"},
			"069 90009222 | Laboratory | Praxis"},
		{document.Callee{Number: "+493023125xxx", Name: "Praxis"}, document.Callee{Number: "+496990009xxx", Display: "069 90009xxx", MSN: "493023125xxx"},
			"069 90009xxx | (Frankfurt am Main) | Praxis"},
		{document.Callee{Number: "+493023125123", Name: "Patient"}, document.Callee{Number: "+432312345", Display: "+43 2312345", MSN: "493023125732"},
			"+43 2312345 |  | own"},
		{document.Callee{}, document.Callee{Number: "**610", Display: "**610"}, "**610 |  | own"},
	} {
		c := query.Call{Call: document.Call{Direction: "outgoing", Caller: document.Caller{Number: test.caller.Number, Name: test.caller.Name}, Callee: test.callee}}
		if got := strings.Join(callCells(&c, "own", false, call.English)[2:5], " | "); got != test.want {
			t.Errorf("%s to %s is shown as %s, want %s", test.caller.Number, test.callee.Number, got, test.want)
		}
	}
}
