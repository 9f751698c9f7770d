package boxscript_test

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/boxscript"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
)

// TestScript holds what each command writes when it runs.
func TestScript(t *testing.T) {
	for _, test := range []struct{ name, script, want string }{
		{"by hand", `
ring 01713920055 to 23125732 on SIP0 as a
wait 2s
connect a 10
wait 10s
hangup a
dial 10 from 23125732 to 06990009040 as b
hangup b`, `
12:00:00;RING;0;01713920055;23125732;SIP0;
12:00:02;CONNECT;0;10;01713920055;
12:00:12;DISCONNECT;0;10;
12:00:12;CALL;0;10;23125732;06990009040;SIP0;
12:00:12;DISCONNECT;0;0;`},
		{"lost lines and claims", `
ring 01713920011 to 23125732 as a lost
connect a 10 showing 23125732
hangup a lost
ring withheld to 23125732 as b
connect b 40 lost
wait 5s
hangup b 24
ring 03023125456 to 23125070 on ISDN as c
pickup c 4
connect c 4
hangup c`, `
12:00:00;CONNECT;0;10;23125732;
12:00:00;RING;0;;23125732;SIP0;
12:00:05;DISCONNECT;0;24;
12:00:05;RING;0;03023125456;23125070;ISDN;
12:00:05;CALL;0;4;23125070;03023125456;ISDN;
12:00:05;CONNECT;0;4;03023125456;
12:00:05;DISCONNECT;0;0;`},
		{"situations", `
missed 01713920011 to 23125732 after 4s
answered 01713920011 to 23125732 by 10 for 9s after 0s drift 1
accepted 01713920011 to 23125732 by 4 after 1s for 0s
outgoing 10 from 23125732 to 03023125123# after 1s for 2s
unanswered 10 from 23125732 to 112 on SIP1 after 1s
barred 06990009040 to 23125732
barred 06990009040 to 23125732 as pest apart 3ms
waiting 01713920022 during 01713920011 to 23125069 by 11 after 1s for 4s
inhouse 13 from 23125732 to 23125069 by 10 after 3s for 6s
diverted 03023125456 to 23125654 onward 01713920033 after 1s showing 03023125456`, `
12:00:00;RING;0;01713920011;23125732;SIP0;
12:00:04;DISCONNECT;0;0;
12:00:04;RING;0;01713920011;23125732;SIP0;
12:00:04;CONNECT;0;10;01713920011;
12:00:13;DISCONNECT;0;10;
12:00:13;RING;0;01713920011;23125732;SIP0;
12:00:14;CALL;0;4;23125732;01713920011;SIP0;
12:00:14;CONNECT;0;4;01713920011;
12:00:14;DISCONNECT;0;0;
12:00:14;CALL;0;10;23125732;03023125123#;SIP0;
12:00:15;CONNECT;0;10;03023125123#;
12:00:17;DISCONNECT;0;2;
12:00:17;CALL;0;10;23125732;112;SIP1;
12:00:18;DISCONNECT;0;0;
12:00:18;RING;0;06990009040;23125732;SIP0;
12:00:18;DISCONNECT;0;0;
12:00:18;RING;0;06990009040;23125732;SIP0;
12:00:18;DISCONNECT;0;0;
12:00:18;RING;0;01713920011;23125069;SIP0;
12:00:19;CONNECT;0;11;01713920011;
12:00:21;RING;1;01713920022;23125069;SIP0;
12:00:22;DISCONNECT;1;0;
12:00:24;DISCONNECT;0;5;
12:00:24;CALL;0;13;23125732;23125069;SIP0;
12:00:25;RING;1;03023125732;23125069;SIP0;
12:00:28;CONNECT;1;10;03023125732;
12:00:28;CONNECT;0;13;23125069;
12:00:34;DISCONNECT;1;6;
12:00:34;DISCONNECT;0;6;
12:00:34;RING;0;03023125456;23125654;SIP0;
12:00:34;CALL;1;4;03023125456;01713920033;SIP0;
12:00:35;DISCONNECT;1;0;
12:00:35;DISCONNECT;0;0;`},
		{"lines, repeats and strays", `
final off
repeat 2
	strayhangup 1 7  # of a call before the client came
end
final on
strayconnect 3 40 01713920091
bad unknown
silence on
bad nul
silence off
trunk off
barred 1 to 2
slow 1ms
cut 3
strayhangup 0 0
slow off
cut off`, `
12:00:00;DISCONNECT;1;7
12:00:00;DISCONNECT;1;7
12:00:00;CONNECT;3;40;01713920091;
12:00:00;PICKUP;0;1;x;
12:00:00;RING;0;1;2;
12:00:00;DISCONNECT;0;0;
12:00:00;DISCONNECT;0;0;`},
		{"clock", `
clock +1h
strayhangup 0 1
clock "26.10.25 02:59:50"
strayhangup 0 2
clock now
clock -1s
strayhangup 0 3
clock 1970
clock now
strayhangup 0 4`, `
13:00:00;DISCONNECT;0;1;
 2:DISCONNECT;0;2;
11:59:59;DISCONNECT;0;3;
12:00:00;DISCONNECT;0;4;`},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := boxtest.New(t, boxtest.Frozen())
			c := boxtest.Dial(t, b)
			s, err := parse(test.script + "\ndrop\n")
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Run(boxtest.Within(t), b, 0); err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(test.want, "\n", "\n16.06.20 ")[1:] + "\n"
			want = strings.ReplaceAll(want, "16.06.20  2:", "26.10.25 02:59:50;")
			if diff := cmp.Diff(want, c.Rest(t)); diff != "" {
				t.Errorf("the client reads (-want +got):\n%s", diff)
			}
		})
	}
}

// TestScriptFaults runs every command that is about the connection.
func TestScriptFaults(t *testing.T) {
	b := boxtest.New(t, boxtest.Frozen())
	run := func(line string) {
		t.Helper()
		if err := boxscript.NewRunner(b, boxscript.RunOptions{}).RunLine(boxtest.Within(t), line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	c := boxtest.Dial(t, b)
	run(`await 1`)
	run(`line "16.06.20 12:25:46;DISCONNECT;0;0;"`)
	run(`crlf on`)
	run(`line a`)
	run(`crlf off`)
	run(`bytes "M\xc3" "\xbcller\r" "\n"`)
	run(`garbage 3`)
	run(`glue on`)
	run(`line one`)
	run(`glue off`)
	run(`flush`)
	run(`# nothing`)
	run(``)
	run(`drop midline`)
	if got, want := c.Line(t)+c.Line(t)+c.Line(t), "16.06.20 12:25:46;DISCONNECT;0;0;\na\r\nMüller\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := c.Rest(t); !strings.HasSuffix(got, "\none\n"+boxtest.RingLine[:(len(boxtest.RingLine)-1)/2]) {
		t.Errorf("the rest is %q", got)
	}

	c = boxtest.Dial(t, b)
	run(`reset midline`)
	if _, err := io.ReadAll(c); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("reset leads to %v", err)
	}
	c = boxtest.Dial(t, b)
	run(`ring 1 to 2 as a`)
	run(`restart 1m`)
	if _, err := io.ReadAll(c); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("restart leads to %v", err)
	}
	run(`ring 1 to 2 as a`)

	run(`refuse`)
	if _, err := net.Dial("tcp", b.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("refuse leads to %v", err)
	}
	run(`accept`)
	run(`closeatonce on`)
	if got := boxtest.Connect(t, b).Rest(t); got != "" {
		t.Errorf("closeatonce leads to %q", got)
	}
	run(`closeatonce off`)
	boxtest.Dial(t, b)
	for _, line := range []string{`halfopen on`, `silence on`, `slow 20ms`, `cut -1`, `crlf on`, `final off`, `trunk off`, `clock -1h`, `closeatonce on`, `glue on`, `refuse`} {
		run(line)
	}
	want := []string{"refuse", "closeatonce on", "halfopen on", "silence on", "glue on", "slow 20ms", "cut -1", "crlf on", "final off", "trunk off", "clock -1h0m0s"}
	s := b.State()
	if diff := cmp.Diff(want, s.Faults); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if s.HalfOpen != 1 {
		t.Errorf("half open are %d connections, want 1", s.HalfOpen)
	}
	run(`clock autumn`)
	run(`clock spring 1m`)
	if got := b.State().Clock.Format(time.DateTime); got != "2021-03-28 01:59:00" {
		t.Errorf("a minute before summer time it is %s", got)
	}
}

// TestRunErrors holds the words of what goes wrong while a script runs.
func TestRunErrors(t *testing.T) {
	b := fritztest.New(fritztest.Options{Location: time.UTC})
	defer b.Close()
	for _, test := range []struct{ script, want string }{
		{"flush\nhangup a", "day.script:2: no active call a; no call is active"},
		{"ring 1 to 2 as a\nring 1 to 2 as a", "day.script:2: call a is still active; hang it up or choose another name"},
		{"missed 1 to 2 as a", "day.script:1: call a is still active; hang it up or choose another name"},
		{"barred 1 to 2 as a", "day.script:1: call a is still active; hang it up or choose another name"},
		{"connect b 10", "day.script:1: no active call b; active: a"},
		{"clock autumn", "day.script:1: the clocks of the box's time zone do not change"},
		{"accept", "day.script:1: open call monitor port: the box never listened"},
		{"repeat 1001\nring 1 to 2\nend", "day.script:2: 1000 calls are active, which is the most a script may have; hang some up"},
	} {
		s, err := parse(test.script)
		if err != nil {
			t.Fatal(err)
		}
		err = s.Run(t.Context(), b, 0)
		if err == nil || err.Error() != test.want {
			t.Errorf("%q says %v, want %s", test.script, err, test.want)
		}
	}
	r := boxscript.NewRunner(b, boxscript.RunOptions{})
	for line, want := range map[string]string{
		"hangup x":         "no active call x; active: ",
		"wait":             "wait: TIME is missing",
		"repeat 2":         "repeat: its end is missing; both belong into one script",
		"flush\nflush":     "a command is one line",
		"expect a ring":    "expect: no command begins a call as a",
		"line \"a":         "the closing quote is missing",
		"connect call-1 x": `connect: "x" is not an extension, 0 to 99`,
	} {
		if err := r.RunLine(t.Context(), line); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q says %v, want %s", line, err, want)
		}
	}
}

// TestSpeed holds that the box's clock shows the times as written at any speed,
// and how long the waits really take.
func TestSpeed(t *testing.T) {
	s, err := parse("ring 01713920055 to 23125732 as a\nwait 4s\nconnect a 10\nwait 10s\nwait 3ms\nhangup a")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		speed float64
		least time.Duration
		want  time.Duration
	}{
		{1, 0, 14*time.Second + 3*time.Millisecond},
		{10, 0, 1400*time.Millisecond + 300*time.Microsecond},
		{0.5, 0, 28*time.Second + 6*time.Millisecond},
		{0, 0, 0},
		{-1, 0, 0},
		{math.NaN(), 0, 0},
		{math.Inf(1), 0, 0},
		{0, 700 * time.Millisecond, 1403 * time.Millisecond},
		{10, 700 * time.Millisecond, 1703 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			var lines []string
			b := fritztest.New(fritztest.Options{Location: time.UTC, Sent: func(line string) { lines = append(lines, line) }})
			defer b.Close()
			started := time.Now()
			r := boxscript.NewRunner(b, boxscript.RunOptions{Speed: test.speed, MinWait: test.least})
			if err := r.Run(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(started); took != test.want {
				t.Errorf("speed %v, at least %v: took %v, want %v", test.speed, test.least, took, test.want)
			}
			want := []string{
				"01.01.00 00:00:00;RING;0;01713920055;23125732;SIP0;",
				"01.01.00 00:00:04;CONNECT;0;10;01713920055;",
				"01.01.00 00:00:14;DISCONNECT;0;10;",
			}
			if diff := cmp.Diff(want, lines); diff != "" {
				t.Errorf("speed %v (-want +got):\n%s", test.speed, diff)
			}
		})
	}
}

// TestWaitEnds holds that everything that waits ends with its context.
func TestWaitEnds(t *testing.T) {
	for _, script := range []string{"wait 24h", "await 1", "restart 24h", "missed 1 to 2 after 24h", "barred 1 to 2 apart 24h", "repeat 1000\nwait 1h\nend", "await 1\nwait 24h"} {
		s, err := parse(script)
		if err != nil {
			t.Fatal(err)
		}
		b := boxtest.New(t, fritztest.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx, b, 1) }()
		cancel()
		if err := <-done; err != context.Canceled {
			t.Errorf("%s ends with %v", script, err)
		}
		if s := b.State(); !s.Listening {
			t.Errorf("after %q the box refuses", script)
		}
	}
	b := boxtest.New(t, boxtest.Frozen())
	boxtest.Dial(t, b)
	b.Slow(time.Hour)
	b.Line("a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Flush(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Flush ends with %v", err)
	}
}

func TestSay(t *testing.T) {
	s, err := parse("say \"Moin\"\nsay en \"Hello\" de \"Hallo\"\nsay de \"nur deutsch\"\nsay en \"English only\"")
	if err != nil {
		t.Fatal(err)
	}
	for language, want := range map[string][]string{
		"":   {"Moin", "Hello", "English only"},
		"de": {"Moin", "Hallo", "nur deutsch", "English only"},
		"fr": {"Moin", "Hello", "English only"},
	} {
		var got []string
		b := fritztest.New(boxtest.Frozen())
		r := boxscript.NewRunner(b, boxscript.RunOptions{Language: language, Say: func(text string) { got = append(got, text) }})
		if err := r.Run(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("in %q (-want +got):\n%s", language, diff)
		}
	}
}
