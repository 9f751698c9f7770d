package sip_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/fritz/sip/internal/siptest"
	"github.com/callporter/callporter/fritz/sip/media"
)

// talking is a call that is up until the test ends it.
type talking struct {
	*answering
	box  *siptest.Box
	call *siptest.Call
	ok   *siptest.Message // the 200
	end  context.CancelFunc
}

// talk lets a phone answer a call and speak until end is called.
func talk(t *testing.T, network string, c siptest.Caller) *talking {
	t.Helper()
	b := siptest.New(t, network)
	speaking, end := context.WithCancel(context.Background())
	t.Cleanup(end)
	a := answerWith(sip.Answer{Method: sip.Announce, Talk: func(ctx context.Context, _ *media.Session) {
		select {
		case <-speaking.Done():
		case <-ctx.Done():
		}
	}})
	start(t, b, sip.Options{Transport: network, Handler: a.handle})
	call := b.Invite(c)
	ok := call.Expect("200 INVITE")
	call.Ack()
	<-a.taken
	return &talking{a, b, call, ok, end}
}

// over ends the call, and demands that it was all right.
func (c *talking) over(t *testing.T) {
	t.Helper()
	c.end()
	c.call.Hangup()
	if r := c.result(t); !r.Silenced() || r.Bye != 200 || r.Err != nil {
		t.Errorf("result %+v", r)
	}
}

func TestTheBoxRefreshesTheSession(t *testing.T) {
	refresh := []string{"Session-Expires: 600;refresher=uac", "Supported: timer"}
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			c := talk(t, network, siptest.Caller{})
			for n, body := range []string{siptest.SDP, siptest.SDP, ""} {
				c.call.Request("INVITE", body, refresh...)
				ok := c.call.Await("200 INVITE", n+2)
				if body == siptest.SDP && ok.Body != c.ok.Body {
					t.Errorf("the same offer has another answer:\n%s\n%s", c.ok.Body, ok.Body)
				}
				if !strings.Contains(ok.Body, "m=audio ") || ok.Get("Session-Expires") != "600;refresher=uac" || ok.Get("Require") != "timer" || ok.Get("Contact") == "" {
					t.Errorf("the refresh is answered %s", ok.Raw)
				}
				if body == "" {
					c.call.Ack(siptest.SDP)
				} else {
					c.call.Ack()
				}
			}
			for n, body := range []string{"", siptest.SDP} {
				c.call.Request("UPDATE", body, refresh...)
				ok := c.call.Await("200 UPDATE", n+1)
				if ok.Get("Session-Expires") != "600;refresher=uac" || (ok.Body != "") != (body != "") {
					t.Errorf("UPDATE is answered %s", ok.Raw)
				}
			}
			c.over(t)
		})
	}
}

func TestACallWithoutARefreshEnds(t *testing.T) {
	for _, method := range []string{"", "INVITE", "UPDATE"} {
		t.Run("after one "+method, func(t *testing.T) {
			began := time.Now()
			least := 1333 * time.Millisecond
			short := []string{"Session-Expires: 2;refresher=uac", "Supported: replaces"} // who knows the extension may not ask for so little
			c := talk(t, "udp", siptest.Caller{Header: short})
			switch method {
			case "INVITE":
				c.call.Request("INVITE", siptest.SDP, "Session-Expires: 3")
				c.call.Await("200 INVITE", 2)
				c.call.Ack()
				least = 2 * time.Second
			case "UPDATE":
				c.call.Request("UPDATE", "", "Session-Expires: 3")
				c.call.Expect("200 UPDATE")
				least = 2 * time.Second
			}
			c.call.Hangup()
			if d := time.Since(began); d < least {
				t.Errorf("the call ended after %v", d)
			}
			if r := c.result(t); r.Bye != 200 || r.Err == nil || !strings.Contains(r.Err.Error(), "not refreshed") {
				t.Errorf("result %+v", r)
			}
		})
	}
}

func TestRequestsInsideACall(t *testing.T) {
	c := talk(t, "udp", siptest.Caller{})
	for _, r := range []struct{ method, answer string }{
		{"INFO", "200 INFO"}, {"OPTIONS", "200 OPTIONS"}, {"NOTIFY", "200 NOTIFY"}, {"PRACK", "481 PRACK"}, {"MESSAGE", "405 MESSAGE"},
	} {
		c.call.Request(r.method, "")
		c.call.Expect(r.answer)
	}
	c.call.Request("UPDATE", "", "Require: precondition")
	if m := c.call.Expect("420 UPDATE"); m.Get("Unsupported") != "precondition" {
		t.Errorf("Unsupported: %q", m.Get("Unsupported"))
	}
	c.call.Request("UPDATE", "", "Session-Expires: 30", "Supported: timer")
	if m := c.call.Expect("422 UPDATE"); m.Get("Min-SE") != "90" {
		t.Errorf("Min-SE: %q", m.Get("Min-SE"))
	}
	c.call.Request("INVITE", "v=0\r\nrubbish\r\n")
	c.call.Expect("488 INVITE")
	c.call.Ack()
	c.call.Rewind(3)
	c.call.Request("INFO", "")
	c.call.Expect("500 INFO")
	c.call.Rewind(100)
	c.over(t)
	c.call.Request("INFO", "") // the call is known for a while, but over
	c.call.Await("200 INFO", 2)
	c.call.Request("INVITE", siptest.SDP)
	c.call.Expect("481 INVITE")
	c.call.Ack()
}

// TestGlare has the box ask for something before it has acknowledged our answer.
func TestGlare(t *testing.T) {
	b := siptest.New(t, "udp")
	a := answerWith(sip.Answer{Method: sip.Hangup})
	start(t, b, sip.Options{Handler: a.handle})
	call := b.Invite(siptest.Caller{})
	ok := call.Expect("200 INVITE")
	call.Request("INVITE", siptest.SDP)
	call.Expect("491 INVITE")
	call.Ack()
	call.Request("UPDATE", siptest.SDP)
	call.Expect("491 UPDATE")
	call.AckTo(ok)
	call.Hangup()
	if r := a.result(t); !r.Silenced() || r.Bye != 200 {
		t.Errorf("result %+v", r)
	}
}

// TestRequestsWhileItRings come inside of the early dialog that the 180 has begun.
func TestRequestsWhileItRings(t *testing.T) {
	b := siptest.New(t, "udp")
	a := answerWith(sip.Answer{})
	start(t, b, sip.Options{Handler: a.handle})
	call := b.Invite(siptest.Caller{})
	call.Expect("180 INVITE")
	call.Request("UPDATE", "")
	call.Expect("200 UPDATE")
	call.Request("UPDATE", siptest.SDP)
	call.Expect("500 UPDATE")
	call.Request("INVITE", siptest.SDP)
	call.Expect("500 INVITE")
	call.Ack()
	call.Request("BYE", "")
	call.Expect("200 BYE")
	call.AckTo(call.Expect("487 INVITE"))
	if r := a.result(t); r.Status != 0 || r.Err != sip.ErrCancelled {
		t.Errorf("result %+v", r)
	}
}

func TestTheBoxHangsUpBeforeItsACK(t *testing.T) {
	b := siptest.New(t, "udp")
	a := answerWith(sip.Answer{Method: sip.Hangup})
	start(t, b, sip.Options{Handler: a.handle})
	call := b.Invite(siptest.Caller{})
	call.Expect("200 INVITE")
	call.Request("BYE", "")
	call.Expect("200 BYE")
	if r := a.result(t); r.Status != 200 || r.Silenced() || !r.ByeFromBox || r.Bye != 0 || r.Err != nil {
		t.Errorf("result %+v", r)
	}
	call.Ack() // late
	a.told(t, 0)
}

// TestBothHangUp lets the two BYEs cross.
func TestBothHangUp(t *testing.T) {
	b := siptest.New(t, "udp")
	a := answerWith(sip.Answer{Method: sip.Hangup})
	start(t, b, sip.Options{Handler: a.handle})
	call := b.Invite(siptest.Caller{})
	call.Expect("200 INVITE")
	call.Ack()
	ours := call.Expect("BYE")
	call.Request("BYE", "")
	call.Expect("200 BYE")
	call.Answer(ours, 481, "Call/Transaction Does Not Exist")
	if r := a.result(t); !r.Silenced() || r.Bye != 481 || r.ByeFromBox || r.Err != nil {
		t.Errorf("result %+v", r)
	}
}

// TestBYEByTheWayOfTheInvite: a proxy that wants to stay on the way gets the BYE, too.
func TestBYEByTheWayOfTheInvite(t *testing.T) {
	for name, c := range map[string]struct{ record, uri, route string }{
		"loose":  {"<sip:127.0.0.1;lr>", "", "<sip:127.0.0.1;lr>"},
		"two":    {"<sip:127.0.0.1;lr;ftag=1>, <sip:fritz.box:5060;lr>", "", "<sip:127.0.0.1;lr;ftag=1>,<sip:fritz.box:5060;lr>"},
		"strict": {"<sip:127.0.0.1:5070>, <sip:fritz.box;lr>", "sip:127.0.0.1:5070", "<sip:fritz.box;lr>,<CONTACT>"},
	} {
		t.Run(name, func(t *testing.T) {
			b := siptest.New(t, "udp")
			a := answerWith(sip.Answer{Method: sip.Hangup})
			start(t, b, sip.Options{Handler: a.handle})
			call := b.Invite(siptest.Caller{Header: []string{"Record-Route: " + c.record}})
			ok := call.Expect("200 INVITE")
			if got := strings.Join(ok.Header.Values("Record-Route"), ", "); got != c.record {
				t.Errorf("Record-Route of the 200 is %s", got)
			}
			call.Ack()
			bye := call.Expect("BYE")
			call.Hangup()
			uri := c.uri
			if uri == "" {
				uri = call.Contact()
			}
			if bye.URI != uri {
				t.Errorf("BYE goes to %s", bye.URI)
			}
			if got, want := strings.Join(bye.Header.Values("Route"), ","), strings.ReplaceAll(c.route, "CONTACT", call.Contact()); got != want {
				t.Errorf("Route is %s, not %s", got, want)
			}
			a.result(t)
		})
	}
}

func TestWhatTheBoxDemands(t *testing.T) {
	for _, c := range []struct{ header, answer, name, value string }{
		{"Require: 100rel", "420 INVITE", "Unsupported", "100rel"},
		{"Require: timer, replaces, 100rel", "420 INVITE", "Unsupported", "replaces, 100rel"},
		{"Session-Expires: 60;refresher=uac", "422 INVITE", "Min-SE", "90"},
		{"P-Called-Party-ID: <sip:" + strings.Repeat("3", 70) + "@fritz.box>", "400 INVITE", "", ""},
	} {
		b := siptest.New(t, "udp")
		start(t, b, sip.Options{Handler: hangup})
		call := b.Invite(siptest.Caller{Header: []string{c.header}})
		if m := call.Expect(c.answer); m.Get(c.name) != c.value {
			t.Errorf("%s: %s is %q", c.header, c.name, m.Get(c.name))
		}
		call.Ack()
	}
	for header, want := range map[string]string{
		"Require: timer":                     "600;refresher=uac timer",
		"Session-Expires: 600":               "600;refresher=uac timer",
		"Session-Expires: 600;refresher=uas": "600;refresher=uas timer",
		"Supported: replaces":                "600;refresher=uac ",
		"Session-Expires:":                   " ",
		"Session-Expires: soon":              " ",
	} {
		b := siptest.New(t, "udp")
		start(t, b, sip.Options{Handler: hangup})
		call := b.Invite(siptest.Caller{Header: []string{header}})
		ok := call.Expect("200 INVITE")
		if got := ok.Get("Session-Expires") + " " + ok.Get("Require"); got != want {
			t.Errorf("%s is answered %q", header, got)
		}
		call.Ack()
		call.Hangup()
	}
}

// TestUnknownCalls are those of before a restart of ours.
func TestUnknownCalls(t *testing.T) {
	b := siptest.New(t, "udp")
	start(t, b, sip.Options{Handler: hangup})
	call := b.NewCall(siptest.Caller{})
	call.Tag("of-before")
	for _, r := range []struct{ method, answer string }{
		{"BYE", "200 BYE"}, {"INFO", "481 INFO"}, {"UPDATE", "481 UPDATE"}, {"PRACK", "481 PRACK"}, {"INVITE", "481 INVITE"},
	} {
		call.Request(r.method, "")
		call.Expect(r.answer)
	}
	call.Ack()
}

// TestMalformedInvites are answered 400 or dropped, and the next call is served.
func TestMalformedInvites(t *testing.T) {
	b := siptest.New(t, "udp")
	b.BreaksRules()
	a := answerWith(sip.Answer{Method: sip.Hangup})
	start(t, b, sip.Options{Handler: a.handle})
	raw := b.NewCall(siptest.Caller{}).Raw()
	line := func(name string) string {
		_, after, _ := strings.Cut(raw, "\r\n"+name+":")
		value, _, _ := strings.Cut(after, "\r\n")
		return "\r\n" + name + ":" + value
	}
	for i, broken := range []string{
		strings.Replace(raw, line("To"), "", 1),
		strings.Replace(raw, line("From"), "", 1),
		strings.Replace(raw, line("Call-ID"), "", 1),
		strings.Replace(raw, line("CSeq"), "", 1),
		strings.Replace(raw, line("Via"), "", 1),
		strings.Replace(raw, line("Contact"), "", 1),
		strings.Replace(raw, line("From"), line("From")+line("From"), 1),
		strings.Replace(raw, ";tag=", ";tog=", 1),
		strings.Replace(raw, ";branch=", ";brench=", 1),
		strings.Replace(raw, line("CSeq"), "\r\nCSeq: 1 BYE", 1),
		strings.Replace(raw, line("CSeq"), "\r\nCSeq: 99999999999 INVITE", 1),
		strings.Replace(raw, line("Call-ID"), "\r\nCall-ID: "+strings.Repeat("x", 1000), 1),
		strings.Replace(raw, "SIP/2.0\r\n", "SIP/3.0\r\n", 1),
		strings.Replace(raw, line("Content-Length"), "\r\nContent-Length: 99999", 1),
		strings.Replace(raw, "CSeq: 14 INVITE", "CSeq: 14 CANCEL", 1),
		strings.Replace(strings.Replace(raw, "CSeq: 14 INVITE", "CSeq: 14 CANCEL", 1), "INVITE sip:", "CANCEL sip:", 1),
		strings.Replace(strings.Replace(raw, "CSeq: 14 INVITE", "CSeq: 14 ACK", 1), "INVITE sip:", "ACK sip:", 1),
		raw[:len(raw)/2],
		"INVITE\r\n\r\n", "\x00\x01\x02\x03\x04", strings.Repeat("\r\n", 5), "SIP/2.0 200 OK\r\n\r\n",
	} {
		b.Send(broken)
		if i%4 == 0 {
			b.Send(broken)
		}
	}
	call := b.Invite(siptest.Caller{})
	call.Expect("200 INVITE")
	call.Ack()
	call.Hangup()
	a.result(t)
	if n := len(a.done); n != 0 {
		t.Error(fmt.Sprint(n, " malformed INVITEs were answered"))
	}
}
