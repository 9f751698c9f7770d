package screening

import (
	"math"
	"testing"

	"github.com/callporter/callporter/call"
)

// crowd is what n people say who rate a number 1 (good) to 9 (bad).
func crowd(score, n int) Finding {
	return reputed("tellows", rating{score: float64(score), count: n}.weight())
}

// votes is what n people say who vote against a number.
func votes(n int) Finding {
	return reputed("phoneblock", int(math.Round(100*float64(n)/(float64(n)+3.84))))
}

func reputed(source string, weight int) Finding {
	f := weighed(Reputation, weight)
	f.Source = source
	return f
}

func weighed(g Group, weight int) Finding {
	return Finding{Group: g, Evidence: call.Evidence{Weight: weight}}
}

// TestScore: what the findings of well-known situations lead to.
func TestScore(t *testing.T) {
	unassigned, directory := weighed(Structure, 90), weighed(Trust, -50)
	calledLately, withheld, service := weighed(Trust, -90), weighed(Context, 30), weighed(Structure, 10)
	for name, test := range map[string]struct {
		findings []Finding
		score    int
		want     call.Judgement
	}{
		"nothing":                          {nil, 0, call.JudgementUnknown},
		"unassigned area code":             {[]Finding{unassigned}, 90, call.Spam},
		"unassigned, but in the directory": {[]Finding{unassigned, directory}, 45, call.Suspicious},
		"tellows 6 by 3":                   {[]Finding{crowd(6, 3)}, 20, call.JudgementUnknown},
		"tellows 7 by 3":                   {[]Finding{crowd(7, 3)}, 31, call.JudgementUnknown},
		"tellows 7 by 10":                  {[]Finding{crowd(7, 10)}, 51, call.Suspicious},
		"tellows 8 by 29":                  {[]Finding{crowd(8, 29)}, 75, call.Spam},
		"tellows 9 by 3":                   {[]Finding{crowd(9, 3)}, 42, call.JudgementUnknown},
		"tellows 9 by 20":                  {[]Finding{crowd(9, 20)}, 80, call.Spam},
		"4 votes":                          {[]Finding{votes(4)}, 51, call.Suspicious},
		"10 votes":                         {[]Finding{votes(10)}, 72, call.Suspicious},
		"20 votes":                         {[]Finding{votes(20)}, 84, call.Spam},
		"10 votes twice":                   {[]Finding{votes(10), votes(9)}, 72, call.Suspicious},
		"10 votes and tellows 8 by 29":     {[]Finding{votes(10), crowd(8, 29)}, 93, call.Spam},
		"tellows 9 by 20, 2 by 30":         {[]Finding{crowd(9, 20), crowd(2, 30)}, 53, call.Suspicious},
		"tellows 8 by 29, called lately":   {[]Finding{crowd(8, 29), calledLately}, 8, call.Allowed},
		"withheld":                         {[]Finding{withheld}, 30, call.JudgementUnknown},
		"0180 and tellows 6 by 12":         {[]Finding{service, crowd(6, 12)}, 41, call.JudgementUnknown},
		"allow list before block list":     {[]Finding{weighed(List, -100), weighed(List, 100), unassigned}, 0, call.Allowed},
		"block list, though called lately": {[]Finding{calledLately, weighed(List, 100)}, 100, call.Spam},
	} {
		judgement, score, _ := Policy{}.judge(test.findings)
		if judgement != test.want || score < test.score-1 || score > test.score+1 {
			t.Errorf("%s: %v %d, want %v %d", name, judgement, score, test.want, test.score)
		}
	}
	if judgement, _, _ := (Policy{Threshold: 95}).judge([]Finding{unassigned}); judgement != call.Suspicious {
		t.Errorf("90 with a threshold of 95 is %v", judgement)
	}
}
