package sip_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/fritz/sip/internal/siptest"
	"github.com/callporter/callporter/fritz/sip/media"
)

// answering is a phone that answers each call alike, and what came of that.
type answering struct {
	answer sip.Answer
	taken  chan struct{}
	done   chan sip.Result
}

func answerWith(a sip.Answer) *answering {
	r := &answering{answer: a, taken: make(chan struct{}, 10*rounds), done: make(chan sip.Result, 10*rounds)}
	r.answer.Taken = func() { r.taken <- struct{}{} }
	r.answer.Done = func(result sip.Result) { r.done <- result }
	return r
}

func (r *answering) handle(context.Context, sip.Invite) sip.Answer { return r.answer }

// result waits for what came of a call.
func (r *answering) result(t testing.TB) sip.Result {
	t.Helper()
	select {
	case result := <-r.done:
		return result
	case <-time.After(siptest.Limit):
		t.Fatal("nobody was told that the call is over")
		panic("unreachable")
	}
}

// told fails the test unless Taken was called so many times, and nothing else is waiting.
func (r *answering) told(t testing.TB, taken int) {
	t.Helper()
	if len(r.taken) != taken || len(r.done) != 0 {
		t.Errorf("Taken was called %d times, not %d; Done %d times too often", len(r.taken), taken, len(r.done))
	}
}

func TestHangup(t *testing.T) {
	for _, network := range []string{"udp", "udp6", "tcp", "tcp6"} {
		t.Run(network, func(t *testing.T) {
			b := siptest.New(t, network)
			a := answerWith(sip.Answer{Method: sip.Hangup})
			start(t, b, sip.Options{Handler: a.handle, Transport: network[:3]})
			call := b.Invite(siptest.Caller{})
			call.Expect("100 INVITE")
			call.Expect("180 INVITE")
			ok := call.Expect("200 INVITE")
			if ok.Get("Content-Type") != "application/sdp" || !strings.Contains(ok.Body, "m=audio ") || !strings.Contains(ok.Body, " RTP/AVP 8 ") {
				t.Errorf("no voice in %q", ok.Body)
			}
			if got := ok.Get("Session-Expires") + " " + ok.Get("Require"); got != "600;refresher=uac timer" {
				t.Errorf("session timer %q", got)
			}
			call.Ack()
			call.Hangup()
			r := a.result(t)
			if r.Status != 200 || !r.Silenced() || r.Bye != 200 || r.ByeFromBox || r.Err != nil || r.Took <= 0 || r.Talked <= 0 {
				t.Errorf("result %+v", r)
			}
			a.told(t, 1)
			if kinds := strings.Join(slices.Compact(call.Kinds()), ","); kinds != "100 INVITE,180 INVITE,200 INVITE,BYE" {
				t.Errorf("on the wire was %s", kinds)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for method, status := range map[sip.Method]int{sip.Busy: 486, sip.Decline: 603, sip.Unknown: 404, sip.Unavailable: 480} {
		for _, network := range []string{"udp", "tcp"} {
			t.Run(method.String()+" "+network, func(t *testing.T) {
				b := siptest.New(t, network)
				a := answerWith(sip.Answer{Method: method})
				start(t, b, sip.Options{Handler: a.handle, Transport: network, Timing: sip.Timing{Ring: 50 * time.Millisecond}})
				call := b.Invite(siptest.Caller{})
				call.Expect("180 INVITE")
				if final := call.Final(); final.Status != status {
					t.Errorf("status %d, not %d", final.Status, status)
				}
				call.Ack()
				r := a.result(t)
				if r.Status != status || !r.Acknowledged || r.Silenced() || r.Err != nil || r.Took <= 0 {
					t.Errorf("result %+v", r)
				}
				if method == sip.Unavailable && r.Took < 50*time.Millisecond {
					t.Errorf("480 came after %v: FRITZ!App Fon would not ring", r.Took)
				}
				a.told(t, 1)
			})
		}
	}
}

func TestLeaveRingsUntilTheBoxCancels(t *testing.T) {
	for reason, want := range map[string]error{
		"":                       sip.ErrCancelled,
		"Reason: Q.850;cause=16": sip.ErrCancelled,
		"Reason: SIP;cause=200;text=\"Call completed elsewhere\"": sip.ErrElsewhere,
	} {
		b := siptest.New(t, "udp")
		a := answerWith(sip.Answer{Method: sip.Leave})
		start(t, b, sip.Options{Handler: a.handle})
		call := b.Invite(siptest.Caller{})
		call.Expect("180 INVITE")
		var more []string
		if reason != "" {
			more = append(more, reason)
		}
		call.Cancel(more...)
		call.Expect("200 CANCEL")
		call.Expect("487 INVITE")
		call.Ack()
		if r := a.result(t); r.Status != 0 || r.Err != want {
			t.Errorf("%s: result %+v", reason, r)
		}
		a.told(t, 0)
	}
}

func TestACallExpires(t *testing.T) {
	b := siptest.New(t, "udp")
	ended := make(chan error, 1)
	a := answerWith(sip.Answer{})
	start(t, b, sip.Options{Handler: func(ctx context.Context, _ sip.Invite) sip.Answer {
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return a.answer
	}})
	call := b.Invite(siptest.Caller{Header: []string{"Expires: 1"}})
	call.Expect("487 INVITE")
	call.Ack()
	if err := <-ended; err != sip.ErrExpired {
		t.Errorf("the handler heard %v", err)
	}
	if r := a.result(t); r.Status != 487 || r.Err != sip.ErrExpired {
		t.Errorf("result %+v", r)
	}
	a.told(t, 0)
}

func TestAnnounce(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			b := siptest.New(t, network)
			said := make(chan string, 1)
			a := answerWith(sip.Answer{Method: sip.Announce, Talk: func(ctx context.Context, s *media.Session) {
				if _, limited := ctx.Deadline(); limited && s != nil {
					said <- "good bye"
				}
			}})
			start(t, b, sip.Options{Handler: a.handle, Transport: network})
			call := b.Invite(siptest.Caller{})
			call.Expect("200 INVITE")
			call.Ack()
			call.Hangup()
			if r := a.result(t); r.Status != 200 || !r.Silenced() || r.Bye != 200 || r.Err != nil {
				t.Errorf("result %+v", r)
			}
			if len(said) != 1 {
				t.Error("nobody has spoken")
			}
			a.told(t, 1)
		})
	}
}

func TestAnnounceEnds(t *testing.T) {
	ended := make(chan struct{}, 1)
	talk := func(ctx context.Context, _ *media.Session) { <-ctx.Done(); ended <- struct{}{} }
	t.Run("at its limit", func(t *testing.T) {
		b := siptest.New(t, "udp")
		a := answerWith(sip.Answer{Method: sip.Announce, Talk: talk, Limit: 50 * time.Millisecond})
		start(t, b, sip.Options{Handler: a.handle})
		call := b.Invite(siptest.Caller{})
		call.Expect("200 INVITE")
		call.Ack()
		call.Hangup()
		if r := a.result(t); r.Bye != 200 || r.ByeFromBox || r.Err != nil || r.Talked < 50*time.Millisecond {
			t.Errorf("result %+v", r)
		}
		<-ended
	})
	t.Run("by the box", func(t *testing.T) {
		b := siptest.New(t, "udp")
		a := answerWith(sip.Answer{Method: sip.Announce, Talk: talk})
		start(t, b, sip.Options{Handler: a.handle})
		call := b.Invite(siptest.Caller{})
		call.Expect("200 INVITE")
		call.Ack()
		<-a.taken
		call.Request("BYE", "", "X-RTP-Stat: CS=0;PS=0;ES=50")
		call.Expect("200 BYE")
		if r := a.result(t); r.Bye != 0 || !r.ByeFromBox || !r.Silenced() || r.Err != nil {
			t.Errorf("result %+v", r)
		}
		<-ended
		if call.Count("BYE") != 0 {
			t.Error("the phone has sent a BYE, too")
		}
	})
	t.Run("when the phone stops", func(t *testing.T) {
		b := siptest.New(t, "udp")
		a := answerWith(sip.Answer{Method: sip.Announce, Talk: talk})
		_, stop := start(t, b, sip.Options{Handler: a.handle})
		call := b.Invite(siptest.Caller{})
		call.Expect("200 INVITE")
		call.Ack()
		<-a.taken
		stopped := make(chan struct{})
		go func() { defer close(stopped); stop() }()
		call.Hangup()
		<-stopped
		if r := a.result(t); r.Bye != 200 || r.Err != nil {
			t.Errorf("result %+v", r)
		}
		<-ended
	})
}

func TestARingingCallEndsWhenThePhoneStops(t *testing.T) {
	b := siptest.New(t, "udp")
	a := answerWith(sip.Answer{})
	rings := make(chan struct{})
	_, stop := start(t, b, sip.Options{Timing: sip.Timing{Ring: 20 * time.Millisecond}, Handler: func(ctx context.Context, _ sip.Invite) sip.Answer {
		close(rings)
		<-ctx.Done()
		if err := context.Cause(ctx); err != sip.ErrStopped {
			t.Errorf("the handler heard %v", err)
		}
		return a.answer
	}})
	call := b.Invite(siptest.Caller{})
	<-rings
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop() }()
	call.Expect("480 INVITE")
	call.Ack()
	<-stopped
	if r := a.result(t); r.Status != 480 || r.Err != sip.ErrStopped {
		t.Errorf("result %+v", r)
	}
}

func TestPanicsLetTheHouseRing(t *testing.T) {
	t.Run("handler", func(t *testing.T) {
		b := siptest.New(t, "udp")
		start(t, b, sip.Options{Handler: func(context.Context, sip.Invite) sip.Answer { panic("handler") }})
		call := b.Invite(siptest.Caller{})
		call.Expect("180 INVITE")
		call.Cancel()
		call.Expect("487 INVITE")
		call.Ack()
	})
	t.Run("talk", func(t *testing.T) {
		b := siptest.New(t, "udp")
		a := answerWith(sip.Answer{Method: sip.Announce, Talk: func(context.Context, *media.Session) { panic("talk") }})
		start(t, b, sip.Options{Handler: a.handle})
		call := b.Invite(siptest.Caller{})
		call.Expect("200 INVITE")
		call.Ack()
		call.Hangup()
		if r := a.result(t); r.Bye != 200 {
			t.Errorf("result %+v", r)
		}
		a.told(t, 1)
	})
}

// TestOffers turns callers away whatever voice the box offers.
func TestOffers(t *testing.T) {
	video := siptest.SDP + "m=video 7080 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
	g722 := strings.NewReplacer("9 8 0 120 121 101", "9", "a=rtpmap:120 PCMA/16000\r\n", "", "a=rtpmap:121 PCMU/16000\r\n", "").Replace(siptest.SDP)
	for name, c := range map[string]struct {
		caller siptest.Caller
		body   []string
		never  string
	}{
		"G.711 µ-law":    {siptest.Caller{SDP: strings.Replace(siptest.SDP, "9 8 0 120 121 101", "0 101", 1)}, []string{"RTP/AVP 0 101"}, "m=audio 0"},
		"G.722 alone":    {siptest.Caller{SDP: g722}, []string{"m=audio 0 RTP/AVP 9"}, "RTP/AVP 8"},
		"none":           {siptest.Caller{SDP: "-"}, []string{"RTP/AVP 8 0 101"}, "m=audio 0"},
		"with video":     {siptest.Caller{SDP: video}, []string{"RTP/AVP 8 101", "m=video 0"}, "m=audio 0"},
		"rubbish":        {siptest.Caller{SDP: "v=0\r\nrubbish\r\n"}, []string{"m=audio"}, "m=audio 0"},
		"no description": {siptest.Caller{SDP: "hello", Header: []string{"Content-Type: text/plain"}}, []string{"m=audio"}, "m=audio 0"},
	} {
		t.Run(name, func(t *testing.T) {
			b := siptest.New(t, "udp")
			a := answerWith(sip.Answer{Method: sip.Hangup})
			start(t, b, sip.Options{Handler: a.handle})
			call := b.Invite(c.caller)
			ok := call.Expect("200 INVITE")
			for _, want := range c.body {
				if !strings.Contains(ok.Body, want) {
					t.Errorf("no %q in %q", want, ok.Body)
				}
			}
			if strings.Contains(ok.Body, c.never) {
				t.Errorf("%q in %q", c.never, ok.Body)
			}
			if c.caller.SDP == "-" {
				call.Ack(siptest.SDP)
			} else {
				call.Ack()
			}
			call.Hangup()
			if r := a.result(t); !r.Silenced() || r.Bye != 200 || r.Err != nil {
				t.Errorf("result %+v", r)
			}
		})
	}
}

// TestInviteReachesTheHandler looks at what the handler is told.
func TestInviteReachesTheHandler(t *testing.T) {
	b := siptest.New(t, "udp")
	heard := make(chan sip.Invite, 1)
	start(t, b, sip.Options{Handler: func(_ context.Context, inv sip.Invite) sip.Answer { heard <- inv; return sip.Answer{Method: sip.Busy} }})
	call := b.Invite(siptest.Caller{From: "06990009001", Name: "SPAM: Lotto", Called: "03023125070"})
	call.Expect("486 INVITE")
	call.Ack()
	inv := <-heard
	if inv.CallID != call.ID || inv.Caller != "06990009001" || inv.Name != "SPAM: Lotto" || inv.Called != "03023125070" || inv.Internal || inv.Received.IsZero() {
		t.Errorf("%+v", inv)
	}
}
