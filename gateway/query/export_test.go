package query

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/journal"
)

func export(t *testing.T, format Format, calls []Call) string {
	t.Helper()
	var b bytes.Buffer
	x, err := NewExporter(&b, format)
	if err != nil {
		t.Fatal(err)
	}
	for i := range calls {
		if err := x.Write(&calls[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.End(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestExportCSV(t *testing.T) {
	a := open(t)
	m := newMaker()
	c := m.spam("03023125123")
	c.Caller.Name = "=HYPERLINK(\"x\")"
	c.Verdict.Reason = "@home, \"quoted\"\nsecond line"
	record(t, a, "fritzbox", m.missed(""), c)
	rows, err := csv.NewReader(strings.NewReader(export(t, CSV, list(t, a, 0, nil)))).ReadAll()
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
	for name, want := range map[string]string{"caller.number": "+493023125123", "caller.display": "030 23125123", "caller.name": "'=HYPERLINK(\"x\")",
		"reason": "'@home, \"quoted\" second line", "verdict": "spam", "score": "92", "evidence.source": "phoneblock rules", "action": "rejected",
		"outcome": "rejected", "started": "2026-11-21T18:01:00+01:00", "answered": "", "ring_seconds": "20", "callee.msn": "493023125732",
		"callee.name": "Practice", "box": "fritzbox", "caller.withheld": "false"} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

// TestColumnsAreFields: the columns of CSV are the fields of JSON, under the same names,
// in the same order and with the same values.
func TestColumnsAreFields(t *testing.T) {
	a := open(t)
	m := newMaker()
	c := m.spam("03023125123")
	c.Caller.Network, c.Caller.Name = number("06990009456"), "Laboratory"
	record(t, a, "fritzbox", c, m.dialled("06990009123"), m.missed(""))
	for _, c := range list(t, a, 0, nil) {
		fields := json.NewDecoder(strings.NewReader(export(t, JSONLines, []Call{c})))
		var names, values []string
		flatten(t, fields, "", &names, &values)
		rows, err := csv.NewReader(strings.NewReader(export(t, CSV, []Call{c}))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([][]string{names, values}, rows); d != "" {
			t.Errorf("JSON and CSV differ: %s", d)
		}
	}
}

// flatten reads one value. Of a list it takes the sources.
func flatten(t *testing.T, from *json.Decoder, name string, names, values *[]string) {
	t.Helper()
	next := func() json.Token {
		token, err := from.Token()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	value := ""
	switch token := next(); token {
	case json.Delim('{'):
		for from.More() {
			flatten(t, from, strings.TrimPrefix(fmt.Sprint(name, ".", next()), "."), names, values)
		}
		next()
		return
	case json.Delim('['):
		name += ".source"
		var sources []string
		for from.More() {
			var e struct{ Source string }
			if err := from.Decode(&e); err != nil {
				t.Fatal(err)
			}
			sources = append(sources, e.Source)
		}
		next()
		value = strings.Join(sources, " ")
	case nil:
	default:
		value = fmt.Sprint(token)
	}
	*names, *values = append(*names, name), append(*values, value)
}

// TestListedCallIsTheDocument: a call has the keys and values that it has on MQTT, and
// its box.
func TestListedCallIsTheDocument(t *testing.T) {
	a := open(t)
	m := newMaker()
	c := m.dialled("06990009123")
	c.Callee.Name = "R&D <lab>"
	record(t, a, "fritzbox", c)
	record(t, a, "gone", m.spam("03023125123"))
	all := list(t, a, 0, nil)
	got := export(t, JSONLines, all)
	document := string(a.documents("fritzbox").LastCall(&c))
	if want := `{"box":"fritzbox",` + document[1:] + "\n"; !strings.HasSuffix(got, want) || strings.Count(got, "\n") != 2 {
		t.Errorf("listed as %s, on MQTT it is %s", got, document)
	}
	if len(all) != 2 || all[0].Box != "gone" || !strings.HasSuffix(string(*all[0].Started), "+01:00") || len(all[0].Evidence) != 2 {
		t.Errorf("of a box that is not configured any more: %+v", all)
	}
}

func TestExportJSON(t *testing.T) {
	testkit.Long(t)
	a := open(t)
	if got := export(t, JSONLines, list(t, a, 0, nil)); got != "" {
		t.Errorf("of nothing: %q", got)
	}
	m := newMaker()
	calls := make([]call.Call, 2300) // more than two pages
	for i := range calls {
		switch from := fmt.Sprintf("0%d%07d", 30+i%60, i*13); i % 3 {
		case 0:
			calls[i] = m.missed(from)
		case 1:
			calls[i] = m.spam(from)
		default:
			calls[i] = m.dialled(from)
		}
	}
	record(t, a, "fritzbox", calls...)
	everything := list(t, a, 0, nil)
	var lines []Call
	for d := json.NewDecoder(strings.NewReader(export(t, JSONLines, everything))); d.More(); {
		var c Call
		if err := d.Decode(&c); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, c)
	}
	if len(lines) != 2300 || lines[0].ID <= lines[2299].ID {
		t.Errorf("%d lines", len(lines))
	}
	if got := strings.Count(export(t, JSONLines, list(t, a, 1234, nil)), "\n"); got != 1234 {
		t.Errorf("limit 1234: %d", got)
	}
	if got := list(t, a, 0, map[string]string{"direction": "outgoing", "number": "03023125999"}); len(got) != 0 {
		t.Errorf("a filter that fits nothing: %d", len(got))
	}
	if _, err := NewExporter(&bytes.Buffer{}, FormatUnknown); err == nil {
		t.Error("an unknown format is no error")
	}
}

// TestScoreOfNobody: as on MQTT, a call that nobody has judged has no score.
func TestScoreOfNobody(t *testing.T) {
	a := open(t)
	m := newMaker()
	record(t, a, "fritzbox", m.missed("03023125123"), m.spam("03023125123"))
	lines := strings.Split(export(t, JSONLines, list(t, a, 0, nil)), "\n")
	if !strings.Contains(lines[0], `"score":92`) || !strings.Contains(lines[1], `"score":null`) {
		t.Errorf("%s", lines)
	}
}

func TestExportMasked(t *testing.T) {
	a := open(t)
	m := newMaker()
	c := m.spam("03023125123")
	c.Caller.Network = number("06990009456")
	c.Caller.Name = "030 23125123"
	c.Verdict.Evidence[0].Detail = "seen as +49 69 90009456"
	record(t, a, "fritzbox", c)
	for _, format := range []Format{CSV, JSONLines} {
		got := export(t, format, list(t, a, 0, map[string]string{"mask": "true"}))
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

// TestExportMasksNames: also a number in a name that is not the call's own.
func TestExportMasksNames(t *testing.T) {
	a := open(t)
	m := newMaker()
	c := m.spam("03023125123")
	c.Caller.Name = `+49 171 3920077 "x", ; y`
	c.Callee.Name = "Line 06990009456"
	c.Verdict.Reason = "like 06990009457"
	c.Verdict.Evidence[0].Detail = "seen with 06990009458"
	record(t, a, "fritzbox", c)
	for _, format := range []Format{CSV, JSONLines} {
		got := export(t, format, list(t, a, 0, map[string]string{"mask": "true"}))
		for _, end := range []string{"20077", "09456", "09457", "09458"} {
			if strings.Contains(got, end) {
				t.Errorf("%s still stands in %s", end, got)
			}
		}
	}
}

// TestMaskHidesNumbersOfBothSides: of a call that was dialled, and in the name of a phone.
func TestMaskHidesNumbersOfBothSides(t *testing.T) {
	a := open(t)
	c := newMaker().dialled("06990009456")
	d := a.documents("fritzbox")
	d.Phones = map[call.Extension]string{"10": "Phone 03023125732"}
	listed := Call{"fritzbox", d.Call(&c)}
	listed.mask(&c)
	got := export(t, JSONLines, []Call{listed})
	for _, end := range []string{"09456", "25732"} {
		if strings.Contains(got, end) {
			t.Errorf("%s still stands in %s", end, got)
		}
	}
	if !strings.Contains(got, `"device":"Phone 03023125xxx"`) || !strings.Contains(got, `"msn":"493023125xxx"`) {
		t.Errorf("masked: %s", got)
	}
}

func TestCell(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "Anna": "Anna", "030 23125123": "030 23125123", "Müller-Lüdenscheidt": "Müller-Lüdenscheidt",
		// a number stays one
		"+493023125123": "+493023125123", "+49 30 23125123": "+49 30 23125123", "+49 (30) 231-25.123": "+493023125123",
		"*31#": "*31#", "**610": "**610", "2026-11-21T18:00:01+01:00": "2026-11-21T18:00:01+01:00",
		// a formula does not
		"+": "'+", "+493023125xxx": "'+493023125xxx", "+49+1": "'+49+1", "+1\n": "'+1 ", "+1*cmd": "'+1*cmd",
		"-1": "'-1", "=1": "'=1", "@x": "'@x", "\tx": " x", "\rx": " x", "'=1": "''=1",
		"＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠x": "'＠x",
		" =1": " '=1", "\u00a0=1": "\u00a0'=1", "\u200b=1": "\u200b'=1", "\ufeff=1": "\ufeff'=1", "\t=1": " '=1", "\n=1": " '=1", "x\r\n=1": "x  '=1",
		"x;=1": "x;'=1", "x; =1": "x; '=1", "x,@y": "x,'@y", "x\"=1": "x\"'=1", "x|-1": "x|'-1", "x=1": "x=1", "x; y=1": "x; y=1", "==1": "'==1",
		// nor what controls a terminal
		"\x1b[31m": "\ufffd[31m", "\u009b31m": "\ufffd31m", "\u202egpj": "\ufffdgpj", "\u061c": "\ufffd",
	} {
		if got := Cell(text); got != want {
			t.Errorf("%q is written as %q, want %q", text, got, want)
		}
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"=1+1", "+49", "-", "@x", "\tx", "\rx", "a,b", "\"", "a\r\nb", "'=", "ü\xff"} {
		f.Add(s, s)
	}
	a := open(f)
	f.Fuzz(func(t *testing.T, name, reason string) {
		c := call.Call{Caller: call.Party{Name: name}, Verdict: call.Verdict{Reason: reason}}
		calls := a.callsOf([]journal.Entry{{Box: reason, Call: c}}, false)
		rows, err := csv.NewReader(strings.NewReader(export(t, CSV, calls))).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d lines, %v", len(rows), err)
		}
		for _, cell := range rows[1] {
			if _, number := plainNumber(cell); cell != "" && strings.IndexByte("=+-@\t\r", cell[0]) >= 0 && !number {
				t.Errorf("a formula: %q", cell)
			}
			if strings.ContainsFunc(cell, call.Control) {
				t.Errorf("a character of control: %q", cell)
			}
		}
	})
}
