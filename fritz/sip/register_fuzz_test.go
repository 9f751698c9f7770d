package sip

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Whatever answers a REGISTER: what we read of it stays within its bounds.
func FuzzRegisterAnswer(f *testing.F) {
	head := "Via: SIP/2.0/UDP 192.168.178.22:5062;branch=z9hG4bKcf58dc0c;rport=5062;received=192.168.178.22\r\n" +
		"From: <sip:gateway1@fritz.box>;tag=995f443d\r\nTo: <sip:gateway1@fritz.box>;tag=FA26CC97D1B5A802\r\nCall-ID: 1\r\nCSeq: 2 REGISTER\r\n"
	for _, seed := range []string{
		"SIP/2.0 200 OK\r\n" + head + "Contact: <sip:gateway1@192.168.178.22:5062>;expires=300\r\n\r\n",
		"SIP/2.0 200 OK\r\n" + head + "Expires: 99999999999\r\nContact: *, <sip:gateway1@192.168.178.22:5062>;expires=-1\r\n\r\n",
		"SIP/2.0 401 Unauthorized\r\n" + head + "WWW-Authenticate: Digest realm=\"fritz.box\", nonce=\"055DA32FA85599EA\"\r\n\r\n",
		"SIP/2.0 401 Unauthorized\r\n" + head + "WWW-Authenticate: Digest realm=,nonce=\"\\\r\nWWW-Authenticate: Digest\r\n\r\n",
		"SIP/2.0 423 Interval Too Brief\r\n" + head + "Min-Expires: 600 \r\n\r\n",
		"SIP/2.0 503 Service Unavailable\r\n" + head + "Retry-After: 18000 (in the night);duration=3600\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	own := sip.Uri{Scheme: "sip", User: "gateway1", Host: "192.168.178.22", Port: 5062}
	r := &registration{Phone: New(Options{Registrar: "fritz.box", Username: "gateway1", Password: "secret1234"})}
	parser := sip.NewParser()
	f.Fuzz(func(t *testing.T, raw []byte) {
		msg, err := parser.ParseSIP(raw)
		if err != nil {
			return
		}
		res, ok := msg.(*sip.Response)
		if !ok {
			return
		}
		if n := ownExpires(res, own, grant); n < 0 || n > maxExpires {
			t.Errorf("granted %d s", n)
		}
		if e := refused(res); e.after < 0 || e.reason == "" || hints[e.reason][0] == "" {
			t.Errorf("refused with %+v", e)
		}
		if s := seen(res); s != "" {
			if _, err := netip.ParseAddrPort(s); err != nil {
				t.Errorf("seen at %q", s)
			}
		}
		if answer, err := r.credentials(res); err == nil && answer == "" {
			t.Error("credentials are empty")
		}
	})
}

func FuzzContact(f *testing.F) {
	for _, seed := range []string{"", "192.168.178.10", "192.168.178.10:5070", "[2001:db8::1]:5070", "fe80::1%eth0", "house.example:0", "a b", ":", "[", "a:b:c"} {
		f.Add(seed)
	}
	local := netip.MustParseAddr("192.168.178.22")
	f.Fuzz(func(t *testing.T, set string) {
		host, port, err := contactHost(set, local, 5062)
		if err != nil {
			return
		}
		uri := sip.Uri{Scheme: "sip", User: escapeUser(set), Host: host, Port: port}
		var again sip.Uri
		if err := sip.ParseUri(uri.String(), &again); err != nil {
			t.Fatalf("contact %q makes %q: %v", set, uri.String(), err)
		}
		if strings.Trim(again.Host, "[]") != uri.Host || again.Port != uri.Port || again.User != uri.User {
			t.Errorf("contact %q makes %q, read as %+v", set, uri.String(), again)
		}
	})
}

func TestBackoff(t *testing.T) {
	p := New(Options{Timing: Timing{Retry: time.Second}})
	for failures, want := range map[int]time.Duration{0: 1, 1: 2, 3: 8, 6: 60, 1000: 60} {
		if got := p.backoff(failures); got < want*800*time.Millisecond || got > want*1200*time.Millisecond {
			t.Errorf("after %d failures it waits %v", failures, got)
		}
	}
}
