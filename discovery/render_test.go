package discovery_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/discovery"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/order"
)

// message is what testdata/render.py reads: a message as it went over MQTT.
type message struct {
	Topic   string `json:"topic"`
	Payload string `json:"payload"`
	Retain  bool   `json:"retain"`
}

// python is an interpreter that has Jinja2, "" if there is none.
var python = sync.OnceValue(func() string {
	for _, name := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(name, "-c", "import jinja2").Run() == nil {
			return name
		}
	}
	return ""
})

// render runs testdata/render.py and returns what it printed and whether it was
// content.
func render(t *testing.T, messages []message, arguments ...string) (stdout, faults string, ok bool) {
	t.Helper()
	if python() == "" {
		testkit.Missing(t, "templates are rendered with python3 and jinja2, which are not installed: apt-get install python3-jinja2")
	}
	var in, out, errs bytes.Buffer
	for _, m := range messages {
		if err := json.NewEncoder(&in).Encode(m); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(python(), append([]string{"-B", "testdata/render.py"}, arguments...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("render.py: %v\n%s", err, errs.String())
	}
	return out.String(), errs.String(), err == nil
}

// published returns the documents as messages.
func published(t *testing.T, o discovery.Options) []message {
	var all []message
	for _, d := range documents(t, o) {
		all = append(all, message{d.Topic, string(d.Payload), true})
	}
	return all
}

// TestTemplates renders every template over every payload of a day.
func TestTemplates(t *testing.T) {
	for name, o := range variants() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPhone(t, o)
			own := o.Lines[len(o.Lines)-1].MSN
			p.day("+"+o.Lines[0].MSN, "+"+own)
			for _, want := range []string{
				`"event_type":"ring"`, `"event_type":"ringing"`, `"event_type":"dial"`, `"event_type":"answer"`, `"event_type":"voicemail"`, `"event_type":"end"`,
				`"event_type":"miss"`, `"event_type":"block"`, `"event_type":"lost"`, `"call_waiting":true`, `"withheld":true`,
				`{"count":14,`, `"active_calls":8`, `"started":null`, `"quiet":"ON",`, `"deflections":{"0":`, `{"new":2,"total":2,`, `"state":"silent"`,
			} {
				if !slices.ContainsFunc(p.sent, func(m message) bool { return strings.Contains(m.Payload, want) }) {
					t.Errorf("the day is too quiet: nothing says %s", want)
				}
			}
			if _, faults, ok := render(t, p.sent, "--complete"); !ok {
				t.Error(faults)
			}
		})
	}
}

// refused is a refusal in a stranger's words.
var refused = &order.Refusal{
	Code:    order.CodeLimit,
	Message: call.Text{"asked \"too often\" <{{ value }}", "zu \"oft\" gefragt <{{ value }}"},
	Hint:    call.Text{"wait", "warten"},
}

// TestResults looks at what users see of a few calls.
func TestResults(t *testing.T) {
	const box, line = "callporter_fritzbox", "callporter_fritzbox_493023125733"
	first, second := "03023125732", "03023125733"
	for name, c := range map[string]struct {
		play func(p *phone)
		want map[string]string // "device component" → last result
	}{
		"idle": {
			func(*phone) {},
			map[string]string{
				box + " call_state": "idle", box + " ringing": "OFF", box + " caller_number": "", box + " caller_place": "",
				box + " active_calls": "0", box + " call_waiting": "OFF", box + " last_call": "None", box + " missed_calls": "0",
				box + " link": "online", box + " problem": "OFF", box + " quiet": "OFF", line + " call_state": "idle",
			},
		},
		"ringing": {
			func(p *phone) { p.ring(0, "03023125123", second) },
			map[string]string{
				box + " call_state": "ringing", box + " ringing": "ON", box + " caller_number": "+493023125123", box + " caller_place": "Berlin",
				box + " trigger_ring": "ring", line + " ringing": "ON", line + " caller_number": "+493023125123", line + " trigger_ring": "ring",
			},
		},
		"ringing on the other number": {
			func(p *phone) { p.ring(0, "03023125123", first) },
			map[string]string{
				box + " ringing": "ON", line + " ringing": "OFF", line + " caller_number": "", line + " call": "", line + " trigger_ring": "",
			},
		},
		"withheld": {
			func(p *phone) { p.ring(0, "", second) },
			map[string]string{box + " caller_number": "withheld", box + " caller_place": "", line + " caller_number": "withheld"},
		},
		"outgoing": {
			func(p *phone) { p.dial(0, second, "022147101234") },
			map[string]string{
				box + " call_state": "dialing", box + " caller_number": "", box + " caller_place": "", box + " ringing": "OFF",
				box + " trigger_ring": "", line + " call_state": "dialing",
			},
		},
		"somebody picks up there": {
			func(p *phone) { p.dial(0, second, "022147101234"); p.connect(0, "10") },
			map[string]string{box + " call_state": "talking", box + " trigger_answered": "", line + " trigger_answered": ""},
		},
		"talking, another call waits": {
			func(p *phone) { p.ring(0, "03023125123", first); p.connect(0, "10"); p.ring(1, "", second) },
			map[string]string{
				box + " call_state": "ringing", box + " call_waiting": "ON", box + " active_calls": "2", box + " caller_number": "withheld",
				line + " call_state": "ringing",
			},
		},
		"answered": {
			func(p *phone) { p.ring(0, "03023125123", first); p.connect(0, "10") },
			map[string]string{box + " call_state": "talking", box + " caller_number": "+493023125123", box + " trigger_answered": "answer"},
		},
		"answering machine": {
			func(p *phone) { p.ring(0, "03023125123", first); p.connect(0, "40") },
			map[string]string{box + " call_state": "idle", box + " active_calls": "1", box + " trigger_answered": "voicemail"},
		},
		"missed": {
			func(p *phone) { p.ring(0, "03023125123", first); p.end(0, 20*time.Second) },
			map[string]string{
				box + " call_state": "idle", box + " caller_number": "", box + " missed_calls": "1", box + " trigger_missed": "miss",
				box + " last_call": "2026-11-21T18:00:01+01:00", line + " trigger_missed": "",
				line + " last_call": "None", line + " missed_calls": "0",
			},
		},
		"missed here": {
			func(p *phone) { p.ring(0, "03023125123", second); p.end(0, 20*time.Second) },
			map[string]string{line + " last_call": "2026-11-21T18:00:01+01:00", line + " missed_calls": "1", line + " trigger_missed": "miss"},
		},
		"box away": {
			func(p *phone) { p.link("offline", document.Part{State: "down", Since: p.now, Reason: "refused"}) },
			map[string]string{box + " link": "offline", box + " problem": "ON"},
		},
		"answering machine takes it": {
			func(p *phone) { p.ring(0, "03023125123", second); p.connect(0, "40") },
			map[string]string{box + " trigger_voice_message": "voicemail", line + " trigger_voice_message": "voicemail"},
		},
		"a call of the other number ends": {
			func(p *phone) { p.dial(0, first, "022147101234"); p.connect(0, "10"); p.hangUp(0, time.Minute) },
			map[string]string{box + " trigger_end": "end", line + " trigger_end": "", line + " trigger_outgoing": ""},
		},
		"dialled": {
			func(p *phone) { p.dial(0, second, "022147101234") },
			map[string]string{box + " trigger_outgoing": "dial", line + " trigger_outgoing": "dial", box + " trigger_end": "dial"},
		},
		"refused": {
			func(p *phone) { p.result(order.Result{Command: "dial", Refusal: refused}) },
			map[string]string{box + " last_result": refused.Message[0], box + " dial_number": ""},
		},
		"done": {func(*phone) {}, map[string]string{box + " last_result": "done"}},
		"quiet": {
			func(p *phone) {
				p.retain(p.topics.Settings, p.write.Settings(document.Settings{Quiet: true, Threshold: 1, Method: "busy"}, document.Switches{}))
			},
			map[string]string{box + " quiet": "ON"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPhone(t, practice())
			p.start()
			c.play(p)
			got := map[string]string{}
			for _, r := range p.results("value") {
				if _, asked := c.want[r.key]; asked {
					got[r.key] = r.text
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// rendered is what a template made of a message.
type rendered struct {
	key  string // device and component
	text string
}

// results renders all that was published, and returns what became of the values or the
// attributes.
func (p *phone) results(what string) (all []rendered) {
	p.t.Helper()
	out, faults, ok := render(p.t, p.sent, "--results")
	if !ok {
		p.t.Error(faults)
	}
	for line := range strings.Lines(out) {
		var r struct{ Document, Component, What, Result string }
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			p.t.Fatal(err)
		}
		if r.What == what {
			all = append(all, rendered{strings.Split(r.Document, "/")[2] + " " + r.Component, r.Result})
		}
	}
	return all
}

// attributes are the last attributes of a component.
func (p *phone) attributes(key string) map[string]any {
	p.t.Helper()
	var last map[string]any
	for _, r := range p.results("attributes") {
		if r.key == key {
			last = decode(p.t, []byte(r.text))
		}
	}
	return last
}

// TestRenderNotices: the program that renders finds what is wrong with payloads
// and templates.
func TestRenderNotices(t *testing.T) {
	replace := func(topic, old, new string) func(m *message) {
		return func(m *message) {
			if strings.HasSuffix(m.Topic, topic) {
				m.Payload = strings.ReplaceAll(m.Payload, old, new)
			}
		}
	}
	const document = "callporter_fritzbox/config"
	for name, c := range map[string]struct {
		spoil func(m *message)
		want  string
	}{
		"a key less":             {replace("fritzbox/state", `"withheld":false,`, ""), "has no attribute 'withheld'"},
		"an option too much":     {replace("fritzbox/state", `"state":"ringing"`, `"state":"alarm"`), "'alarm' is none of 'idle'"},
		"a count in words":       {replace("fritzbox/state", `"active_calls":1`, `"active_calls":"one"`), "'one' is not a number"},
		"a number that is null":  {replace("fritzbox/state", `"number":"+493023125123"`, `"number":null`), "is None"},
		"a very long number":     {replace("fritzbox/state", "+493023125123", strings.Repeat("1", 256)), "more than 255"},
		"no JSON":                {replace("fritzbox/state", `{"state"`, `"state"`), "'value_json' is undefined"},
		"time without offset":    {replace("last_call", "+01:00", ""), "a time without offset"},
		"time in words":          {replace("last_call", "2026-11-21T", "on 21 Nov at "), "not an ISO 8601 time"},
		"a boolean for ON":       {replace("settings", `"OFF"`, `false`), "'False' is none of 'ON', 'OFF'"},
		"another word":           {replace("fritzbox/link", "online", "up"), "'up' is none of 'online', 'offline'"},
		"another availability":   {replace("callporter/availability", "online", "Online"), "'Online' is none of"},
		"an attribute dropped":   {replace("missed", `"count"`, `"icon":"x","count"`), "drops: icon"},
		"attributes of 17 kB":    {replace("missed", `"count"`, `"x":"`+strings.Repeat("x", 17000)+`","count"`), "larger than 16384"},
		"attributes as a list":   {replace("missed", `{"count":0,"calls":[]}`, `[]`), "is not a JSON object"},
		"an unknown event":       {replace("event", `"event_type":"ring"`, `"event_type":"rang"`), "unknown event_type 'rang'"},
		"an event that hides":    {replace("event", `"direction"`, `"state":1,"direction"`), "attributes of the entity itself: state"},
		"a retained event":       {func(m *message) { m.Retain = true }, "is retained"},
		"a payload never seen":   {func(m *message) { m.Topic = strings.Replace(m.Topic, "settings", "setting", 1) }, "no message on callporter/fritzbox/settings"},
		"filter of HA alone":     {replace(document, "value_json.count }}", "value_json.count | is_number }}"), "No filter named 'is_number'"},
		"template cut off":       {replace(document, "value_json.count }}", "value_json.count"), "cannot be rendered"},
		"template never checked": {replace(document, `"payload_press"`, `"command_template":"{{ value }}","payload_press"`), "does not know the key command_template"},
		"no document":            {replace("/config", `"components"`, `"cmps"`), "no device document"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPhone(t, practice())
			p.start()
			p.ring(0, "03023125123", "03023125732")
			p.end(0, 20*time.Second)
			sent := slices.Clone(p.sent)
			for i := range sent {
				c.spoil(&sent[i])
			}
			if _, faults, ok := render(t, sent, "--complete"); ok || !strings.Contains(faults, c.want) {
				t.Errorf("not noticed: want %q, got %q", c.want, faults)
			}
		})
	}
}
