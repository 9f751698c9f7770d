package order

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
)

func TestForms(t *testing.T) {
	var names []string
	for _, form := range Forms() {
		if form.Press != strings.HasPrefix(form.Takes, "PRESS or ") || !strings.HasSuffix(form.Takes, "request") {
			t.Errorf("%+v", form)
		}
		names = append(names, form.Name)
	}
	if len(names) != len(rules) || !slices.IsSorted(names) || !slices.Contains(names, "deflection/ID") {
		t.Error(names)
	}
}

func TestHints(t *testing.T) {
	for name, want := range map[string]call.Text{
		"reject":    {"send PRESS or a call or JSON with call, method, request", "PRESS oder die ID eines Anrufs oder JSON mit call, method, request senden"},
		"quiet":     {"send ON or OFF or JSON with value, request", "ON oder OFF oder JSON mit value, request senden"},
		"hangup":    {"send PRESS or JSON with request", "PRESS oder JSON mit request senden"},
		"threshold": {"send a whole number from 0 to 1000000 or JSON with value, request", "eine ganze Zahl von 0 bis 1000000 oder JSON mit value, request senden"},
	} {
		if got := rules[name].hint(); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	_, err := Parse("fritzbox", "explode", []byte("PRESS"))
	if hint := err.(*Refusal).Hint[call.German]; utf8.RuneCountInString(hint) > maxText || !strings.HasSuffix(hint, "withheld") {
		t.Errorf("%d characters: %s", len(hint), hint)
	}
	for name, r := range rules {
		for _, need := range r.needs {
			if _, ok := r.field(need); !ok {
				t.Errorf("%s needs %s and does not know it", name, need)
			}
		}
		if r.main != "" {
			if _, ok := r.field(r.main); !ok {
				t.Errorf("%s: no field %s", name, r.main)
			}
			if kind, _ := r.field(r.main); (kind == text || kind == phone) && mainTexts[r.main] == (call.Text{}) {
				t.Errorf("%s: no text for %s", name, r.main)
			}
		}
	}
}
