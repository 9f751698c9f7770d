package callmonitor

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

// Transcripts in, events out.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts ", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			got := transcript(f, ReplayClock(testkit.Berlin))
			golden := strings.TrimSuffix(file, ".txt") + ".golden"
			if d := cmp.Diff(string(testkit.Golden(t, golden, []byte(got))), got); d != "" {
				t.Error(d)
			}
		})
	}
}

// transcript writes down what Read yields, one line each.
func transcript(r io.Reader, clock *Clock) string {
	var b strings.Builder
	for ev, err := range Read(r, clock) {
		if err != nil {
			fmt.Fprintln(&b, err)
			continue
		}
		at := func(t time.Time) string {
			if t.IsZero() {
				return "unreadable"
			}
			return t.Format(time.RFC3339)
		}
		fmt.Fprintf(&b, "%s %-10s %d", at(ev.Stamp), ev.Kind, ev.Connection)
		if ev.Kind == call.Ring || ev.Kind == call.Dial {
			fmt.Fprintf(&b, " %q -> %q line %q", ev.Caller, ev.Callee, ev.Trunk)
		}
		if ev.Kind == call.Connect {
			fmt.Fprintf(&b, " %q", ev.Callee)
		}
		if ev.Kind == call.Dial || ev.Kind == call.Connect {
			fmt.Fprintf(&b, " extension %q", string(ev.Extension))
		}
		if ev.Kind == call.Disconnect {
			fmt.Fprintf(&b, " %v", ev.Duration)
		}
		if !ev.Received.Equal(ev.Stamp) {
			fmt.Fprintf(&b, " received %s", at(ev.Received))
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}

func TestReadEnds(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		"# nothing":                    "",
		at + "DISCONNECT;0;1;":         "2026-11-21T11:59:58Z DISCONNECT 0 1s\n",
		at + "DISCONNECT;0;1":          "parse line 1: cut\n",
		"\n\n" + at + "RING;0;0171392": "parse line 3: cut\n",
		"\n" + at + "RING;0;":          "parse line 2: too_few_fields\n",
		strings.Repeat("x", 70_000) + "\n\n" + at + "DISCONNECT;0;1;\r\n": "parse line 1: too_long\n2026-11-21T11:59:58Z DISCONNECT 0 1s\n",
	} {
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text)), iotest.DataErrReader(strings.NewReader(text))} {
			if d := cmp.Diff(want, transcript(r, ReplayClock(time.UTC))); d != "" {
				t.Errorf("%.40q: %s", text, d)
			}
		}
	}
}

func TestReadFailure(t *testing.T) {
	broken := errors.New("broken disk")
	r := io.MultiReader(strings.NewReader(at+"DISCONNECT;0;1;\n"), iotest.ErrReader(broken))
	var last error
	events := 0
	for _, err := range Read(r, ReplayClock(time.UTC)) {
		if last = err; err == nil {
			events++
		}
	}
	if events != 1 || !errors.Is(last, broken) {
		t.Error(events, last)
	}
	for _, err := range Read(emptyReader{}, ReplayClock(time.UTC)) {
		if !errors.Is(err, io.ErrNoProgress) {
			t.Error(err)
		}
	}
}

// emptyReader never reads anything and never fails.
type emptyReader struct{}

func (emptyReader) Read([]byte) (int, error) { return 0, nil }

func TestReadStopsWhenAsked(t *testing.T) {
	n := 0
	for range Read(strings.NewReader(strings.Repeat(hangUp(0)+"bad\n", 10)), ReplayClock(time.UTC)) {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Error(n)
	}
}
