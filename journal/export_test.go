package journal

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
)

func export(t *testing.T, j *Journal, format Format, f Filter, mask bool) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := j.Export(t.Context(), &b, format, f, mask); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestExportCSV(t *testing.T) {
	j := open(t)
	m := newMaker(1)
	c := m.spam("03023125123")
	c.Caller.Name = "=HYPERLINK(\"x\")"
	c.Verdict.Reason = "@home, \"quoted\"\nsecond line"
	record(t, j, "a", m.missed(""), c)
	rows, err := csv.NewReader(strings.NewReader(export(t, j, CSV, Filter{}, false))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 || len(rows[1]) != len(csvHeader) {
		t.Fatalf("%d lines: %v", len(rows), rows)
	}
	got := map[string]string{}
	for i, name := range rows[0] {
		got[name] = rows[2][i]
	}
	if unjudged := rows[1][slices.Index(rows[0], "score")]; unjudged != "" {
		t.Errorf("a call that nobody has judged has the score %q", unjudged)
	}
	for name, want := range map[string]string{"number": "'+493023125123", "display": "030 23125123", "name": "'=HYPERLINK(\"x\")",
		"reason": "'@home, \"quoted\"\nsecond line", "verdict": "spam", "score": "92", "sources": "phoneblock rules", "action": "rejected",
		"outcome": "rejected", "started": "2026-11-21T18:01:00+01:00", "answered": "", "ring_seconds": "20", "line": "493023125732"} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

func TestExportJSON(t *testing.T) {
	j := open(t)
	if got := export(t, j, JSON, Filter{}, false); got != "[]\n" {
		t.Errorf("of nothing: %q", got)
	}
	stock(t, j, 2300) // more than two pages
	var array, lines []Line
	if err := json.Unmarshal([]byte(export(t, j, JSON, Filter{}, false)), &array); err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(strings.NewReader(export(t, j, JSONLines, Filter{}, false))); d.More(); {
		var l Line
		if err := d.Decode(&l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	if len(array) != 2300 || len(lines) != 2300 || array[0].ID != lines[0].ID || array[0].ID <= array[2299].ID {
		t.Errorf("%d in the array, %d lines", len(array), len(lines))
	}
	if got := strings.Count(export(t, j, JSONLines, Filter{Limit: 1234}, false), "\n"); got != 1234 {
		t.Errorf("limit 1234: %d", got)
	}
	if got := strings.Count(export(t, j, JSONLines, Filter{Direction: call.Outgoing, Box: "nobody"}, false), "\n"); got != 0 {
		t.Errorf("a filter that fits nothing: %d", got)
	}
	if _, err := j.Export(t.Context(), &bytes.Buffer{}, FormatUnknown, Filter{}, false); err == nil {
		t.Error("an unknown format is no error")
	}
}

// TestScoreOfNobody: as on MQTT, a call that nobody has judged has no score.
func TestScoreOfNobody(t *testing.T) {
	j := open(t)
	m := newMaker(1)
	record(t, j, "a", m.missed("03023125123"), m.spam("03023125123"))
	lines := strings.Split(export(t, j, JSONLines, Filter{}, false), "\n")
	if !strings.Contains(lines[0], `"score":92`) || !strings.Contains(lines[1], `"score":null`) {
		t.Errorf("%s", lines)
	}
}

func TestExportMasked(t *testing.T) {
	j := open(t)
	m := newMaker(1)
	c := m.spam("03023125123")
	c.Caller.Network = number("06990009456")
	c.Caller.Name = "030 23125123"
	c.Verdict.Evidence[0].Detail = "seen as +49 69 90009456"
	record(t, j, "a", c)
	for _, format := range []Format{CSV, JSON, JSONLines} {
		got := export(t, j, format, Filter{}, true)
		for _, end := range []string{"125123", "009456", "125732"} {
			if strings.Contains(got, end) {
				t.Errorf("%s still stands in %s", end, got)
			}
		}
		if !strings.Contains(got, "+493023125xxx") || !strings.Contains(got, "030 23125xxx") {
			t.Errorf("masked: %s", got)
		}
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"=1+1", "+49", "-", "@x", "\tx", "\rx", "a,b", "\"", "a\r\nb", "'=", "ü\xff"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, name, reason string) {
		var b bytes.Buffer
		x, err := NewExporter(&b, CSV)
		if err != nil {
			t.Fatal(err)
		}
		c := call.Call{Caller: call.Party{Name: name}, Verdict: call.Verdict{Reason: reason}}
		if err := x.Write(LineOf(&Entry{Box: reason, Call: c}, false)); err != nil {
			t.Fatal(err)
		}
		if err := x.End(); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d lines, %v", len(rows), err)
		}
		for _, cell := range rows[1] {
			if cell != "" && strings.IndexByte("=+-@\t\r", cell[0]) >= 0 {
				t.Errorf("a formula: %q", cell)
			}
		}
	})
}

// TestMaskText: every number of a text is masked, not only those of its call.
func TestMaskText(t *testing.T) {
	for text, want := range map[string]string{
		`+49 171 3920077 "x", ; y`:        `+49 171 3920xxx "x", ; y`,
		"Anna 0171/39 200-77, office":     "Anna 0171/39 20x-xx, office",
		"030 23125123 or (069) 90009-123": "030 23125xxx or (069) 90009-xxx",
		"0049 (0)30 23125123":             "0049 (0)30 23125xxx",
		"tel:+493023125123":               "tel:+493023125xxx",
		"x030\u00a023125\u00a0123y":       "x030\u00a023125\u00a0xxxy",
		"231257":                          "231xxx",
		"04066969xxx":                     "04066969xxx", // masked already
		"Praxis 24, Haus 12":              "Praxis 24, Haus 12",
		"12345":                           "12345",
		"**610":                           "**610",
		"46 reports, 2026-11-21":          "46 reports, 2026-11-21",
		"46 reports, 2026-11-21 18:00":    "46 reports, 2026-11-21 18:00",
		"21.11.2026":                      "21.11.2026",
		"SPAM 92: PhoneBlock 46 reports":  "SPAM 92: PhoneBlock 46 reports",
		"":                                "",
		"Team 7 - 030 23125124":           "Team 7 - 030 23125xxx",
		"030 23125123\n030 23125124":      "030 23125xxx\n030 23125xxx",
		"030.231.25.123":                  "030.231.25.xxx",
		"wildcard 0302312*":               "wildcard 0302xxx*",
		"030 23125123 069 90009456":       "030 23125xxx 069 90009xxx",
		"030 23125123/+49 69 90009456":    "030 23125xxx/+49 69 90009xxx",
		"4710123 / 4710124 - 4710125":     "4710xxx / 4710xxx - 4710xxx",
		"0171 39200 077":                  "0171 39200 xxx",
		"2026-11-21 03023125123":          "2026-11-21 03023125xxx",
	} {
		if got := maskText(text); got != want {
			t.Errorf("%q is masked as %q, want %q", text, got, want)
		}
	}
}

// TestExportMasksNames: also a number in a name that is not the call's own.
func TestExportMasksNames(t *testing.T) {
	j := open(t)
	m := newMaker(1)
	c := m.spam("03023125123")
	c.Caller.Name = `+49 171 3920077 "x", ; y`
	c.Callee.Name = "Line 06990009456"
	c.Verdict.Reason = "like 06990009457"
	c.Verdict.Evidence[0].Detail = "seen with 06990009458"
	record(t, j, "a", c)
	for _, format := range []Format{CSV, JSON, JSONLines} {
		got := export(t, j, format, Filter{}, true)
		for _, end := range []string{"20077", "09456", "09457", "09458"} {
			if strings.Contains(got, end) {
				t.Errorf("%s still stands in %s", end, got)
			}
		}
	}
}
