package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/document"
)

// TestEventLine reads every kind of event as a person would.
func TestEventLine(t *testing.T) {
	plan, err := call.NewPlan("DE", "030", []string{"23125732=Practice"})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	own, _ := plan.Own("23125732")
	incoming := call.Call{Direction: call.Incoming, Caller: plan.Caller("01713920055"), Callee: own, Started: at}
	answered := incoming
	answered.Answered, answered.Extension, answered.Ring = at.Add(7*time.Second), "10", 7*time.Second
	recorded := answered
	recorded.Extension = "40"
	withheld := incoming
	withheld.Caller = call.Party{}
	place := incoming
	place.Caller = plan.Caller("02214710123")
	name := place
	name.Caller.Name = "Erika"
	outgoing := call.Call{Direction: call.Outgoing, Caller: own, Callee: call.Party{Number: plan.Dialled("06990009040")}, Started: at, Extension: "13"}
	unknown := outgoing
	unknown.Caller = call.Party{}
	ended := func(c call.Call, outcome call.Outcome, ring, talk time.Duration) call.Call {
		c.Ended, c.Outcome, c.Phase, c.Ring, c.Talk = at.Add(ring+talk), outcome, call.Ended, ring, talk
		return c
	}
	judged := func(judgement call.Judgement, score int, action call.Action) call.Call {
		c := incoming
		c.Verdict, c.Action = call.Verdict{Judgement: judgement, Score: score, Reason: "They say so", Code: "reported"}, action
		return c
	}
	const s = time.Second
	for _, test := range []struct {
		how  call.TransitionType
		call call.Call
		want string
	}{
		{call.EventRing, incoming, "18:00:00  ring       0171 3920055 → 030 23125732 (Practice)"},
		{call.EventRing, withheld, "18:00:00  ring       withheld number → 030 23125732 (Practice)"},
		{call.EventRing, place, "18:00:00  ring       0221 4710123 (Köln) → 030 23125732 (Practice)"},
		{call.EventRing, name, "18:00:00  ring       0221 4710123 (Erika) → 030 23125732 (Practice)"},
		{call.EventRing, judged(call.Spam, 92, call.WouldReject), "18:00:00  ring       0171 3920055 → 030 23125732 (Practice), spam (92): They say so"},
		{call.EventScreened, judged(call.Spam, 92, call.Listed), "18:00:00  screened   0171 3920055 → 030 23125732 (Practice), spam (92): They say so; is blocked from now on"},
		{call.EventScreened, judged(call.Suspicious, 51, call.ActionNone), "18:00:00  screened   0171 3920055 → 030 23125732 (Practice), suspicious (51): They say so"},
		{call.EventRing, judged(call.Allowed, 0, call.ActionNone), "18:00:00  ring       0171 3920055 → 030 23125732 (Practice), welcome: They say so"},
		{call.EventRing, judged(call.JudgementUnknown, 0, call.ActionNone), "18:00:00  ring       0171 3920055 → 030 23125732 (Practice)"},
		{call.EventScreened, judged(call.JudgementUnknown, 20, call.ActionNone), "18:00:00  screened   0171 3920055 → 030 23125732 (Practice), They say so"},
		{call.EventRinging, judged(call.Spam, 92, call.WouldReject), "18:00:00  ringing    0171 3920055 → 030 23125732 (Practice), spam that rings all the same"},
		{call.EventAnswer, answered, "18:00:07  answer     0171 3920055 → 030 23125732 (Practice), at DECT 1"},
		{call.EventVoicemail, recorded, "18:00:07  voicemail  0171 3920055 → 030 23125732 (Practice), at Answering machine 1"},
		{call.EventEnd, ended(answered, call.Answered, 7*s, 95*s), "18:01:42  end        0171 3920055 → 030 23125732 (Practice), talked 1m35s"},
		{call.EventEnd, ended(recorded, call.AnsweringMachine, 7*s, 20*s), "18:00:27  end        0171 3920055 → 030 23125732 (Practice), recorded 20s"},
		{call.EventMiss, ended(incoming, call.Missed, 9*s, 0), "18:00:09  miss       0171 3920055 → 030 23125732 (Practice), rang 9s"},
		{call.EventBlock, ended(incoming, call.Blocked, 0, 0), "18:00:00  block      0171 3920055 → 030 23125732 (Practice), barred by the box"},
		{call.EventLost, ended(incoming, call.Lost, 3*s, 0), "18:00:03  lost       0171 3920055 → 030 23125732 (Practice), its end was not seen"},
		{call.EventLost, ended(answered, call.Lost, 7*s, 5*s), "18:00:12  lost       0171 3920055 → 030 23125732 (Practice), its end was not seen, talked 5s"},
		{call.EventDial, outgoing, "18:00:00  dial       030 23125732 (Practice) → 069 90009040"},
		{call.EventDial, unknown, "18:00:00  dial       unknown number → 069 90009040"},
		{call.EventEnd, ended(outgoing, call.Unanswered, 8*s, 0), "18:00:08  end        030 23125732 (Practice) → 069 90009040, not answered, rang 8s"},
	} {
		got, ok := EventLine(document.Documents{}.Event(call.Transition{Type: test.how, Call: test.call}), "", call.English)
		if !ok || got != test.want {
			t.Errorf("%v:\ngot  %s\nwant %s", test.how, got, test.want)
		}
	}
	for _, how := range call.TransitionTypes { // those of later days too
		line, ok := EventLine(document.Documents{}.Event(call.Transition{Type: how, Call: incoming}), "", call.German)
		if !ok || germanEvents[how.String()] == "" || !strings.Contains(line, germanEvents[how.String()]) {
			t.Errorf("%v: %q", how, line)
		}
	}
}

// TestEventLineOfVerdicts: what the line says of a verdict is true of what is done, whatever
// comes together. It never says that somebody is turned away who is not.
func TestEventLineOfVerdicts(t *testing.T) {
	words := map[call.Judgement]call.Text{
		call.Allowed: {"welcome: They say so", "willkommen: They say so"}, call.Suspicious: {"suspicious (51): They say so", "verdächtig (51): They say so"},
		call.Spam: {"spam (92): They say so", "Spam (92): They say so"}, call.JudgementUnknown: {"They say so", "They say so"},
	}
	scores := map[call.Judgement]int{call.Suspicious: 51, call.Spam: 92}
	done := map[call.Action]call.Text{call.Listed: {"; is blocked from now on", "; ist von jetzt an gesperrt"}}
	for _, j := range call.Judgements {
		for a := call.ActionNone; a <= call.Listed; a++ {
			c := call.Call{Direction: call.Incoming, Action: a, Verdict: call.Verdict{Judgement: j, Score: scores[j], Reason: "They say so", Code: "reported"}}
			for _, l := range []call.Language{call.English, call.German} {
				want := words[j].In(l)
				if j == call.Spam {
					want += done[a].In(l)
				}
				got, _ := EventLine(document.Documents{Language: l}.Event(call.Transition{Type: call.EventScreened, Call: c}), "", l)
				if !strings.HasSuffix(got, ", "+want) {
					t.Errorf("%v, %v: %s, not %s", j, a, got, want)
				}
			}
		}
	}
}

// TestEventLineInGerman: every word of the line, as a person in Germany reads it.
func TestEventLineInGerman(t *testing.T) {
	for payload, want := range map[string]string{
		`{"event_type":"ring","caller":{"withheld":true},"callee":{"display":"1","name":"Praxis"}}`: "ruft an           unterdrückte Nummer → 1 (Praxis)",
		`{"event_type":"ringing","caller":{"display":"1"},"callee":{"display":"2"}}`:                "klingelt          1 → 2",
		`{"event_type":"dial"}`: "wählt             unbekannte Nummer → unbekannte Nummer",
		`{"event_type":"answer","caller":{"display":"1"},"callee":{"display":"2"},"device":"DECT 1"}`:                                                       "angenommen        1 → 2, an DECT 1",
		`{"event_type":"voicemail","caller":{"display":"1"},"callee":{"display":"2"},"device":"Anrufbeantworter 1"}`:                                        "Anrufbeantworter  1 → 2, an Anrufbeantworter 1",
		`{"event_type":"end","caller":{"display":"1"},"callee":{"display":"2"},"outcome":"answered","talk_seconds":95}`:                                     "beendet           1 → 2, 1 min 35 s gesprochen",
		`{"event_type":"end","caller":{"display":"1"},"callee":{"display":"2"},"outcome":"voicemail","talk_seconds":3605}`:                                  "beendet           1 → 2, 1 h 0 min 5 s aufgezeichnet",
		`{"event_type":"end","caller":{"display":"1"},"callee":{"display":"2"},"outcome":"unanswered","ring_seconds":9}`:                                    "beendet           1 → 2, nicht angenommen, 9 s geklingelt",
		`{"event_type":"miss","caller":{"display":"1"},"callee":{"display":"2"},"ring_seconds":0}`:                                                          "verpasst          1 → 2, 0 s geklingelt",
		`{"event_type":"reject","caller":{"display":"1"},"callee":{"display":"2"}}`:                                                                         "abgewiesen        1 → 2",
		`{"event_type":"reject","caller":{"display":"1"},"callee":{"display":"2"},"verdict":"spam","score":92,"reason":"46 Meldungen","action":"rejected"}`: "abgewiesen        1 → 2, abgewiesen: Spam (92), 46 Meldungen",
		`{"event_type":"reject","caller":{"display":"1"},"callee":{"display":"2"},"verdict":"unknown","action":"rejected"}`:                                 "abgewiesen        1 → 2, abgewiesen, auf Befehl",
		`{"event_type":"reject","caller":{"display":"1"},"callee":{"display":"2"},"verdict":"spam","reason":"gesperrt","action":"announced"}`:               "abgewiesen        1 → 2, hat eine Ansage gehört: Spam, gesperrt",
		`{"event_type":"block","caller":{"display":"1"},"callee":{"display":"2"}}`:                                                                          "gesperrt          1 → 2, von der Box abgewiesen",
		`{"event_type":"lost","caller":{"display":"1"},"callee":{"display":"2"}}`:                                                                           "verloren          1 → 2, das Ende blieb ungesehen",
		`{"event_type":"later","caller":{"display":"1"},"callee":{"display":"2"}}`:                                                                          "later             1 → 2",
	} {
		if got, _ := EventLine([]byte(payload), "", call.German); got != "--:--:--  "+want {
			t.Errorf("%s:\ngot  %s\nwant --:--:--  %s", payload, got, want)
		}
	}
}

// TestEventLineOfAnybody: whoever may publish decides what stands there.
func TestEventLineOfAnybody(t *testing.T) {
	for payload, want := range map[string]string{
		"":                      "",
		"ring":                  "",
		`{"event_type":""}`:     "",
		`{"event_type":7}`:      "",
		`{"event_type":"ring"}`: "--:--:--  cellar  ring       unknown number → unknown number",
		`{"event_type":"ring","started":"yesterday"}`:                                                             "",
		`{"event_type":"ring","caller":{"display":"\u001b[2J\u009b2K"},"callee":{"display":"1\n2\u202e3\u0000"}}`: "--:--:--  cellar  ring       \ufffd[2J\ufffd2K → 1\ufffd2\ufffd3\ufffd",
	} {
		if got, ok := EventLine([]byte(payload), "cellar", call.English); got != want || ok != (want != "") {
			t.Errorf("%s: %q, want %q", payload, got, want)
		}
	}
}
