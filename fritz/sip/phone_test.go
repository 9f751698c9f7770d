package sip_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/fritz/sip/internal/siptest"
	"github.com/callporter/callporter/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var background = testkit.Background(siptest.Limit)

var eventually = testkit.Eventually(siptest.Limit, testkit.Tick)

// start runs a phone at the box until the end of the test.
func start(t testing.TB, b *siptest.Box, o sip.Options) (p *sip.Phone, stop func()) {
	t.Helper()
	o.Registrar, o.Port, o.Username, o.Password = b.Host(), b.Port(), siptest.Username, siptest.Password
	if o.Timing.Retry == 0 {
		o.Timing.Retry = 20 * time.Millisecond
	}
	p = sip.New(o)
	return p, background(t, p.Run)
}

// hangup is a Handler that turns each caller away.
func hangup(context.Context, sip.Invite) sip.Answer { return sip.Answer{Method: sip.Hangup} }

// leave is a Handler that lets the house ring.
func leave(context.Context, sip.Invite) sip.Answer { return sip.Answer{Method: sip.Leave} }

func TestPhoneRegistersAndTurnsACallerAway(t *testing.T) {
	for _, network := range []string{"udp", "udp6", "tcp", "tcp6"} {
		t.Run(network, func(t *testing.T) {
			b := siptest.New(t, network)
			_, stop := start(t, b, sip.Options{Handler: hangup, Transport: network[:3]})
			b.Registered()
			call := b.Invite(siptest.Caller{})
			call.Expect("180 INVITE")
			call.Expect("200 INVITE")
			call.Ack()
			call.Hangup()
			stop()
			b.Unregistered()
		})
	}
}

func TestACancelledCallEnds(t *testing.T) {
	b := siptest.New(t, "udp")
	ended := make(chan error, 1)
	start(t, b, sip.Options{Handler: func(ctx context.Context, _ sip.Invite) sip.Answer {
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return sip.Answer{}
	}})
	call := b.Invite(siptest.Caller{})
	call.Expect("180 INVITE")
	call.Cancel()
	call.Expect("200 CANCEL")
	call.Expect("487 INVITE")
	call.Ack()
	if err := <-ended; !errors.Is(err, sip.ErrCancelled) {
		t.Errorf("the call ended with %v", err)
	}
}
