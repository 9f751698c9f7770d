package callmonitor

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

// pipeBox is a box in a synctest bubble: each dial is noted, and answered by what
// serve does with the n-th connection (from 0). A nil serve refuses.
type pipeBox struct {
	begin time.Time
	dials []time.Duration
	serve func(n int, c net.Conn)
}

func (p *pipeBox) dial(context.Context, string, string) (net.Conn, error) {
	n := len(p.dials)
	p.dials = append(p.dials, time.Since(p.begin))
	if p.serve == nil {
		return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	near, far := net.Pipe()
	go func() {
		defer far.Close()
		p.serve(n, far)
	}()
	return near, nil
}

// gaps are the waits between the dials.
func (p *pipeBox) gaps() (gaps []time.Duration) {
	for i := 1; i < len(p.dials); i++ {
		gaps = append(gaps, p.dials[i]-p.dials[i-1])
	}
	return gaps
}

// runInBubble runs a monitor of p for as long as given, by a clock that does not wait.
func runInBubble(t *testing.T, p *pipeBox, random float64, lasts time.Duration, check func(sinkChan, *testkit.Log)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p.begin = time.Now()
		log := new(testkit.Log)
		m, err := New(Options{Host: "192.168.178.1", Dial: p.dial, Log: log.Logger(slog.LevelDebug), Random: func() float64 { return random }})
		if err != nil {
			t.Fatal(err)
		}
		sink := make(sinkChan, 100_000)
		ctx, cancel := context.WithTimeout(t.Context(), lasts)
		defer cancel()
		if err := m.Run(ctx, sink); err != nil {
			t.Error(err)
		}
		if over := time.Since(p.begin) - lasts; over != 0 {
			t.Errorf("Run ended %v late", over)
		}
		synctest.Wait()
		check(sink, log)
	})
}

const s = time.Second

// keepOpen holds the connection for so long.
func keepOpen(d time.Duration) func(int, net.Conn) {
	return func(_ int, c net.Conn) { waitForClose(c, d) }
}

// waitForClose waits, or until the other end closes.
func waitForClose(c net.Conn, d time.Duration) {
	c.SetReadDeadline(time.Now().Add(d))
	c.Read(make([]byte, 1))
}

func TestBackoffDoubles(t *testing.T) {
	for random, want := range map[float64][]time.Duration{
		0.5: {1 * s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s, 60 * s},
		0:   {1 * s, 1600 * time.Millisecond, 3200 * time.Millisecond, 6400 * time.Millisecond, 12800 * time.Millisecond, 25600 * time.Millisecond, 48 * s, 48 * s},
		1:   {1200 * time.Millisecond, 2400 * time.Millisecond, 4800 * time.Millisecond, 9600 * time.Millisecond, 19200 * time.Millisecond, 38400 * time.Millisecond, 60 * s, 60 * s},
	} {
		p := new(pipeBox)
		runInBubble(t, p, random, 5*time.Minute, func(sink sinkChan, _ *testkit.Log) {
			gaps := p.gaps()
			if len(gaps) < len(want) {
				t.Fatalf("%v: only %v", random, gaps)
			}
			if d := cmp.Diff(want, gaps[:len(want)]); d != "" {
				t.Error(random, d)
			}
			var reasons []string
			var since time.Time
			for range 5 {
				l := sink.next(t).(LinkState)
				if reasons = append(reasons, l.State.String()+" "+l.Reason.String()); since.IsZero() {
					since = l.Since
				}
				if !l.Since.Equal(since) || l.Up() {
					t.Errorf("%+v", l)
				}
			}
			if d := cmp.Diff([]string{"connecting ", "down refused", "down refused", "down call_monitor_off", "down call_monitor_off"}, reasons); d != "" {
				t.Error(d)
			}
		})
	}
}

// Attempts without end, and one line in the log.
func TestRedialForEver(t *testing.T) {
	p := new(pipeBox)
	runInBubble(t, p, 0.5, 30*24*time.Hour, func(_ sinkChan, log *testkit.Log) {
		if n := len(p.dials); n < 30*24*60-10 || n > 30*24*60+10 {
			t.Error(n, "dials in 30 days")
		}
		if n := log.Lines("level=WARN"); n != 1 {
			t.Error(n, "warnings")
		}
	})
}

func TestOutageIsLoggedOnce(t *testing.T) {
	p := &pipeBox{serve: func(n int, c net.Conn) {
		if n < 4 { // a port that accepts and closes is as dead as one that refuses
			return
		}
		c.Write([]byte(ring(0, "01713920055")))
		waitForClose(c, time.Hour)
	}}
	runInBubble(t, p, 0.5, time.Minute, func(sink sinkChan, log *testkit.Log) {
		if d := cmp.Diff([]time.Duration{1 * s, 2 * s, 4 * s, 8 * s}, p.gaps()); d != "" {
			t.Error(d)
		}
		if begin, end := log.Lines("level=WARN", "link down", "reason=closed"), log.Lines("level=INFO", "outage=15s", "attempts=4"); begin != 1 || end != 1 {
			t.Errorf("%d begins, %d ends:\n%s", begin, end, log)
		}
		if n := log.Lines("level=INFO"); n != 2 {
			t.Error(n, "info lines")
		}
		sink.event(t)
	})
}

// A link that stays silent is proven by time alone, and the log says so.
func TestSilentLinkEndsOutage(t *testing.T) {
	p := &pipeBox{serve: func(n int, c net.Conn) {
		if n > 0 {
			waitForClose(c, 24*time.Hour)
			c.Write([]byte(ring(0, "01713920055")))
			waitForClose(c, 24*time.Hour)
		}
	}}
	runInBubble(t, p, 0.5, 25*time.Hour, func(sink sinkChan, log *testkit.Log) {
		if len(p.dials) != 2 || p.dials[1] != s {
			t.Error("a silent day is no reason to dial: ", p.dials)
		}
		if n := log.Lines("level=INFO", "outage=1s"); n != 1 {
			t.Errorf("%d ends:\n%s", n, log)
		}
		if ev := sink.event(t); ev.Received.Sub(p.begin) != 24*time.Hour+s {
			t.Error(ev.Received)
		}
	})
}

// Some firmware closes idle connections: no wait, no log, no outage.
func TestIdleClose(t *testing.T) {
	p := &pipeBox{serve: keepOpen(10 * time.Minute)}
	runInBubble(t, p, 0.5, time.Hour+s, func(sink sinkChan, log *testkit.Log) {
		for i, at := range p.dials {
			if at != time.Duration(i)*10*time.Minute {
				t.Fatal(p.dials)
			}
		}
		if len(p.dials) != 7 || log.Lines("level=WARN") != 0 || log.Lines("level=INFO") != 1 {
			t.Errorf("%v\n%s", p.dials, log)
		}
		for len(sink) > 0 {
			if l := sink.next(t).(LinkState); l.State == Down {
				t.Error("down: ", l)
			}
		}
	})
}

// Closing soon, though not at once, must not make a storm either.
func TestCloseSoonBacksOff(t *testing.T) {
	p := &pipeBox{serve: keepOpen(2 * s)}
	runInBubble(t, p, 0.5, 10*time.Minute, func(sinkChan, *testkit.Log) {
		want := []time.Duration{2 * s, 3 * s, 4 * s, 6 * s, 10 * s, 18 * s, 34 * s, 62 * s, 62 * s}
		if d := cmp.Diff(want, p.gaps()[:len(want)]); d != "" {
			t.Error(d)
		}
	})
}

func TestCloseAtOnceBacksOff(t *testing.T) {
	p := &pipeBox{serve: keepOpen(0)}
	runInBubble(t, p, 0.5, time.Hour, func(_ sinkChan, log *testkit.Log) {
		if n := len(p.dials); n > 70 {
			t.Error(n, "dials in an hour")
		}
		if n := log.Lines("level=INFO") + log.Lines("level=WARN"); n != 2 {
			t.Errorf("%d lines in the log", n)
		}
	})
}

// links are the changes of the link that were told, when, and since when they hold; of
// several in a row with the same state and begin only the first.
func (p *pipeBox) links(sink sinkChan) (told []string) {
	last := ""
	for len(sink) > 0 {
		what := "event"
		if l, ok := (<-sink).(LinkState); ok {
			what = fmt.Sprintf("%s since %v", l.State, l.Since.Sub(p.begin))
		}
		if what != last {
			told = append(told, what)
		}
		last = what
	}
	return told
}

// A port that accepts and closes is told to be up once, for nobody can know, and then
// to be down since the first time it closed; until it is worth the name of a link.
func TestCloseAtOnceIsOneOutage(t *testing.T) {
	closes := keepOpen(0)
	for name, test := range map[string]struct {
		serve func(int, net.Conn)
		want  []string
	}{
		"for ever":            {closes, []string{"connecting since 0s", "up since 0s", "down since 0s"}},
		"after two seconds":   {keepOpen(2 * s), []string{"connecting since 0s", "up since 0s", "connecting since 2s", "up since 2s", "down since 4s"}},
		"in the middle of it": {func(_ int, c net.Conn) { c.Write([]byte("21.11.26 10:0")) }, []string{"connecting since 0s", "up since 0s", "down since 0s"}},
		"until there is a call": {func(n int, c net.Conn) {
			if n == 4 { // after 1 + 2 + 4 + 8 s
				waitForClose(c, 3*s)
				c.Write([]byte(ring(0, "01713920055")))
				waitForClose(c, time.Hour)
			}
		}, []string{"connecting since 0s", "up since 0s", "down since 0s", "up since 15s", "event"}},
		"until it stays": {func(n int, c net.Conn) {
			if n == 4 {
				waitForClose(c, time.Hour)
			}
		}, []string{"connecting since 0s", "up since 0s", "down since 0s", "up since 15s"}},
		"and is well again twice": {func(n int, c net.Conn) {
			if n == 3 || n == 6 { // 7 s; 7 + 11 + 1 + 2 + 4 s
				waitForClose(c, 11*s)
				c.Write([]byte("21.11.26 10:0"))
			}
		}, []string{"connecting since 0s", "up since 0s", "down since 0s", "up since 7s", "down since 18s", "up since 19s", "down since 19s", "up since 25s", "down since 36s", "up since 37s", "down since 37s"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := &pipeBox{serve: test.serve}
			runInBubble(t, p, 0.5, 50*s, func(sink sinkChan, _ *testkit.Log) {
				if d := cmp.Diff(test.want, p.links(sink)); d != "" {
					t.Error(d)
				}
			})
		})
	}
}

// After an ordinary outage the link is told to be up the moment it is, and so it is
// at the start however many dials that took.
func TestUpIsToldAtOnce(t *testing.T) {
	p := new(pipeBox)
	synctest.Test(t, func(t *testing.T) {
		p.begin = time.Now()
		var told []string
		o := Options{Host: "192.168.178.1", Random: func() float64 { return 0.5 }}
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if n := len(p.dials); n == 0 || n == 1 || n == 3 || n == 4 {
				p.serve = nil
			} else {
				p.serve = func(_ int, c net.Conn) {
					waitForClose(c, 20*s)
					c.Write([]byte(ring(0, "01713920055")))
				}
			}
			return p.dial(ctx, network, address)
		}
		m, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 40*s)
		defer cancel()
		m.Run(ctx, linkFunc(func(l LinkState) {
			if l.Up() {
				told = append(told, fmt.Sprintf("%v after %d", time.Since(p.begin), l.Attempt))
				if !l.Since.Equal(time.Now()) {
					t.Errorf("%+v", l)
				}
			}
		}))
		if d := cmp.Diff([]string{"3s after 3", "30s after 3"}, told); d != "" {
			t.Error(d)
		}
	})
}

// linkFunc is a sink for links alone.
type linkFunc func(LinkState)

func (linkFunc) Event(call.Event)   {}
func (f linkFunc) Link(l LinkState) { f(l) }

// A link that brought an event, or lasted, begins the doubling anew.
func TestBackoffResets(t *testing.T) {
	p := &pipeBox{serve: func(n int, c net.Conn) {
		switch n {
		case 3:
			c.Write([]byte(ring(0, "01713920055"))) // in the middle of a call: not idle
		case 6:
			c.Write([]byte("21.11.26 10:0"))
			waitForClose(c, 11*s) // in the middle of a line: not idle
		}
	}}
	runInBubble(t, p, 0.5, time.Minute, func(_ sinkChan, log *testkit.Log) {
		want := []time.Duration{1 * s, 2 * s, 4 * s, 1 * s, 2 * s, 4 * s, 12 * s, 2 * s, 4 * s, 8 * s}
		if d := cmp.Diff(want, p.gaps()[:len(want)]); d != "" {
			t.Error(d)
		}
		if log.Lines("reason=cut") != 1 {
			t.Error("the cut line is not told")
		}
	})
}

// A dial that hangs is given up after five seconds.
func TestDialTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials []time.Time
		m, err := New(Options{Host: "192.168.178.1", Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			dials = append(dials, time.Now())
			<-ctx.Done()
			return nil, ctx.Err()
		}, Random: func() float64 { return 0.5 }})
		if err != nil {
			t.Fatal(err)
		}
		sink := make(sinkChan, 100)
		ctx, cancel := context.WithTimeout(t.Context(), 15*s)
		defer cancel()
		m.Run(ctx, sink)
		if len(dials) != 3 || dials[1].Sub(dials[0]) != 6*s || dials[2].Sub(dials[1]) != 7*s {
			t.Error(dials)
		}
		if l := sink.link(t, Down); l.Reason != Timeout {
			t.Error(l)
		}
	})
}
