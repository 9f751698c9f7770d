package tr064

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReadUsers(t *testing.T) {
	for list, want := range map[string]string{
		`<List><Username last_user="0">other</Username><Username last_user="1">fritz9344</Username></List>`:                                    "fritz9344",
		`<List><User><Username>a</Username><LastUser>0</LastUser></User><User><Username>fritz1</Username><LastUser>1</LastUser></User></List>`: "fritz1",
		`<List></List>`: "", ``: "",
	} {
		if _, got, err := readUsers(list); got != want || err != nil {
			t.Errorf("%s: %q, %v", list, got, err)
		}
	}
	names, last, err := readUsers(`<List><Username last_user="0"> anna </Username><Username last_user="1">fritz1</Username><Username last_user="0">anna</Username></List>`)
	if diff := cmp.Diff([]string{"anna", "fritz1"}, names); diff != "" || last != "fritz1" || err != nil {
		t.Error(diff, last, err)
	}
	if _, _, err := readUsers("<List"); ReasonOf(err) != BadAnswer {
		t.Error(err)
	}
}

func TestReadMachines(t *testing.T) {
	got, err := readMachines(`<List><TAMRunning>1</TAMRunning><Stick>0</Stick><Item><Index>0</Index><Display>1</Display><Enable>1</Enable><Name>Anrufbeantworter 1</Name></Item>` +
		`<Item><Index>1</Index><Display>0</Display><Enable>0</Enable><Name></Name></Item><Item><Index>2</Index><Display>1</Display><Enable>0</Enable><Name>Büro</Name></Item></List>`)
	want := []AnsweringMachine{{0, "Anrufbeantworter 1", true}, {2, "Büro", false}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestReadAnswerOfMachines(t *testing.T) {
	root, err := readText(`<Root><!-- index:0 --><Message><Index>1</Index><Tam>0</Tam><Called>23125069</Called><Date>31.07.25 20:15</Date><Duration>0:01</Duration><New>1</New><Number>01713920055</Number><Path>/download.lua?path=/x</Path></Message></Root>`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := readMessages(root, 3, time.UTC)
	want := []Message{{Machine: 3, Index: 1, Number: "01713920055", Called: "23125069", Date: time.Date(2025, 7, 31, 20, 15, 0, 0, time.UTC), Duration: time.Minute, New: true, Path: "/download.lua?path=/x"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestReadAnswer(t *testing.T) {
	const head = `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>`
	for _, test := range []struct {
		status int
		text   string
		want   Reason
		code   int
	}{
		{200, head + `<u:GetInfoResponse xmlns:u="x"><NewEnable> 1 </NewEnable></u:GetInfoResponse></s:Body></s:Envelope>`, "", 0},
		{500, head + "<s:Fault><faultcode>s:Client</faultcode><detail><UPnPError xmlns=\"urn:schemas-upnp-org:control-1-0\">\n<errorCode>\n606 </errorCode><errorDescription>Action not authorized</errorDescription></UPnPError></detail></s:Fault></s:Body></s:Envelope>", RightMissing, 606},
		{500, head + `<s:Fault></s:Fault></s:Body></s:Envelope>`, BadAnswer, 0},
		{200, head + `<u:OtherResponse/></s:Body></s:Envelope>`, BadAnswer, 0},
		{200, head + `</s:Body></s:Envelope>`, BadAnswer, 0}, {200, "", BadAnswer, 0}, {404, "not here", BadAnswer, 0},
		{400, "<html>400 Bad Request (ERR_INVALID_HOSTHEADER)</html>", BadHost, 0},
	} {
		response := &http.Response{StatusCode: test.status, Status: http.StatusText(test.status), Body: io.NopCloser(strings.NewReader(test.text))}
		a, err := readAnswer(response, deviceInfo, "GetInfo")
		if ReasonOf(err) != test.want || (err == nil) != (a["Enable"] == "1") {
			t.Errorf("%.60s: %v, %v", test.text, a, err)
		}
		if e, ok := err.(*Error); ok && (e.Code != test.code || e.Code == 606 && e.Right != SettingsRight) { //nolint:errorlint // not wrapped here
			t.Errorf("%+v", e)
		}
	}
}

// FuzzReaders holds all readers of small documents to ending, with an error or
// with values that are bounded.
func FuzzReaders(f *testing.F) {
	f.Add(oddCalls)
	f.Add(odd)
	f.Add(`<List><Item><DeflectionId>0</DeflectionId><Enable>1</Enable><Type>fromNumber</Type><Number>1</Number><Index>0</Index><X_AVM-DE_InternalNumber>620</X_AVM-DE_InternalNumber></Item><Username last_user="1">a</Username></List>`)
	f.Add(`<Root><Message><Index>1</Index><Date>31.07.25 20:15</Date></Message></Root>`)
	f.Add(`<s:Envelope><s:Body><s:Fault><detail><UPnPError><errorCode>713</errorCode></UPnPError></detail></s:Fault></s:Body></s:Envelope>`)
	f.Add("0,1,2")
	f.Fuzz(func(t *testing.T, text string) {
		if ids, err := readIDs(text); err == nil && len(ids) > maxPhonebooks {
			t.Error(len(ids))
		}
		if machines, _ := readMachines(text); len(machines) > maxMachines {
			t.Error(len(machines))
		}
		if rules, _ := readDeflections(text); len(rules) > maxDeflections {
			t.Error(len(rules))
		}
		if numbers, _ := readOwnNumbers(text); len(numbers) > maxOwnNumbers {
			t.Error(len(numbers))
		}
		_, _ = readClients(text)
		_, _, _ = readUsers(text)
		_, _ = readAnswer(&http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(text))}, onTel, "GetPhonebook")
		if c, n, err := readContact(text); err == nil {
			if again, _, err := readContact(entryText(n, c.UID)); err != nil || !sameContact(again, c) {
				t.Errorf("%+v became %+v, %v", c, again, err)
			}
		}
		root, err := readText(text)
		if err != nil {
			return
		}
		if l, err := readCalls(root, time.UTC); err == nil {
			_, next, _, _ := l.since(CallMark{})
			if fresh, _, epoch, _ := l.since(next); len(fresh) != 0 || epoch && len(l.Entries) < maxSeen {
				t.Errorf("a list read twice is new: %v, %v", fresh, epoch)
			}
		}
		_, _ = readMessages(root, 0, time.UTC)
	})
}

func FuzzOwnPath(f *testing.F) {
	c, err := New(Options{Host: "192.168.178.1"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("https://192.168.178.1:49443/phonebook.lua?sid=0123456789abcdef&pbid=0")
	f.Add("/download.lua?path=/x")
	f.Add("https://192.168.178.1@203.0.113.7/x")
	f.Add("//203.0.113.7/x")
	f.Add(`/\203.0.113.7/x`)
	f.Fuzz(func(t *testing.T, handed string) {
		path, err := c.ownPath(handed)
		if err != nil {
			return
		}
		if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\r\n \\") {
			t.Errorf("%q leads to %q", handed, path)
		}
		request, err := http.NewRequest(http.MethodGet, c.base.String()+path, nil)
		if err == nil && request.URL.Host != "192.168.178.1:49443" {
			t.Errorf("%q leads to %s", handed, request.URL.Host)
		}
	})
}

func TestOwnPath(t *testing.T) {
	for _, test := range []struct {
		host, handed string
		http, ok     bool
	}{
		{"fritz.box", "https://fritz.box:49443/x", false, true}, {"fritz.box", "https://FRITZ.box:49443/x", false, true},
		{"192.168.178.1", "https://192.168.178.1:49443/x?sid=1", false, true}, {"fd00::1", "https://[fd00::1]:49443/x", false, true},
		{"192.168.178.1", "/x", false, true},
		{"fritz.box", "http://fritz.box:49000/x", true, true}, {"fritz.box", "http://fritz.box:49000/x", false, false},
		{"fritz.box", "https://fritz.box:49443/x", true, false}, {"fritz.box", "https://fritz.box:22/x", false, false},
		{"fritz.box", "https://fritz.box.example:49443/x", false, false}, {"fritz.box", "https://user@fritz.box:49443/x", false, false},
		{"fritz.box", "//fritz.box/x", false, false}, {"fritz.box", "ftp://fritz.box:49443/x", false, false}, {"fritz.box", "file:///etc/passwd", false, false},
		{"fritz.box", "x", false, false}, {"fritz.box", "", false, false},
	} {
		c, err := New(Options{Host: test.host, HTTP: test.http})
		if err != nil {
			t.Fatal(err)
		}
		if path, err := c.ownPath(test.handed); (err == nil) != test.ok {
			t.Errorf("%s: %q, %v", test.handed, path, err)
		}
	}
}
