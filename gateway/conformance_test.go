package gateway_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// published is what each line of the collection of published call monitor lines
// leads to. Behind "==" stand words of the comment above the lines; "=+" takes the
// lines above that comment too, where a call goes on below it. See tale for the rest.
const published = `
== gives up after 4 s
ring 0 +491713920055 > +493023125732=732 SIP1
ringing 0 ring=0
miss 0 missed ring=4 talk=0
== outgoing call from DECT handset 13
dial 1 +493023125732=732 > +491713920055 SIP1, DECT 4 (13)
lost 1 lost ring=0 talk=0, DECT 4 (13)
== the RING was not copied
== In-house loop
ring 2 +493023125732=732 > +493023125069=069 SIP0
ringing 2 ring=0
answer 2 ring=3, DECT 1 (10)
end 2 answered ring=3 talk=6, DECT 1 (10)
== outgoing, end not copied
dial 1 +493023125732=732 > +491713920055 SIP1, DECT 4 (13)
lost 1 lost ring=0 talk=0, DECT 4 (13)
== reported duration 109 s
ring 0 +493023125952 > +493023125069=069 SIP0
ringing 0 ring=0
answer 0 ring=14, DECT 2 (11)
end 0 answered ring=14 talk=109, DECT 2 (11)
== four tries not answered
dial 1 +493023125069=069 > +493023125952 SIP0, DECT 2 (11)
end 1 unanswered ring=3 talk=0, DECT 2 (11)
dial 1 +493023125069=069 > +493023125952 SIP0, DECT 2 (11)
end 1 unanswered ring=5 talk=0, DECT 2 (11)
dial 1 +493023125069=069 > +493023125952 SIP0, DECT 2 (11)
end 1 unanswered ring=3 talk=0, DECT 2 (11)
dial 1 +493023125069=069 > +493023125952 SIP0, DECT 2 (11)
end 1 unanswered ring=4 talk=0, DECT 2 (11)
== fifth try is answered
dial 1 +493023125069=069 > +493023125952 SIP0, DECT 2 (11)
answer 1 ring=7, DECT 2 (11)
end 1 answered ring=7 talk=312, DECT 2 (11)
== withheld caller number (field 4 empty)
ring 0 withheld > +493023125069=069 SIP0
lost 0 lost ring=0 talk=0
ring 0 +493023125123 > +493023125069=069 SIP0
lost 0 lost ring=0 talk=0
== call waiting
ring 0 +491713920011 > +493023125069=069 SIP0
ringing 0 ring=0
answer 0 ring=2, DECT 1 (10)
ring 2 +491713920022 > +493023125069=069 SIP0
ringing 2 ring=0
miss 2 missed ring=4 talk=0
end 0 answered ring=2 talk=24, DECT 1 (10)
== number barred in the box
ring 0 +496990009040 > +493023125013=013 SIP13
block 0 blocked ring=0 talk=0
== number ends in '#'
dial 1 +493023125111=111 > +493023125222 SIP0, IP phone 1 (20)
lost 1 lost ring=0 talk=0, IP phone 1 (20)
== DECT handset 610 (port 10), not answered
dial 1 +493023125811=811 > +491713920033 SIP0, DECT 1 (10)
end 1 unanswered ring=7 talk=0, DECT 1 (10)
== call diverted outwards
ring 1 +493023125456=456 > +493023125654=654 SIP4
dial 3 +493023125654=654 > +493023125456=456 SIP0, ISDN (4)
lost 1 lost ring=0 talk=0
lost 3 lost ring=0 talk=0, ISDN (4)
=+ the first answering machine (port 40) takes it
ring 1 +493023125456=456 > +493023125654=654 SIP4
dial 3 +493023125654=654 > +493023125456=456 SIP0, ISDN (4)
ringing 1 ring=0
voicemail 1 ring=20, Answering machine 1 (40)
end 1 voicemail ring=20 talk=9, Answering machine 1 (40)
lost 3 lost ring=28 talk=0, ISDN (4)
== two-digit (internal looking) number
dial 2 +493023125654=654 > 62 SIP4, ISDN (4)
lost 2 lost ring=0 talk=0, ISDN (4)
== *124# / *122#
dial 1 +493023125456=456 > +493023125321=321 SIP3, ISDN (4)
lost 1 lost ring=600 talk=0, ISDN (4)
dial 1 +493023125456=456 > +493023125321=321 SIP1, ISDN (4)
lost 1 lost ring=0 talk=0, ISDN (4)
== petermost
ring 0 +4915228817386 > +493023125248=248 SIP1
ringing 0 ring=0
answer 0 ring=8, FON 2 (1)
end 0 answered ring=8 talk=201, FON 2 (1)
dial 0 +493023125248=248 > +4917604069xxx SIP1, FON 2 (1)
lost 0 lost ring=0 talk=0, FON 2 (1)
== line type ISDN, port 4
ring 2 +494066969021 > +49301xxx=ISDN ISDN
lost 2 lost ring=180 talk=0
== withheld number: empty in RING and also empty in CONNECT
ring 0 withheld > +49301xxx=ISDN ISDN
ringing 0 ring=0
answer 0 ring=150, ISDN (4)
dial 1 +49301xxx=ISDN > +494066969021 ISDN, ISDN (4)
end 1 unanswered ring=3 talk=0, ISDN (4)
lost 0 lost ring=150 talk=254, ISDN (4)
== own ISDN number (loop), twice
dial 1 +493023125879=879 > +493023125916=916 SIP2, ISDN (4)
ring 2 +493023125879=879 > +493023125916=916 ISDN
ringing 2 ring=0
end 1 unanswered ring=7 talk=0, ISDN (4)
miss 2 missed ring=6 talk=0
dial 1 +493023125879=879 > +493023125916=916 SIP2, ISDN (4)
ring 2 +493023125879=879 > +493023125916=916 ISDN
ringing 2 ring=0
answer 1 ring=2, ISDN (4)
answer 2 ring=1, ISDN (4)
end 1 answered ring=2 talk=13, ISDN (4)
end 2 answered ring=1 talk=13, ISDN (4)
== First line has no ';' at the end
dial 0 +493023125567=567 > +493023125321=321 SIP0, FON 1 (0)
answer 0 ring=20, FON 1 (0)
end 0 answered ring=20 talk=660, FON 1 (0)
== analog line
ring 2 +491713920034 > +493023125960=960 POTS
ringing 2 ring=0
answer 2 ring=17, FON 1 (0)
end 2 answered ring=17 talk=660, FON 1 (0)
dial 1 +493023125321=321 > +493023125567=567 ISDN, ISDN (4)
answer 1 ring=4, ISDN (4)
lost 1 lost ring=4 talk=0, ISDN (4)
== NO line field in RING and CALL
dial 1 +493023125010=010 > +493023125020, ISDN (4)
end 1 unanswered ring=4 talk=0, ISDN (4)
ring 0 +493023125020 > +493023125010=010
ringing 0 ring=0
miss 0 missed ring=5 talk=0
== port 23 = IP phone 623
ring 0 +491713920078 > +493023125543=543 SIP4
ringing 0 ring=0
answer 0 ring=6, IP phone 4 (23)
lost 0 lost ring=6 talk=0, IP phone 4 (23)
== another one ends in the same second, on the same id
dial 1 +493023125543=543 > +491713920078 SIP1, IP phone 2 (21)
lost 1 lost ring=0 talk=0, IP phone 2 (21)
== must be ignored, not an error
ring 0 +491713920090 > +493023125134=134 SIP1
lost 0 lost ring=0 talk=0
== DECT handset 615 (port 15)
dial 1 +493023125135=135 > +493023125698 SIP2, DECT 6 (15)
lost 1 lost ring=0 talk=0, DECT 6 (15)
== answering machine 1 (**600, port 40) answers
== CONNECT shows the OWN number here
ring 2 +493023125345 > +493023125789=789 SIP0
ringing 2 ring=0
answer 2 ring=4, ISDN (4)
end 2 answered ring=4 talk=4, ISDN (4)
== DECT handset 612; no RING copied
== round times
ring 0 +49151234567xxx > +493023125893=893 SIP0
lost 0 lost ring=0 talk=0
=+ the CONNECT carries the own number, not the caller
ring 0 +49151234567xxx > +493023125893=893 SIP0
ringing 0 ring=0
answer 0 ring=5, FON 2 (1)
lost 0 lost ring=5 talk=0, FON 2 (1)
== Kodi addon
dial 0 +493023125456=456 > +4917500xxx SIP1, FON 1 (0)
lost 0 lost ring=0 talk=0, FON 1 (0)
dial 0 +493023125555=555 > +493023125556 SIP2, FON 1 (0)
end 0 unanswered ring=14 talk=0, FON 1 (0)
== called number in +49 form, analog line; rings 8 s
ring 0 +41790000xxx > +493023125176=176 POTS
ringing 0 ring=0
miss 0 missed ring=8 talk=0
== own number with area code
ring 0 withheld > +493023125567=567 SIP4
lost 0 lost ring=0 talk=0
== caller in 0049 form
ring 0 +493023125456=456 > +493023125456=456 SIP0
lost 0 lost ring=0 talk=0
== no ';' at the end of a DISCONNECT
== fbcallrouter doc comment
ring 0 +491713920067 > +493023125654=654 SIP0
lost 0 lost ring=0 talk=0
== CLIP no screening
ring 0 +49800123xxx via +493023125900 > +493023125069=069 SIP0
ringing 0 ring=0
miss 0 missed ring=5 talk=0
== a space before the bracket
ring 0 +49800123xxx via +493023125900 > +493023125069=069 SIP0
ringing 0 ring=0
miss 0 missed ring=5 talk=0
== emergency call
dial 1 +493023125069=069 > 112 SIP0, DECT 1 (10)
answer 1 ring=2, DECT 1 (10)
end 1 answered ring=2 talk=118, DECT 1 (10)
== call-by-call prefix
dial 1 +493023125069=069 > +493023125456=456 SIP0, DECT 1 (10)
end 1 unanswered ring=9 talk=0, DECT 1 (10)
== fax function takes the call (port 5)
ring 0 +493023125456=456 > +493023125070=070 SIP2
ringing 0 ring=0
answer 0 ring=4, Fax (5)
end 0 answered ring=4 talk=56, Fax (5)
== after RING a CALL with the SAME id
ring 0 +493023125456=456 > +493023125070=070 ISDN
ringing 0 ring=0
answer 0 ring=3, ISDN (4)
end 0 answered ring=3 talk=17, ISDN (4)
== night the clocks go back
ring 0 +493023125456=456 > +493023125070=070 SIP0
ringing 0 ring=0
answer 0 ring=8, DECT 1 (10)
end 0 answered ring=8 talk=22, DECT 1 (10)
== before the first time sync
ring 0 +493023125456=456 > +493023125070=070 SIP0
ringing 0 ring=0
miss 0 missed ring=0 talk=0
`

// ownNumbers are those of the boxes that sent the published lines.
var ownNumbers = strings.Fields(`
	732 069 013 111 811 654 456 248 879 916 567 960 321 010 543 134 135 789 893 555 176 070`)

// TestConformance: every line that was ever published leads to what its comment
// says, each block of lines alone; and all of them in one go break nothing. The
// lines are in a folder named shared beside one of the parents of the repository,
// and no part of it; testdata/transcripts says the same in lines of our own.
func TestConformance(t *testing.T) {
	t.Parallel()
	text := neighbouring(t, "data/monitor/lines.txt")
	cfg := replayConfig()
	cfg.Boxes[0].Numbers = []string{"1230=ISDN"}
	for _, n := range ownNumbers {
		cfg.Boxes[0].Numbers = append(cfg.Boxes[0].Numbers, "23125"+n+"="+n)
	}
	all := blocksOf(text)
	wanted := strings.Split(published, "\n=")[1:]
	if len(all) != len(wanted) {
		t.Errorf("%d blocks of lines, %d expectations", len(all), len(wanted))
	}
	lines, before := 0, ""
	for i, b := range all[:min(len(all), len(wanted))] {
		head, want, _ := strings.Cut(wanted[i], "\n")
		mode, words := head[:1], head[2:]
		if !strings.Contains(b.comment, words) {
			t.Fatalf("%q is expected where this begins:\n%s", words, b.comment)
		}
		log := b.lines
		if mode == "+" {
			log = before + log
		}
		before = log
		lines += strings.Count(b.lines, "\n")
		t.Run(words, func(t *testing.T) {
			got, done := tale(t, cfg, log)
			if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(got)); diff != "" {
				t.Errorf("%s%s(-want +got):\n%s", b.comment, log, diff)
			}
			if len(done.Bad) > 0 || done.Lines != strings.Count(log, "\n") {
				t.Errorf("%+v", done)
			}
		})
	}
	got, done := tale(t, cfg, text)
	opened := 0
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "ring ") || strings.HasPrefix(line, "dial ") {
			opened++
		}
	}
	for _, n := range done.Calls {
		opened -= n
	}
	if len(done.Bad) > 0 || done.Lines != lines || lines < 100 || opened != 0 {
		t.Errorf("the whole file: %+v of %d lines; %d calls without an end", done, lines, opened)
	}
}

// TestTranscripts: what stands in testdata/transcripts leads to what stands in the
// file beside it.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	logs, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	logs = slices.DeleteFunc(logs, func(path string) bool { return strings.HasSuffix(path, ".want.txt") })
	if len(logs) < 12 {
		t.Fatalf("only %d transcripts", len(logs))
	}
	for _, path := range logs {
		name := strings.TrimSuffix(path, ".txt")
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			log, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(name + ".want.txt")
			if err != nil {
				t.Fatal(err)
			}
			cfg := replayConfig()
			cfg.Boxes[0].Numbers = append(cfg.Boxes[0].Numbers, "23125070=Fax")
			got, done := tale(t, cfg, string(log))
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			lines := 0
			for _, b := range blocksOf(string(log)) {
				lines += strings.Count(b.lines, "\n")
			}
			if done.Lines != lines || len(done.Bad) > 0 {
				t.Errorf("%+v of %d lines", done, lines)
			}
		})
	}
}

// tale is what a log leads to, a line for each event as its document says it:
//
//	ring 0 +491713920055 > +493023125732=Practice SIP1
//	answer 0 ring=14, DECT 2 (11)
//	end 0 answered ring=14 talk=109, DECT 2 (11)
//
// The number behind the event is the connection; where the MSN is not that of the own
// party, it is said. What remains of a call throughout
// is said once; that it does remain is checked, as are the ends.
func tale(t *testing.T, cfg config.Config, log string) (string, gateway.Replayed) {
	t.Helper()
	var b strings.Builder
	open, ended := map[string]string{}, 0
	done, err := gateway.Replay(t.Context(), cfg, strings.NewReader(log), gateway.ReplayOptions{
		Event: func(step call.Transition, document []byte) {
			e := gatewaytest.Parse[gatewaytest.CallDoc](t, string(document))
			own := e.Callee
			if e.Direction == "outgoing" {
				own = e.Caller
			}
			if e.Ended != nil && (e.Ended.Before(*e.Started) || e.Answered != nil && e.Ended.Before(*e.Answered)) {
				t.Errorf("ended before it began: %s", document)
			}
			parties := strings.TrimSpace(shown(e.Caller) + " > " + shown(e.Callee) + " " + e.Trunk)
			if own.Number != "+"+e.Callee.MSN { // it is the own number's, in each direction
				parties += fmt.Sprintf(", own number %q", e.Callee.MSN)
			}
			before, known := open[e.ID]
			if known == step.Type.Opening() || known && before != parties {
				t.Errorf("%s of %q, which was %q", e.EventType, parties, before)
			}
			open[e.ID] = parties
			fmt.Fprintf(&b, "%s %d ", e.EventType, step.Call.Connection)
			switch {
			case step.Type.Opening():
				b.WriteString(parties)
			case step.Type.Closing():
				delete(open, e.ID)
				ended++
				fmt.Fprintf(&b, "%s ring=%d talk=%d", e.Outcome, e.RingSeconds, e.TalkSeconds)
			default:
				fmt.Fprintf(&b, "ring=%d", e.RingSeconds)
			}
			if e.Extension != "" {
				fmt.Fprintf(&b, ", %s (%s)", e.Device, e.Extension)
			}
			b.WriteByte('\n')
		},
		Ended: func(call.Call, []byte) { ended-- },
	})
	if err != nil || len(open) > 0 || ended != 0 {
		t.Errorf("%v; no end: %v; %d ends were told once only", err, open, ended)
	}
	return b.String(), done
}

// shown is a party. The numbers nobody has are shown in full.
func shown(p gatewaytest.Party) string {
	s := p.Number
	if !slices.ContainsFunc(nobodys, func(free string) bool { return strings.HasPrefix(s, free) }) {
		s = call.Mask(s)
	}
	if p.Withheld {
		s += "withheld"
	}
	if p.Name != "" {
		s += "=" + p.Name
	}
	if p.Network != "" {
		s += " via " + p.Network
	}
	return s
}

// nobodys are the ranges kept free for film and press.
var nobodys = []string{"+493023125", "+496990009", "+494066969", "+492214710", "+498999998", "+4917139200", "+4915228817386"}

// block is the lines of a log below one comment.
type block struct{ comment, lines string }

func blocksOf(log string) []block {
	var all []block
	open := false // the comment
	for line := range strings.Lines(log) {
		switch {
		case strings.TrimSpace(line) == "":
		case line[0] == '#' && open:
			all[len(all)-1].comment += line
		case line[0] == '#':
			all, open = append(all, block{comment: line}), true
		case len(all) > 0:
			all[len(all)-1].lines += line
			open = false
		}
	}
	return all
}

// neighbouring is the text of a file in a folder named shared beside one of the
// parents of the repository.
func neighbouring(t *testing.T, path string) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if b, err := os.ReadFile(filepath.Join(dir, "shared", path)); err == nil {
			return string(b)
		}
		if dir == filepath.Dir(dir) {
			t.Skipf("no shared/%s in any folder above: nothing to conform to", path)
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal(err)
	return ""
}
