package callmonitor

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/callporter/callporter/internal/testkit"
)

func TestMask(t *testing.T) {
	for line, want := range map[string]string{
		at + "RING;0;01713920055;23125732;SIP13;":                  at + "RING;0;01713920xxx;23125xxx;SIP13;",
		at + "RING;0;;23125732;SIP1;":                              at + "RING;0;;23125xxx;SIP1;",
		at + "RING;0;08002345678(03023125900);23125069;SIP0;":      at + "RING;0;08002345xxx(03023125xxx);23125xxx;SIP0;",
		at + "RING;0;08002345678 (030 23125 900);+4930 23125-069;": at + "RING;0;08002345xxx (030 23125 xxx);+4930 23125-xxx;",
		at + "CALL;1;13;23125732;03023125222#;SIP1;":               at + "CALL;1;13;23125xxx;03023125xxx#;SIP1;",
		at + "CALL;1;10;23125069;112;SIP0;":                        at + "CALL;1;10;23125xxx;112;SIP0;",
		at + "CALL;1;10;23125069;**610;SIP0;":                      at + "CALL;1;10;23125xxx;**610;SIP0;",
		at + "CONNECT;1;40;01713920055;":                           at + "CONNECT;1;40;01713920xxx;",
		at + "DISCONNECT;1;3120;":                                  at + "DISCONNECT;1;3120;",
		at + "DISCONNECT;1;3120":                                   at + "DISCONNECT;1;3120",
		at + "PICKUP;0;01713920055;1234;":                          at + "PICKUP;0;01713920xxx;1234;",
		at + "RING;0;1;2;SIP0;01713920055;":                        at + "RING;0;1;2;SIP0;01713920xxx;",
		"01713920055 called":                                       "01713920xxx called",
		"12345":                                                    "12xxx",
		"a1234b123456":                                             "a1234b123xxx",
		"\xff\x0003023125123\xff;;":                                "\xff\x0003023125xxx\xff;;",
		"":                                                         "",
	} {
		if got := string(maskLine(nil, []byte(line))); got != want {
			t.Errorf("%q\n%q\n%q", line, got, want)
		}
	}
}

func TestShape(t *testing.T) {
	if got := shape([]byte(at + "PICKUP;0;01713920055;\x00\xff\n")); got != "xx.xx.xx xx:xx:xx;PICKUP;x;xxxxxxxxxxx;\uFFFD" {
		t.Errorf("%q", got)
	}
	if got := shape([]byte(strings.Repeat("1", MaxLine))); len(got) > 130 || strings.Contains(got, "1") {
		t.Errorf("%q", got)
	}
}

func recorder(t *testing.T, o RecorderOptions) *Recorder {
	t.Helper()
	if o.Box == "" {
		o.Box = "home"
	}
	r, err := NewRecorder(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func content(t *testing.T, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(b)
}

func TestRecordOfALink(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made")
	for _, masked := range []bool{false, true} {
		l, o := testkit.Listen(t), Options{}
		o = fastOptions(l)
		box := map[bool]string{false: "plain", true: "masked"}[masked]
		o.Record = recorder(t, RecorderOptions{Dir: dir, Box: box, Mask: masked})
		sink := make(sinkChan, 100)
		stop := runMonitor(t, o, sink)
		c := accept(t, l)
		long := strings.Repeat("1", MaxLine+1) + "\n"
		send(t, c, "21.11.26 10:00:00;RING;0;01713920055;23125732;SIP0;\r\n\r\nM\xfcller 01713920055\n"+long+hangUp(0)+"21.11.26 10:00:05;DISCONNECT;0;1")
		sink.event(t)
		sink.event(t)
		reset(t, c)
		for sink.link(t, Up).Attempt == 0 {
		}
		stop()
		if err := o.Record.Close(); err != nil {
			t.Fatal(err)
		}
		want := "21.11.26 10:00:00;RING;0;01713920055;23125732;SIP0;\nM\xfcller 01713920055\n# dropped: a line that was too long\n" +
			hangUp(0) + "# cut: 21.11.26 10:00:05;DISCONNECT;0;1\n"
		if masked {
			want = strings.NewReplacer("20055", "20xxx", "25732", "25xxx").Replace(want)
		}
		if d := cmp.Diff(want, content(t, dir, box+".log")); d != "" {
			t.Error(d)
		}
		if info, err := os.Stat(filepath.Join(dir, box+".log")); err != nil || info.Mode().Perm() != 0o600 {
			t.Error(info.Mode(), err)
		}
		// What was recorded can be replayed, masked too.
		events, bad := 0, 0
		for _, err := range Read(strings.NewReader(content(t, dir, box+".log")), ReplayClock(time.UTC)) {
			if events++; err != nil {
				events, bad = events-1, bad+1
			}
		}
		if events != 2 || bad != 1 {
			t.Errorf("replayed %d events, %d bad lines", events, bad)
		}
	}
}

func TestRecordDaily(t *testing.T) {
	dir, zone := t.TempDir(), testkit.Berlin
	var now atomic.Value
	now.Store(instant(t, "2026-11-21T22:59:59Z")) // a second before midnight in Berlin
	r := recorder(t, RecorderOptions{Dir: dir, Daily: true, Location: zone, Now: func() time.Time { return now.Load().(time.Time) }})
	r.Line([]byte("a"))
	now.Store(instant(t, "2026-11-21T23:00:00Z"))
	r.Line([]byte("b"))
	r.Line([]byte("c"))
	now.Store(instant(t, "2026-11-20T12:00:00Z")) // the clock was wrong
	r.Line([]byte("d"))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r.Line([]byte("too late"))
	for day, want := range map[string]string{"20": "d\n", "21": "a\n", "22": "b\nc\n"} {
		if got := content(t, dir, "home-2026-11-"+day+".log"); got != want {
			t.Errorf("%s: %q", day, got)
		}
	}
}

// A line is on disk after a second, a burst at once, and an idle recorder sleeps.
func TestRecordFlush(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := recorder(t, RecorderOptions{Dir: dir})
		defer r.Close()
		tick := func(d time.Duration) { <-time.After(d); synctest.Wait() }
		tick(time.Hour)
		r.Line([]byte("one"))
		tick(999 * time.Millisecond)
		if content(t, dir, "home.log") != "" {
			t.Error("written line by line")
		}
		tick(time.Millisecond)
		if content(t, dir, "home.log") != "one\n" {
			t.Error("not written after a second")
		}
		for range recordEarly / 100 {
			r.Line(make([]byte, 100))
		}
		synctest.Wait()
		if n := len(content(t, dir, "home.log")); n < recordEarly {
			t.Error("a burst waits: ", n)
		}
	})
}

// A folder that is not there yet, and a disk that is full: the lines wait.
func TestRecordFailures(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full")
	}
	for name, fault := range map[string]func(dir string) (heal func() error){
		"missing folder": func(dir string) func() error {
			return func() error { return os.MkdirAll(dir, 0o700) }
		},
		"disk full": func(dir string) func() error {
			path := filepath.Join(dir, "home.log")
			if err := errors.Join(os.MkdirAll(dir, 0o700), os.Symlink("/dev/full", path)); err != nil {
				t.Fatal(err)
			}
			return func() error { return os.Remove(path) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "not", "there")
			heal := fault(dir)
			synctest.Test(t, func(t *testing.T) {
				log, reg := new(testkit.Log), prometheus.NewRegistry()
				r := recorder(t, RecorderOptions{Dir: dir, Log: log.Logger(slog.LevelDebug), Metrics: NewMetrics(reg)})
				defer r.Close()
				tick := func(d time.Duration) { <-time.After(d); synctest.Wait() }
				r.Line([]byte("one"))
				tick(time.Minute)
				r.Line([]byte("two"))
				tick(time.Minute)
				if n := testkit.Metric(t, reg, "callporter_record_errors_total"); n < 10 || n > 13 {
					t.Error(n, "errors in two minutes")
				}
				if n := log.Lines("level=WARN"); n != 1 {
					t.Errorf("%d warnings:\n%s", n, log)
				}
				if err := heal(); err != nil {
					t.Fatal(err)
				}
				tick(12 * time.Second)
				if got := content(t, dir, "home.log"); got != "one\ntwo\n" {
					t.Errorf("%q", got)
				}
				if n := log.Lines("level=INFO"); n != 1 {
					t.Errorf("%d infos:\n%s", n, log)
				}
			})
		})
	}
}

// While nothing can be written memory stays bounded, and what is lost is counted.
func TestRecordIsBounded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there")
	reg := prometheus.NewRegistry()
	r := recorder(t, RecorderOptions{Dir: dir, Metrics: NewMetrics(reg)})
	const lines = 1000
	for range lines {
		r.Line(bytes.Repeat([]byte("1"), 3*MaxLine))
	}
	kept := recordMax / (MaxLine + 1)
	if n := testkit.Metric(t, reg, "callporter_record_dropped_lines_total"); int(n) != lines-kept {
		t.Errorf("%v dropped, want %v", n, lines-kept)
	}
	if r.Close() == nil {
		t.Error("Close hides that nothing was written")
	}
}

func TestNewRecorderRefuses(t *testing.T) {
	for _, o := range []RecorderOptions{
		{Box: "home"}, {Dir: "x"}, {Dir: "x", Box: "../home"}, {Dir: "x", Box: "a/b"}, {Dir: "x", Box: ".home"}, {Dir: "x", Box: "a\x00"}, {Dir: "x", Box: `a\b`},
	} {
		if _, err := NewRecorder(o); err == nil {
			t.Errorf("accepted: %+v", o)
		}
	}
}

// A record to a writer has its lines in order, up to the limit; comments do not
// count.
func TestRecordToWriter(t *testing.T) {
	var out testkit.Log
	r, err := NewRecorder(RecorderOptions{To: &out, Mask: true, Limit: 2, Flush: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	r.Line([]byte(ring(0, "01713920055")))
	r.cut([]byte("21.11.26"))
	eventually(t, "the first line is written", func() bool { return out.Lines("RING") == 1 })
	select {
	case <-r.Full():
		t.Error("full after one line")
	default:
	}
	r.Line([]byte(hangUp(0)))
	<-r.Full()
	r.Line([]byte(ring(1, "")))
	if err := r.Close(); err != nil || r.Lines() != 2 {
		t.Errorf("%v, %d lines", err, r.Lines())
	}
	want := "21.11.26 10:00:00;RING;0;01713920xxx;23125xxx;SIP0;\n# cut: 21.11.26\n21.11.26 10:00:04;DISCONNECT;0;0;\n"
	if out.String() != want {
		t.Errorf("%q", out.String())
	}
}

// TestRecordControlsNoTerminal: whatever a line holds, who looks at a recording is safe.
func TestRecordControlsNoTerminal(t *testing.T) {
	for _, mask := range []bool{false, true} {
		var text bytes.Buffer
		r := recorder(t, RecorderOptions{To: &text, Mask: mask})
		r.Line([]byte("21.11.26 10:00:00;RING;0;\x1b[2J\u202e\u009b\x9b\x00x;1;Fön\xc3"))
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if want := `21.11.26 10:00:00;RING;0;\u001b[2J\u202e\u009b\u009b\u0000x;1;Fön` + "\xc3\n"; text.String() != want {
			t.Errorf("%q, want %q", text.String(), want)
		}
	}
}
