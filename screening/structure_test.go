package screening

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"github.com/callporter/callporter/call"
)

// german is a line in Berlin that knows nobody.
func german(t testing.TB) *Line {
	t.Helper()
	plan, err := call.NewPlan("DE", "030", nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Line{Plan: plan}
}

func found(line *Line, raw string) []Finding {
	q := &Query{Party: line.Plan.Caller(raw), Line: line}
	var all []Finding
	for _, n := range q.numbers() {
		all = structure{call.English}.Check(all, q, n)
	}
	return all
}

func TestStructure(t *testing.T) {
	for raw, want := range map[string]struct {
		reason string
		weight int
		detail string
	}{
		"0207565747377":        {"unassigned_area_code", 90, "the area code 02075 is not assigned"},
		"03392723456":          {"unassigned_area_code", 90, "the area code 033927 is not assigned"},
		"02075234567890123456": {"unassigned_area_code", 90, "no place has such an area code"},
		"002102345678":         {"unknown_country_code", 95, "no country has the code +210"},
		"00210":                {"unknown_country_code", 95, "no country has such a code"},
		"030491713920021":      {"veiled_cellular", 95, "0171 3920021 is hidden behind the own area code"},
		"110":                  {"forbidden_caller_id", 95, faults[call.ReasonForbiddenCallerID].text[call.English]},
		"01802234567":          {"shared_cost", 10, "a service number with shared cost"},
		"015002345678":         {"unlisted_mobile_block", 40, faults[call.ReasonUnlistedMobileBlock].text[call.English]},
		"0221471012345678":     {"too_long", 80, "the number is too long"},
		// The plus of an international number may be lost on the way: no proof.
		"493023125000":  {"too_long", 50, "the number is too long"},
		"4915228817386": {"veiled_cellular", 50, "0152 28817386 is hidden behind the own area code"},
		// The library knows no such range; it does not know the one for fiction either.
		"+447700900104": {"out_of_plan", 10, "its country is not known to use such numbers"},
		// Of a length that the country does not have.
		"+4420794601":     {"foreign_invalid_number", 50, "its country has no such numbers"},
		"+33199000":       {"foreign_invalid_number", 50, "its country has no such numbers"},
		"+449098790001":   {"premium", 60, "a premium-rate number"},
		"+43900234567":    {"premium", 60, "a premium-rate number"},
		"+43200234567":    {"foreign_invalid_number", 50, "its country has no such numbers"},
		"+442079460105":   {},
		"+3790669823456":  {}, // a country that the library does not know
		"+390623456789":   {},
		"03023125123":     {},
		"Practice":        {},
		"0302312x5123":    {},
		"+43123456789":    {},
		"+2250712345678":  {},
		"0221 4710 (0)":   {},
		"08001234567":     {},
		"unknown":         {},
		"**610":           {},
		"+88213123456789": {"global_service_code", 60, "a number of a worldwide service or satellite network"},
	} {
		all := found(german(t), raw)
		switch {
		case want.reason == "" && len(all) > 0, want.reason != "" && len(all) != 1:
			t.Errorf("%q: %+v, want %q", raw, all, want.reason)
		case len(all) == 1 && (all[0].Reason != want.reason || all[0].Weight != want.weight || all[0].Detail != want.detail || all[0].Group != Structure):
			t.Errorf("%q: %+v, want %+v", raw, all[0], want)
		}
	}
	pair := found(german(t), "02075234567(03023125408)")
	if len(pair) != 2 || pair[0].Reason != "unassigned_area_code" || pair[1].Reason != "bracketed_pair" {
		t.Errorf("a pair: %+v", pair)
	}
}

// TestStructureOfOtherCountries: the plan of a home country that is not known in detail is the
// library's.
func TestStructureOfOtherCountries(t *testing.T) {
	plan, err := call.NewPlan("NL", "020", nil)
	if err != nil {
		t.Fatal(err)
	}
	for raw, want := range map[string]string{"0202345678": "", "2345678": "", "02023456789012": "foreign_invalid_number", "+493023125123": "", "09001234567": "premium"} {
		got := ""
		for _, f := range found(&Line{Plan: plan}, raw) {
			got = f.Reason
		}
		if got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

// TestFaults: every reason for which a number is nobody's speaks against it, in both languages.
func TestFaults(t *testing.T) {
	for _, r := range call.NumberReasons() {
		var f fault
		if int(r) < len(faults) {
			f = faults[r]
		}
		switch r {
		case call.ReasonOK, call.ReasonLocalNumberCompleted, call.ReasonBracketedPair, call.ReasonInternal,
			call.ReasonAnonymous, call.ReasonNoNumber:
			if f.weight != 0 {
				t.Errorf("%s weighs %d", r, f.weight)
			}
			continue
		}
		if f.weight < 40 || f.text[call.English] == "" {
			t.Errorf("%s weighs %d: %q", r, f.weight, f.text)
		}
		for _, text := range []call.Text{f.text, f.named} {
			if (text[call.English] == "") != (text[call.German] == "") {
				t.Errorf("%s lacks a text: %q", r, text)
			}
		}
	}
}

// TestFaultsOnPage: the manual has every reason with its weight.
func TestFaultsOnPage(t *testing.T) {
	page, err := os.ReadFile("../docs/screening.md")
	if err != nil {
		t.Fatal(err)
	}
	weights := map[string]int{reasonOutOfPlan: smallWeight, reasonSharedCost: smallWeight, "bracketed_pair": smallWeight}
	for r := range faults {
		if faults[r].weight > 0 {
			weights[call.NumberReason(r).String()] = faults[r].weight
		}
	}
	for reason, weight := range weights {
		row := regexp.MustCompile(fmt.Sprintf("(?m)^\\|[^|]*`%s`[^|]*\\| %d \\|", reason, weight))
		if !row.Match(page) {
			t.Errorf("docs/screening.md has no row of %s with weight %d", reason, weight)
		}
	}
}

func FuzzStructure(f *testing.F) {
	for i, c := range cases(f, ownCases) {
		if i%10 == 0 {
			f.Add(c.raw)
		}
	}
	var lines []*Line
	for _, home := range [][2]string{{"DE", "030"}, {"AT", "01"}, {"CH", "044"}, {"NL", ""}, {"IT", ""}} {
		lines = append(lines, numberCase{country: home[0], area: home[1]}.line(f))
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, line := range lines {
			for _, f := range found(line, raw) {
				if f.Weight <= 0 || f.Weight > 95 || f.Detail == "" || f.Reason == "" || len(f.Detail) > 120 {
					t.Errorf("%q: %+v", raw, f)
				}
			}
			Classify(line.Plan, raw)
		}
	})
}

func BenchmarkClassify(b *testing.B) {
	line := german(b)
	for _, raw := range []string{"03023125123", "01713920055", "0207565747377", "+447700900123", "+12125550199", "0043512234567", "002102345678"} {
		b.Run(raw, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				found(line, raw)
			}
		})
	}
}
