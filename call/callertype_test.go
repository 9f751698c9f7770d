package call_test

import (
	"testing"

	"github.com/callporter/callporter/call"
)

// TestCallerType: the details are those of the sources, as screening writes them.
func TestCallerType(t *testing.T) {
	t.Parallel()
	for detail, want := range map[string]call.CallerType{
		"3 Leute bewerten die Nummer bei tellows mit 7 auf einer Skala von 1, gut, bis 9, schlecht („Umfrage“)":            call.CallerSurvey,
		"17 people at tellows rate the number 9 on a scale from 1, good, to 9, bad (“Aggressive Werbung”)":                 call.CallerAdvertising,
		"17 people at tellows rate the number 9 on a scale from 1, good, to 9, bad (“Gewinnspiel”)":                        call.CallerLottery,
		"PhoneBlock: mindestens 9 Meldungen, Gewinnspiel, zuletzt 04/2026":                                                 call.CallerLottery,
		"PhoneBlock: at least 9 reports, survey":                                                                           call.CallerSurvey,
		"PhoneBlock: at least 9 reports, fraud, last in 2026-04":                                                           call.CallerCostTrap,
		"PhoneBlock: at least 9 reports, ping call":                                                                        call.CallerCostTrap,
		"1 Person bewertet die Nummer bei tellows mit 8 auf einer Skala von 1, gut, bis 9, schlecht („Kostenfalle“)":       call.CallerCostTrap,
		"1 Person bewertet die Nummer bei tellows mit 8 auf einer Skala von 1, gut, bis 9, schlecht („Telefonterror“)":     call.CallerTerror,
		"1 Person bewertet die Nummer bei Beispiel mit 8 auf einer Skala von 1, gut, bis 9, schlecht („Telemarketing AG“)": call.CallerMarketer,
		"PhoneBlock: reported": call.CallerUnknown,
		"":                     call.CallerUnknown,
	} {
		v := call.Verdict{Judgement: call.Spam, Evidence: []call.Evidence{{Source: "x", Weight: 60, Detail: detail}}}
		if got := v.CallerType(); got != want {
			t.Errorf("%q is %v, not %v", detail, got, want)
		}
	}
	v := call.Verdict{Evidence: []call.Evidence{
		{Weight: -80, Detail: "Umfrage"}, {Weight: 30, Detail: "Werbung"}, {Weight: 90, Detail: "reported"}, {Weight: 50, Detail: "Gewinnspiel"},
	}}
	if got := v.CallerType(); got != call.CallerLottery {
		t.Errorf("the worst that names a type says lottery, not %v", got)
	}
	seen := map[string]bool{}
	for _, c := range call.CallerTypes {
		seen[c.String()] = true
	}
	if len(seen) != len(call.CallerTypes) || seen[""] {
		t.Errorf("%v", seen)
	}
}
