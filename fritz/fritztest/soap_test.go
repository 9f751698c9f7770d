package fritztest_test

import (
	"crypto/md5"
	"crypto/tls"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
)

const (
	testUser     = "fritz3456"
	testPassword = "geheim & 77"
	soapSpace    = "http://schemas.xmlsoap.org/soap/envelope/"
	serviceSpace = "urn:dslforum-org:service:"
	onTel        = "X_AVM-DE_OnTel:1"
	voip         = "X_VoIP:1"
	tam          = "X_AVM-DE_TAM:1"
)

// caller is a client of TR-064, written for these tests from RFC 2617 and AVM's
// "First Steps".
type caller struct {
	t              *testing.T
	base           string
	user, password string
	realm, nonce   string
	count          int
	token          string // of the second factor
	http           *http.Client
}

// newHouse is a box with both TR-064 ports and one user, whose clock stands still,
// and a client of it.
func newHouse(t *testing.T, options ...fritztest.Options) (*fritztest.Box, *caller) {
	t.Helper()
	o := frozen()
	if len(options) > 0 {
		o = options[0]
	}
	if o.Users == nil {
		o.Users = []fritztest.User{{Name: testUser, Password: testPassword, Last: true}}
	}
	b := newBox(t, o)
	if err := b.ListenTR064("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if err := b.ListenTR064S("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	return b, newCaller(t, b)
}

func newCaller(t *testing.T, b *fritztest.Box) *caller {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(transport.CloseIdleConnections)
	return &caller{
		t: t, base: "http://" + b.TR064Addr().String(), user: testUser, password: testPassword,
		http: &http.Client{Transport: transport, Timeout: 20 * time.Second},
	}
}

func hash(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }

// path is the control URL of a service, by its description in services.txt.
func path(service string) string {
	return "/upnp/control/" + map[string]string{
		onTel: "x_contact", voip: "x_voip", tam: "x_tam", "X_AVM-DE_Auth:1": "x_auth", "DeviceInfo:1": "deviceinfo",
		"DeviceConfig:1": "deviceconfig", "LANConfigSecurity:1": "lanconfigsecurity", "Time:1": "time",
		"X_AVM-DE_Dect:1": "x_dect", "X_AVM-DE_AppSetup:1": "x_appsetup", "Hosts:1": "hosts",
	}[service]
}

// message writes a request. args are names and values in turn.
func message(header, service, action string, args ...string) string {
	var body strings.Builder
	for i := 0; i+1 < len(args); i += 2 {
		body.WriteString("<" + args[i] + ">")
		_ = xml.EscapeText(&body, []byte(args[i+1]))
		body.WriteString("</" + args[i] + ">")
	}
	return `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="` + soapSpace + `"><s:Header>` + header +
		`</s:Header><s:Body><u:` + action + ` xmlns:u="` + serviceSpace + service + `">` + body.String() + `</u:` + action + `></s:Body></s:Envelope>`
}

// post sends a request once, with a login if there is a nonce.
func (c *caller) post(service, action, body string) *http.Response {
	c.t.Helper()
	r, err := http.NewRequestWithContext(within(c.t), http.MethodPost, c.base+path(service), strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("SOAPAction", serviceSpace+service+"#"+action)
	r.Header.Set("Content-Type", `text/xml; charset="utf-8"`)
	if c.nonce != "" {
		c.count++
		r.Header.Set("Authorization", c.login(path(service)))
	}
	answer, err := c.http.Do(r)
	if err != nil {
		c.t.Fatalf("%s: %v", action, err)
	}
	c.t.Cleanup(func() { answer.Body.Close() })
	return answer
}

func (c *caller) login(uri string) string {
	count := fmt.Sprintf("%08x", c.count)
	response := hash(hash(c.user+":"+c.realm+":"+c.password) + ":" + c.nonce + ":" + count + ":abc:auth:" + hash("POST:"+uri))
	return fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", qop=auth, nc=%s, cnonce="abc", response="%s", algorithm=MD5`,
		c.user, c.realm, c.nonce, uri, count, response)
}

// challenged takes the challenge of a 401.
func (c *caller) challenged(answer *http.Response) (stale bool) {
	c.t.Helper()
	scheme, rest, _ := strings.Cut(answer.Header.Get("WWW-Authenticate"), " ")
	p := fritztest.ParseFields(rest)
	if scheme != "Digest" || len(p["nonce"]) != 16 || p["qop"] != "auth" || p["algorithm"] != "MD5" {
		c.t.Fatalf("the challenge is %q", answer.Header.Get("WWW-Authenticate"))
	}
	c.realm, c.nonce, c.count = p["realm"], p["nonce"], 0
	return p["stale"] == "TRUE"
}

// values are the elements of an answer by name.
type values map[string]string

// call does an action, with one login if one is asked for. The code is that of the
// fault; 0 = none.
func (c *caller) call(service, action string, args ...string) (values, int) {
	c.t.Helper()
	header := ""
	if c.token != "" {
		header = `<avm:token xmlns:avm="avm.de" s:mustUnderstand="1">` + c.token + `</avm:token>`
	}
	body := message(header, service, action, args...)
	answer := c.post(service, action, body)
	if answer.StatusCode == http.StatusUnauthorized {
		drainBody(answer)
		c.challenged(answer)
		answer = c.post(service, action, body)
	}
	return c.read(action, answer)
}

// must is call for what has to go well.
func (c *caller) must(service, action string, args ...string) values {
	c.t.Helper()
	out, code := c.call(service, action, args...)
	if code != 0 {
		c.t.Fatalf("%s%q fails with %d", action, args, code)
	}
	return out
}

// fails expects a fault.
func (c *caller) fails(code int, service, action string, args ...string) {
	c.t.Helper()
	if _, got := c.call(service, action, args...); got != code {
		c.t.Errorf("%s%q: code %d, want %d", action, args, got, code)
	}
}

func drainBody(answer *http.Response) { _, _ = io.Copy(io.Discard, answer.Body); answer.Body.Close() }

// read takes an answer apart.
func (c *caller) read(action string, answer *http.Response) (values, int) {
	c.t.Helper()
	var e struct {
		Body struct {
			Fault struct {
				Code int `xml:"detail>UPnPError>errorCode"`
			} `xml:"Fault"`
			Answer struct {
				XMLName xml.Name
				Out     []struct {
					XMLName xml.Name
					Text    string `xml:",chardata"`
				} `xml:",any"`
			} `xml:",any"`
		} `xml:"Body"`
	}
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatalf("%s: read answer: %v", action, err)
	}
	if err := xml.Unmarshal(raw, &e); err != nil {
		c.t.Fatalf("%s: status %s, %v in %.300s", action, answer.Status, err, raw)
	}
	if code := e.Body.Fault.Code; code != 0 {
		return nil, code
	}
	if answer.StatusCode != http.StatusOK || e.Body.Answer.XMLName.Local != action+"Response" {
		c.t.Fatalf("%s: status %s, %.300s", action, answer.Status, raw)
	}
	out := values{}
	for _, o := range e.Body.Answer.Out {
		out[o.XMLName.Local] = o.Text
	}
	return out, 0
}

// get reads a list or a description.
func (c *caller) get(url string) (status int, body string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(within(c.t), http.MethodGet, url, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}

// list reads a list that has to be there.
func (c *caller) list(where string) string {
	c.t.Helper()
	if _, err := url.Parse(where); err != nil {
		c.t.Fatal(err)
	}
	status, body := c.get(where)
	if status != http.StatusOK {
		c.t.Fatalf("%s: status %d", where, status)
	}
	return body
}

// TestEveryAction asks for every action of every description: each has to be done,
// or refused with an error of its own, and what is answered is what is described.
func TestEveryAction(t *testing.T) {
	_, c := newHouse(t)
	type argument struct {
		Name      string `xml:"name"`
		Direction string `xml:"direction"`
		Variable  string `xml:"relatedStateVariable"`
	}
	var root struct {
		Services []struct {
			Type    string `xml:"serviceType"`
			SCPD    string `xml:"SCPDURL"`
			Control string `xml:"controlURL"`
		} `xml:"device>serviceList>service"`
	}
	if err := xml.Unmarshal([]byte(c.list(c.base+"/tr64desc.xml")), &root); err != nil {
		t.Fatal(err)
	}
	actions := 0
	for _, s := range root.Services {
		service := strings.TrimPrefix(s.Type, serviceSpace)
		if s.Control != path(service) {
			t.Fatalf("%s: control URL %s", service, s.Control)
		}
		var d struct {
			Actions []struct {
				Name      string     `xml:"name"`
				Arguments []argument `xml:"argumentList>argument"`
			} `xml:"actionList>action"`
			Variables []struct {
				Name string `xml:"name"`
				Type string `xml:"dataType"`
			} `xml:"serviceStateTable>stateVariable"`
		}
		if err := xml.Unmarshal([]byte(c.list(c.base+s.SCPD)), &d); err != nil {
			t.Fatal(err)
		}
		types := map[string]string{}
		for _, v := range d.Variables {
			types[v.Name] = v.Type
		}
		for _, a := range d.Actions {
			if a.Name == "Reboot" || a.Name == "SetConfigPassword" {
				continue
			}
			actions++
			var args, outs []string
			for _, x := range a.Arguments {
				kind := types[x.Variable]
				switch {
				case kind == "":
					t.Errorf("%s: %s has no state variable", a.Name, x.Name)
				case x.Direction == "out":
					outs = append(outs, x.Name)
				case kind == "string" || kind == "uuid":
					args = append(args, x.Name, "x")
				default:
					args = append(args, x.Name, "0")
				}
			}
			out, code := c.call(service, a.Name, args...)
			if code == 401 || code == 402 && !strings.Contains(a.Name, "Entry") {
				t.Errorf("%s is described and answers %d", a.Name, code)
			}
			if code != 0 {
				continue
			}
			for _, name := range outs {
				if _, ok := out[name]; !ok {
					t.Errorf("%s: %s is described and not answered", a.Name, name)
				}
			}
			if len(out) != len(outs) {
				t.Errorf("%s answers %v, described are %v", a.Name, out, outs)
			}
			c.fails(402, service, a.Name, append(args, "NewNonsense", "1")...)
		}
	}
	if actions < 80 {
		t.Errorf("only %d actions are described", actions)
	}
}
