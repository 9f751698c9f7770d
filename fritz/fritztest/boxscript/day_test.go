package boxscript_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/boxscript"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
)

// observed is what a call's lines tell, read from them by this test alone.
type observed struct {
	numbers string // the two numbers of RING or CALL
	events  []string
	begun   time.Time
}

// read folds lines into calls. It knows just enough to judge the day.
func read(t *testing.T, lines []string) []*observed {
	t.Helper()
	active := map[string]*observed{}
	var all []*observed
	for _, line := range lines {
		f := strings.Split(line, ";")
		at, err := time.Parse("02.01.06 15:04:05", f[0])
		if err != nil {
			t.Fatal(err)
		}
		id := f[2]
		s := active[id]
		switch f[1] {
		case "RING":
			s = &observed{f[3] + " " + f[4], []string{"ring"}, at}
		case "CALL":
			s = &observed{f[4] + " " + f[5], []string{"dial"}, at}
		case "CONNECT":
			event := "answer"
			if f[3] == "40" {
				event = "voicemail"
			}
			if s.events[0] == "ring" {
				s.events = append(s.events, "ringing")
			}
			s.events = append(s.events, event)
			continue
		case "DISCONNECT":
			event := "end"
			if len(s.events) == 1 && s.events[0] == "ring" {
				event = "miss"
				if at.Sub(s.begun) <= time.Second {
					event = "block"
				} else {
					s.events = append(s.events, "ringing")
				}
			}
			s.events = append(s.events, event)
			delete(active, id)
			continue
		}
		if cut := active[id]; cut != nil { // the box has forgotten it
			cut.events = append(cut.events, "lost")
		}
		active[id] = s
		all = append(all, s)
	}
	if len(active) > 0 {
		t.Errorf("%d calls do not end", len(active))
	}
	return all
}

// TestDay holds that the day does what it declares, at any speed, in the time
// promised, with a text in both languages for each thing that happens.
func TestDay(t *testing.T) {
	day, err := boxscript.Day()
	if err != nil {
		t.Fatal(err)
	}
	for _, speed := range []float64{0, 1, 20} {
		synctest.Test(t, func(t *testing.T) {
			var lines []string
			ports := make(chan *boxtest.Pipes, 1)
			defer close(ports)
			b := fritztest.New(fritztest.Options{
				Location: time.UTC,
				Sent:     func(line string) { lines = append(lines, line) },
				Listen: func(string, string) (net.Listener, error) {
					p := boxtest.NewPipes()
					ports <- p
					return p, nil
				},
			})
			if err := b.Listen(""); err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			go func() { // the one client the day awaits, again after the restart
				for p := range ports {
					if conn, err := p.Dial(); err == nil {
						io.Copy(io.Discard, conn)
						conn.Close()
					}
				}
			}()
			said := map[string][]string{}
			started := time.Now()
			for _, language := range []string{"en", "de"} {
				r := boxscript.NewRunner(b, boxscript.RunOptions{Speed: speed, Language: language, Say: func(text string) {
					said[language] = append(said[language], text)
				}})
				lines = nil
				if err := r.Run(t.Context(), day); err != nil {
					t.Fatal(err)
				}
			}
			if took := time.Since(started) / 2; speed == 1 && (took < time.Minute || took > 100*time.Second) {
				t.Errorf("the day takes %v, want 60 to 100 s", took)
			}
			if en, de := said["en"], said["de"]; len(en) != len(de) || len(en) < 10 || cmp.Equal(en, de) {
				t.Errorf("%d texts in English, %d in German", len(en), len(de))
			}
			check(t, day.Expectations(), read(t, lines))
		})
	}
}

// check compares the day's declarations with its lines.
func check(t *testing.T, want []boxscript.Expectation, got []*observed) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%d calls are expected, %d happened", len(want), len(got))
	}
	seen := map[string]bool{}
	for i, e := range want {
		if diff := cmp.Diff(e.Events, got[i].events); diff != "" {
			t.Errorf("%s (-want +got):\n%s", e.Name, diff)
		}
		if numbers := e.Caller + " " + e.Called; numbers != got[i].numbers {
			t.Errorf("%s is between %s, want %s", e.Name, got[i].numbers, numbers)
		}
		seen[strings.Join(e.Events, " ")] = true
	}
	for _, kind := range []string{"ring ringing answer end", "ring ringing miss", "ring block", "ring ringing voicemail end", "dial end", "dial answer end", "ring lost"} {
		if !seen[kind] {
			t.Errorf("the day has no call that goes %s", kind)
		}
	}
}

// TestTranscripts holds that the box can write what real boxes wrote: each form
// of line in the collected transcripts is one of its forms. The transcripts are
// not part of the repository.
func TestTranscripts(t *testing.T) {
	path := filepath.Join("..", "..", "..", "..", "shared", "data", "monitor", "lines.txt")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("the collected transcripts are not here: %v", err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if got := rewritten(t, line); got != line {
			t.Errorf("the box writes %q for %q", got, line)
		}
	}
}

// rewritten lets a box write a line by its verbs.
func rewritten(t *testing.T, line string) string {
	t.Helper()
	f := strings.Split(strings.TrimSuffix(line, ";"), ";")
	if strings.HasSuffix(line, ";;") { // CONNECT of a withheld number
		f = strings.Split(line, ";")[:5]
	}
	var got string
	b := fritztest.New(fritztest.Options{Location: boxtest.Berlin, Sent: func(line string) { got = line }})
	defer b.Close()
	b.FinalSemicolon(strings.HasSuffix(line, ";"))
	number := func(s string) string {
		if s == "" {
			return "withheld"
		}
		return `"` + s + `"`
	}
	script := `clock "` + f[0] + "\"\n"
	switch f[1] {
	case "RING":
		script += "ring " + number(f[3]) + " to " + number(f[4])
	case "CALL":
		script += "dial " + f[3] + " from " + number(f[4]) + " to " + number(f[5])
	case "CONNECT":
		script += "strayconnect " + f[2] + " " + f[3] + " " + number(f[4])
	case "DISCONNECT":
		script += "strayhangup " + f[2] + " " + f[3]
	}
	if trunk := f[len(f)-1]; strings.Trim(trunk, "0123456789") != "" && (f[1] == "RING" || f[1] == "CALL") {
		script += " on " + trunk
	} else {
		b.TrunkField(false)
	}
	s, err := parse(script)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context(), b, 0); err != nil {
		t.Fatal(err)
	}
	if f[1] == "RING" || f[1] == "CALL" { // the box chooses the id itself
		got = strings.Replace(got, f[1]+";0;", f[1]+";"+f[2]+";", 1)
	}
	return got
}

// TestScreenedDay: each day has spammers of its own, one of whom calls twice, and ends as the
// day does.
func TestScreenedDay(t *testing.T) {
	plain, err := boxscript.Day()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for number := range len(boxscript.Spammers) / 2 {
		day, err := boxscript.ScreenedDay(number)
		if err != nil {
			t.Fatal(err)
		}
		calls := map[string]boxscript.Expectation{}
		for _, e := range day.Expectations() {
			calls[e.Name] = e
		}
		spammer := calls["spammer"].Caller
		if spammer == "" || seen[spammer] || calls["again"].Caller != spammer || calls["suspect"].Caller != boxscript.Suspect || len(calls) != len(plain.Expectations())+6 {
			t.Errorf("day %d: %+v", number, calls)
		}
		persistent := calls["persistent"].Caller
		if persistent == "" || seen[persistent] || calls["salesman"].Caller == "" {
			t.Errorf("day %d: %+v", number, calls)
		}
		seen[spammer], seen[persistent] = true, true
	}
}
