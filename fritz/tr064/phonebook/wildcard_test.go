package phonebook

import (
	"testing"

	"github.com/callporter/callporter/call"
)

func TestWildcards(t *testing.T) {
	p, err := call.NewPlan("DE", "030", nil)
	if err != nil {
		t.Fatal(err)
	}
	for entry, want := range map[string]prefix{
		"0301234*": {digits: "49301234"}, "030 12 34*": {digits: "49301234"}, "+49301234*": {digits: "49301234"}, "0049301234*": {digits: "49301234"},
		"0*": {digits: "49"}, "0900*": {digits: "49900"}, "231*": {digits: "4930231"}, "00*": {foreign: true}, "004*": {digits: "4", foreign: true},
		"0049*": {digits: "49"}, "+44*": {digits: "44"}, "0017*": {digits: "17"}, "*": {}, "**6*": {}, "abc*": {}, "00441234567890123456*": {},
	} {
		if got := parseWildcard(p, entry); got != want {
			t.Errorf("%s: %+v, want %+v", entry, got, want)
		}
	}
	for country, code := range map[string]string{"DE": "49", "AT": "43", "CH": "41", "IT": "39", "TR": "90", "GR": "30", "US": "1", "FR": "33", "LU": "352"} {
		p, err := call.NewPlan(country, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := homeCode(p); got != code {
			t.Errorf("%s: %s", country, got)
		}
	}
}
