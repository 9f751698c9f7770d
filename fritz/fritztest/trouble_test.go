package fritztest_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
)

// try asks for the phonebooks and returns what came: a status, the body, an error.
func (c *caller) try(patience time.Duration) (status int, body string, err error) {
	short := *c.http
	short.Timeout = patience
	answer, err := short.Get(c.base + "/tr64desc.xml")
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(raw), err
}

func TestTroubles(t *testing.T) {
	const patience = 500 * time.Millisecond
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
			b, c := newHouse(t)
			if err := b.Trouble(fritztest.Trouble{Kind: kind, At: "tr64desc.xml", Times: 1, By: time.Minute}); err != nil {
				t.Fatal(err)
			}
			if got := b.State().Faults; len(got) != 1 || !strings.HasPrefix(got[0], "answer "+kind+" at tr64desc.xml times 1") {
				t.Errorf("the faults are %q", got)
			}
			if status, body, err := c.try(patience); !right(status, body, err) {
				t.Errorf("status %d, error %v, %.100s", status, err, body)
			}
			if status, _, err := c.try(20 * time.Second); status != 200 || err != nil {
				t.Errorf("behind it: status %d, error %v", status, err)
			}
		})
	}
}

// TestBusyBurst holds that the box can be too busy for some requests in a row, login
// or not, and that these cost no login.
func TestBusyBurst(t *testing.T) {
	b, c := newHouse(t)
	c.must(onTel, "GetPhonebookList")
	if err := b.Trouble(fritztest.Trouble{Kind: "503", At: "GetPhonebookList", Times: 3}); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if status, _ := c.status(onTel, "GetPhonebookList"); status != http.StatusServiceUnavailable {
			t.Errorf("request %d: status %d", n, status)
		}
	}
	if status, _ := c.status(onTel, "GetPhonebookList"); status != http.StatusOK {
		t.Errorf("behind the burst: status %d", status)
	}
	if got := user(b); got.Logins != 2 || got.Wrong != 0 {
		t.Errorf("the box counts %+v", got)
	}
}

// TestRequestLength holds what becomes of a request that is shorter or longer than it
// says, or longer than the box takes: it is refused, and the box serves the next one.
func TestRequestLength(t *testing.T) {
	b, c := newHouse(t)
	whole := message("", onTel, "GetPhonebookList")
	b.RemoveUser(testUser) // open to everybody
	for name, test := range map[string]struct {
		body   string
		length int
		want   string
	}{
		"right":     {whole, len(whole), "HTTP/1.1 200 OK"},
		"cut off":   {whole, len(whole) + 50, "HTTP/1.1 400 Bad Request"},
		"goes on":   {whole, len(whole) - 30, "HTTP/1.1 500 Internal Server Error"},
		"too large": {strings.Repeat("x", 1<<20+100), 1<<20 + 100, "HTTP/1.1 400 Bad Request"},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(c.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			// What the box does not take is no fault of the test.
			fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: fritz.box\r\nConnection: close\r\nSOAPAction: %s%s#GetPhonebookList\r\nContent-Length: %d\r\n\r\n%s",
				path(onTel), serviceSpace, onTel, test.length, test.body)
			_ = conn.(*net.TCPConn).CloseWrite()
		}()
		got := make([]byte, len(test.want))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != test.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		conn.Close()
		<-sent
	}
	c.must(onTel, "GetPhonebookList")
}

// TestEndless holds that a phonebook without an end goes on until the client has
// enough.
func TestEndless(t *testing.T) {
	b, c := newHouse(t)
	if err := b.Trouble(fritztest.Trouble{Kind: "endless", At: "phonebook.lua"}); err != nil {
		t.Fatal(err)
	}
	answer, err := c.http.Get(c.must(onTel, "GetPhonebook", "NewPhonebookID", "0")["NewPhonebookURL"])
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if n, err := io.CopyN(io.Discard, answer.Body, 8<<20); err != nil {
		t.Errorf("the book ends behind %d bytes: %v", n, err)
	}
}

func TestFaultCodes(t *testing.T) {
	b, c := newHouse(t)
	for _, code := range []int{402, 501, 606, 713, 714, 820, 866} {
		b.Fail(code, "GetPhonebookList", 1)
		c.fails(code, onTel, "GetPhonebookList")
		c.must(onTel, "GetPhonebookList")
	}
	b.Fail(820, "", 0)
	c.fails(820, onTel, "GetCallList")
	b.Heal()
	c.must(onTel, "GetCallList")

	c.fails(401, onTel, "GetPhonebok")
	c.fails(401, onTel, "X_AVM-DE_GetNumbers") // of another service
	b.Absent("GetCallBarringList", true)
	c.fails(401, onTel, "GetCallBarringList")
	if text := c.list(c.base + "/x_contactSCPD.xml"); strings.Contains(text, "<name>GetCallBarringList</name>") || !strings.Contains(text, "<name>GetCallBarringEntry</name>") {
		t.Error("an absent action is described")
	}
	b.Absent("GetCallBarringList", false)
	c.must(onTel, "GetCallBarringList")
	for _, args := range [][]string{nil, {"NewPhonebookID", "x"}, {"NewPhonebookID", "0", "NewPhonebookID", "0"}, {"NewPhonebookID", "70000"}, {"NewPhonebook", "0"}} {
		c.fails(402, onTel, "GetPhonebook", args...)
	}
	c.must(onTel, "GetPhonebook", "NewPhonebookId", "0") // as fritzconnection says it
	for _, body := range []string{"", "x", "<a/>", `<s:Envelope xmlns:s="` + soapSpace + `"><s:Body/></s:Envelope>`} {
		answer := c.post(onTel, "GetPhonebookList", body)
		if _, code := c.read("GetPhonebookList", answer); code != 502 || answer.StatusCode != 500 {
			t.Errorf("%q: fault %d, status %s", body, code, answer.Status)
		}
	}

	b.TR064Access(false)
	c.fails(401, onTel, "GetPhonebookList")
	if status, _ := c.get(c.base + "/tr64desc.xml"); status != 404 {
		t.Errorf("without access the description answers %d", status)
	}
	b.TR064Access(true)
	c.must(onTel, "GetPhonebookList")
	if status, body := c.get(c.base + "/igddesc.xml"); status != 404 || !strings.HasPrefix(body, "<HTML>") {
		t.Errorf("an unknown file: %d %s", status, body)
	}
}

func TestHostHeader(t *testing.T) {
	b, c := newHouse(t)
	_, port, _ := net.SplitHostPort(b.TR064Addr().String())
	for host, want := range map[string]int{
		"fritz.box": 200, "fritz.box:49000": 200, "[::1]:" + port: 200, "192.168.178.1": 200, "evil.example": 400, "127.0.0.1.example": 400,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+"/tr64desc.xml", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		answer, err := c.http.Do(r)
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
	if got := c.must(onTel, "GetCallList")["NewCallListURL"]; !strings.HasPrefix(got, "http://192.0.2.1:49000/calllist.lua?sid=") {
		t.Errorf("the hostile URL is %s", got)
	}
}

func TestCertificate(t *testing.T) {
	b, c := newHouse(t)
	see := func() string {
		conn, err := tls.Dial("tcp", b.TR064SAddr().String(), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return fmt.Sprintf("%x", conn.ConnectionState().PeerCertificates[0].Raw)
	}
	first, print := see(), b.Fingerprint()
	if again := see(); again != first || b.State().TR064.Fingerprint != print {
		t.Error("the certificate changes by itself")
	}
	if err := b.ChangeCertificate(); err != nil {
		t.Fatal(err)
	}
	if second := see(); second == first || b.Fingerprint() == print {
		t.Error("the certificate does not change")
	}
	c.base = "https://" + b.TR064SAddr().String()
	if got := c.must(onTel, "GetCallList")["NewCallListURL"]; !strings.HasPrefix(got, c.base+"/calllist.lua?sid=") {
		t.Errorf("asked by https, the URL is %s", got)
	}
	_, port, _ := net.SplitHostPort(b.TR064SAddr().String())
	if got := c.must("DeviceInfo:1", "GetSecurityPort")["NewSecurityPort"]; got != port {
		t.Errorf("the https port is %s, want %s", got, port)
	}
}

func TestTR064Restart(t *testing.T) {
	b, c := newHouse(t)
	url := c.must(onTel, "GetCallList")["NewCallListURL"]
	c.must(onTel, "SetPhonebookEntryUID", "NewPhonebookID", "0", "NewPhonebookEntryData", entryOf("Anna", "1", ""))
	gone, back := make(chan struct{}), make(chan error, 1)
	go func() {
		back <- b.Restart(within(t), 200*time.Millisecond)
	}()
	go func() {
		_ = b.Wait(within(t), func(s fritztest.State) bool { return !s.TR064.Listening && !s.Listening })
		close(gone)
	}()
	<-gone
	if _, _, err := c.try(time.Second); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a box that restarts says %v", err)
	}
	if err := <-back; err != nil {
		t.Fatal(err)
	}
	if status, _ := c.get(url); status != 403 {
		t.Errorf("a session survives: %d", status)
	}
	status, answer := c.status(onTel, "GetPhonebookList")
	if status != 401 || !c.challenged(answer) {
		t.Errorf("a nonce survives: %d", status)
	}
	if got := names(t, b, "Telefonbuch"); len(got) != 1 {
		t.Errorf("the phonebook holds %v", got)
	}
	b.RefuseTR064()
	if _, _, err := c.try(time.Second); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("ports that refuse say %v", err)
	}
	if err := b.AcceptTR064(); err != nil {
		t.Fatal(err)
	}
	c.must(onTel, "GetPhonebookList")
	c.must("DeviceConfig:1", "Reboot")
	if err := b.Wait(within(t), func(s fritztest.State) bool { return !s.TR064.Listening }); err != nil {
		t.Error(err)
	}
	if err := b.Wait(within(t), func(s fritztest.State) bool { return s.TR064.Listening && s.Listening }); err != nil {
		t.Error(err)
	}
}

// TestCloseWhileSilent holds that Close waits for nobody whom the box keeps waiting.
func TestCloseWhileSilent(t *testing.T) {
	b, c := newHouse(t)
	if err := b.Trouble(fritztest.Trouble{Kind: "headonly"}); err != nil {
		t.Fatal(err)
	}
	answer, err := c.http.Get(c.base + "/tr64desc.xml")
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
	f.Add([]byte(message("", onTel, "GetPhonebook", "NewPhonebookID", "0")))
	f.Add([]byte(message(`<avm:token xmlns:avm="avm.de"s:mustUnderstand="1">X</avm:token>`, onTel, "GetCallList")))
	f.Add([]byte(`<a xmlns:s=" x"><Body>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		action, arguments, err := fritztest.ReadEnvelope(body)
		if err == nil && action == "" || err != nil && len(arguments) > 0 || len(arguments) > 64 {
			t.Errorf("action %q, %d arguments, %v", action, len(arguments), err)
		}
	})
}

func FuzzAuthorization(f *testing.F) {
	f.Add(`username="a", realm="HTTPS Access",nonce="88B3",uri="/x", qop=auth, nc=00000001`)
	f.Add(`,,a="`)
	f.Fuzz(func(t *testing.T, text string) {
		if got := fritztest.ParseFields(text); len(got) > 20 {
			t.Errorf("%d fields", len(got))
		}
	})
}

// TestTR064Script drives the box in the words of the script language.
func TestTR064Script(t *testing.T) {
	b, c := newHouse(t)
	run := func(text string) {
		t.Helper()
		s, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Run(within(t), b, 0); err != nil {
			t.Fatal(err)
		}
	}
	run(`phonebook CardDAV synced
phonebook Firma capacity 5
contact Firma "Müller, Jörg" vip home=03023125456 500@hd-telefonie.avm.de image=/var/1.jpg
fill Telefonbuch 20
turn Telefonbuch
contact barring SPAM 0699000*
deflection 01713920055 from 03023125999 off
machine Praxis
numbers 23125069=Zuhause 23125123
handset Küche
codes 49 40
voicemail 01713920055 to 23125069 by 41
ring 01713920011 to 23125069 as guest
connect guest 40
record guest
hangup guest`)
	s := b.State().TR064
	if len(s.Phonebooks) != 3 || s.Phonebooks[1].Name != "Firma" || s.Phonebooks[1].Contacts != 1 || s.Phonebooks[0].Contacts != 20 ||
		!s.Phonebooks[2].Synced || s.Barred != 1 || len(s.Machines) != 2 || s.Machines[1].New != 1 || s.Machines[0].New != 1 ||
		len(s.Deflections) != 1 || s.Deflections[0].Enabled || s.Calls != 2 {
		t.Errorf("the box is %+v", s)
	}
	run("nocontact Firma 1\nrename Firma Büro\nnophonebook CardDAV\nuser anna geheim P last\nuser bert geheim\nnouser bert")
	if s = b.State().TR064; len(s.Phonebooks) != 2 || s.Phonebooks[1].Name != "Büro" || s.Phonebooks[1].Contacts != 0 || len(s.Users) != 2 {
		t.Errorf("the box is %+v", s)
	}
	run("answer 503 at GetCallList times 1\nfail 820 at GetPhonebookList\nabsent GetDeflections\nweary 5\ndialaid off\nfactor on at GetCallList\nfactor blocked\nloginpage on\nurlhost 192.0.2.1\ncalllist off\naccess off")
	want := "answer 503 at GetCallList times 1|fail 820 at GetPhonebookList|access off|weary 5|calllist off|dialaid off|factor blocked|loginpage on|urlhost 192.0.2.1|absent GetDeflections"
	if got := strings.Join(b.State().Faults, "|"); got != want {
		t.Errorf("the faults are\n%s, want\n%s", got, want)
	}
	run("answer right\naccess on\nabsent GetCallList\npresent GetCallList\npresent GetDeflections\nweary 0\ndialaid on\nfactor off at GetCallList\nfactor free\nloginpage off\nurlhost off\ncalllist on\ncalllist new\nstale\nexpire\nunlock\nnoncelife 1m\nrealm \"F!Box SOAP-Auth\"\ncertificate\nports off")
	if got := b.State(); len(got.Faults) != 0 || got.TR064.Listening {
		t.Errorf("the box is %+v", got)
	}
	run("ports on")
	c.must(onTel, "GetCallList")
	if _, err := parse("factor blocked at GetCallList"); err == nil {
		t.Error("at behind blocked is accepted")
	}
	for _, text := range []string{"confirm", "nocontact Nirgends 1", "record guest"} {
		s, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Run(within(t), b, 0); err == nil {
			t.Errorf("%s goes well", text)
		}
	}
}
