package call_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
)

// TestSharedCases holds every row of the table of cases that lies beside the checkout, if it
// does: class, reason and normal form.
func TestSharedCases(t *testing.T) {
	file, err := besides("shared/data/numbers/cases.csv")
	if err != nil {
		t.Skipf("no shared table of cases: %v", err)
	}
	holdCases(t, file)
}

// TestCases holds the table of this repository. Its last column says why each number has its
// class and reason: mostly the plan of the Bundesnetzagentur, the RTR or the OFCOM, E.164 and its
// list of country codes, or TKG § 120. Numbers that could be somebody's are from ranges that the
// regulators keep for fiction, or count up.
func TestCases(t *testing.T) { holdCases(t, "testdata/cases.csv") }

func holdCases(t *testing.T, file string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		raw, area, country, class, reason, note := row[0], row[1], row[2], row[3], row[4], row[5]
		p := plan(t, country, area)
		c, r := p.Classify(raw)
		if c.String() != class || r.String() != reason {
			t.Errorf("%s %s %q: %s %s, want %s %s (%s)", country, area, raw, c, r, class, reason, note)
		}
		n := p.Number(raw)
		if _, want, ok := strings.Cut(note, "e164="); ok && n.E164 != want {
			t.Errorf("%s %s %q: E164 %q, want %q", country, area, raw, n.E164, want)
		}
		if _, want, ok := strings.Cut(note, "hidden number "); ok && p.Veiled(n).E164 != want {
			t.Errorf("%s %s %q hides %q, want %q", country, area, raw, p.Veiled(n).E164, want)
		}
		if (n.Reason == call.ReasonUnknown) != (c == call.ClassUnknown) && c != call.ClassPair {
			t.Errorf("%s %s %q: class %s without a reason", country, area, raw, c)
		}
	}
}
