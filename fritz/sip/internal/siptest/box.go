package siptest

import (
	"bufio"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The phone that may register.
const (
	Username = "callporter"
	Password = "correct4horse"
	realm    = "fritz.box"
)

// Limit is how long a test waits for what must come.
const Limit = 10 * time.Second

// Box is a strict SIP box.
type Box struct {
	t   testing.TB
	udp net.PacketConn
	tcp net.Listener

	mu      sync.Mutex
	changed chan struct{} // closed and made anew with each message
	got     []*Message    // all that came, in order
	faults  []string
	calls   map[string]*Call // by Call-ID
	contact string           // of the registration
	peer    net.Addr         // of the last REGISTER
	conn    net.Conn         // of the last REGISTER, with TCP
	conns   []net.Conn
	dropped []net.Conn // that may only be read to their end
	nonce   string
	closed  bool

	breaksRules bool
}

// New opens a box on loopback. Network is "udp", "tcp", or one of them with "6" for ::1. What
// the phone did wrong on the wire fails the test at its end.
func New(t testing.TB, network string) *Box {
	t.Helper()
	b := &Box{t: t, changed: make(chan struct{}), calls: make(map[string]*Call)}
	host := "127.0.0.1:0"
	if strings.HasSuffix(network, "6") {
		host = "[::1]:0"
	}
	var err error
	var wait sync.WaitGroup
	if strings.HasPrefix(network, "tcp") {
		if b.tcp, err = net.Listen("tcp", host); err == nil {
			wait.Go(b.accept)
		}
	} else if b.udp, err = net.ListenPacket("udp", host); err == nil {
		wait.Go(b.receive)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.close()
		wait.Wait()
		if b.breaksRules {
			return
		}
		for _, fault := range b.faults {
			t.Error("the phone broke the rules of SIP: " + fault)
		}
	})
	return b
}

// BreaksRules says that the test itself breaks the rules of SIP: the answers cannot keep them then.
func (b *Box) BreaksRules() { b.breaksRules = true }

func (b *Box) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	if b.udp != nil {
		b.udp.Close()
	}
	if b.tcp != nil {
		b.tcp.Close()
	}
	for _, c := range append(b.conns, b.dropped...) {
		c.Close()
	}
}

// Host and Port are where the box listens.
func (b *Box) Host() string { host, _ := b.addr(); return host }

// Port is the port where the box listens.
func (b *Box) Port() int { _, port := b.addr(); return port }

func (b *Box) addr() (string, int) {
	if b.tcp != nil {
		a := b.tcp.Addr().(*net.TCPAddr)
		return a.IP.String(), a.Port
	}
	a := b.udp.LocalAddr().(*net.UDPAddr)
	return a.IP.String(), a.Port
}

// hostport is the address of the box as it stands in a URI.
func (b *Box) hostport() string {
	host, port := b.addr()
	return net.JoinHostPort(host, fmt.Sprint(port))
}

func (b *Box) transport() string {
	if b.tcp != nil {
		return "TCP"
	}
	return "UDP"
}

func (b *Box) receive() {
	buf := make([]byte, 65535)
	for {
		n, from, err := b.udp.ReadFrom(buf)
		if err != nil {
			return
		}
		if raw := string(buf[:n]); strings.Trim(raw, "\r\n\x00") != "" {
			b.take(raw, from, nil)
		}
	}
}

func (b *Box) accept() {
	var wait sync.WaitGroup
	defer wait.Wait()
	for {
		conn, err := b.tcp.Accept()
		if err != nil {
			return
		}
		b.mu.Lock()
		b.conns = append(b.conns, conn)
		if b.closed {
			conn.Close()
		}
		b.mu.Unlock()
		wait.Go(func() {
			defer conn.Close()
			r := bufio.NewReader(conn)
			for {
				raw, err := readMessage(r)
				if err != nil {
					return
				}
				b.take(raw, conn.RemoteAddr(), conn)
			}
		})
	}
}

// take looks at a message and wakes whoever waits for one.
func (b *Box) take(raw string, from net.Addr, conn net.Conn) {
	m, err := parse(raw)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		b.fault("%v in %q", err, raw)
		return
	}
	b.got = append(b.got, m)
	if call := b.calls[m.Get("Call-ID")]; call != nil {
		call.check(m)
		call.got = append(call.got, m)
	}
	switch m.Method {
	case "REGISTER":
		b.register(m, from, conn)
	case "OPTIONS":
		b.write(b.respond(m, 200, "OK"), from, conn)
	}
	close(b.changed)
	b.changed = make(chan struct{})
}

func (b *Box) fault(format string, a ...any) { b.faults = append(b.faults, fmt.Sprintf(format, a...)) }

// Faults are the rules that the phone has broken so far; reading them forgives them.
func (b *Box) Faults() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	faults := b.faults
	b.faults = nil
	return faults
}

var digestField = regexp.MustCompile(`(\w+)="([^"]*)"`)

// register answers 401 without qop, then 200 with a grant of 300 s, as a box does.
func (b *Box) register(m *Message, from net.Addr, conn net.Conn) {
	if strings.Contains(m.URI, "@") {
		return // FRITZ!OS 8.25 is silent then
	}
	if slices.Contains(b.dropped, conn) {
		return
	}
	fields := make(map[string]string)
	for _, f := range digestField.FindAllStringSubmatch(m.Get("Authorization"), -1) {
		fields[f[1]] = f[2]
	}
	hash := func(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }
	want := hash(hash(Username+":"+realm+":"+Password) + ":" + b.nonce + ":" + hash("REGISTER:"+fields["uri"]))
	if b.nonce == "" || fields["response"] != want || fields["nonce"] != b.nonce {
		b.nonce = strings.ToUpper(randomHex(8))
		b.write(b.respond(m, 401, "Unauthorized", `WWW-Authenticate: Digest realm="`+realm+`", nonce="`+b.nonce+`"`), from, conn)
		return
	}
	b.nonce = ""
	b.peer, b.conn = from, conn
	if b.contact = address(m.Get("Contact")); m.Get("Expires") == "0" || param(m.Get("Contact"), "expires") == "0" {
		b.contact = ""
		b.write(b.respond(m, 200, "OK"), from, conn)
		return
	}
	b.write(b.respond(m, 200, "OK", "Contact: <"+b.contact+">;expires=300"), from, conn)
}

// respond composes a response to a request of the phone.
func (b *Box) respond(m *Message, status int, reason string, more ...string) string {
	lines := []string{}
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		for _, value := range m.Header.Values(name) {
			if name == "To" && param(value, "tag") == "" {
				value += ";tag=" + randomHex(8)
			}
			lines = append(lines, name+": "+value)
		}
	}
	return compose(fmt.Sprintf("SIP/2.0 %d %s", status, reason), append(lines, append(more, "User-Agent: FRITZ!OS")...), "")
}

func (b *Box) write(raw string, to net.Addr, conn net.Conn) {
	var err error
	switch {
	case conn != nil:
		_, err = conn.Write([]byte(raw))
	case b.udp != nil:
		_, err = b.udp.WriteTo([]byte(raw), to)
	}
	if err != nil && !b.closed {
		b.fault("cannot write to the phone: %v", err)
	}
}

// Send sends raw text to the phone that has registered.
func (b *Box) Send(raw string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.write(raw, b.peer, b.conn)
}

// Forget forgets all messages, calls and faults so far.
func (b *Box) Forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got, b.faults, b.calls = nil, nil, make(map[string]*Call)
}

// Drop ends the TCP connections after all that was sent, as a box does that starts again; the
// phone has to register anew. With UDP it does nothing.
func (b *Box) Drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tcp == nil {
		return
	}
	for _, c := range b.conns {
		c.(*net.TCPConn).CloseWrite() //nolint:errcheck // the phone has closed it before
	}
	b.dropped = append(b.dropped, b.conns...)
	b.conns, b.conn, b.contact = nil, nil, ""
}

// Registered waits until the phone has registered, and returns its Contact.
func (b *Box) Registered() string {
	b.t.Helper()
	b.await("the phone registers", func() bool { return b.contact != "" })
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.contact
}

// Unregistered waits until the phone has taken its registration back.
func (b *Box) Unregistered() {
	b.t.Helper()
	b.await("the phone takes its registration back", func() bool { return b.contact == "" })
}

// await waits until a condition holds that changes with a message only.
func (b *Box) await(what string, ok func() bool) {
	b.t.Helper()
	late := time.NewTimer(Limit)
	defer late.Stop()
	for {
		b.mu.Lock()
		done, changed := ok(), b.changed
		b.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-late.C:
			b.mu.Lock()
			kinds := make([]string, len(b.got))
			for i, m := range b.got {
				kinds[i] = m.String()
			}
			b.mu.Unlock()
			b.t.Fatalf("gave up waiting until %s; came: %s", what, strings.Join(kinds[max(0, len(kinds)-20):], ", "))
		}
	}
}

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return hex.EncodeToString(b)
}
