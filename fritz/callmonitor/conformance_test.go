package callmonitor

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

// sharedFile is the text of a file in a folder named shared beside one of the parents
// of the repository. It holds lines that people published, and is no part of the
// repository.
func sharedFile(t *testing.T, path string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if b, err := os.ReadFile(filepath.Join(dir, "shared", path)); err == nil {
			return string(b)
		}
		if dir == filepath.Dir(dir) {
			t.Skipf("no shared/%s in any folder above: nothing to conform to", path)
		}
		dir = filepath.Dir(dir)
	}
}

// Every line that was ever published is an event whose fields stand where a plain
// split at semicolons finds them.
func TestConformanceLines(t *testing.T) {
	text := sharedFile(t, "data/monitor/lines.txt")
	var plain [][]string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			plain = append(plain, append(strings.Split(line, ";"), "", "", "", ""))
		}
	}
	var got []call.Event
	clock := ReplayClock(testkit.Berlin)
	for ev, err := range Read(strings.NewReader(text), clock) {
		if err != nil {
			t.Error(err)
		}
		got = append(got, ev)
	}
	if len(got) != len(plain) || len(got) < 100 {
		t.Fatalf("%d events from %d lines", len(got), len(plain))
	}
	count := map[string]int{}
	for i, f := range plain {
		ev := got[i]
		want := call.Event{Stamp: ev.Stamp, Received: ev.Received, Connection: ev.Connection}
		switch f[1] {
		case "RING":
			want.Kind, want.Caller, want.Callee, want.Trunk = call.Ring, f[3], f[4], f[5]
		case "CALL":
			want.Kind, want.Extension, want.Caller, want.Callee, want.Trunk = call.Dial, call.Extension(f[3]), f[4], f[5], f[6]
		case "CONNECT":
			want.Kind, want.Extension, want.Callee = call.Connect, call.Extension(f[3]), f[4]
		case "DISCONNECT":
			seconds, err := strconv.Atoi(f[3])
			if err != nil {
				t.Fatal(err)
			}
			want.Kind, want.Duration = call.Disconnect, time.Duration(seconds)*time.Second
		}
		if d := cmp.Diff(want, ev); d != "" {
			t.Errorf("%s: %s", strings.Join(f, ";"), d)
		}
		if strconv.Itoa(int(ev.Connection)) != f[2] {
			t.Errorf("%s: connection %d", strings.Join(f, ";"), ev.Connection)
		}
		if shown := ev.Stamp.Format("02.01.06 15:04:05"); shown != f[0] {
			t.Errorf("%s became %s", f[0], shown)
		}
		for what, is := range map[string]bool{
			"withheld":      ev.Kind == call.Ring && ev.Caller == "",
			"without line":  ev.Kind == call.Ring && ev.Trunk == "",
			"with #":        strings.HasSuffix(ev.Callee, "#"),
			"two numbers":   strings.Contains(ev.Caller, "("),
			"machine":       ev.Extension.AnsweringMachine(),
			"1970":          ev.Stamp.Year() == 1970,
			"winter at two": ev.Stamp.Hour() == 2 && ev.Stamp.UTC().Hour() == 1,
		} {
			if is {
				count[what]++
			}
		}
	}
	want := map[string]int{"withheld": 3, "without line": 1, "with #": 3, "two numbers": 2, "machine": 2, "1970": 1, "winter at two": 1}
	if d := cmp.Diff(want, count); d != "" {
		t.Error(d)
	}
}

// What each odd stream leads to, as a live link sees it: kind, id, the lengths
// of caller and callee in bytes, line.
var oddStreams = map[string]struct {
	events []string
	bad    []LineReason
}{
	"crlf":               {events: []string{"DISCONNECT 1"}},
	"lf":                 {events: []string{"DISCONNECT 0"}},
	"no-final-semicolon": {events: []string{"CALL 0 8>11 SIP0"}},
	"no-line-field":      {events: []string{"RING 0 11>8"}},
	"two-in-one":         {events: []string{"RING 0 11>8 SIP13", "DISCONNECT 0"}},
	"split-mid-field":    {events: []string{"RING 0 11>8 SIP1"}},
	"split-before-lf":    {events: []string{"DISCONNECT 0"}},
	"split-in-crlf":      {events: []string{"DISCONNECT 0", "CALL 1 8>11 SIP1"}},
	"byte-by-byte":       {events: []string{"DISCONNECT 0"}},
	"empty-lines":        {events: []string{"DISCONNECT 0"}},
	"truncated-eof":      {bad: []LineReason{Cut}},
	"unknown-event":      {bad: []LineReason{UnknownEvent}},
	"too-few-fields":     {bad: []LineReason{TooFewFields}},
	"bad-id":             {bad: []LineReason{BadConnection}},
	"huge-duration":      {bad: []LineReason{BadDuration}},
	"long-line":          {bad: []LineReason{TooLong}},
	"latin1":             {events: []string{"RING 0 8>8 SIP0"}},
	"nul":                {events: []string{"RING 0 11>8 SIP0"}},
	"semicolon-flood":    {bad: []LineReason{BadStamp}},
	"clip-no-screening":  {events: []string{"RING 0 23>8 SIP0"}},
}

func TestConformanceStreams(t *testing.T) {
	cases := 0
	for line := range strings.Lines(sharedFile(t, "data/monitor/odd-streams.txt")) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		cases++
		part := strings.Split(line, "\t")
		want, known := oddStreams[part[0]]
		if !known {
			t.Errorf("nobody knows what to expect of %s", part[0])
			continue
		}
		t.Run(part[0], func(t *testing.T) {
			chunks, err := chunksOf(part[2])
			if err != nil {
				t.Fatal(err)
			}
			l, reg := testkit.Listen(t), prometheus.NewRegistry()
			o := fastOptions(l)
			o.Metrics = NewMetrics(reg)
			sink := start(t, o)
			c := accept(t, l)
			c.SetNoDelay(true)
			sink.link(t, Up)
			for _, chunk := range chunks {
				send(t, c, chunk)
			}
			c.Close()
			var got []string
			for open := true; open; {
				switch v := sink.next(t).(type) {
				case call.Event:
					got = append(got, brief(v))
				case LinkState:
					open = false
				}
			}
			if d := cmp.Diff(want.events, got); d != "" {
				t.Error(d)
			}
			for _, r := range LineReasons {
				n := 0.0
				for _, w := range want.bad {
					if w == r {
						n++
					}
				}
				if got := testkit.Metric(t, reg, "callporter_monitor_bad_lines_total", r.String()); got != n {
					t.Errorf("%v: counted %v, want %v", r, got, n)
				}
			}
		})
	}
	if cases < len(oddStreams) {
		t.Errorf("only %d cases", cases)
	}
}

func brief(ev call.Event) string {
	s := ev.Kind.String() + " " + strconv.Itoa(int(ev.Connection))
	if ev.Callee != "" {
		s += " " + strconv.Itoa(len(ev.Caller)) + ">" + strconv.Itoa(len(ev.Callee))
	}
	return strings.TrimSpace(s + " " + ev.Trunk)
}

// chunksOf reads Go-quoted chunks: `"a" | "b" then close`, `"a" + 3 times "b" + "c"`.
func chunksOf(s string) ([]string, error) {
	var chunks []string
	s = strings.TrimSpace(strings.TrimSuffix(s, "then close"))
	add := false
	for s != "" {
		times := 1
		if n, rest, ok := strings.Cut(s, " times "); ok && s[0] != '"' {
			var err error
			if times, err = strconv.Atoi(n); err != nil {
				return nil, err
			}
			s = rest
		}
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil {
			return nil, err
		}
		text, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, err
		}
		text = strings.Repeat(text, times)
		if add {
			chunks[len(chunks)-1] += text
		} else {
			chunks = append(chunks, text)
		}
		switch s = strings.TrimSpace(s[len(quoted):]); {
		case strings.HasPrefix(s, "|"):
			add = false
		case strings.HasPrefix(s, "+"):
			add = true
		case s != "":
			return nil, errors.New("what is " + s)
		}
		s = strings.TrimSpace(strings.TrimLeft(s, "|+"))
	}
	return chunks, nil
}

func TestChunksOf(t *testing.T) {
	got, err := chunksOf(`"a\n" | "b" + 3 times "c" + "\xff" then close`)
	if d := cmp.Diff([]string{"a\n", "bccc\xff"}, got); d != "" || err != nil {
		t.Error(d, err)
	}
}
