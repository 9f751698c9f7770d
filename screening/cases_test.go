package screening

import (
	"encoding/csv"
	"os"
	"testing"

	"github.com/callporter/callporter/call"
)

// numberCase is a row of a table of cases, which package call describes.
type numberCase struct {
	raw, area, country, class, reason string
}

// cases reads a table. The one beside the checkout is empty where there is none.
func cases(t testing.TB, file string) []numberCase {
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
	all := make([]numberCase, 0, len(rows))
	for _, row := range rows[1:] {
		all = append(all, numberCase{row[0], row[1], row[2], row[3], row[4]})
	}
	return all
}

const (
	ownCases    = "../call/testdata/cases.csv"
	sharedCases = "../../shared/data/numbers/cases.csv"
)

// unwanted reports whether the caller of a case is to be noticed: nobody has such a number, or
// nobody may show it.
func (c numberCase) unwanted() bool {
	switch c.reason {
	case "ok", "local_number_completed", "bracketed_pair", "internal", "anonymous":
		return false
	}
	return true
}

func (c numberCase) line(t testing.TB) *Line {
	t.Helper()
	plan, err := call.NewPlan(c.country, c.area, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Line{Plan: plan}
}

// TestCases judges the callers of both tables by the plan alone. Whoever is to be noticed is at
// least suspicious, everybody else is not.
func TestCases(t *testing.T) {
	s := New(Options{})
	for _, file := range []string{ownCases, sharedCases} {
		if _, err := os.Stat(file); err != nil && file == sharedCases {
			t.Logf("no shared table of cases: %v", err)
			continue
		}
		for _, c := range cases(t, file) {
			line := c.line(t)
			class, reason := Classify(line.Plan, c.raw)
			if class.String() != c.class || reason.String() != c.reason {
				t.Errorf("%s %s %q: %s %s, want %s %s", c.country, c.area, c.raw, class, reason, c.class, c.reason)
			}
			if c.reason == "bracketed_pair" {
				continue // both numbers are judged, and may be anything
			}
			v := s.Local(&Query{Party: line.Plan.Caller(c.raw), Line: line}).Verdict
			if noticed := v.Score >= SuspiciousScore; noticed != c.unwanted() {
				t.Errorf("%s %s %q (%s): score %d, %s", c.country, c.area, c.raw, c.reason, v.Score, v.Reason)
			}
		}
	}
}
