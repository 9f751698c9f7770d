package fritztest_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
)

func adjust(b *fritztest.Box, name, value string) {
	b.AdjustSIP(func(s *fritztest.SIPSettings) {
		if err := s.Set(name, value); err != nil {
			panic(err)
		}
	})
}

// TestPackets holds lost, repeated and late packets, and what the box repeats by itself.
func TestPackets(t *testing.T) {
	b := boxtest.NewSIP(t)
	adjust(b, "t1", "50ms")
	p := boxtest.NewPhone(t, b, "udp").Registered()
	trouble := func(what, kind string, times int, by time.Duration) {
		t.Helper()
		if err := b.SIPPackets(fritztest.PacketTrouble{What: what, Kind: kind, Times: times, By: by}); err != nil {
			t.Fatal(err)
		}
	}
	trouble("drop", "invite", 1, 0)
	trouble("double", "phone-180", 1, 0)
	trouble("drop", "ack", 1, 0)
	trouble("drop", "phone-bye", 1, 0)
	call := boxtest.Ring(b)
	invite := p.Expect("INVITE") // the second one
	if again := p.Expect("INVITE"); again != invite {
		t.Errorf("the INVITE comes again as\n%s", again)
	}
	p.Answer(invite, "180 Ringing", p.Contact())
	p.Silent(200 * time.Millisecond) // and no more
	p.Answer(invite, "200 OK", p.Contact())
	p.Silent(100 * time.Millisecond)
	p.Answer(invite, "200 OK", p.Contact())
	ack := p.Expect("ACK")
	if got := ack.Get("CSeq"); got != "14 ACK" || ack.URI() != strings.Trim(strings.TrimPrefix(p.Contact(), "Contact: "), "<>") {
		t.Errorf("the ACK is\n%s", ack)
	}
	p.Bye(invite)
	p.Silent(100 * time.Millisecond)
	p.Bye(invite)
	p.Expect("200")
	if err := b.Wait(boxtest.Within(t), func(s fritztest.State) bool { return len(s.Calls) == 0 }); err != nil {
		t.Fatal(err)
	}
	_ = call
	trouble("delay", "ack", 1, 150*time.Millisecond)
	boxtest.Ring(b)
	invite = p.Expect("INVITE")
	p.Answer(invite, "486 Busy Here", "")
	began := time.Now()
	p.Expect("ACK")
	if late := time.Since(began); late < 100*time.Millisecond {
		t.Errorf("the ACK is %v late", late)
	}
	if f := b.State().Faults; len(f) != 1 || f[0] != "sip t1 50ms" {
		t.Errorf("faults: %q", f)
	}
	clean(t, b)
}

// TestRaces holds CANCEL where it hurts: crossing the 200, before any response, before its INVITE.
func TestRaces(t *testing.T) {
	b := boxtest.NewSIP(t)
	p := boxtest.NewPhone(t, b, "udp").Registered()
	adjust(b, "cross", "on")
	boxtest.Ring(b)
	invite := p.Expect("INVITE")
	p.Answer(invite, "200 OK", p.Contact())
	p.Answer(p.Expect("CANCEL"), "200 OK", "")
	p.Expect("ACK")
	bye := p.Expect("BYE") // the call was up
	if bye.Get("X-RTP-Stat") == "" {
		t.Error("the BYE has no X-RTP-Stat")
	}
	p.Answer(bye, "200 OK", "")
	silent(t, b)
	adjust(b, "cross", "off")
	adjust(b, "earlycancel", "on")
	call := boxtest.Ring(b)
	invite = p.Expect("INVITE")
	call.Disconnect(0)
	p.Answer(p.Expect("CANCEL"), "200 OK", "")
	p.Answer(invite, "487 Request Terminated", "")
	p.Expect("ACK")
	adjust(b, "overtaken", "on")
	boxtest.Ring(b)
	cancel, invite := p.Expect("CANCEL"), p.Expect("INVITE")
	want(t, "Via of CANCEL", cancel.Get("Via"), invite.Get("Via"))
	p.Answer(cancel, "200 OK", "")
	p.Answer(invite, "487 Request Terminated", "")
	p.Expect("ACK")
	clean(t, b)
}

// TestHangupOfTheBox holds the BYE of the box, session refreshes, and how a BYE of ours is
// answered where it is not 200.
func TestHangupOfTheBox(t *testing.T) {
	b := boxtest.NewSIP(t)
	adjust(b, "t1", "50ms")
	p := boxtest.NewPhone(t, b, "udp").Registered()
	call := boxtest.Ring(b)
	if call.Refresh("INVITE", nil) == nil {
		t.Error("a call that rings is refreshed")
	}
	invite := p.Expect("INVITE")
	p.Answer(invite, "200 OK", p.Contact()+"\n"+answer)
	p.Expect("ACK")
	statuses := make(chan int, 2)
	for _, method := range []string{"INVITE", "UPDATE"} {
		if err := call.Refresh(method, func(status int) { statuses <- status }); err != nil {
			t.Fatal(err)
		}
		m := p.Expect(method)
		want(t, "the refresher", m.Get("Session-Expires"), "600;refresher=uac")
		p.Answer(m, "200 OK", p.Contact()+"\n"+answer)
		if method == "INVITE" {
			want(t, "CSeq of ACK", p.Expect("ACK").Get("CSeq"), "15 ACK")
		}
		if status := <-statuses; status != 200 {
			t.Errorf("%s: status %d", method, status)
		}
	}
	call.Disconnect(-1)
	p.Answer(p.Expect("BYE"), "200 OK", "")
	received(t, b, "200 to BYE")
	for _, how := range []string{"481", "ignore"} {
		adjust(b, "bye", how)
		boxtest.Ring(b)
		invite := p.Expect("INVITE")
		p.Answer(invite, "200 OK", p.Contact())
		p.Expect("ACK")
		p.Bye(invite)
		if how == "481" {
			p.Expect("481")
		} else {
			p.Silent(100 * time.Millisecond)
		}
	}
	clean(t, b)
}

// TestProbe holds that a phone which does not answer OPTIONS loses its registration, as it does
// at a restart.
func TestProbe(t *testing.T) {
	b := boxtest.NewSIP(t)
	adjust(b, "t1", "5ms")
	adjust(b, "probe", "20ms")
	p := boxtest.NewPhone(t, b, "udp").Registered()
	p.Answer(p.Expect("OPTIONS"), "200 OK", "")
	p.Expect("OPTIONS")
	if err := b.Wait(boxtest.Within(t), func(s fritztest.State) bool { return len(s.SIP.Phones) == 0 }); err != nil {
		t.Fatal("the registration outlives an OPTIONS without answer")
	}
	adjust(b, "probe", "0s")
	boxtest.NewPhone(t, b, "tcp").Registered()
	addr := b.SIPAddr().String()
	if err := b.Restart(t.Context(), time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if s := b.SIPState(); len(s.Phones) != 0 || !s.Listening || s.Address != addr {
		t.Errorf("after the restart: %+v", s)
	}
	boxtest.NewPhone(t, b, "udp").Registered()
}

// TestForms holds how callers and offers may look.
func TestForms(t *testing.T) {
	b := boxtest.NewSIP(t)
	adjust(b, "limit", "100")
	p := boxtest.NewPhone(t, b, "udp").Registered()
	if err := b.AddContact("Telefonbuch", fritztest.Contact{Name: `Müller "Fritz"`, Numbers: []fritztest.PhoneNumber{{Number: "03023125456"}}}); err != nil {
		t.Fatal(err)
	}
	for form, from := range map[string]string{
		"anonymous": `"Anonym" <sip:anonymous@fritz.box>`, "empty": "<sip:@fritz.box>", "nouser": "<sip:fritz.box>",
		"invalid": `"Anonymous" <sip:anonymous@anonymous.invalid>`,
	} {
		adjust(b, "withheld", form)
		b.Ring("", "23125732", fritztest.CallOptions{})
		want(t, form, strings.Split(p.Expect("INVITE").Get("From"), ";tag")[0], from)
	}
	b.Ring("03023125456", "03023125732", fritztest.CallOptions{Trunk: "SIP1"})
	invite := p.Expect("INVITE")
	want(t, "From", strings.Split(invite.Get("From"), ";tag")[0], `"Müller \"Fritz\"" <sip:03023125456@fritz.box>`)
	want(t, "the called number", invite.Get("P-Called-Party-ID"), "<sip:03023125732@fritz.box>")
	for offer, part := range map[string]string{"usual": "RTP/AVP 9 8 0 120 121 101\r\n", "wideband": "RTP/AVP 9 120 121 101\r\n", "muted": "m=audio 0 RTP/AVP", "none": "Content-Length: 0\r\n\r\n"} {
		adjust(b, "offer", offer)
		boxtest.Ring(b)
		if m := p.Expect("INVITE"); !strings.Contains(string(m), part) {
			t.Errorf("offer %s:\n%s", offer, m)
		}
	}
}

// TestIPv6 holds literals in brackets, in Via, Contact and SDP.
func TestIPv6(t *testing.T) {
	b := boxtest.New(t, fritztest.Options{})
	b.SetIPPhone(fritztest.IPPhone{Name: boxtest.PhoneName, Username: boxtest.PhoneUser, Password: boxtest.PhonePassword})
	if err := b.ListenSIP("[::1]:0"); err != nil {
		t.Skipf("no IPv6 here: %v", err)
	}
	p := boxtest.NewPhone(t, b, "udp").Registered()
	boxtest.Ring(b)
	invite := p.Expect("INVITE sip:gateway1@[::1]:")
	for _, part := range []string{"SIP/2.0/UDP [::1]:", "@[::1]:", "c=IN IP6 ::1\r\n"} {
		if !strings.Contains(string(invite), part) {
			t.Errorf("no %s in\n%s", part, invite)
		}
	}
}

// TestAudio holds that the box hears what our phone plays, and that the caller can press keys.
func TestAudio(t *testing.T) {
	b := boxtest.NewSIP(t)
	adjust(b, "tone", "on")
	p := boxtest.NewPhone(t, b, "udp").Registered()
	call := boxtest.Ring(b)
	invite := p.Expect("INVITE")
	_, rest, _ := strings.Cut(string(invite), "m=audio ")
	port, _, _ := strings.Cut(rest, " ")
	rtp, err := net.Dial("udp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer rtp.Close()
	_, ours, _ := net.SplitHostPort(rtp.LocalAddr().String())
	if call.Press("5") == nil {
		t.Error("keys are pressed while it rings")
	}
	p.Answer(invite, "200 OK", p.Contact()+"\n"+strings.Replace(answer, "audio 9", "audio "+ours, 1)+" 101")
	p.Expect("ACK")
	for i := range 3 {
		packet := make([]byte, 12+160)
		packet[0], packet[1] = 0x80, 8
		binary.BigEndian.PutUint16(packet[2:], uint16(i*2)) // every other one is lost
		packet[12] = byte(i + 1)
		if _, err := rtp.Write(packet); err != nil {
			t.Fatal(err)
		}
	}
	if err := call.Press("5#"); err != nil {
		t.Fatal(err)
	}
	rtp.SetReadDeadline(time.Now().Add(20 * time.Second))
	keys, tone, buf := "", false, make([]byte, 1500)
	for keys != "5#" || !tone {
		n, err := rtp.Read(buf)
		if err != nil {
			t.Fatalf("%v; keys so far %q", err, keys)
		}
		switch {
		case buf[1]&0x7f == 8 && n == 172:
			tone = tone || buf[20] != buf[40]
		case buf[1] == 101|0x80:
			keys += string("0123456789*#"[buf[12]])
		case buf[1] != 101 || n != 16:
			t.Fatalf("an RTP packet of type %d with %d bytes", buf[1], n)
		}
	}
	h := call.Heard()
	want(t, "what the box has heard", fmt.Sprintf("%d %d %s %d %d %d", h.Packets, h.Lost, h.Codec, len(h.Audio), h.Audio[160], h.Strange), "3 2 PCMA 480 2 0")
	call.Disconnect(-1)
	p.Expect("BYE")
}

// TestStrict holds that the box lists what a phone does against the rules.
func TestStrict(t *testing.T) {
	b := boxtest.NewSIP(t)
	p := boxtest.NewPhone(t, b, "udp").Registered()
	boxtest.Ring(b)
	invite := p.Expect("INVITE")
	p.Send("nonsense")
	p.Answer(invite, "200 OK", strings.Replace(answer, "AVP 8", "AVP 18", 1)) // without Contact, with a codec that was not offered
	p.Expect("ACK")
	p.Send("BYE sip:x@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bKq\nFrom: %s;tag=other\nTo: %s\nCall-ID: %s\nCSeq: 1 BYE", p.Host, invite.Get("To"), invite.Get("From"), invite.Get("Call-ID"))
	p.Expect("481")
	got := strings.Join(b.SIPState().Violations, "; ")
	for _, want := range []string{`start line "nonsense" has too few words`, "200 to INVITE has no Contact", "payload type 18", "BYE has the wrong tags"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}
