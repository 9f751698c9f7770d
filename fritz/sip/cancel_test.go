package sip_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/fritz/sip/internal/siptest"
	"github.com/callporter/callporter/internal/testkit"
)

// rounds is how often a race is run.
var rounds = map[bool]int{false: 40, true: 200}[testkit.All()]

// finish plays the rest of a call of which the box has sent INVITE and CANCEL, and demands that it
// ends in one of the two ways: 487 and never a 200, or 200 and the whole of ACK and BYE.
func finish(t *testing.T, call *siptest.Call, a *answering) (won string) {
	t.Helper()
	final := call.Final()
	if final.Status == 487 {
		// A copy of the INVITE brings out what the transaction would repeat by itself.
		call.Resend()
		call.Await("487 INVITE", 2)
	}
	call.Ack()
	switch final.Status {
	case 487:
		r := a.result(t)
		if r.Status != 0 || r.Err != sip.ErrCancelled || r.Silenced() {
			t.Errorf("after 487: %+v", r)
		}
	case 200:
		call.Hangup()
		r := a.result(t)
		if r.Status != 200 || !r.Silenced() || r.Bye != 200 || r.Err != nil {
			t.Errorf("after 200: %+v", r)
		}
	default:
		t.Errorf("the call ended with %d", final.Status)
	}
	call.Expect("200 CANCEL")
	return fmt.Sprint(final.Status)
}

// neverBoth demands of calls that are over that each had one kind of final response.
func neverBoth(t *testing.T, calls []*siptest.Call) {
	t.Helper()
	for _, c := range calls {
		if c.Count("200 INVITE") > 0 && c.Count("487 INVITE") > 0 {
			t.Errorf("a call had both: %s", strings.Join(c.Kinds(), ", "))
		}
		if c.Count("200 INVITE") == 0 && c.Count("BYE") > 0 {
			t.Errorf("a BYE without a 200: %s", strings.Join(c.Kinds(), ", "))
		}
	}
}

// TestCancelRaces lets CANCEL and answer race at each point of a call.
func TestCancelRaces(t *testing.T) {
	for _, race := range []struct {
		name   string
		before func(call *siptest.Call, decide chan<- struct{}) // sends INVITE and CANCEL
	}{
		{"back to back", func(c *siptest.Call, decide chan<- struct{}) {
			close(decide)
			c.Resend()
			c.Cancel()
		}},
		{"after 100", func(c *siptest.Call, decide chan<- struct{}) {
			c.Resend()
			c.Expect("100 INVITE")
			close(decide)
			c.Cancel()
		}},
		{"after 180", func(c *siptest.Call, decide chan<- struct{}) {
			c.Resend()
			c.Expect("180 INVITE")
			close(decide)
			c.Cancel()
		}},
		{"CANCEL first", func(c *siptest.Call, decide chan<- struct{}) {
			c.Resend()
			c.Expect("180 INVITE")
			c.Cancel()
			c.Expect("200 CANCEL")
			close(decide)
		}},
		{"after 200", func(c *siptest.Call, decide chan<- struct{}) {
			close(decide)
			c.Resend()
			c.Expect("200 INVITE")
			c.Cancel()
		}},
	} {
		for _, network := range []string{"udp", "tcp"} {
			t.Run(race.name+" "+network, func(t *testing.T) {
				b := siptest.New(t, network)
				a := answerWith(sip.Answer{Method: sip.Hangup})
				var decide atomic.Pointer[chan struct{}]
				start(t, b, sip.Options{Transport: network, Handler: func(context.Context, sip.Invite) sip.Answer {
					<-*decide.Load()
					return a.answer
				}})
				b.Registered()
				won := make(map[string]int)
				var calls []*siptest.Call
				for range rounds {
					gate := make(chan struct{})
					decide.Store(&gate)
					call := b.NewCall(siptest.Caller{})
					race.before(call, gate)
					won[finish(t, call, a)]++
					calls = append(calls, call)
					if t.Failed() {
						break
					}
				}
				neverBoth(t, calls)
				if race.name == "CANCEL first" && won["200"] > 0 {
					t.Errorf("the CANCEL was there first, and lost: %v", won)
				}
				if race.name == "after 200" && won["487"] > 0 {
					t.Errorf("the 200 was there first, and lost: %v", won)
				}
			})
		}
	}
}

// TestCancelOvertakesItsInvite sends the CANCEL first: the INVITE that follows does not ring.
func TestCancelOvertakesItsInvite(t *testing.T) {
	b := siptest.New(t, "udp")
	start(t, b, sip.Options{Handler: hangup})
	for range 20 {
		call := b.NewCall(siptest.Caller{})
		call.Cancel()
		call.Expect("481 CANCEL")
		call.Resend()
		if final := call.Final(); final.Status != 487 {
			t.Errorf("the call ended with %d", final.Status)
		}
		call.Ack()
		if n := call.Count("180 INVITE"); n > 0 {
			t.Error("the call rang")
		}
	}
}

// TestRefusalsAndCancel lets the CANCEL race with a refusal: the box gets one final response.
func TestRefusalsAndCancel(t *testing.T) {
	b := siptest.New(t, "udp")
	a := answerWith(sip.Answer{Method: sip.Busy})
	start(t, b, sip.Options{Handler: a.handle})
	for range rounds {
		call := b.Invite(siptest.Caller{})
		call.Cancel()
		final := call.Final()
		call.Ack()
		call.Expect("200 CANCEL")
		r := a.result(t)
		if final.Status == 486 && (r.Status != 486 || r.Err != nil) || final.Status == 487 && (r.Status != 0 || r.Err != sip.ErrCancelled) {
			t.Fatalf("%d on the wire, result %+v", final.Status, r)
		}
		if call.Count("486 INVITE")*call.Count("487 INVITE") != 0 {
			t.Fatalf("two final responses: %v", call.Kinds())
		}
	}
}

// TestCopiesOfTheInvite ring once, also when the call is over.
func TestCopiesOfTheInvite(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			b := siptest.New(t, network)
			var asked atomic.Int32
			a := answerWith(sip.Answer{Method: sip.Hangup})
			start(t, b, sip.Options{Transport: network, Handler: func(context.Context, sip.Invite) sip.Answer { asked.Add(1); return a.answer }})
			call := b.Invite(siptest.Caller{})
			call.Resend()
			call.Resend()
			call.Expect("200 INVITE")
			call.Resend()
			call.Ack()
			call.Hangup()
			a.result(t)
			oks, byes := call.Count("200 INVITE"), call.Count("BYE")
			call.Resend()
			call.Ack()
			another := b.Invite(siptest.Caller{}) // a message that is answered comes after
			another.Expect("200 INVITE")
			another.Ack()
			another.Hangup()
			a.result(t)
			if n := asked.Load(); n != 2 {
				t.Errorf("the handler was asked %d times for two calls", n)
			}
			if n := call.Count("200 INVITE"); n != oks || call.Count("BYE") != byes {
				t.Errorf("a copy after the end was answered: %v", call.Kinds())
			}
			a.told(t, 2)
		})
	}
}

// TestTheSameInviteByAnotherWay is a loop in the telephone system (RFC 3261 8.2.2.2).
func TestTheSameInviteByAnotherWay(t *testing.T) {
	b := siptest.New(t, "udp")
	start(t, b, sip.Options{Handler: leave})
	call := b.Invite(siptest.Caller{})
	call.Expect("180 INVITE")
	call.Other()
	call.Expect("482 INVITE")
	call.Cancel()
	call.Expect("487 INVITE")
	call.Ack()
}

// TestACallEndsWithItsConnection: with TCP nothing more of it can come.
func TestACallEndsWithItsConnection(t *testing.T) {
	b := siptest.New(t, "tcp")
	a := answerWith(sip.Answer{})
	ended := make(chan error, 1)
	start(t, b, sip.Options{Transport: "tcp", Handler: func(ctx context.Context, _ sip.Invite) sip.Answer {
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return a.answer
	}})
	call := b.Invite(siptest.Caller{})
	call.Expect("180 INVITE")
	b.Drop()
	if err := <-ended; err != sip.ErrBroken {
		t.Errorf("the handler heard %v", err)
	}
	if r := a.result(t); r.Status != 0 || r.Err != sip.ErrBroken {
		t.Errorf("result %+v", r)
	}
	b.Registered()
}

// TestTwoCalls are two calls, each decided by itself.
func TestTwoCalls(t *testing.T) {
	b := siptest.New(t, "udp")
	start(t, b, sip.Options{Handler: func(_ context.Context, inv sip.Invite) sip.Answer {
		if inv.Caller == "06990009001" {
			return sip.Answer{Method: sip.Hangup}
		}
		return sip.Answer{}
	}})
	first := b.Invite(siptest.Caller{})
	first.Expect("180 INVITE")
	second := b.Invite(siptest.Caller{From: "06990009001"})
	second.Expect("200 INVITE")
	second.Ack()
	second.Hangup()
	if first.Count("200 INVITE") > 0 {
		t.Error("the first call was answered")
	}
	first.Cancel()
	first.Expect("487 INVITE")
	first.Ack()
}

// TestTooManyCalls ring for a while, and are then refused: never with an instant 480.
func TestTooManyCalls(t *testing.T) {
	b := siptest.New(t, "udp")
	var asked atomic.Int32
	_, stop := start(t, b, sip.Options{Timing: sip.Timing{Ring: 100 * time.Millisecond}, Handler: func(ctx context.Context, _ sip.Invite) sip.Answer {
		asked.Add(1)
		<-ctx.Done()
		return sip.Answer{}
	}})
	var calls []*siptest.Call
	for range sip.MaxAsked {
		calls = append(calls, b.Invite(siptest.Caller{}))
	}
	for _, c := range calls {
		c.Expect("180 INVITE")
	}
	eventually(t, "all are asked about", func() bool { return asked.Load() == sip.MaxAsked })
	more := b.Invite(siptest.Caller{})
	began := time.Now()
	more.Expect("180 INVITE")
	more.Expect("480 INVITE")
	more.Ack()
	if d := time.Since(began); d < 100*time.Millisecond {
		t.Errorf("480 came after %v", d)
	}
	for _, c := range calls {
		c.Cancel()
		c.Expect("487 INVITE")
		c.Ack()
	}
	stop()
	if n := asked.Load(); n != sip.MaxAsked {
		t.Errorf("the handler was asked %d times", n)
	}
}
