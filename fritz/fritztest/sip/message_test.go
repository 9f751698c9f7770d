package sip

import (
	"bufio"
	"strings"
	"testing"
)

const register = "REGISTER sip:fritz.box SIP/2.0\r\nv: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1;rport\r\nf: <sip:a@fritz.box>;tag=1\r\n" +
	"To: <sip:a@fritz.box>\r\nCall-ID: x\r\nCSeq: 7 REGISTER\r\nSubject: one\r\n two\r\n"

// TestParse holds what the strict peer takes and what it refuses.
func TestParse(t *testing.T) {
	m, err := parseMessage(register + "Content-Length: 2\r\n\r\nabc")
	if err != nil {
		t.Fatal(err)
	}
	if n, method := m.cseq(); m.method != "REGISTER" || m.uri != "sip:fritz.box" || n != 7 || method != "REGISTER" || m.body != "ab" ||
		m.get("subject") != "one two" || m.get("Via") != "SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1;rport" || m.kind() != "register" {
		t.Errorf("the message is %+v", m)
	}
	for text, want := range map[string]string{
		"":                                        "no empty line ends the header",
		"REGISTER sip:x\r\n\r\n":                  `start line "REGISTER sip:x" has too few words`,
		"SIP/2.0 99 No\r\n\r\n":                   `status "99" is none`,
		"REGISTER sip:x HTTP/1.1\r\n\r\n":         `start line "REGISTER sip:x HTTP/1.1" is none of SIP/2.0`,
		"BYE sip:x SIP/2.0\r\nVia x\r\n\r\n":      `header line "Via x" has no name`,
		"BYE sip:x SIP/2.0\r\nTo: x\r\n\r\n":      "Via is missing",
		register + "Content-Length: 9\r\n\r\nabc": `Content-Length "9" does not fit a body of 3 bytes`,
		strings.Replace(register, "7 REGISTER", "7 BYE", 1) + "\r\n": `CSeq "7 BYE" does not fit REGISTER`,
	} {
		if _, err := parseMessage(text); err == nil || err.Error() != want {
			t.Errorf("%.60q: %v, want %s", text, err, want)
		}
	}
}

// TestURI holds how addresses are taken apart.
func TestURI(t *testing.T) {
	for _, test := range []struct{ value, uri, user, host, port, tag string }{
		{`"A; <b>" <sip:a@[::1]:5070;transport=tcp>;tag=9;x`, "sip:a@[::1]:5070;transport=tcp", "a", "::1", "5070", "9"},
		{"<sip:**622@fritz.box>;TAG=q", "sip:**622@fritz.box", "**622", "fritz.box", "", "q"},
		{"sip:fritz.box;tag=z", "sip:fritz.box", "", "fritz.box", "", "z"},
	} {
		value := strings.Replace(test.value, "<b>", "", 1)
		user, host, port := splitURI(uriOf(value))
		if got := uriOf(value); got != test.uri || user != test.user || host != test.host || port != test.port || param(value, "tag") != test.tag {
			t.Errorf("%s: %q %q %q %q %q", value, got, user, host, port, param(value, "tag"))
		}
	}
}

// TestStream holds how messages are cut out of TCP.
func TestStream(t *testing.T) {
	in := bufio.NewReaderSize(strings.NewReader("\r\n\r\n\r\n"+register+"Content-Length: 3\r\n\r\nabc"+register+"l: 0\r\n\r\n"+register+"\r\n"), maxMessage)
	for _, want := range []string{keepalive, register + "Content-Length: 3\r\n\r\nabc", register + "l: 0\r\n\r\n"} {
		if got, err := readMessage(in); err != nil || got != want {
			t.Errorf("read %q, %v, want %q", got, err, want)
		}
	}
	if _, err := readMessage(in); err == nil || err.Error() != "Content-Length is missing" {
		t.Errorf("without Content-Length: %v", err)
	}
	if _, err := readMessage(bufio.NewReaderSize(strings.NewReader(strings.Repeat("x", 2*maxMessage)), maxMessage)); err == nil {
		t.Error("a line without end is read")
	}
}

func FuzzTake(f *testing.F) {
	f.Add(register + "Content-Length: 0\r\n\r\n")
	f.Add("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a\r\nFrom: a\r\nTo: b\r\nCall-ID: c\r\nCSeq: 14 INVITE\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		r := New(Options{Accounts: func() []Account { return nil }, Bells: func() []Bell { return nil }})
		defer r.CloseSIP()
		r.take(text, peer{}) // a phone may send anything
		if s := r.SIPState(); len(s.Phones) != 0 {
			t.Errorf("registered: %+v", s.Phones)
		}
	})
}
