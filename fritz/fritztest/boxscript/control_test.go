package boxscript_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/boxscript"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
	"github.com/callporter/callporter/fritz/fritztest/monitor"
)

// control is a Control over real HTTP.
type control struct {
	*httptest.Server
	box *fritztest.Box
}

func newControl(t *testing.T) control {
	t.Helper()
	b := boxtest.New(t, boxtest.Frozen())
	s := httptest.NewServer(boxscript.Control(boxscript.NewRunner(b, boxscript.RunOptions{Speed: 1})))
	t.Cleanup(s.Close)
	return control{s, b}
}

func (c control) do(t *testing.T, method, path, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(boxtest.Within(t), method, c.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	answer, err := c.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestControl(t *testing.T) {
	c := newControl(t)
	client := boxtest.Dial(t, c.box)
	for _, test := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/script", "ring 01713920055 to 23125732 as a # comment\n\nflush\n", 200,
			`{"ok":true,"results":[{"line":1,"command":"ring 01713920055 to 23125732 as a # comment","call":"a","connection":0},{"line":3,"command":"flush"}]}`},
		{"POST", "/script", "connect a 10", 200, `{"ok":true,"results":[{"line":1,"command":"connect a 10","call":"a","connection":0}]}`},
		{"POST", "/script", "", 200, `{"ok":true,"results":[]}`},
		{"POST", "/script", "flush\nhangup b", 400,
			`{"ok":false,"results":[{"line":1,"command":"flush"}],"error":"script:2: no active call b; active: a"}`},
		{"POST", "/script", "flush\nwait x", 400,
			`{"ok":false,"results":[],"error":"script:2: wait: \"x\" is not a time as 20ms, 2.5s, 1m or 1h, at most 24h"}`},
		{"POST", "/script", strings.Repeat("# nothing\n", 7000), 413, `{"ok":false,"results":[],"error":"the script is larger than 64 KiB"}`},
		{"GET", "/script", "", 405, "Method Not Allowed"},
		{"POST", "/state", "", 405, "Method Not Allowed"},
		{"DELETE", "/", "", 405, "Method Not Allowed"},
		{"GET", "/else", "", 404, "404 page not found"},
	} {
		status, body := c.do(t, test.method, test.path, test.body)
		if status != test.status || strings.TrimSpace(body) != test.want {
			t.Errorf("%s %s %.40q: %d %s, want %d %s", test.method, test.path, test.body, status, body, test.status, test.want)
		}
	}
	if got, want := client.Line(t)+client.Line(t), boxtest.RingLine+"16.06.20 12:00:00;CONNECT;0;10;01713920055;\n"; got != want {
		t.Errorf("the client reads %q", got)
	}

	status, body := c.do(t, "GET", "/state", "")
	var state fritztest.State
	if err := json.Unmarshal([]byte(body), &state); err != nil || status != 200 {
		t.Fatalf("state: %d, %v", status, err)
	}
	want := fritztest.State{
		State: monitor.State{
			Address: c.box.Addr().String(), Listening: true, Accepted: 1, Open: 1, Lines: 2,
			Recent: []string{strings.TrimSpace(boxtest.RingLine), "16.06.20 12:00:00;CONNECT;0;10;01713920055;"},
		},
		Faults: []string{},
		Calls: []fritztest.CallState{{
			Name: "a", Direction: "incoming", Caller: "01713920055", Called: "23125732",
			Trunk: "SIP0", Connected: true, Extension: 10,
		}},
	}
	if !state.Clock.Equal(boxtest.Noon) {
		t.Errorf("the clock shows %v", state.Clock)
	}
	if !state.House.Silent() || state.House.Rang <= 0 {
		t.Errorf("the house: %+v", state.House)
	}
	state.Clock, state.House = want.Clock, want.House
	if diff := cmp.Diff(want, state); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	if status, body := c.do(t, "GET", "/", ""); status != 200 || !strings.Contains(body, boxscript.Help()) {
		t.Errorf("help: %d %s", status, body)
	}
}

// TestControlRefuses holds that no page of a stranger can drive the box.
func TestControlRefuses(t *testing.T) {
	c := newControl(t)
	own := strings.TrimPrefix(c.URL, "http://")
	for _, test := range []struct {
		header []string
		status int
	}{
		{nil, 200},
		{[]string{"Origin", c.URL}, 200},
		{[]string{"Host", "localhost:8080"}, 200},
		{[]string{"Host", "[::1]:8080"}, 200},
		{[]string{"Host", "192.168.178.20"}, 200},
		{[]string{"Host", "::1"}, 200},
		{[]string{"Sec-Fetch-Site", "same-origin"}, 200},
		{[]string{"Sec-Fetch-Site", "none"}, 200},
		{[]string{"Origin", "http://evil.example"}, 403},
		{[]string{"Origin", "http://evil.example", "Host", "evil.example"}, 403},
		{[]string{"Origin", "null"}, 403},
		{[]string{"Origin", "http://127.0.0.1:1"}, 403},
		{[]string{"Origin", "http://" + own + ".evil.example"}, 403},
		{[]string{"Origin", "::"}, 403},
		{[]string{"Host", "evil.example"}, 403},
		{[]string{"Host", "127.0.0.1.evil.example:8080"}, 403},
		{[]string{"Host", "localhost.evil.example"}, 403},
		{[]string{"Sec-Fetch-Site", "cross-site"}, 403},
		{[]string{"Sec-Fetch-Site", "same-site"}, 403},
	} {
		for _, method := range []string{"GET", "POST"} {
			path := map[string]string{"GET": "/state", "POST": "/script"}[method]
			lines := c.box.State().Lines
			status, body := c.do(t, method, path, "strayhangup 0 0", test.header...)
			if status != test.status {
				t.Errorf("%s with %q: %d %s, want %d", method, test.header, status, body, test.status)
			}
			if status == 403 && c.box.State().Lines != lines {
				t.Errorf("%s with %q was refused and done", method, test.header)
			}
		}
	}
}

// TestControlWaits holds that a script ends with its request, and that only so
// many run at a time.
func TestControlWaits(t *testing.T) {
	c := newControl(t)
	const running = 8
	for range running {
		req, err := http.NewRequestWithContext(t.Context(), "POST", c.URL+"/script", strings.NewReader("ring 1 to 2\nwait 24h"))
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			if answer, err := c.Client().Do(req); err == nil {
				answer.Body.Close()
			}
		}()
	}
	if err := c.box.Wait(boxtest.Within(t), func(s fritztest.State) bool { return len(s.Calls) == running }); err != nil {
		t.Fatalf("%d scripts run", len(c.box.State().Calls))
	}
	if status, body := c.do(t, "POST", "/script", "flush"); status != 429 {
		t.Errorf("the ninth script: %d %s", status, body)
	}
	// Ending the connections ends the scripts, or the server would not close.
	c.CloseClientConnections()
	c.Close()
}
