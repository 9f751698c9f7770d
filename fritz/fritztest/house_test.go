package fritztest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
)

// rings waits until exactly these extensions ring in the house.
func rings(t *testing.T, b *fritztest.Box, extensions ...int) {
	t.Helper()
	if err := b.Wait(boxtest.Within(t), func(s fritztest.State) bool {
		var got []int
		for _, p := range s.House.Ringing {
			got = append(got, p.Extension)
		}
		return slices.Equal(got, extensions)
	}); err != nil {
		t.Fatalf("want %v to ring; %s", extensions, b.PhonesText())
	}
}

func received(t *testing.T, b *fritztest.Box, what string) {
	t.Helper()
	if err := b.Wait(boxtest.Within(t), func(s fritztest.State) bool { return s.SIP.Counts.Received[what] > 0 }); err != nil {
		t.Fatalf("the box does not get %s", what)
	}
}

// TestHouseReacts holds how the house goes on when our IP phone does not want the call:
// whether FRITZ!App Fon, extension 29, still begins to ring.
func TestHouseReacts(t *testing.T) {
	house, withApp := []int{0, 10, 11}, []int{0, 10, 11, 29}
	for _, test := range []struct {
		name   string
		status string // answered at once, or when the app rings
		late   bool
		set    string // of setting ends
		want   []int
	}{
		{"busy at once", "486 Busy Here", false, "none", house},
		{"unavailable at once", "480 Temporarily Unavailable", false, "none", house},
		{"ringing, then unavailable", "480 Temporarily Unavailable", true, "none", withApp},
		{"declined at once", "603 Decline", false, "none", house},
		{"declined late", "603 Decline", true, "none", withApp},
		{"declined for all", "603 Decline", false, "603", nil},
		{"no answer", "", true, "none", withApp},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := boxtest.NewSIP(t)
			b.AdjustSIP(func(s *fritztest.SIPSettings) {
				s.AppWake = 100 * time.Millisecond
				if err := s.Set("ends", test.set); err != nil {
					t.Fatal(err)
				}
			})
			p := boxtest.NewPhone(t, b, "udp").Registered()
			boxtest.Ring(b)
			invite := p.Expect("INVITE")
			p.Answer(invite, "180 Ringing", p.Contact())
			if test.late {
				rings(t, b, withApp...)
			}
			if test.status != "" {
				p.Answer(invite, test.status, "")
				p.Expect("ACK")
				received(t, b, test.status[:3]+" to INVITE")
				if !test.late && test.want != nil {
					p.Silent(200 * time.Millisecond) // the app would ring by now
				}
			}
			rings(t, b, test.want...)
			active := map[bool]int{true: 0, false: 1}[test.want == nil]
			if err := b.Wait(boxtest.Within(t), func(s fritztest.State) bool { return len(s.Calls) == active }); err != nil {
				t.Errorf("%d calls are active, want %d", len(b.State().Calls), active)
			}
			clean(t, b)
		})
	}
}

// TestCallListOfRejected holds that a call our phone answered and hung up is an answered one in
// the call list, by our phone.
func TestCallListOfRejected(t *testing.T) {
	b := boxtest.NewSIP(t)
	if err := b.ListenTR064("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	p := boxtest.NewPhone(t, b, "udp").Registered()
	boxtest.Ring(b)
	invite := p.Expect("INVITE")
	p.Answer(invite, "200 OK", p.Contact())
	p.Expect("ACK")
	p.Bye(invite)
	p.Expect("200")
	if err := b.Wait(boxtest.Within(t), func(s fritztest.State) bool { return len(s.Calls) == 0 }); err != nil {
		t.Fatal(err)
	}
	c := boxtest.NewCaller(t, b)
	list := c.List(c.Must(boxtest.OnTel, "GetCallList")["NewCallListURL"])
	for _, want := range []string{"<Type>1</Type>", "<Caller>01713920055</Caller>", "<Device>" + boxtest.PhoneName + "</Device>", "<Port>21</Port>"} {
		if !strings.Contains(list, want) {
			t.Errorf("the call list has no %s:\n%s", want, list)
		}
	}
}

// TestInside holds that calls within the house reach the phones and nothing else.
func TestInside(t *testing.T) {
	b := boxtest.NewSIP(t)
	p := boxtest.NewPhone(t, b, "udp").Registered()
	call := b.RingInside("**622", "**9", fritztest.CallOptions{Display: "Müller Mobil"})
	invite := p.Expect("INVITE")
	want(t, "From", strings.Split(invite.Get("From"), ";")[0], `"Müller Mobil" <sip:**622@fritz.box>`)
	want(t, "the called number", invite.Get("P-Called-Party-ID"), "<sip:**9@fritz.box>")
	rings(t, b, 0, 10, 11)
	call.Disconnect(0)
	p.Answer(invite, "100 Trying", "")
	p.Answer(p.Expect("CANCEL"), "200 OK", "")
	p.Answer(invite, "487 Request Terminated", "")
	p.Expect("ACK")
	b.RingInside("**11", "**621", fritztest.CallOptions{})
	p.Expect("INVITE")
	rings(t, b)
	b.RingInside("**11", "**610", fritztest.CallOptions{})
	rings(t, b, 10)
	if s := b.State(); s.Lines != 0 || s.SIP.Counts.Sent["INVITE"] != 2 {
		t.Errorf("the state is %+v", s)
	}
}

// TestLimit holds that no more than two calls ring at IP phones.
func TestLimit(t *testing.T) {
	b := boxtest.NewSIP(t)
	p := boxtest.NewPhone(t, b, "udp").Registered()
	calls := []*fritztest.Call{boxtest.Ring(b), boxtest.Ring(b), boxtest.Ring(b)}
	first := p.Expect("INVITE")
	p.Answer(first, "180 Ringing", p.Contact())
	received(t, b, "180 to INVITE")
	if second := p.Expect("INVITE"); second.Get("Call-ID") == first.Get("Call-ID") {
		t.Error("the calls have one Call-ID")
	}
	if s := b.SIPState(); s.Counts.Unsent != 1 || s.Counts.Sent["INVITE"] != 2 {
		t.Errorf("the counts are %+v", s.Counts)
	}
	calls[0].Disconnect(0)
	p.Expect("CANCEL")
	boxtest.Ring(b)
	p.Expect("INVITE")
}

// TestRedelivery holds that the provider delivers a call once more that our phone has ended.
func TestRedelivery(t *testing.T) {
	b := boxtest.NewSIP(t)
	lines := boxtest.Dial(t, b)
	b.AdjustSIP(func(s *fritztest.SIPSettings) { s.Redeliver = 20 * time.Millisecond })
	p := boxtest.NewPhone(t, b, "udp").Registered()
	boxtest.Ring(b)
	for range 2 {
		invite := p.Expect("INVITE")
		p.Answer(invite, "200 OK", p.Contact())
		p.Expect("ACK")
		p.Bye(invite)
		p.Expect("200")
		for _, event := range []string{";RING;0;01713920055;23125732;SIP0;", ";CONNECT;0;21;01713920055;", ";DISCONNECT;0;0;"} {
			if line := lines.Line(t); !strings.Contains(line, event) {
				t.Errorf("the line is %q, want %s", line, event)
			}
		}
	}
	p.Silent(100 * time.Millisecond)
}

// TestGap holds RING before and after the INVITE.
func TestGap(t *testing.T) {
	b := boxtest.NewSIP(t)
	lines := boxtest.Dial(t, b)
	p := boxtest.NewPhone(t, b, "udp").Registered()
	for _, gap := range []time.Duration{150 * time.Millisecond, -150 * time.Millisecond} {
		b.AdjustSIP(func(s *fritztest.SIPSettings) { s.Gap = gap })
		call := boxtest.Ring(b)
		times := map[string]time.Time{}
		if gap > 0 {
			lines.Line(t)
			times["RING"] = time.Now()
		}
		invite := p.Expect("INVITE")
		times["INVITE"] = time.Now()
		if gap < 0 {
			lines.Line(t)
			times["RING"] = time.Now()
		}
		if apart := times["INVITE"].Sub(times["RING"]); (apart > 0) != (gap > 0) || apart.Abs() < 100*time.Millisecond {
			t.Errorf("INVITE is %v after RING, want %v", apart, gap)
		}
		p.Answer(invite, "486 Busy Here", "")
		p.Expect("ACK")
		call.Disconnect(0)
		lines.Line(t)
	}
}

// TestPhonesText holds what the script's phones tells.
func TestPhonesText(t *testing.T) {
	b := boxtest.NewSIP(t)
	p := boxtest.NewPhone(t, b, "udp").Registered()
	boxtest.Ring(b)
	p.Answer(p.Expect("INVITE"), "180 Ringing", p.Contact())
	received(t, b, "180 to INVITE")
	if got := b.PhonesText(); !strings.HasPrefix(got, "ringing: Telefon (0), Wohnzimmer (10), Büro (11); registered: Pförtner (21) ringing; the house has rung for ") {
		t.Errorf("the text is %q", got)
	}
}
