package journal

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
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
	testkit.Long(t)
	j := open(t)
	if got := export(t, j, JSON, Filter{}, false); got != "[]\n" {
		t.Errorf("of nothing: %q", got)
	}
	fillJournal(t, j, 2300) // more than two pages
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
