package document

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

func TestScreening(t *testing.T) {
	ringing := spam()
	whole := Screening{
		Input: "030 231 25 123", Number: ringing.Caller.Number, Class: ringing.Caller.Number.Class(), ClassReason: call.ReasonOK,
		Verdict: ringing.Verdict, Steps: []ScreeningStep{{"plan", 3 * time.Microsecond, 0, ""}, {"phoneblock", 2500 * time.Millisecond, 1, "no answer in 2.5 s"}},
	}
	for name, got := range map[string]json.RawMessage{
		"screening":        Documents{}.Screening(whole),
		"screening_german": Documents{Language: call.German}.Screening(Screening{Input: "**610", Number: call.Number{Raw: "**610", Kind: call.Internal}}),
	} {
		want := testkit.Golden(t, filepath.Join("testdata", name+".json"), append(got, '\n'))
		if d := cmp.Diff(keys(t, want)+string(want), keys(t, got)+string(got)+"\n"); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestScreeningFits: however much there is to say, it fits into a result.
func TestScreeningFits(t *testing.T) {
	for _, text := range []string{strings.Repeat("x", 300), strings.Repeat("\x01", 300), strings.Repeat("\xff", 300), strings.Repeat("😀", 300)} {
		s := Screening{Input: text, Name: text, Verdict: call.Verdict{Judgement: call.Spam, Score: 92, Reason: text, Code: "reported"}}
		for range 40 {
			s.Verdict.Evidence = append(s.Verdict.Evidence, call.Evidence{Source: text, Reason: text, Weight: 92, Detail: text})
			s.Steps = append(s.Steps, ScreeningStep{Source: text, Error: text})
		}
		got := Documents{}.Screening(s)
		if len(got) > maxData || !json.Valid(got) || !strings.Contains(string(got), `"verdict":"spam","score":92`) {
			t.Errorf("%d bytes: %.300s", len(got), got)
		}
	}
}
