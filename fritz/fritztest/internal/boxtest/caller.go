package boxtest

import (
	"crypto/md5"
	"crypto/tls"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
)

const (
	User         = "fritz3456"
	Password     = "geheim & 77"
	SOAPSpace    = "http://schemas.xmlsoap.org/soap/envelope/"
	ServiceSpace = "urn:dslforum-org:service:"
	OnTel        = "X_AVM-DE_OnTel:1"
	VoIP         = "X_VoIP:1"
	TAM          = "X_AVM-DE_TAM:1"
)

// Caller is a client of TR-064, written for these tests from RFC 2617 and AVM's
// "First Steps".
type Caller struct {
	t              *testing.T
	Base           string // scheme and address
	User, Password string
	Realm, Nonce   string // of the last challenge; "" = none
	Count          int    // requests with that nonce
	Token          string // of the second factor
	HTTP           *http.Client
}

// NewTR064 is a box with both TR-064 ports and one user, whose clock stands still,
// and a client of it.
func NewTR064(t *testing.T, options ...fritztest.Options) (*fritztest.Box, *Caller) {
	t.Helper()
	o := Frozen()
	if len(options) > 0 {
		o = options[0]
	}
	if o.Users == nil {
		o.Users = []fritztest.User{{Name: User, Password: Password, Last: true}}
	}
	b := New(t, o)
	if err := b.ListenTR064("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if err := b.ListenTR064S("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	return b, NewCaller(t, b)
}

// NewCaller is a client of a box that listens already.
func NewCaller(t *testing.T, b *fritztest.Box) *Caller {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(transport.CloseIdleConnections)
	return &Caller{
		t: t, Base: "http://" + b.TR064Addr().String(), User: User, Password: Password,
		HTTP: &http.Client{Transport: transport, Timeout: 20 * time.Second},
	}
}

// Hash is MD5 in hex.
func Hash(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }

// Path is the control URL of a service, by its description in services.txt.
func Path(service string) string {
	return "/upnp/control/" + map[string]string{
		OnTel: "x_contact", VoIP: "x_voip", TAM: "x_tam", "X_AVM-DE_Auth:1": "x_auth", "DeviceInfo:1": "deviceinfo",
		"DeviceConfig:1": "deviceconfig", "LANConfigSecurity:1": "lanconfigsecurity", "Time:1": "time",
		"X_AVM-DE_Dect:1": "x_dect", "X_AVM-DE_AppSetup:1": "x_appsetup", "Hosts:1": "hosts",
	}[service]
}

// Message writes a request. args are names and Values in turn.
func Message(header, service, action string, args ...string) string {
	var body strings.Builder
	for i := 0; i+1 < len(args); i += 2 {
		body.WriteString("<" + args[i] + ">")
		_ = xml.EscapeText(&body, []byte(args[i+1]))
		body.WriteString("</" + args[i] + ">")
	}
	return `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="` + SOAPSpace + `"><s:Header>` + header +
		`</s:Header><s:Body><u:` + action + ` xmlns:u="` + ServiceSpace + service + `">` + body.String() + `</u:` + action + `></s:Body></s:Envelope>`
}

// Post sends a request once, with a login if there is a nonce.
func (c *Caller) Post(service, action, body string) *http.Response {
	c.t.Helper()
	r, err := http.NewRequestWithContext(Within(c.t), http.MethodPost, c.Base+Path(service), strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("SOAPAction", ServiceSpace+service+"#"+action)
	r.Header.Set("Content-Type", `text/xml; charset="utf-8"`)
	if c.Nonce != "" {
		c.Count++
		r.Header.Set("Authorization", c.login(Path(service)))
	}
	answer, err := c.HTTP.Do(r)
	if err != nil {
		c.t.Fatalf("%s: %v", action, err)
	}
	c.t.Cleanup(func() { answer.Body.Close() })
	return answer
}

func (c *Caller) login(uri string) string {
	count := fmt.Sprintf("%08x", c.Count)
	response := Hash(Hash(c.User+":"+c.Realm+":"+c.Password) + ":" + c.Nonce + ":" + count + ":abc:auth:" + Hash("POST:"+uri))
	return fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", qop=auth, nc=%s, cnonce="abc", response="%s", algorithm=MD5`,
		c.User, c.Realm, c.Nonce, uri, count, response)
}

// challengeField is name="value" or name=value.
var challengeField = regexp.MustCompile(`(\w+)="?([^",]*)"?`)

// Challenged takes the challenge of a 401.
func (c *Caller) Challenged(answer *http.Response) (stale bool) {
	c.t.Helper()
	scheme, rest, _ := strings.Cut(answer.Header.Get("WWW-Authenticate"), " ")
	p := map[string]string{}
	for _, field := range challengeField.FindAllStringSubmatch(rest, -1) {
		p[field[1]] = field[2]
	}
	if scheme != "Digest" || len(p["nonce"]) != 16 || p["qop"] != "auth" || p["algorithm"] != "MD5" {
		c.t.Fatalf("the challenge is %q", answer.Header.Get("WWW-Authenticate"))
	}
	c.Realm, c.Nonce, c.Count = p["realm"], p["nonce"], 0
	return p["stale"] == "TRUE"
}

// Values are the elements of an answer by name.
type Values map[string]string

// Call does an action, with one login if one is asked for. The code is that of the
// fault; 0 = none.
func (c *Caller) Call(service, action string, args ...string) (Values, int) {
	c.t.Helper()
	header := ""
	if c.Token != "" {
		header = `<avm:token xmlns:avm="avm.de" s:mustUnderstand="1">` + c.Token + `</avm:token>`
	}
	body := Message(header, service, action, args...)
	answer := c.Post(service, action, body)
	if answer.StatusCode == http.StatusUnauthorized {
		Drain(answer)
		c.Challenged(answer)
		answer = c.Post(service, action, body)
	}
	return c.Read(action, answer)
}

// Must is Call for what has to go well.
func (c *Caller) Must(service, action string, args ...string) Values {
	c.t.Helper()
	out, code := c.Call(service, action, args...)
	if code != 0 {
		c.t.Fatalf("%s%q fails with %d", action, args, code)
	}
	return out
}

// Fails expects a fault.
func (c *Caller) Fails(code int, service, action string, args ...string) {
	c.t.Helper()
	if _, got := c.Call(service, action, args...); got != code {
		c.t.Errorf("%s%q: code %d, want %d", action, args, got, code)
	}
}

// Drain reads an answer to its end.
func Drain(answer *http.Response) { _, _ = io.Copy(io.Discard, answer.Body); answer.Body.Close() }

// Read takes an answer apart.
func (c *Caller) Read(action string, answer *http.Response) (Values, int) {
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
	out := Values{}
	for _, o := range e.Body.Answer.Out {
		out[o.XMLName.Local] = o.Text
	}
	return out, 0
}

// Get reads a list or a description.
func (c *Caller) Get(url string) (status int, body string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(Within(c.t), http.MethodGet, url, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	answer, err := c.HTTP.Do(r)
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

// List reads a list that has to be there.
func (c *Caller) List(where string) string {
	c.t.Helper()
	if _, err := url.Parse(where); err != nil {
		c.t.Fatal(err)
	}
	status, body := c.Get(where)
	if status != http.StatusOK {
		c.t.Fatalf("%s: status %d", where, status)
	}
	return body
}

// Status sends a request once and returns the status of the answer.
func (c *Caller) Status(service, action string, args ...string) (int, *http.Response) {
	answer := c.Post(service, action, Message("", service, action, args...))
	Drain(answer)
	return answer.StatusCode, answer
}

// Try asks for the phonebooks and returns what came: a status, the body, an error.
func (c *Caller) Try(timeout time.Duration) (status int, body string, err error) {
	short := *c.HTTP
	short.Timeout = timeout
	answer, err := short.Get(c.Base + "/tr64desc.xml")
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(raw), err
}

// Prolog begins the data of an entry.
const Prolog = `<?xml version="1.0" encoding="utf-8"?>`

// EntryOf is the data of an entry with one number.
func EntryOf(name, number, uid string) string {
	if uid != "" {
		uid = "<uniqueid>" + uid + "</uniqueid>"
	}
	return Prolog + `<Envelope><contact><category>0</category><person><realName>` + name + `</realName></person><telephony nid="1"><number type="home" prio="1" id="0">` +
		number + `</number></telephony><services/><setup/>` + uid + `</contact></Envelope>`
}

// Names are those of a phonebook's contacts by position.
func Names(t *testing.T, b *fritztest.Box, book string) []string {
	t.Helper()
	list, err := b.Contacts(book)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, c := range list {
		all = append(all, c.Name)
	}
	return all
}
