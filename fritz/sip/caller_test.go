package sip

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emiago/sipgo/sip"
)

// inviteOf is the INVITE of a box with some headers.
func inviteOf(headers ...string) string {
	return "INVITE sip:callporter@127.0.0.1:5062 SIP/2.0\r\n" +
		"Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK4207DC1195070DC1\r\n" +
		"To: <sip:callporter@127.0.0.1:5062>\r\nCall-ID: 5694A3F5A5BEB07F@127.0.0.1\r\nCSeq: 14 INVITE\r\n" +
		"Contact: <sip:DA3969CE6BA0D35B305A0CB2F611960@127.0.0.1>\r\n" + strings.Join(headers, "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
}

func parsed(t testing.TB, raw string) *sip.Request {
	t.Helper()
	msg, err := sip.ParseMessage([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return msg.(*sip.Request)
}

func TestCaller(t *testing.T) {
	const tag = ";tag=BF13224E986A3495"
	for _, c := range []struct {
		name, from, called string
		want               Invite
		malformed          bool
	}{
		{"outside call", "<sip:03023125001@fritz.box>", "<sip:03023125069@fritz.box>", Invite{Caller: "03023125001", Called: "03023125069"}, false},
		{"in the phonebook", `"Frau Nett" <sip:03023125002@fritz.box>`, "", Invite{Caller: "03023125002", Name: "Frau Nett"}, false},
		{"umlauts", `"Jürgen Groß" <sip:03023125002@fritz.box>`, "", Invite{Caller: "03023125002", Name: "Jürgen Groß"}, false},
		{"a number in the name is a name", `"06990009001" <sip:03023125001@fritz.box>`, "", Invite{Caller: "03023125001", Name: "06990009001"}, false},
		{"escapes in the name", `"a\"b\\c" <sip:03023125001@fritz.box>`, "", Invite{Caller: "03023125001", Name: `a"b\c`}, false},
		{"no UTF-8 in the name", "\"J\xfcrgen\" <sip:03023125001@fritz.box>", "", Invite{Caller: "03023125001", Name: "J\uFFFDrgen"}, false},
		{"control characters in the name", "\"a\x01\x1bb\" <sip:03023125001@fritz.box>", "", Invite{Caller: "03023125001", Name: "ab"}, false},
		{"long name", `"` + strings.Repeat("ä", 500) + `" <sip:03023125001@fritz.box>`, "", Invite{Caller: "03023125001", Name: strings.Repeat("ä", maxName)}, false},
		{"plus", "<sip:+493023125001@fritz.box>", "", Invite{Caller: "+493023125001"}, false},
		{"escaped plus", "<sip:%2B493023125001@fritz.box>", "", Invite{Caller: "+493023125001"}, false},
		{"parameters of the user part", "<sip:03023125001;phone-context=+49@fritz.box;user=phone>", "", Invite{Caller: "03023125001"}, false},
		{"tel", "<tel:+493023125001;phone-context=+49>", "", Invite{Caller: "+493023125001"}, false},
		{"without brackets", "sip:03023125001@fritz.box", "", Invite{Caller: "03023125001"}, false},
		{"IPv6", "<sip:03023125001@[::1]:5060>", "", Invite{Caller: "03023125001"}, false},

		{"withheld", `"Anonym" <sip:anonymous@fritz.box>`, "<sip:03023125069@fritz.box>", Invite{Called: "03023125069"}, false},
		{"withheld, capitals", "<sip:Anonymous@fritz.box>", "", Invite{}, false},
		{"unknown", "<sip:unknown@fritz.box>", "", Invite{}, false},
		{"restricted", "<sip:restricted@fritz.box>", "", Invite{}, false},
		{"no user part", "<sip:fritz.box>", "", Invite{}, false},
		{"empty user part", "<sip:@fritz.box>", "", Invite{}, false},
		{"host of RFC 3323", "<sip:03023125001@anonymous.invalid>", "", Invite{}, false},
		{"withheld by name", `"anonymous" <sip:0000@fritz.box>`, "", Invite{}, false},

		{"phone of the house", `"Kitchen" <sip:**622@fritz.box>`, "<sip:03023125069@fritz.box>", Invite{Caller: "**622", Name: "Kitchen", Called: "03023125069", Internal: true}, false},
		{"code", "<sip:#9622@fritz.box>", "", Invite{Caller: "#9622", Internal: true}, false},
		{"escaped code", "<sip:%239622@fritz.box>", "", Invite{Caller: "#9622", Internal: true}, false},
		{"group call", "<sip:622@fritz.box>", "<sip:**9@fritz.box>", Invite{Caller: "622", Called: "**9", Internal: true}, false},

		{"long number", "<sip:" + strings.Repeat("3", maxNumber+1) + "@fritz.box>", "", Invite{}, true},
		{"control character in the number", "<sip:0302312\x015001@fritz.box>", "", Invite{}, true},
		{"escaped control character", "<sip:030%0D%0A2312@fritz.box>", "", Invite{}, true},
		{"no ASCII in the number", "<sip:0302312ä@fritz.box>", "", Invite{}, true},
		{"long own number", "<sip:03023125001@fritz.box>", "<sip:" + strings.Repeat("3", maxNumber+1) + "@fritz.box>", Invite{}, true},
		{"own number is no address", "<sip:03023125001@fritz.box>", "<sip:", Invite{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			headers := []string{"From: " + c.from + tag}
			if c.called != "" {
				headers = append(headers, "P-Called-Party-ID: "+c.called)
			}
			req := parsed(t, inviteOf(headers...))
			var got Invite
			ok := !malformed(req)
			if ok {
				got, ok = readInvite(req, time.Time{})
			}
			if ok == c.malformed {
				t.Fatalf("read = %v", ok)
			}
			if c.want.CallID = "5694A3F5A5BEB07F@127.0.0.1"; ok && got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// FuzzInvite reads any bytes as an INVITE: nothing may crash, what is read is bounded, and a
// number is never taken from a display name.
func FuzzInvite(f *testing.F) {
	for _, from := range []string{"<sip:03023125001@fritz.box>;tag=1", `"Anonym" <sip:anonymous@fritz.box>;tag=1`, `"06990009001" <sip:**622@fritz.box>;tag=1`, "<tel:1>;tag=1"} {
		f.Add(inviteOf("From: "+from, "P-Called-Party-ID: <sip:**9@fritz.box>", "Require: 100rel", "Session-Expires: 600;refresher=uac", "Supported: timer", "Expires: 120",
			"Record-Route: <sip:127.0.0.1;lr>", "Content-Type: application/sdp"))
	}
	f.Add("INVITE sip:a SIP/2.0\r\n\r\n")
	f.Fuzz(func(t *testing.T, raw string) {
		msg, err := sip.ParseMessage([]byte(raw))
		req, ok := msg.(*sip.Request)
		if err != nil || !ok || malformed(req) {
			return
		}
		unsupported(req)
		expiry(req)
		causeOf(req)
		offerOf(req)
		if timer, ok := readSessionTimer(req); ok && timer.deadline() < 0 {
			t.Errorf("the session timer is %v", timer.deadline())
		}
		if req.Method != sip.INVITE {
			return
		}
		l := newLeg(nil, requestIDOf(req), branchOf(req))
		req.To().Params.Add("tag", l.tag)
		l.take(req, nil, nil)
		bye := l.request(sip.BYE).String()
		if again, err := sip.ParseMessage([]byte(bye)); err != nil || again.From() == nil || toTag(again.(*sip.Request)) != l.id.fromTag {
			t.Errorf("our BYE cannot be read (%v): %q", err, bye)
		}
		inv, ok := readInvite(req, time.Now())
		if !ok {
			return
		}
		if len(inv.Caller) > maxNumber || len(inv.Called) > maxNumber || utf8.RuneCountInString(inv.Name) > maxName {
			t.Errorf("%+v is longer than allowed", inv)
		}
		if strings.ContainsFunc(inv.Caller+inv.Called, func(r rune) bool { return r <= ' ' || r >= 0x7f }) || !utf8.ValidString(inv.Name) || strings.ContainsAny(inv.Name, "\r\n\x00") {
			t.Errorf("%q, %q, %q hold what is no text", inv.Caller, inv.Called, inv.Name)
		}
	})
}
