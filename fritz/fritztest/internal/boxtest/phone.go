package boxtest

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
)

// Phone is an IP phone in plain text, for the tests of the simulated box alone: it sends what a
// test writes, and reads message by message.
type Phone struct {
	t    *testing.T
	box  *fritztest.Box
	Conn net.Conn
	Host string // of our Contact
	User string
	seq  int
	rest string // read, and not yet told
}

// The IP phone that NewPhone sets up: extension 21.
const (
	PhoneUser     = "gateway1"
	PhonePassword = "correct4horse"
	PhoneName     = "Pförtner"
)

// NewSIP is a box with its SIP port open and an IP phone set up. Its repetitions are fast.
func NewSIP(t *testing.T) *fritztest.Box {
	t.Helper()
	b := New(t, fritztest.Options{})
	b.SetIPPhone(fritztest.IPPhone{Name: PhoneName, Username: PhoneUser, Password: PhonePassword})
	if err := b.ListenSIP("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	return b
}

// NewPhone is a phone on "udp" or "tcp" that has not registered yet.
func NewPhone(t *testing.T, b *fritztest.Box, network string) *Phone {
	t.Helper()
	conn, err := net.Dial(network, b.SIPAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &Phone{t: t, box: b, Conn: conn, Host: conn.LocalAddr().String(), User: PhoneUser}
}

// Send sends text; LF becomes CRLF, and Content-Length is added.
func (p *Phone) Send(text string, args ...any) {
	p.t.Helper()
	head, body, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(fmt.Sprintf(text, args...)), "\n", "\r\n"), "\r\n\r\n")
	if body != "" {
		body += "\r\n"
	}
	if _, err := fmt.Fprintf(p.Conn, "%s\r\nContent-Length: %d\r\n\r\n%s", head, len(body), body); err != nil {
		p.t.Fatal(err)
	}
}

// SIPMessage is what the box sent.
type SIPMessage string

// Next reads the next message.
func (p *Phone) Next() SIPMessage {
	p.t.Helper()
	m, ok := p.within(20 * time.Second)
	if !ok {
		p.t.Fatalf("the box sends nothing; it says %+v", p.box.SIPState())
	}
	return m
}

// Silent holds that nothing comes for a while.
func (p *Phone) Silent(d time.Duration) {
	p.t.Helper()
	if m, ok := p.within(d); ok {
		p.t.Fatalf("the box sends %s", m)
	}
}

func (p *Phone) within(d time.Duration) (SIPMessage, bool) {
	p.t.Helper()
	p.Conn.SetReadDeadline(time.Now().Add(d))
	buf := make([]byte, 65535)
	for {
		// TCP may join messages, or cut one.
		if head, rest, ok := strings.Cut(p.rest, "\r\n\r\n"); ok {
			_, length, _ := strings.Cut(head, "Content-Length: ")
			if n, err := strconv.Atoi(length); err == nil && len(rest) >= n {
				p.rest = rest[n:]
				return SIPMessage(head + "\r\n\r\n" + rest[:n]), true
			}
		}
		n, err := p.Conn.Read(buf)
		if err != nil {
			return "", false
		}
		p.rest += string(buf[:n])
	}
}

// Expect reads the next message, which has to begin with a method or a status.
func (p *Phone) Expect(start string) SIPMessage {
	p.t.Helper()
	m := p.Next()
	if !strings.HasPrefix(string(m), start) && !strings.HasPrefix(string(m), "SIP/2.0 "+start) {
		p.t.Fatalf("want %s, the box sends\n%s", start, m)
	}
	return m
}

// Get returns a header.
func (m SIPMessage) Get(name string) string {
	for line := range strings.Lines(string(m)) {
		if value, ok := strings.CutPrefix(line, name+": "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// URI is the request's.
func (m SIPMessage) URI() string { return strings.Fields(string(m))[1] }

// Answer sends a response to a request of the box.
func (p *Phone) Answer(m SIPMessage, status, more string) {
	p.t.Helper()
	to := m.Get("To")
	if !strings.Contains(to, ";tag=") {
		to += ";tag=ours"
	}
	p.Send("SIP/2.0 %s\nVia: %s\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\n%s", status, m.Get("Via"), m.Get("From"), to, m.Get("Call-ID"), m.Get("CSeq"), strings.TrimLeft(more, "\n"))
}

// Contact is the header by which the phone is reached.
func (p *Phone) Contact() string { return "Contact: <sip:" + p.User + "@" + p.Host + ">" }

// Bye hangs up a call that the box began.
func (p *Phone) Bye(invite SIPMessage) {
	p.t.Helper()
	contact := strings.Trim(invite.Get("Contact"), "<>")
	p.seq++
	p.Send("BYE %s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bKbye%d\nFrom: %s;tag=ours\nTo: %s\nCall-ID: %s\nCSeq: %d BYE\nMax-Forwards: 70",
		contact, p.Host, p.seq, invite.Get("To"), invite.Get("From"), invite.Get("Call-ID"), p.seq)
}

var nonceField = regexp.MustCompile(`nonce="(\w+)"`)

// Challenge reads the nonce of a 401.
func (m SIPMessage) Challenge() string {
	f := nonceField.FindStringSubmatch(m.Get("WWW-Authenticate"))
	if f == nil {
		return ""
	}
	return f[1]
}

// Register sends one REGISTER; nonce "" sends no credentials. The request goes to
// sip:fritz.box.
func (p *Phone) Register(nonce, password, contact string) {
	p.t.Helper()
	p.seq++
	login := ""
	if nonce != "" {
		response := Hash(Hash(p.User+":fritz.box:"+password) + ":" + nonce + ":" + Hash("REGISTER:sip:fritz.box"))
		login = fmt.Sprintf("\nAuthorization: Digest username=\"%s\", realm=\"fritz.box\", nonce=\"%s\", uri=\"sip:fritz.box\", response=\"%s\"", p.User, nonce, response)
	}
	p.Send("REGISTER sip:fritz.box SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bKreg%d;rport\nFrom: <sip:%s@fritz.box>;tag=1\nTo: <sip:%s@fritz.box>\nCall-ID: reg@%s\nCSeq: %d REGISTER\nExpires: 3600\n%s%s",
		p.Host, p.seq, p.User, p.User, p.Host, p.seq, contact, login)
}

// Registered registers the phone.
func (p *Phone) Registered() *Phone {
	p.t.Helper()
	p.Register("", "", p.Contact())
	p.Register(p.Expect("401").Challenge(), PhonePassword, p.Contact())
	if got := p.Expect("200").Get("Contact"); !strings.HasSuffix(got, ";expires=300") {
		p.t.Fatalf("the grant is %q", got)
	}
	return p
}
