package tr064_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

func TestTroubles(t *testing.T) {
	const timeout = 500 * time.Millisecond
	late := func(err error) bool {
		var n net.Error
		return errors.As(err, &n) && n.Timeout()
	}
	for kind, right := range map[string]func(status int, body string, err error) bool{
		"slow":     func(_ int, _ string, err error) bool { return late(err) },
		"silence":  func(status int, _ string, err error) bool { return status == 0 && late(err) },
		"headonly": func(status int, body string, err error) bool { return status == 200 && body == "" && late(err) },
		"close":    func(status int, _ string, err error) bool { return status == 0 && err != nil && !late(err) },
		"503":      func(status int, _ string, err error) bool { return status == 503 && err == nil },
		"short": func(status int, _ string, err error) bool {
			return status == 200 && errors.Is(err, io.ErrUnexpectedEOF)
		},
		"long": func(status int, body string, err error) bool {
			return status == 200 && err == nil && !strings.Contains(body, "</root>")
		},
		"garbage": func(status int, body string, err error) bool {
			return status == 200 && err == nil && !strings.HasPrefix(body, "<?xml")
		},
		"html": func(status int, body string, err error) bool {
			return status == 200 && strings.HasPrefix(body, "<HTML>") && err == nil
		},
		"chunked": func(status int, body string, err error) bool {
			return status == 200 && strings.HasSuffix(body, "</root>\n") && err == nil
		},
		"401": func(status int, _ string, err error) bool { return status == 401 && err == nil },
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b, c := boxtest.NewTR064(t)
			if err := b.Trouble(fritztest.Trouble{Kind: kind, At: "tr64desc.xml", Times: 1, By: time.Minute}); err != nil {
				t.Fatal(err)
			}
			if got := b.State().Faults; len(got) != 1 || !strings.HasPrefix(got[0], "answer "+kind+" at tr64desc.xml times 1") {
				t.Errorf("the faults are %q", got)
			}
			if status, body, err := c.Try(timeout); !right(status, body, err) {
				t.Errorf("status %d, error %v, %.100s", status, err, body)
			}
			if status, _, err := c.Try(20 * time.Second); status != 200 || err != nil {
				t.Errorf("behind it: status %d, error %v", status, err)
			}
		})
	}
}

// TestBusyBurst holds that the box can be too busy for some requests in a row, login
// or not, and that these cost no login.
func TestBusyBurst(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	c.Must(boxtest.OnTel, "GetPhonebookList")
	if err := b.Trouble(fritztest.Trouble{Kind: "503", At: "GetPhonebookList", Times: 3}); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if status, _ := c.Status(boxtest.OnTel, "GetPhonebookList"); status != http.StatusServiceUnavailable {
			t.Errorf("request %d: status %d", n, status)
		}
	}
	if status, _ := c.Status(boxtest.OnTel, "GetPhonebookList"); status != http.StatusOK {
		t.Errorf("behind the burst: status %d", status)
	}
	if got := user(b); got.Logins != 2 || got.Wrong != 0 {
		t.Errorf("the box counts %+v", got)
	}
}

// TestRequestLength holds what becomes of a request that is shorter or longer than it
// says, or longer than the box takes: it is refused, and the box serves the next one.
func TestRequestLength(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	complete := boxtest.Message("", boxtest.OnTel, "GetPhonebookList")
	b.RemoveUser(boxtest.User) // open to everybody
	for name, test := range map[string]struct {
		body   string
		length int
		want   string
	}{
		"right":     {complete, len(complete), "HTTP/1.1 200 OK"},
		"cut off":   {complete, len(complete) + 50, "HTTP/1.1 400 Bad Request"},
		"goes on":   {complete, len(complete) - 30, "HTTP/1.1 500 Internal Server Error"},
		"too large": {strings.Repeat("x", 1<<20+100), 1<<20 + 100, "HTTP/1.1 400 Bad Request"},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(c.Base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			// What the box does not take is no fault of the test.
			fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: fritz.box\r\nConnection: close\r\nSOAPAction: %s%s#GetPhonebookList\r\nContent-Length: %d\r\n\r\n%s",
				boxtest.Path(boxtest.OnTel), boxtest.ServiceSpace, boxtest.OnTel, test.length, test.body)
			_ = conn.(*net.TCPConn).CloseWrite()
		}()
		got := make([]byte, len(test.want))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != test.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		conn.Close()
		<-sent
	}
	c.Must(boxtest.OnTel, "GetPhonebookList")
}

// TestEndless holds that a phonebook without an end goes on until the client has
// enough.
func TestEndless(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	if err := b.Trouble(fritztest.Trouble{Kind: "endless", At: "phonebook.lua"}); err != nil {
		t.Fatal(err)
	}
	answer, err := c.HTTP.Get(c.Must(boxtest.OnTel, "GetPhonebook", "NewPhonebookID", "0")["NewPhonebookURL"])
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if n, err := io.CopyN(io.Discard, answer.Body, 8<<20); err != nil {
		t.Errorf("the book ends behind %d bytes: %v", n, err)
	}
}

func TestFaultCodes(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	for _, code := range []int{402, 501, 606, 713, 714, 820, 866} {
		b.Fail(code, "GetPhonebookList", 1)
		c.Fails(code, boxtest.OnTel, "GetPhonebookList")
		c.Must(boxtest.OnTel, "GetPhonebookList")
	}
	b.Fail(820, "", 0)
	c.Fails(820, boxtest.OnTel, "GetCallList")
	b.Heal()
	c.Must(boxtest.OnTel, "GetCallList")

	c.Fails(401, boxtest.OnTel, "GetPhonebok")
	c.Fails(401, boxtest.OnTel, "X_AVM-DE_GetNumbers") // of another service
	b.Absent("GetCallBarringList", true)
	c.Fails(401, boxtest.OnTel, "GetCallBarringList")
	if text := c.List(c.Base + "/x_contactSCPD.xml"); strings.Contains(text, "<name>GetCallBarringList</name>") || !strings.Contains(text, "<name>GetCallBarringEntry</name>") {
		t.Error("an absent action is described")
	}
	b.Absent("GetCallBarringList", false)
	c.Must(boxtest.OnTel, "GetCallBarringList")
	for _, args := range [][]string{nil, {"NewPhonebookID", "x"}, {"NewPhonebookID", "0", "NewPhonebookID", "0"}, {"NewPhonebookID", "70000"}, {"NewPhonebook", "0"}} {
		c.Fails(402, boxtest.OnTel, "GetPhonebook", args...)
	}
	c.Must(boxtest.OnTel, "GetPhonebook", "NewPhonebookId", "0") // as fritzconnection says it
	for _, body := range []string{"", "x", "<a/>", `<s:Envelope xmlns:s="` + boxtest.SOAPSpace + `"><s:Body/></s:Envelope>`} {
		answer := c.Post(boxtest.OnTel, "GetPhonebookList", body)
		if _, code := c.Read("GetPhonebookList", answer); code != 502 || answer.StatusCode != 500 {
			t.Errorf("%q: fault %d, status %s", body, code, answer.Status)
		}
	}

	b.TR064Access(false)
	c.Fails(401, boxtest.OnTel, "GetPhonebookList")
	if status, _ := c.Get(c.Base + "/tr64desc.xml"); status != 404 {
		t.Errorf("without access the description answers %d", status)
	}
	b.TR064Access(true)
	c.Must(boxtest.OnTel, "GetPhonebookList")
	if status, body := c.Get(c.Base + "/igddesc.xml"); status != 404 || !strings.HasPrefix(body, "<HTML>") {
		t.Errorf("an unknown file: %d %s", status, body)
	}
}

func TestHostHeader(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	_, port, _ := net.SplitHostPort(b.TR064Addr().String())
	for host, want := range map[string]int{
		"fritz.box": 200, "fritz.box:49000": 200, "[::1]:" + port: 200, "192.168.178.1": 200, "evil.example": 400, "127.0.0.1.example": 400,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.Base+"/tr64desc.xml", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		answer, err := c.HTTP.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != want || want == 400 && !strings.Contains(string(raw), "ERR_INVALID_HOSTHEADER") {
			t.Errorf("%s: %s %s", host, answer.Status, raw)
		}
	}
	b.URLHost("192.0.2.1:49000")
	if got := c.Must(boxtest.OnTel, "GetCallList")["NewCallListURL"]; !strings.HasPrefix(got, "http://192.0.2.1:49000/calllist.lua?sid=") {
		t.Errorf("the hostile URL is %s", got)
	}
}

func TestCertificate(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	see := func() string {
		conn, err := tls.Dial("tcp", b.TR064SAddr().String(), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return fmt.Sprintf("%x", conn.ConnectionState().PeerCertificates[0].Raw)
	}
	first, print := see(), b.Fingerprint()
	if repeated := see(); repeated != first || b.State().TR064.Fingerprint != print {
		t.Error("the certificate changes by itself")
	}
	if err := b.ChangeCertificate(); err != nil {
		t.Fatal(err)
	}
	if second := see(); second == first || b.Fingerprint() == print {
		t.Error("the certificate does not change")
	}
	c.Base = "https://" + b.TR064SAddr().String()
	if got := c.Must(boxtest.OnTel, "GetCallList")["NewCallListURL"]; !strings.HasPrefix(got, c.Base+"/calllist.lua?sid=") {
		t.Errorf("asked by https, the URL is %s", got)
	}
	_, port, _ := net.SplitHostPort(b.TR064SAddr().String())
	if got := c.Must("DeviceInfo:1", "GetSecurityPort")["NewSecurityPort"]; got != port {
		t.Errorf("the https port is %s, want %s", got, port)
	}
}

// TestCloseWhileSilent holds that Close waits for nobody whom the box keeps waiting.
func TestCloseWhileSilent(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	if err := b.Trouble(fritztest.Trouble{Kind: "headonly"}); err != nil {
		t.Fatal(err)
	}
	answer, err := c.HTTP.Get(c.Base + "/tr64desc.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b.Close()
	if _, err := io.ReadAll(answer.Body); err == nil {
		t.Error("the body is there after all")
	}
}

func FuzzEnvelope(f *testing.F) {
	f.Add([]byte(boxtest.Message("", boxtest.OnTel, "GetPhonebook", "NewPhonebookID", "0")))
	f.Add([]byte(boxtest.Message(`<avm:token xmlns:avm="avm.de"s:mustUnderstand="1">X</avm:token>`, boxtest.OnTel, "GetCallList")))
	f.Add([]byte(`<a xmlns:s=" x"><Body>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		action, arguments, err := tr064.ReadEnvelope(body)
		if err == nil && action == "" || err != nil && len(arguments) > 0 || len(arguments) > 64 {
			t.Errorf("action %q, %d arguments, %v", action, len(arguments), err)
		}
	})
}

func FuzzAuthorization(f *testing.F) {
	f.Add(`username="a", realm="HTTPS Access",nonce="88B3",uri="/x", qop=auth, nc=00000001`)
	f.Add(`,,a="`)
	f.Fuzz(func(t *testing.T, text string) {
		if got := tr064.ParseFields(text); len(got) > 20 {
			t.Errorf("%d fields", len(got))
		}
	})
}
