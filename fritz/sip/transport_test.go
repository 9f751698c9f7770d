package sip_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/fritz/sip/internal/siptest"
	"github.com/callporter/callporter/internal/testkit"
)

// port is where a phone listens.
func port(t testing.TB, p *sip.Phone) int {
	t.Helper()
	return int(netip.MustParseAddrPort(p.Addr().String()).Port())
}

func TestKeepAlive(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			r := siptest.NewRegistrar(t, network, "127.0.0.1:0", nil)
			dial(t, r, sip.Options{Transport: network, Timing: sip.Timing{KeepAlive: 10 * time.Millisecond}})
			r.Register()
			for range 3 {
				select {
				case <-r.Pings:
				case <-time.After(siptest.Limit):
					t.Fatal("nothing holds the way open")
				}
			}
		})
	}
}

func TestAPingOfTheBoxIsAnsweredOnTCP(t *testing.T) {
	r := siptest.NewRegistrar(t, "tcp", "127.0.0.1:0", nil)
	p, _, _ := dial(t, r, sip.Options{Transport: "tcp"})
	r.Register()
	conn := testkit.Dial(t, "tcp", fmt.Sprintf("127.0.0.1:%d", port(t, p)), siptest.Limit)
	if _, err := conn.Write([]byte("\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	pong := make([]byte, 2)
	if _, err := io.ReadFull(conn, pong); err != nil || string(pong) != "\r\n" {
		t.Errorf("the answer is %q, %v", pong, err)
	}
}

func TestTheContactNamesTheTransport(t *testing.T) {
	r := siptest.NewRegistrar(t, "tcp", "127.0.0.1:0", nil)
	p, _, _ := dial(t, r, sip.Options{Transport: "tcp", Label: "Haus & Hof"})
	m := r.Register()
	if want := fmt.Sprintf("<sip:callporter@127.0.0.1:%d;transport=tcp>", port(t, p)); m.Get("Contact") != want {
		t.Errorf("the contact is %s, want %s", m.Get("Contact"), want)
	}
	if !strings.HasPrefix(m.Get("From"), `"Haus & Hof" <sip:callporter@127.0.0.1>`) {
		t.Errorf("From is %s", m.Get("From"))
	}
	if !strings.HasPrefix(m.Get("Via"), fmt.Sprintf("SIP/2.0/TCP 127.0.0.1:%d;", port(t, p))) {
		t.Errorf("Via is %s", m.Get("Via"))
	}
}

func TestALostConnectionIsDialledAgain(t *testing.T) {
	r := siptest.NewRegistrar(t, "tcp", "127.0.0.1:0", nil)
	_, changes, _ := dial(t, r, sip.Options{Transport: "tcp", Timing: sip.Timing{Retry: time.Millisecond}})
	for range 3 {
		r.Register()
		status(t, changes, sip.Registered)
		r.Disconnect()
		if s := status(t, changes, sip.Down); s.Reason != sip.Reset {
			t.Errorf("the reason is %q", s.Reason)
		}
	}
	r.Register()
	status(t, changes, sip.Registered)
}

func TestNobodyListens(t *testing.T) {
	r := registrar(t) // by UDP
	_, changes, _ := dial(t, r, sip.Options{Transport: "tcp"})
	if s := status(t, changes, sip.Down); s.Reason != sip.Refused {
		t.Errorf("the reason is %q", s.Reason)
	}
}

func TestTLS(t *testing.T) {
	certificate, _ := testkit.SelfSigned(t)
	sum := sha256.Sum256(certificate.Certificate[0])
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	t.Run("pinned", func(t *testing.T) {
		r := siptest.NewRegistrar(t, "tcp", "127.0.0.1:0", config)
		p, changes, _ := dial(t, r, sip.Options{Transport: "tls", Handler: hangup, Fingerprint: strings.ToUpper(hex.EncodeToString(sum[:]))})
		m := r.Register()
		s := status(t, changes, sip.Registered)
		if from := m.From.String(); s.Contact != from || !strings.Contains(m.Get("Contact"), "@"+from+";transport=tls>") {
			t.Errorf("we come from %s, the contact is %s, in the status %s", from, m.Get("Contact"), s.Contact)
		}
		if !strings.HasPrefix(m.Get("Via"), "SIP/2.0/TLS ") {
			t.Errorf("Via is %s", m.Get("Via"))
		}
		r.Request(m, "OPTIONS") // by the connection of the registration
		if got := r.Next(); got.Status != 200 {
			t.Errorf("the answer is %s", got)
		}
		p.Renew()
		if again := r.Register(); again.Conn != m.Conn {
			t.Error("the refresh comes by another connection")
		}
	})
	for name, fingerprint := range map[string]string{"another certificate": strings.Repeat("ab", 32), "nothing is pinned": ""} {
		t.Run(name, func(t *testing.T) {
			r := siptest.NewRegistrar(t, "tcp", "127.0.0.1:0", config)
			_, changes, _ := dial(t, r, sip.Options{Transport: "tls", Fingerprint: fingerprint})
			if s := status(t, changes, sip.Down); s.Reason != sip.BadCertificate {
				t.Errorf("the reason is %q", s.Reason)
			}
		})
	}
}

func TestOthersGetNoAnswer(t *testing.T) {
	t.Run("udp", func(t *testing.T) {
		r := registrar(t)
		metrics := prometheus.NewRegistry()
		p, _, _ := dial(t, r, sip.Options{Metrics: sip.NewMetrics(metrics), Box: "home"})
		m := r.Register()
		stranger := siptest.NewRegistrar(t, "udp", "127.0.0.2:0", nil)
		to := *m
		to.From = &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port(t, p)}
		stranger.Request(&to, "OPTIONS")
		eventually(t, "the packet is counted", func() bool {
			return testkit.Metric(t, metrics, "callporter_sip_packets_dropped_total", "home") == 1
		})
		r.Request(m, "OPTIONS") // comes after it
		if got := r.Next(); got.Status != 200 {
			t.Errorf("the box gets %s", got)
		}
		if stranger.Waiting() > 0 {
			t.Error("a stranger gets an answer")
		}
	})
	t.Run("tcp", func(t *testing.T) {
		r := siptest.NewRegistrar(t, "tcp", "127.0.0.1:0", nil)
		p, _, _ := dial(t, r, sip.Options{Transport: "tcp"})
		r.Register()
		from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
		conn, err := from.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port(t, p)))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.Write([]byte("OPTIONS sip:callporter@127.0.0.1 SIP/2.0\r\n\r\n")) //nolint:errcheck // it may be closed already
		conn.SetReadDeadline(time.Now().Add(siptest.Limit))                    //nolint:errcheck // then the test ends later
		if answer, err := io.ReadAll(conn); len(answer) > 0 {
			t.Errorf("a stranger gets %q, %v", answer, err)
		}
	})
}

func TestAnswersOutsideOfCalls(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			r := siptest.NewRegistrar(t, network, "127.0.0.1:0", nil)
			dial(t, r, sip.Options{Transport: network, Handler: leave})
			m := r.Register()
			for _, test := range []struct {
				method string
				status int
				header string
			}{
				{"OPTIONS", 200, "Allow"}, {"NOTIFY", 200, ""}, {"MESSAGE", 405, "Allow"}, {"SUBSCRIBE", 405, "Allow"}, {"REFER", 405, "Allow"},
				{"PUBLISH", 405, "Allow"}, {"REGISTER", 405, "Allow"}, {"FROBNICATE", 405, "Allow"}, {"INFO", 481, ""}, {"UPDATE", 481, ""},
				{"PRACK", 481, ""}, {"CANCEL", 481, ""}, {"BYE", 200, ""},
			} {
				r.Request(m, test.method, "X-Box: <sip:03023125001@fritz.box>")
				got := r.Next()
				if got.Status != test.status || test.header != "" && got.Get(test.header) == "" {
					t.Errorf("%s gets %s", test.method, got.Raw)
				}
				if got.Param("To", "tag") == "" {
					t.Errorf("the answer to %s has no tag in To", test.method)
				}
			}
		})
	}
}

// What the box sends may be anything: the phone lives on and answers what follows, and nothing
// of it is in the log.
func TestMalformedPackets(t *testing.T) {
	const number = "03023125001"
	var log testkit.Log
	r := registrar(t)
	r.Lenient = true
	p, changes, _ := dial(t, r, sip.Options{Handler: hangup, Log: log.Logger(slog.LevelDebug)})
	m := r.Register()
	status(t, changes, sip.Registered)
	head := "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
	from, to := "From: <sip:"+number+"@fritz.box>;tag=1\r\n", "To: <sip:callporter@127.0.0.1>\r\n"
	id, contact := "Call-ID: "+number+"\r\n", "Contact: <sip:"+number+"@127.0.0.1>\r\n"
	for _, raw := range []string{
		"\x00", "\r\n", "\r\n\r\n", number, "INVITE", "INVITE sip:a SIP/2.0\r\n", "INVITE sip:a SIP/2.0\r\n\r\n",
		"INVITE sip:a SIP/2.0\r\n" + head + from + id + contact + "CSeq: 1 INVITE\r\n\r\n",                            // no To
		"INVITE sip:a SIP/2.0\r\n" + head + to + id + contact + "CSeq: 1 INVITE\r\n\r\n",                              // no From
		"INVITE sip:a SIP/2.0\r\n" + head + from + to + contact + "CSeq: 2 INVITE\r\n\r\n",                            // no Call-ID
		"INVITE sip:a SIP/2.0\r\n" + head + from + to + id + contact + "\r\n",                                         // no CSeq
		"INVITE sip:a SIP/2.0\r\n" + from + to + id + contact + "CSeq: 3 INVITE\r\n\r\n",                              // no Via
		"INVITE sip:a SIP/2.0\r\n" + head + from + to + id + "CSeq: 4 INVITE\r\n\r\n",                                 // no Contact
		"INVITE sip:a SIP/2.0\r\n" + head + from + to + id + contact + "CSeq: 5 BYE\r\n\r\n",                          // another method
		"INVITE sip:a SIP/2.0\r\n" + head + from + to + id + contact + "CSeq: 99999999999 INVITE\r\n\r\n",             // too large
		"INVITE sip:a SIP/2.0\r\n" + head + from + to + id + contact + "CSeq: 6 INVITE\r\nContent-Length: -1\r\n\r\n", // negative
		"INVITE sip:a SIP/2.0\r\n" + head + from + to + id + contact + "CSeq: 7 INVITE\r\nContent-Length: 999\r\n\r\nshort",
		"ACK sip:a SIP/2.0\r\n\r\n", "CANCEL sip:a SIP/2.0\r\n\r\n", "BYE sip:a SIP/2.0\r\n" + head + "\r\n", "OPTIONS sip:a SIP/2.0\r\n" + head + "\r\n",
		"SIP/2.0 200 OK\r\n\r\n", "SIP/2.0 999 " + number + "\r\n" + head + "\r\n", "SIP/2.0 401 Unauthorized\r\n" + head + from + to + id + "CSeq: 1 REGISTER\r\n\r\n",
		strings.Repeat("A", 60000), "INVITE sip:" + strings.Repeat("a", 50000) + " SIP/2.0\r\n\r\n",
	} {
		r.Send(m, raw)
	}
	r.Request(m, "OPTIONS")
	late := time.After(siptest.Limit)
	for answered := false; !answered; {
		select {
		case <-late:
			t.Fatal("the phone does not answer any more")
		default:
			_, method := r.Next().CSeq()
			answered = method == "OPTIONS"
		}
	}
	if p.Status().State != sip.Registered {
		t.Error("the phone has lost its registration")
	}
	if s := log.String(); strings.Contains(s, number) {
		t.Errorf("the log names the caller:\n%s", s)
	}
}

func TestAnAddressInUse(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			r := siptest.NewRegistrar(t, network, "127.0.0.1:0", nil)
			p := sip.New(sip.Options{Registrar: "127.0.0.1", Transport: network, Listen: fmt.Sprintf("127.0.0.1:%d", r.Port())})
			if err := p.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "in use") {
				t.Errorf("Run says %v", err)
			}
		})
	}
}

func TestAContactThatCannotBeUsed(t *testing.T) {
	r := registrar(t)
	_, changes, _ := dial(t, r, sip.Options{Contact: "a b"})
	if s := status(t, changes, sip.Down); s.Reason != sip.BadContact {
		t.Errorf("the reason is %q", s.Reason)
	}
}

func TestContactOf(t *testing.T) {
	for _, test := range []struct {
		o    sip.Options
		want string
	}{
		{sip.Options{Registrar: "127.0.0.1"}, "127.0.0.1"},
		{sip.Options{Registrar: "127.0.0.1", Listen: ":5070"}, "127.0.0.1:5070"},
		{sip.Options{Registrar: "::1", Listen: "[::]:5070"}, "[::1]:5070"},
		{sip.Options{Registrar: "127.0.0.1", Listen: ":5070", Contact: "192.168.178.10"}, "192.168.178.10:5070"},
		{sip.Options{Registrar: "127.0.0.1", Listen: ":5070", Contact: "192.168.178.10:6000"}, "192.168.178.10:6000"},
		{sip.Options{Registrar: "127.0.0.1", Listen: ":5070", Contact: "house.example"}, "house.example:5070"},
		{sip.Options{Registrar: "127.0.0.1", Listen: ":5070", Contact: "[2001:db8::1]"}, "[2001:db8::1]:5070"},
		{sip.Options{Registrar: "127.0.0.1", Contact: "[2001:db8::1]:6000"}, "[2001:db8::1]:6000"},
		{sip.Options{Registrar: "127.0.0.1", Contact: "house.example:0"}, "bad"},
		{sip.Options{Registrar: "127.0.0.1", Contact: "house.example:70000"}, "bad"},
		{sip.Options{Registrar: "127.0.0.1", Contact: "a b"}, "bad"},
		{sip.Options{Registrar: "127.0.0.1", Contact: "evil>;x="}, "bad"},
		{sip.Options{Registrar: "fritz.box", Lookup: func(context.Context, string, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("203.0.113.5")}, nil
		}}, "bad"},
	} {
		c, err := sip.ContactOf(t.Context(), test.o)
		got := c.String()
		if err != nil {
			got = "bad"
		}
		if got != test.want {
			t.Errorf("contact %q at %s, listening on %q: %s, %v; want %s", test.o.Contact, test.o.Registrar, test.o.Listen, got, err, test.want)
		}
		if err == nil && (!c.SameNetwork || c.Container || c.Set != (test.o.Contact != "")) {
			t.Errorf("contact %q: %+v", test.o.Contact, c)
		}
	}
}

// The library handles each packet in a goroutine of its own. One that is late must find no reason
// to open another socket: TestMain looks for what is left.
func TestStopWhilePacketsCome(t *testing.T) {
	for range 5 {
		r := registrar(t)
		r.Lenient = true
		_, changes, stop := dial(t, r, sip.Options{Handler: leave})
		m := r.Register()
		status(t, changes, sip.Registered)
		ctx, cancel := context.WithCancel(t.Context())
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for ctx.Err() == nil {
				r.Request(m, "OPTIONS")
			}
		}()
		stop()
		cancel()
		<-sent
	}
}
