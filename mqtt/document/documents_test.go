package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/order"
)

var berlin = time.FixedZone("CET", 60*60)

// spam is the call of the contract's example.
func spam() call.Call {
	return call.Call{
		ID: "01KAKQ3V8Z0000000000000000", Direction: call.Incoming, Phase: call.Ringing,
		Caller:  call.Party{Number: call.Number{Raw: "03023125123", E164: "+493023125123", National: "030 23125123", Kind: call.Fixed, Place: "Berlin", Country: "DE"}},
		Callee:  call.Party{Number: call.Number{Raw: "23125732", E164: "+493023125732", National: "030 23125732", Kind: call.Fixed, Place: "Berlin", Country: "DE"}, Name: "Practice"},
		MSN:     "493023125732",
		Trunk:   "SIP1",
		Started: time.Date(2026, 11, 21, 18, 0, 1, 0, berlin),
		Verdict: call.Verdict{Judgement: call.Spam, Score: 92, Reason: "PhoneBlock: 46 reports, advertising", Code: "reported",
			Evidence: []call.Evidence{
				{Source: "rules", Reason: "unlisted", Weight: 5, Detail: "not in a phonebook"},
				{Source: "phoneblock", Reason: "reported", Weight: 92, Detail: "46 reports, advertising, last on 2026-11-18"},
			}},
	}
}

// talk is an outgoing call with everything an outgoing call has.
func talk() call.Call {
	return call.Call{
		ID: "01KAKQ3V900000000000000000", Direction: call.Outgoing, Phase: call.Ended, Outcome: call.Answered,
		Caller:    call.Party{Number: call.Number{Raw: "23125732", E164: "+493023125732", National: "030 23125732", Kind: call.Fixed, Place: "Berlin", Country: "DE"}, Name: "Practice"},
		Callee:    call.Party{Number: call.Number{Raw: "01713920012", E164: "+491713920012", National: "0171 3920012", Kind: call.Mobile, Country: "DE"}},
		MSN:       "493023125732",
		Extension: "10", Trunk: "SIP1",
		Started:  time.Date(2026, 11, 21, 18, 0, 1, 0, berlin),
		Answered: time.Date(2026, 11, 21, 18, 0, 12, 900e6, berlin),
		Ended:    time.Date(2026, 11, 21, 18, 3, 1, 0, berlin),
		Ring:     11900 * time.Millisecond, Talk: 168 * time.Second,
	}
}

// hidden is a missed call without number.
func hidden() call.Call {
	c := spam()
	c.Caller, c.Verdict = call.Party{}, call.Verdict{}
	c.Phase, c.Outcome, c.Ended, c.Ring = call.Ended, call.Missed, c.Started.Add(20*time.Second), 20*time.Second
	return c
}

// recorded is who spoke on an answering machine.
func recorded(at time.Time) call.Call {
	c := spam()
	c.Caller.Name, c.Verdict = "Laboratory", call.Verdict{}
	c.Phase, c.Outcome, c.Started, c.Talk = call.Ended, call.AnsweringMachine, at, 42*time.Second
	return c
}

func TestGolden(t *testing.T) {
	english, german := Documents{Location: berlin}, Documents{Location: berlin, Language: call.German}
	ringing, talking := spam(), talk()
	talking.Phase, talking.Outcome = call.Talking, call.OutcomeNone
	since := time.Date(2026, 11, 21, 17, 0, 0, 0, berlin)
	divert := hidden()
	divert.Caller = call.Party{Number: ringing.Caller.Number, Network: call.Number{Raw: "06990009123", E164: "+496990009123"}, Name: "Dr. \"Müller\"\n"}
	last := talk()
	refusal := &order.Refusal{Code: order.CodeNoRingingCall, Message: call.Text{"nothing rings", "nichts klingelt"}, Hint: call.Text{"wait for a call", "auf einen Anruf warten"}}
	for name, got := range map[string][]byte{
		"state_ringing":  english.State(call.Aggregate{State: call.StateRinging, Active: 2, Waiting: true, Call: &ringing, Others: []call.Call{talking, spam()}}),
		"state_idle":     english.State(call.Aggregate{}),
		"event_ring":     english.Event(call.Transition{Type: call.EventRing, Call: ringing}),
		"event_miss":     english.Event(call.Transition{Type: call.EventMiss, Call: hidden()}),
		"event_end":      german.Event(call.Transition{Type: call.EventEnd, Call: talk()}),
		"last_call":      english.LastCall(&last),
		"last_call_none": Documents{}.LastCall(nil),
		"missed":         english.Missed(12, []call.Call{hidden(), divert}),
		"calls":          german.Calls([]call.Call{talk(), hidden(), divert}),
		"calls_none":     english.Calls(nil),
		"missed_none":    english.Missed(0, nil),
		"health": english.Health(Health{Monitor: Part{"down", since, "refused", "dial #96*5* from a DECT or wired phone"}, TR064: Part{State: "up", Since: since},
			Screening: Screener{Part{State: "up"}, []Source{
				{Name: "phoneblock", Part: Part{State: "up", Since: since}, Entries: 20000, Synced: since},
				{Name: "tellows", Part: Part{"down", since, "unauthorized", "set screening.tellows.key"}},
			}},
			Model: "FRITZ!Box 7590", Firmware: "8.20", Phonebooks: []Phonebook{{Name: "Telefonbuch", Entries: 214, Read: since}, {Name: "Online"}}, Version: "0.1.0"}),
		"settings": english.Settings(Settings{AutoReject: true, Threshold: 80, Method: "busy", Withheld: "reject", Quiet: true}, Switches{
			Deflections:       []Switch{{ID: 0, Name: "all calls to 030 23125069", On: true}, {ID: 1, Name: "from 0171 3920055"}},
			AnsweringMachines: []Switch{{ID: 0, Name: "Practice", On: true}},
		}),
		"voicemail": english.Voicemail([]VoiceMessage{
			{Machine: 0, Message: 3, Call: recorded(talk().Started), New: true},
			{Machine: 1, Message: 0, Call: hidden()},
		}),
		"voicemail_none":        english.Voicemail(nil),
		"result_ok":             english.Result(order.Result{Request: "r1", Command: "screen", Data: json.RawMessage(`{"score":92}`), Call: ringing.ID}),
		"result_refused":        english.Result(order.Result{Command: "reject", Refusal: refusal}),
		"result_refused_german": german.Result(order.Result{Command: "reject", Refusal: refusal}),
	} {
		t.Run(name, func(t *testing.T) {
			want := testkit.Golden(t, filepath.Join("testdata", name+".json"), append(got, '\n'))
			if d := cmp.Diff(keys(t, want), keys(t, got)); d != "" {
				t.Errorf("keys: %s", d)
			}
			if d := cmp.Diff(decode(t, want), decode(t, got)); d != "" {
				t.Error(d)
			}
		})
	}
}

// decode reads a document, whatever its spacing.
func decode(t *testing.T, doc []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	return v
}

// callKeys is the contract's list, in its order.
const callKeys = "id direction phase outcome caller caller.number caller.display caller.name caller.label caller.withheld caller.network_number " +
	"caller.kind caller.place caller.country callee callee.number callee.display callee.name callee.label callee.msn extension device trunk " +
	"verdict score reason reason_code evidence action started answered ended ring_seconds talk_seconds"

// keys lists the keys of an object in order, those inside arrays once per element
// under "name[]".
func keys(t testing.TB, doc []byte) string {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(doc))
	var out []string
	var walk func(prefix string)
	walk = func(prefix string) {
		tok, err := dec.Token()
		if err != nil {
			t.Fatalf("%v in %s", err, doc)
		}
		switch tok {
		case json.Delim('{'):
			for dec.More() {
				k, _ := dec.Token()
				name := strings.TrimPrefix(prefix+"."+k.(string), ".")
				out = append(out, name)
				walk(name)
			}
			dec.Token()
		case json.Delim('['):
			for dec.More() {
				walk(prefix + "[]")
			}
			dec.Token()
		default:
			if s, ok := tok.(string); ok && (utf8.RuneCountInString(s) > maxText || !utf8.ValidString(s)) {
				t.Fatalf("%s has %d characters", prefix, utf8.RuneCountInString(s))
			}
		}
	}
	walk("")
	return strings.Join(out, " ")
}

// under prefixes each key, as it stands in another document.
func under(prefix, list string) string {
	return prefix + " " + prefix + "." + strings.Join(strings.Fields(list), " "+prefix+".")
}

const evidenceKeys = " evidence[].source evidence[].reason evidence[].weight evidence[].detail"

// FuzzDocuments builds calls of any content and checks what the contract
// promises: keys, order, sizes.
func FuzzDocuments(f *testing.F) {
	f.Add("+493023125123", "Müller", "SIP1", "\"\\\x00\xff", int64(1795280401), uint8(1), uint8(2), int8(92), uint8(2), uint8(3))
	f.Add(strings.Repeat("\x01", 300), strings.Repeat("😀", 300), strings.Repeat("\xff", 300), strings.Repeat("a", 300), int64(-1)<<40, uint8(9), uint8(9), int8(-128), uint8(20), uint8(20))
	f.Add("", "", "", "", int64(0), uint8(0), uint8(0), int8(0), uint8(0), uint8(0))
	f.Fuzz(func(t *testing.T, a, b, c, d string, sec int64, direction, phase uint8, weight int8, findings, others uint8) {
		if len(a)+len(b)+len(c)+len(d) > 4000 {
			return // only slower
		}
		x := call.Call{
			ID: call.ID(a), Direction: call.Direction(direction), Phase: call.Phase(phase), Outcome: call.Outcome(direction),
			Caller: call.Party{Number: call.Number{Raw: a, E164: b, National: c, Kind: call.NumberKind(phase), Place: d, Country: a}, Network: call.Number{Raw: b}, Name: c},
			Callee: call.Party{Number: call.Number{Raw: d, National: a}, Name: b},
			MSN:    c, Extension: call.Extension(d), Trunk: a,
			Started: time.Unix(sec, 0), Answered: time.Unix(sec/2, 5), Ring: time.Duration(sec), Talk: time.Duration(-sec),
			Verdict: call.Verdict{Judgement: call.Judgement(phase), Score: int(weight), Reason: b, Code: d}, Action: call.Action(phase),
		}
		for i := range findings % 32 {
			x.Verdict.Evidence = append(x.Verdict.Evidence, call.Evidence{Source: a, Reason: c, Weight: int(weight) * int(i), Detail: d})
		}
		list := make([]call.Call, others%32)
		for i := range list {
			list[i] = x
		}
		docs := Documents{Location: berlin, Language: call.German}
		check := func(doc []byte) string {
			if len(doc) > MaxSize || !json.Valid(doc) || !utf8.Valid(doc) {
				t.Fatalf("%d bytes: %s", len(doc), doc)
			}
			return keys(t, doc)
		}
		strip := func(keys string) string {
			keys = strings.ReplaceAll(keys, evidenceKeys, "")
			keys = strings.ReplaceAll(keys, strings.ReplaceAll(evidenceKeys, " ", " call."), "")
			return keys
		}
		if got := strip(check(docs.Event(call.Transition{Type: call.EventRing, Call: x}))); got != "event_type "+callKeys {
			t.Error(cmp.Diff("event_type "+callKeys, got))
		}
		if got := strip(check(docs.LastCall(&x))); got != callKeys {
			t.Error(cmp.Diff(callKeys, got))
		}
		state := check(docs.State(call.Aggregate{Active: len(list) + 1, Call: &x, Others: list}))
		if head := "state active_calls call_waiting " + under("call", callKeys) + " calls"; !strings.HasPrefix(strip(state), head) {
			t.Error(cmp.Diff(head, strip(state)))
		}
		if n := strings.Count(state, "calls[].id"); n > maxOthers || n < min(len(list), 1) && len(docs.State(call.Aggregate{Others: list})) < MaxSize/2 {
			t.Errorf("%d other calls of %d", n, len(list))
		}
		if strings.Contains(state, "calls[].evidence[]") {
			t.Error("evidence in calls")
		}
		if n := strings.Count(state, "call.evidence[].source"); n > maxEvidence {
			t.Errorf("%d findings", n)
		}
		all := docs.Calls(list)
		if n := strings.Count(keys(t, all), "calls[].id"); n > maxCalls || n < min(len(list), 6) || len(all) > MaxCallsSize || strings.Contains(keys(t, all), "evidence[]") {
			t.Errorf("%d calls of %d in %d bytes", n, len(list), len(all))
		}
		missed := check(docs.Missed(len(list), list))
		if n := strings.Count(missed, "calls[].id"); n > maxMissed || n == 0 && len(list) > 0 && len(a)+len(b)+len(c)+len(d) < 100 {
			t.Errorf("%d missed calls of %d", n, len(list))
		}
	})
}

// TestHealthFits: however much is wrong, the document is no longer than any other.
func TestHealthFits(t *testing.T) {
	wrong := Part{"down", talk().Started, "unauthorized", strings.Repeat("ü\x01", 200)}
	h := Health{Monitor: wrong, TR064: wrong, SIP: wrong, Journal: wrong, Screening: Screener{Part: wrong}}
	for range 40 {
		h.Screening.Sources = append(h.Screening.Sources, Source{Name: "source", Part: wrong})
		h.Phonebooks = append(h.Phonebooks, Phonebook{Name: "book", Reason: "unreadable", Hint: wrong.Hint})
	}
	if doc := (Documents{Location: berlin}).Health(h); len(doc) > MaxSize || !json.Valid(doc) || strings.Count(string(doc), `"name":"source"`) != maxSources {
		t.Errorf("%d bytes: %s", len(doc), doc)
	}
}

func TestMissedFits(t *testing.T) {
	c := spam()
	c.Verdict.Reason = strings.Repeat("x", 255)
	list := make([]call.Call, 20)
	for i := range list {
		list[i] = c
		list[i].ID = call.ID(fmt.Sprintf("01KAKQ3V8Z00000000000000%02d", i))
	}
	doc := Documents{}.Missed(20, list)
	var got struct {
		Count int
		Calls []struct{ ID string }
	}
	if err := json.Unmarshal(doc, &got); err != nil {
		t.Fatal(err)
	}
	if got.Count != 20 || len(got.Calls) < 6 || len(got.Calls) > 10 || len(doc) > MaxSize {
		t.Errorf("count %d, %d calls, %d bytes", got.Count, len(got.Calls), len(doc))
	}
	if got.Calls[0].ID != string(list[0].ID) {
		t.Error("the newest is not the first")
	}
}

// TestLabel: whatever is known of a party, there is something to say, in the language.
func TestLabel(t *testing.T) {
	berlin := call.Number{Raw: "03023125123", E164: "+493023125123", National: "030 23125123", Place: "Berlin"}
	own := call.Number{Raw: "23125732", E164: "+493023125732", National: "030 23125732", Place: "Berlin"}
	raw := call.Number{Raw: "**610", Kind: call.Internal}
	for _, test := range []struct {
		direction          call.Direction
		from, to           call.Party
		caller, callee, de string // de = of both, in German
	}{
		{call.Incoming, call.Party{Number: berlin}, call.Party{Number: own}, "030 23125123 (Berlin)", "030 23125732", "030 23125123 (Berlin) > 030 23125732"},
		{call.Incoming, call.Party{Number: berlin, Name: "Anna"}, call.Party{Number: own, Name: "Home"}, "Anna", "Home", "Anna > Home"},
		{call.Incoming, call.Party{Number: berlin, Name: " "}, call.Party{}, "030 23125123 (Berlin)", "unknown number", "030 23125123 (Berlin) > unbekannte Nummer"},
		{call.Incoming, call.Party{}, call.Party{Number: own}, "withheld number", "030 23125732", "unterdrückte Nummer > 030 23125732"},
		{call.Outgoing, call.Party{Number: own}, call.Party{Number: berlin}, "030 23125732", "030 23125123 (Berlin)", "030 23125732 > 030 23125123 (Berlin)"},
		{call.Outgoing, call.Party{}, call.Party{Number: raw}, "unknown number", "**610", "unbekannte Nummer > **610"},
	} {
		c := call.Call{Direction: test.direction, Phase: call.Ended, Caller: test.from, Callee: test.to}
		en, de := (Documents{}).Call(&c), (Documents{Language: call.German}).Call(&c)
		if en.Caller.Label != test.caller || en.Callee.Label != test.callee || de.Caller.Label+" > "+de.Callee.Label != test.de {
			t.Errorf("%q > %q, in German %q > %q", en.Caller.Label, en.Callee.Label, de.Caller.Label, de.Callee.Label)
		}
	}
	if idle := (Documents{}).Call(nil); idle.Caller.Label+idle.Callee.Label != "" {
		t.Errorf("nobody is called %q", idle.Caller.Label)
	}
}

// TestCallsFit: twenty calls as they are, and fewer of what strangers made as long as it goes.
func TestCallsFit(t *testing.T) {
	list := make([]call.Call, 30)
	for i := range list {
		list[i] = spam()
		list[i].ID = call.ID(fmt.Sprintf("01KAKQ3V8Z00000000000000%02d", i))
	}
	var got struct{ Calls []Call }
	if err := json.Unmarshal(Documents{}.Calls(list), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Calls) != 20 || got.Calls[0].ID != string(list[0].ID) || got.Calls[19].ID != string(list[19].ID) || len(got.Calls[0].Evidence) != 0 || got.Calls[0].Evidence == nil {
		t.Errorf("%d calls: %+v", len(got.Calls), got.Calls)
	}
	for i := range list {
		list[i].Caller.Name = strings.Repeat("\x01", 5000)
	}
	if doc := (Documents{}).Calls(list); len(doc) > MaxCallsSize || !json.Valid(doc) {
		t.Errorf("%d bytes", len(doc))
	}
}

func TestStrongestEvidence(t *testing.T) {
	var all []call.Evidence
	for i := range 20 {
		all = append(all, call.Evidence{Source: "s", Weight: (i*7)%20*5 - 50})
	}
	got := Call{Evidence: Findings(all)}.cut(steps[0]).Evidence
	var strengths []int
	for _, e := range got {
		strengths = append(strengths, max(e.Weight, -e.Weight))
	}
	if d := cmp.Diff([]int{50, 45, 45, 40, 40, 35, 35, 30}, strengths); d != "" {
		t.Error(d)
	}
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":          `""`,
		"abcdef":    `"abcd"`,
		"äöüß€":     `"äöüß"`,
		"a\"\\\n!":  `"a\"\\\n"`,
		"\xffa\xc3": `"\ufffda\ufffd"`,
		"😀😀😀😀😀":     `"😀😀😀😀"`,
		"<&>\x01!":  `"<&>\u0001"`,
		"\ufffd1":   `"` + "\uFFFD1" + `"`,
	} {
		if got := string(encode(cut(in, 4))); got != want {
			t.Errorf("%q: %s, not %s", in, got, want)
		}
	}
}

func TestResultData(t *testing.T) {
	for _, data := range []string{"", "null", "[1]", `{"a":`, `{"a":"` + strings.Repeat("x", maxData) + `"}`} {
		doc := Documents{}.Result(order.Result{Command: "screen", Data: json.RawMessage(data)})
		if !strings.Contains(string(doc), `"data":{}`) || !json.Valid(doc) {
			t.Errorf("%.20q: %.200s", data, doc)
		}
	}
}

func BenchmarkEvent(b *testing.B) {
	d, c := Documents{Location: berlin}, spam()
	b.ReportAllocs()
	for b.Loop() {
		d.Event(call.Transition{Type: call.EventRing, Call: c})
	}
}

func BenchmarkState(b *testing.B) {
	d, c := Documents{Location: berlin}, spam()
	a := call.Summarize([]call.Call{c, talk(), c})
	b.ReportAllocs()
	for b.Loop() {
		d.State(a)
	}
}

// TestSeconds: a ring of 5.9 s has six seconds, as the log says, and as its times say that
// stand in the document.
func TestSeconds(t *testing.T) {
	began := time.Date(2026, 11, 21, 18, 0, 0, 900e6, berlin)
	c := call.Call{Phase: call.Ended, Outcome: call.Missed, Started: began, Ended: began.Add(5900 * time.Millisecond), Ring: 5900 * time.Millisecond}
	d := Documents{Location: berlin}.Call(&c)
	if took := d.Ended.Parse().Sub(d.Started.Parse()); d.RingSeconds != 6 || took != 6*time.Second {
		t.Errorf("ring_seconds %d, from start to end %v", d.RingSeconds, took)
	}
	for ring, want := range map[time.Duration]int64{-time.Hour: 0, 400 * time.Millisecond: 0, 500 * time.Millisecond: 1, 7 * time.Second: 7, 1<<63 - 1: 9223372036} {
		if got := seconds(ring); got != want {
			t.Errorf("%v: %d, want %d", ring, got, want)
		}
	}
}
