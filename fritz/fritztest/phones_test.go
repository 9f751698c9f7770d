package fritztest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
)

// answer is the SDP of a phone; the text of Phone.Send.
const answer = "Content-Type: application/sdp\n\nv=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 8"

func want(t *testing.T, what, got, wanted string) {
	t.Helper()
	if got != wanted {
		t.Errorf("%s is %q, want %q", what, got, wanted)
	}
}

// silent waits until no phone of the house rings.
func silent(t *testing.T, b *fritztest.Box) {
	t.Helper()
	if err := b.Wait(boxtest.Within(t), func(s fritztest.State) bool { return s.House.Silent() }); err != nil {
		t.Fatalf("the house still rings: %+v", b.House())
	}
}

// clean holds that the phone of the test broke no rule.
func clean(t *testing.T, b *fritztest.Box) {
	t.Helper()
	if v := b.SIPState().Violations; len(v) > 0 {
		t.Errorf("violations: %s", strings.Join(v, "; "))
	}
}

// TestRejectedByAnswer is the way to turn a caller away: 200, ACK, BYE. All phones fall silent,
// and the call monitor shows a call that our phone has taken.
func TestRejectedByAnswer(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			b := boxtest.NewSIP(t)
			lines := boxtest.Dial(t, b)
			p := boxtest.NewPhone(t, b, network).Registered()
			call := b.Ring("04066969100(03023125900)", "23125732", fritztest.CallOptions{})
			if s := b.House(); len(s.Ringing) != 3 || s.Silent() {
				t.Errorf("the house: %+v", s)
			}
			invite := p.Expect("INVITE sip:gateway1@")
			want(t, "From", strings.Split(invite.Get("From"), ";")[0], "<sip:04066969100@fritz.box>")
			want(t, "the called number", invite.Get("P-Called-Party-ID"), "<sip:03023125732@fritz.box>")
			want(t, "To", invite.Get("To"), "<"+invite.URI()+">")
			if !strings.Contains(lines.Line(t), ";RING;0;04066969100(03023125900);23125732;SIP0;") {
				t.Error("RING does not show both numbers")
			}
			p.Answer(invite, "100 Trying", "")
			p.Answer(invite, "180 Ringing", p.Contact())
			p.Answer(invite, "200 OK", p.Contact()+"\n"+answer)
			p.Expect("ACK")
			if !strings.Contains(lines.Line(t), ";CONNECT;0;21;04066969100(03023125900);") {
				t.Error("CONNECT does not show our phone")
			}
			silent(t, b)
			p.Bye(invite)
			p.Expect("200")
			if !strings.Contains(lines.Line(t), ";DISCONNECT;0;0;") {
				t.Error("no DISCONNECT follows our BYE")
			}
			if call.Rang() <= 0 || call.Rang() > 20*time.Second {
				t.Errorf("the house rang for %v", call.Rang())
			}
			clean(t, b)
		})
	}
}

// TestTakenElsewhere holds that our phone is cancelled when another one answers or the caller
// gives up, and that the box acknowledges our 487.
func TestTakenElsewhere(t *testing.T) {
	b := boxtest.NewSIP(t)
	p := boxtest.NewPhone(t, b, "udp").Registered()
	for _, end := range []struct {
		do     func(*fritztest.Call)
		reason string
	}{
		{func(c *fritztest.Call) { c.Disconnect(0) }, ""},
		{func(c *fritztest.Call) { c.Connect(10); c.Disconnect(-1) }, `SIP;cause=200;text="Call completed elsewhere"`},
	} {
		b.AdjustSIP(func(s *fritztest.SIPSettings) { s.Reason = end.reason != "" })
		call := boxtest.Ring(b)
		invite := p.Expect("INVITE")
		p.Answer(invite, "180 Ringing", p.Contact())
		if err := b.Wait(boxtest.Within(t), func(s fritztest.State) bool { return s.SIP.Counts.Received["180 to INVITE"] > 0 }); err != nil {
			t.Fatal(err)
		}
		end.do(call)
		cancel := p.Expect("CANCEL")
		want(t, "Via of CANCEL", cancel.Get("Via"), invite.Get("Via"))
		want(t, "Reason of CANCEL", cancel.Get("Reason"), end.reason)
		p.Answer(cancel, "200 OK", "")
		p.Answer(invite, "487 Request Terminated", "")
		ack := p.Expect("ACK")
		want(t, "Via of ACK", ack.Get("Via"), invite.Get("Via"))
		silent(t, b)
	}
	clean(t, b)
}

// TestRegistering holds what avm.md knows of the registrar's answers.
func TestRegistering(t *testing.T) {
	b := boxtest.NewSIP(t)
	p := boxtest.NewPhone(t, b, "udp")
	p.Register("", "", p.Contact())
	first := p.Expect("401").Challenge()
	p.Register(first, "wrong-password", p.Contact())
	second := p.Expect("401").Challenge()
	if first == second || len(first) != 16 {
		t.Errorf("the nonces are %q and %q", first, second)
	}
	p.Register(first, boxtest.PhonePassword, p.Contact())
	p.Expect("401") // a nonce is good once
	p.User = "nobody"
	p.Register("", "", p.Contact())
	p.Expect("404")
	p.User = boxtest.PhoneUser
	p.Send("REGISTER sip:gateway1@fritz.box SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bKx\nFrom: <sip:gateway1@fritz.box>;tag=1\nTo: <sip:gateway1@fritz.box>\nCall-ID: x\nCSeq: 1 REGISTER\n%s", p.Host, p.Contact())
	p.Registered() // and nothing came for the one before
	b.RefuseRegister(fritztest.SIPRefusal{Status: 503, RetryAfter: 7, Times: 1})
	b.RefuseRegister(fritztest.SIPRefusal{Status: 423, MinExpires: 1800, Times: 1})
	p.Register("", "", p.Contact())
	want(t, "Retry-After", p.Expect("503").Get("Retry-After"), "7")
	p.Register("", "", p.Contact())
	want(t, "Min-Expires", p.Expect("423").Get("Min-Expires"), "1800")
	p.Register("", "", p.Contact())
	p.Register(p.Expect("401").Challenge(), boxtest.PhonePassword, p.Contact()+";expires=0")
	want(t, "Contact", p.Expect("200").Get("Contact"), "")
	if s := b.SIPState(); len(s.Phones) != 0 {
		t.Errorf("registered: %+v", s.Phones)
	}
	clean(t, b)
}
