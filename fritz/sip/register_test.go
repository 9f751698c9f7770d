package sip_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/fritz/sip/internal/siptest"
	"github.com/callporter/callporter/internal/testkit"
)

// registrar is a box by UDP on loopback.
func registrar(t testing.TB) *siptest.Registrar {
	t.Helper()
	return siptest.NewRegistrar(t, "udp", "127.0.0.1:0", nil)
}

// dial runs a phone at a registrar until the end of the test. Changes of its status are read
// from the channel.
func dial(t testing.TB, r *siptest.Registrar, o sip.Options) (p *sip.Phone, changes <-chan sip.Status, stop func()) {
	t.Helper()
	news := make(chan sip.Status, 4096)
	if o.Registrar == "" {
		o.Registrar = "127.0.0.1"
	}
	o.Port, o.Username, o.Password = r.Port(), siptest.Username, siptest.Password
	o.Changed = func(s sip.Status) { news <- s }
	if o.Timing.Retry == 0 {
		o.Timing.Retry = 5 * time.Millisecond
	}
	if o.Timing.Remove == 0 {
		o.Timing.Remove = 20 * time.Millisecond // most tests do not answer it
	}
	p = sip.New(o)
	return p, news, background(t, p.Run)
}

// status waits for a status with this state.
func status(t testing.TB, changes <-chan sip.Status, want sip.State) sip.Status {
	t.Helper()
	late := time.After(siptest.Limit)
	for {
		select {
		case s := <-changes:
			if s.State == want {
				return s
			}
		case <-late:
			t.Fatalf("the phone is never %v", want)
		}
	}
}

func field(header, name string) string {
	_, after, _ := strings.Cut(header, name+`="`)
	value, _, _ := strings.Cut(after, `"`)
	return value
}

func TestDigestWithoutQOP(t *testing.T) {
	r := registrar(t)
	_, changes, _ := dial(t, r, sip.Options{})
	first := r.Next()
	if want := fmt.Sprintf("sip:127.0.0.1:%d", r.Port()); first.Method != "REGISTER" || first.URI != want {
		t.Errorf("the request line is %s %s, want REGISTER %s", first.Method, first.URI, want)
	}
	if first.Get("Authorization") != "" {
		t.Error("there are credentials before they are asked for")
	}
	r.Challenge(first)
	second := r.Next()
	sum := func(s string) string { h := md5.Sum([]byte(s)); return hex.EncodeToString(h[:]) }
	answer := second.Get("Authorization")
	if want := sum(sum(siptest.Username+":fritz.box:"+siptest.Password) + ":055DA32FA85599EA:" + sum("REGISTER:"+first.URI)); field(answer, "response") != want {
		t.Errorf("the response is not %s: %s", want, answer)
	}
	if strings.Contains(answer, "qop") || strings.Contains(answer, "cnonce") {
		t.Errorf("the credentials have a qop that nobody asked for: %s", answer)
	}
	one, _ := first.CSeq()
	if two, _ := second.CSeq(); two != one+1 {
		t.Errorf("CSeq is %d after %d", two, one)
	}
	if first.Param("Via", "branch") == second.Param("Via", "branch") {
		t.Error("the second try has the branch of the first")
	}
	for _, name := range []string{"Call-ID", "From", "To", "Contact"} {
		if first.Get(name) != second.Get(name) {
			t.Errorf("%s changes from %q to %q", name, first.Get(name), second.Get(name))
		}
	}
	r.Grant(second)
	s := status(t, changes, sip.Registered)
	if contact := second.Get("Contact"); !strings.Contains(contact, "@"+s.Contact+">") {
		t.Errorf("the status names the contact %s, not %s", s.Contact, contact)
	}
	if s.Seen != s.Contact {
		t.Errorf("the box has seen %q, the contact is %q", s.Seen, s.Contact)
	}
}

func TestRefreshAtHalfOfOurOwnGrant(t *testing.T) {
	r := registrar(t)
	_, changes, stop := dial(t, r, sip.Options{Timing: sip.Timing{Remove: siptest.Limit}})
	r.Challenge(r.Next())
	m := r.Next()
	r.Answer(m, 200, "OK", "Contact: <sip:other@192.168.178.30:5060>;expires=3600, "+m.Get("Contact")+";expires=2", "Expires: 7200")
	status(t, changes, sip.Registered)
	again := r.Next()
	if took := again.At.Sub(m.At); took < 800*time.Millisecond {
		t.Errorf("a grant of 2 s is refreshed after %v", took)
	}
	if got := again.Get("Expires"); got == "0" || again.Get("Call-ID") != m.Get("Call-ID") {
		t.Errorf("that is no refresh: %s", again.Raw)
	}
	r.Challenge(again)
	r.Grant(r.Next())
	// And at the end it is taken back.
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop() }()
	last := r.Next()
	if last.Get("Expires") != "0" {
		t.Errorf("the last REGISTER asks for %s", last.Get("Expires"))
	}
	r.Challenge(last)
	r.Answer(r.Next(), 200, "OK")
	<-stopped
	if s := status(t, changes, sip.Off); s.Contact != "" {
		t.Errorf("after the end it has the contact %s", s.Contact)
	}
}

func TestStopDoesNotWaitForASilentBox(t *testing.T) {
	r := registrar(t)
	_, changes, stop := dial(t, r, sip.Options{})
	r.Register()
	status(t, changes, sip.Registered)
	stop() // within the limit of the test
}

func TestRefusedRegistrations(t *testing.T) {
	for _, test := range []struct {
		name    string
		answers []string // status line and further lines, for each REGISTER of one try
		code    int
		reason  string
	}{
		{"wrong password", []string{"401 Unauthorized|" + challenge, "401 Unauthorized|" + challenge}, 401, sip.BadCredentials},
		{"unknown user", []string{"404 Not Found"}, 404, sip.UnknownUser},
		{"forbidden", []string{"401 Unauthorized|" + challenge, "403 Forbidden"}, 403, sip.Forbidden},
		{"too brief without a time", []string{"423 Interval Too Brief"}, 423, sip.TooBrief},
		{"too brief twice", []string{"423 Interval Too Brief|Min-Expires: 600", "423 Interval Too Brief|Min-Expires: 1200"}, 423, sip.TooBrief},
		{"too brief for years", []string{"423 Interval Too Brief|Min-Expires: 99999999"}, 423, sip.TooBrief},
		{"overloaded", []string{"503 Service Unavailable"}, 503, sip.OutOfService},
		{"broken", []string{"500 Server Internal Error|Retry-After: nonsense"}, 500, sip.OutOfService},
		{"redirected", []string{"302 Moved Temporarily|Contact: <sip:callporter@192.0.2.1>"}, 302, sip.Rejected},
		{"declined", []string{"603 Decline"}, 603, sip.Rejected},
		{"granted for 0 s", []string{"200 OK|Expires: 0"}, 200, sip.Rejected},
		{"a challenge that is none", []string{"401 Unauthorized"}, 401, sip.NoChallenge},
		{"another challenge", []string{`401 Unauthorized|WWW-Authenticate: NTLM realm="fritz.box"`}, 401, sip.NoChallenge},
		{"another algorithm", []string{`401 Unauthorized|WWW-Authenticate: Digest realm="fritz.box", nonce="1", algorithm=AKAv1-MD5`}, 401, sip.NoChallenge},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := registrar(t)
			metrics := prometheus.NewRegistry()
			_, changes, _ := dial(t, r, sip.Options{Box: "home", Metrics: sip.NewMetrics(metrics), Timing: sip.Timing{Retry: time.Minute}})
			for _, answer := range test.answers {
				line, header, _ := strings.Cut(answer, "|")
				code, reason, _ := strings.Cut(line, " ")
				var lines []string
				if header != "" {
					lines = []string{header}
				}
				var n int
				fmt.Sscan(code, &n)
				r.Answer(r.Next(), n, reason, lines...)
			}
			s := status(t, changes, sip.Down)
			if s.Reason != test.reason || s.Code != test.code {
				t.Errorf("the status is %d %q, want %d %q", s.Code, s.Reason, test.code, test.reason)
			}
			if s.Hint(call.English) == "" || s.Hint(call.German) == "" {
				t.Error("nobody is told what to do")
			}
			if n := testkit.Metric(t, metrics, "callporter_sip_registrations_failed_total", "home", test.reason); n != 1 {
				t.Errorf("%v failures are counted", n)
			}
			if n := r.Waiting(); n > 0 {
				t.Errorf("there are %d tries more", n)
			}
		})
	}
}

const challenge = `WWW-Authenticate: Digest realm="fritz.box", nonce="055DA32FA85599EA"`

func TestEveryReasonHasAHint(t *testing.T) {
	for _, reason := range sip.Reasons {
		s := sip.Status{State: sip.Down, Reason: reason}
		if en, de := s.Hint(call.English), s.Hint(call.German); en == "" || de == "" || en == de {
			t.Errorf("%s: %q, %q", reason, en, de)
		}
	}
}

func TestIntervalTooBrief(t *testing.T) {
	r := registrar(t)
	_, changes, _ := dial(t, r, sip.Options{})
	r.Challenge(r.Next())
	first := r.Next()
	r.Answer(first, 423, "Interval Too Brief", "Min-Expires: 600")
	r.Challenge(r.Next())
	second := r.Next()
	if first.Get("Expires") != "300" || second.Get("Expires") != "600" {
		t.Errorf("asked for %s, then for %s", first.Get("Expires"), second.Get("Expires"))
	}
	r.Grant(second, 600)
	status(t, changes, sip.Registered)
}

func TestTheSecondOfTwoChallengesIsAnswered(t *testing.T) {
	r := registrar(t)
	_, changes, _ := dial(t, r, sip.Options{})
	r.Answer(r.Next(), 401, "Unauthorized",
		`WWW-Authenticate: Digest realm="fritz.box", nonce="1", algorithm=X-NEW`,
		`WWW-Authenticate: Digest realm="fritz.box", nonce="2", algorithm=SHA-256, qop="auth"`)
	m := r.Next()
	if a := m.Get("Authorization"); field(a, "nonce") != "2" || !strings.Contains(a, "nc=00000001") {
		t.Errorf("the credentials are %s", a)
	}
	r.Grant(m)
	status(t, changes, sip.Registered)
}

func TestRetryAfterIsKept(t *testing.T) {
	r := registrar(t)
	p, _, _ := dial(t, r, sip.Options{})
	first := r.Next()
	r.Answer(first, 503, "Service Unavailable", "Retry-After: 1 (restarting);duration=5")
	second := r.Next()
	if waited := second.At.Sub(first.At); waited < 800*time.Millisecond {
		t.Errorf("it tries again after %v", waited)
	}
	r.Answer(second, 503, "Service Unavailable", "Retry-After: 1800")
	eventually(t, "the refusal is noted", func() bool { return p.Status().State == sip.Down })
	eventually(t, "it registers when the box is back", func() bool { p.Renew(); return r.Waiting() > 0 })
}

func TestASilentBoxIsToldOfAndDialledAgain(t *testing.T) {
	r := registrar(t)
	_, changes, _ := dial(t, r, sip.Options{Timing: sip.Timing{Answer: 200 * time.Millisecond}})
	first := r.Next()
	s := status(t, changes, sip.Down)
	if s.Reason != sip.NoAnswer || s.Code != 0 {
		t.Errorf("the status is %d %q", s.Code, s.Reason)
	}
	second := r.Next()
	if first.Param("Via", "branch") == second.Param("Via", "branch") {
		t.Error("the next try is the old transaction")
	}
	for { // an answer to an old try is none
		r.Answer(first, 403, "Forbidden")
		r.Grant(second)
		if s := <-changes; s.State == sip.Registered {
			break
		} else if s.Code == 403 {
			t.Fatal("a late answer to another transaction counts")
		}
		second = r.Next()
	}
}

func TestALostRegisterIsSentAgain(t *testing.T) {
	r := registrar(t)
	_, changes, _ := dial(t, r, sip.Options{})
	lost := r.Next()
	again := r.Next() // after T1
	if lost.Raw != again.Raw {
		t.Error("the retransmission is another request")
	}
	r.Answer(again, 100, "Trying")
	r.Grant(again)
	r.Grant(again) // twice on the way
	status(t, changes, sip.Registered)
}

func TestRenewRegistersAtOnce(t *testing.T) {
	r := registrar(t)
	p, changes, _ := dial(t, r, sip.Options{})
	r.Register()
	status(t, changes, sip.Registered)
	p.Renew()
	r.Register()
	if s := p.Status(); s.State != sip.Registered {
		t.Errorf("while it renews it is %v", s.State)
	}
}

// However often it is asked, and however the box refuses, the phone keeps Timing.Retry between
// two tries.
func TestThereIsNoStormOfRegistrations(t *testing.T) {
	const retry, tries = 50 * time.Millisecond, 8
	r := registrar(t)
	p, _, _ := dial(t, r, sip.Options{Timing: sip.Timing{Retry: retry}})
	ctx, cancel := context.WithCancel(t.Context())
	asking := make(chan struct{})
	go func() {
		defer close(asking)
		for ctx.Err() == nil {
			p.Renew()
			runtime.Gosched()
		}
	}()
	var first, last time.Time
	for i := range tries {
		m := r.Next()
		r.Answer(m, 403, "Forbidden")
		if last = m.At; i == 0 {
			first = m.At
		}
	}
	cancel()
	<-asking
	if took, least := last.Sub(first), (tries-2)*retry; took < least {
		t.Errorf("%d tries in %v, want at least %v", tries, took, least)
	}
}

func TestThePhoneFollowsTheBoxToAnotherAddress(t *testing.T) {
	first := registrar(t)
	second := siptest.NewRegistrar(t, "udp", fmt.Sprintf("127.0.0.2:%d", first.Port()), nil)
	asked := 0
	p, changes, _ := dial(t, first, sip.Options{Registrar: "fritz.box", Lookup: func(context.Context, string, string) ([]netip.Addr, error) {
		if asked++; asked == 1 {
			return []netip.Addr{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("127.0.0.1")}, nil
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.2")}, nil
	}})
	m := first.Register()
	if m.URI != fmt.Sprintf("sip:fritz.box:%d", first.Port()) {
		t.Errorf("the request line is for %s", m.URI)
	}
	status(t, changes, sip.Registered)
	p.Renew()
	m = second.Register()
	first.Request(m, "OPTIONS") // it is the box no more
	second.Request(m, "OPTIONS")
	if got := second.Next(); got.Status != 200 {
		t.Errorf("the box gets %s", got)
	}
	if first.Waiting() > 0 {
		t.Error("the old address gets an answer")
	}
}

func TestNamesThatLeadNowhere(t *testing.T) {
	r := registrar(t)
	for reason, found := range map[string][]netip.Addr{
		sip.PublicAddress:  {netip.MustParseAddr("203.0.113.5"), netip.MustParseAddr("2001:db8::5")},
		sip.NameUnresolved: nil,
	} {
		t.Run(reason, func(t *testing.T) {
			_, changes, _ := dial(t, r, sip.Options{Registrar: "FRITZ.box", Lookup: func(context.Context, string, string) ([]netip.Addr, error) {
				return found, nil
			}})
			if s := status(t, changes, sip.Down); s.Reason != reason {
				t.Errorf("the reason is %q", s.Reason)
			}
		})
	}
}
