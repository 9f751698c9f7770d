package sip_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/fritz/sip/internal/siptest"
	"github.com/callporter/callporter/internal/testkit"
)

// TestNobodyIsAnsweredUnasked lets a box send anything in any order, to a phone that answers none:
// no call is picked up, each has one kind of final response, and each is reported once.
func TestNobodyIsAnsweredUnasked(t *testing.T) {
	sequences := map[bool]int{false: 100, true: 2000}[testkit.All()]
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	b := siptest.New(t, "udp")
	a := answerWith(sip.Answer{})
	methods := []sip.Method{sip.Leave, sip.Unavailable, sip.Busy, sip.Decline, sip.Unknown}
	choices := make(chan sip.Method, 1)
	start(t, b, sip.Options{Timing: sip.Timing{Ring: time.Millisecond}, Handler: func(context.Context, sip.Invite) sip.Answer {
		answer := a.answer
		answer.Method = <-choices
		return answer
	}})
	for n := range sequences {
		call := b.NewCall(siptest.Caller{})
		choices <- methods[random.IntN(len(methods))]
		call.Resend()
		for range random.IntN(8) {
			inside := 0 // without the tag of a 180 the box has no dialog
			if call.Count("180 INVITE") > 0 {
				inside = 4
			}
			switch random.IntN(4 + inside) {
			case 0, 1, 2:
				call.Resend()
			case 3:
				call.Cancel()
			case 4:
				call.Request("UPDATE", "")
			case 5:
				call.Request("BYE", "")
			case 6:
				call.Request("INVITE", siptest.SDP)
			case 7:
				call.Request("ACK", "")
			}
		}
		call.Cancel()
		call.AckTo(call.Final())
		r := a.result(t)
		kinds := make(map[string]bool)
		for _, kind := range call.Kinds() {
			if strings.HasSuffix(kind, " INVITE") && kind >= "200" {
				kinds[kind] = true
			}
		}
		if kinds["200 INVITE"] || r.Silenced() || call.Count("BYE") > 0 {
			t.Fatalf("seed %d, sequence %d: the call was picked up: %v, %+v", seed, n, call.Kinds(), r)
		}
		delete(kinds, "481 INVITE") // to an INVITE inside the dialog
		delete(kinds, "500 INVITE")
		if len(kinds) != 1 {
			t.Fatalf("seed %d, sequence %d: not one final response: %v", seed, n, call.Kinds())
		}
		if len(choices) > 0 { // the CANCEL came first, and nobody was asked
			<-choices
		}
	}
	if len(a.done) > 0 {
		t.Errorf("%d results too many", len(a.done))
	}
}
