// The tests of the phone whose transaction timers are short, since the library has them for the
// whole process.
package siptest_test

import (
	"context"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	library "github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"

	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/fritz/sip/internal/siptest"
	"github.com/callporter/callporter/fritz/sip/media"
	"github.com/callporter/callporter/internal/testkit"
)

func TestMain(m *testing.M) {
	library.SetTimers(50*time.Millisecond, 200*time.Millisecond, 250*time.Millisecond) // 64·T1 = 3.2 s
	goleak.VerifyTestMain(m)
}

var (
	background = testkit.Background(siptest.Limit)
	eventually = testkit.Eventually(siptest.Limit, testkit.Tick)
)

// run runs a phone at the box until the end of the test.
func run(t testing.TB, b *siptest.Box, network string, o sip.Options) {
	t.Helper()
	o.Registrar, o.Port, o.Transport, o.Username, o.Password = b.Host(), b.Port(), network, siptest.Username, siptest.Password
	background(t, sip.New(o).Run)
	b.Registered()
}

// start runs a phone that turns each caller away, and tells what came of it.
func start(t testing.TB, network string, timing sip.Timing) (*siptest.Box, <-chan sip.Result) {
	t.Helper()
	b := siptest.New(t, network)
	done := make(chan sip.Result, 10000)
	run(t, b, network, sip.Options{Timing: timing, Handler: func(context.Context, sip.Invite) sip.Answer {
		return sip.Answer{Method: sip.Hangup, Done: func(r sip.Result) { done <- r }}
	}})
	return b, done
}

func result(t testing.TB, done <-chan sip.Result) sip.Result {
	t.Helper()
	select {
	case r := <-done:
		return r
	case <-time.After(siptest.Limit):
		t.Fatal("nobody was told that the call is over")
		panic("unreachable")
	}
}

// TestNoACK: the 200 goes out again after 1, 2, 4, 4 … times T1, and a BYE when the time for an ACK
// is up.
func TestNoACK(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			b, done := start(t, network, sip.Timing{NoACK: 400 * time.Millisecond})
			call := b.Invite(siptest.Caller{})
			call.Await("200 INVITE", 3)
			call.Hangup()
			r := result(t, done)
			if r.Status != 200 || r.Acknowledged || !r.Silenced() || r.Bye != 200 || r.Err == nil {
				t.Errorf("result %+v", r)
			}
			if n := call.Count("200 INVITE"); n > 5 { // after 0, 50, 150, 350 ms
				t.Errorf("the 200 was sent %d times", n)
			}
			call.Ack() // too late
		})
	}
}

// TestLateACK comes with the third copy of the 200.
func TestLateACK(t *testing.T) {
	b, done := start(t, "udp", sip.Timing{})
	call := b.Invite(siptest.Caller{})
	call.Await("200 INVITE", 3)
	call.Ack()
	call.Ack()
	call.Hangup()
	if r := result(t, done); !r.Silenced() || r.Bye != 200 || r.Err != nil {
		t.Errorf("result %+v", r)
	}
}

// TestNoAnswerToBYE: it is sent again, for 64·T1.
func TestNoAnswerToBYE(t *testing.T) {
	b, done := start(t, "udp", sip.Timing{})
	call := b.Invite(siptest.Caller{})
	call.Expect("200 INVITE")
	call.Ack()
	call.Await("BYE", 4)
	r := result(t, done)
	if !r.Silenced() || r.Bye != 0 || r.Err == nil || r.Talked < 64*library.T1 {
		t.Errorf("result %+v", r)
	}
	if n := call.Count("BYE"); n > 25 {
		t.Errorf("BYE was sent %d times", n)
	}
}

// TestNoACKForARefusal: it is sent again, for 64·T1.
func TestNoACKForARefusal(t *testing.T) {
	b := siptest.New(t, "udp")
	done := make(chan sip.Result, 1)
	run(t, b, "udp", sip.Options{Handler: func(context.Context, sip.Invite) sip.Answer {
		return sip.Answer{Method: sip.Busy, Done: func(r sip.Result) { done <- r }}
	}})
	call := b.Invite(siptest.Caller{})
	call.Await("486 INVITE", 4)
	if r := result(t, done); r.Status != 486 || r.Acknowledged || r.Talked < 64*library.T1 {
		t.Errorf("result %+v", r)
	}
}

// TestNoACKForAReinvite ends the call.
func TestNoACKForAReinvite(t *testing.T) {
	b := siptest.New(t, "udp")
	done := make(chan sip.Result, 1)
	run(t, b, "udp", sip.Options{Timing: sip.Timing{NoACK: 200 * time.Millisecond}, Handler: func(context.Context, sip.Invite) sip.Answer {
		return sip.Answer{
			Method: sip.Announce, Talk: func(ctx context.Context, _ *media.Session) { <-ctx.Done() },
			Done: func(r sip.Result) { done <- r },
		}
	}})
	call := b.Invite(siptest.Caller{})
	call.Expect("200 INVITE")
	call.Ack()
	call.Request("INVITE", siptest.SDP)
	call.Await("200 INVITE", 4)
	call.Hangup()
	if r := result(t, done); !r.Silenced() || r.Bye != 200 || r.ByeFromBox {
		t.Errorf("result %+v", r)
	}
}

// TestNothingIsLeft turns a thousand callers away, one after the other, and 50 at once:
// goroutines, sockets and dialogs are as before when the timers have run.
func TestNothingIsLeft(t *testing.T) {
	calls := map[bool]int{false: 200, true: 1000}[testkit.All()]
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			b, done := start(t, network, sip.Timing{})
			turnAway := func() *siptest.Call {
				call := b.Invite(siptest.Caller{})
				call.Expect("200 INVITE")
				call.Ack()
				call.Hangup()
				if r := result(t, done); !r.Silenced() || r.Bye != 200 || r.Err != nil {
					t.Errorf("result %+v", r)
				}
				return call
			}
			first := turnAway()
			asked := 0
			isForgotten := func(c *siptest.Call) bool { // it answers 200 as long as it knows the dialog
				asked++
				c.Request("INFO", "")
				c.AwaitAny("INFO", asked)
				return c.Count("481 INFO") > 0
			}
			eventually(t, "the first call is forgotten", func() bool { return isForgotten(first) })
			goroutines, files := runtime.NumGoroutine(), openFiles(t)
			for range calls {
				turnAway()
			}
			var wait sync.WaitGroup
			for range 50 {
				wait.Go(func() { turnAway() })
			}
			wait.Wait()
			last := turnAway()
			asked = 0
			eventually(t, "the last call is forgotten", func() bool { return isForgotten(last) })
			eventually(t, "goroutines and sockets are as before", func() bool {
				return runtime.NumGoroutine() <= goroutines && openFiles(t) <= files
			})
		})
	}
}

func openFiles(t testing.TB) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this system does not tell the open files: ", err)
	}
	return len(files)
}
