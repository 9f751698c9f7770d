package document

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
)

// FuzzEvent: an event has the bytes that encoding/json gives it, whatever stands in its texts.
func FuzzEvent(f *testing.F) {
	for _, text := range []string{"", "Anna Müller", `"\/` + "\b\f\n\r\t\x00\x1f\x7f<>&", "\u2028\u2029\ufffd\xff\xc3", "🎉", strings.Repeat("\x01", 300)} {
		f.Add(text, uint8(call.EventRing), -100)
	}
	f.Fuzz(func(t *testing.T, text string, what uint8, number int) {
		at := time.Date(2026, time.November, 21, 18, 0, 1, 0, time.UTC)
		c := call.Call{
			ID: call.ID(text), Direction: call.Incoming, Phase: call.Ringing, Outcome: call.Missed,
			Caller: call.Party{Number: call.Number{Raw: text, E164: text, National: text, Place: text, Country: text}, Network: call.Number{E164: text}, Name: text},
			Callee: call.Party{Number: call.Number{E164: text}, Name: text}, MSN: text, Extension: call.Extension(text), Trunk: text,
			Verdict: call.Verdict{Judgement: call.Spam, Score: number, Reason: text, Code: text, Evidence: []call.Evidence{{Source: text, Reason: text, Weight: number, Detail: text}, {}}},
			Started: at, Ended: at, Ring: time.Duration(number) * time.Second, Action: call.Listed,
		}
		for _, c := range []call.Call{c, {Direction: call.Incoming, Started: at, Answered: at, Talk: time.Minute}} {
			transition := call.Transition{Type: call.TransitionType(what), Call: c}
			got := Documents{}.Event(transition)
			document := Documents{}.Call(&c)
			want := fit(func(l limits) any { return event{transition.Type.String(), document.cut(l)} })
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Error(diff)
			}
			if !json.Valid(got) || len(got) > MaxSize {
				t.Errorf("%d bytes: %s", len(got), got)
			}
		}
	})
}
