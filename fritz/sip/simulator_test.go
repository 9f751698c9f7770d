package sip_test

import (
	"context"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/sip"
)

// TestAtSimulatedBox answers calls at the simulated box, which shares no code with the phone:
// the house falls silent by Hangup alone, and the phone breaks no rule.
func TestAtSimulatedBox(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		for _, method := range []sip.Method{sip.Hangup, sip.Leave, sip.Unavailable, sip.Busy, sip.Decline, sip.Unknown} {
			t.Run(transport+" "+method.String(), func(t *testing.T) {
				box := fritztest.New(fritztest.Options{})
				defer box.Close()
				box.SetIPPhone(fritztest.IPPhone{Name: "callporter", Username: "callporter", Password: "correct4horse"})
				if err := box.ListenSIP("127.0.0.1:0"); err != nil {
					t.Fatal(err)
				}
				_, port, _ := net.SplitHostPort(box.SIPAddr().String())
				n, err := strconv.Atoi(port)
				if err != nil {
					t.Fatal(err)
				}
				invites, results := make(chan sip.Invite, 1), make(chan sip.Result, 1)
				phone := sip.New(sip.Options{
					Registrar: "127.0.0.1", Port: n, Transport: transport, Username: "callporter", Password: "correct4horse", Listen: "127.0.0.1:0",
					Handler: func(_ context.Context, inv sip.Invite) sip.Answer {
						invites <- inv
						return sip.Answer{Method: method, Done: func(r sip.Result) { results <- r }}
					},
				})
				ctx, cancel := context.WithCancel(t.Context())
				stopped := make(chan error, 1)
				go func() { stopped <- phone.Run(ctx) }()
				wait := func(ok func(fritztest.State) bool) {
					t.Helper()
					limit, cancel := context.WithTimeout(t.Context(), 20*time.Second)
					defer cancel()
					if err := box.Wait(limit, ok); err != nil {
						t.Fatalf("the box waits in vain: %s; %+v", box.PhonesText(), box.SIPState().Counts)
					}
				}
				wait(func(s fritztest.State) bool { return len(s.SIP.Phones) == 1 })
				call := box.Ring("04066969100(03023125900)", "23125732", fritztest.CallOptions{})
				if inv := <-invites; inv.Caller != "04066969100" || inv.Called != "03023125732" || inv.Internal {
					t.Errorf("the INVITE is %+v", inv)
				}
				if method != sip.Hangup {
					wait(func(s fritztest.State) bool { return s.SIP.Counts.Received["180 to INVITE"] > 0 })
					if box.House().Silent() {
						t.Error("the house is silent")
					}
					call.Disconnect(0)
				}
				if r := <-results; r.Silenced() != (method == sip.Hangup) {
					t.Errorf("the result is %+v", r)
				}
				wait(func(s fritztest.State) bool { return s.House.Silent() && len(s.Calls) == 0 })
				cancel()
				if err := <-stopped; err != nil {
					t.Error(err)
				}
				wait(func(s fritztest.State) bool { return len(s.SIP.Phones) == 0 })
				for _, v := range box.SIPState().Violations {
					t.Error("the phone broke the rules of SIP: " + v)
				}
			})
		}
	}
}
