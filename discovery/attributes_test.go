package discovery_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/order"
)

// TestAttributes: automations of Home Assistant's own call monitor find its attributes, and
// simple ones find who called without a path.
func TestAttributes(t *testing.T) {
	const box = "callporter_fritzbox "
	second := "03023125733"
	ring := func(p *phone) { p.ring(0, "03023125123", second) }
	for name, c := range map[string]struct {
		german bool
		play   func(p *phone)
		key    string
		want   map[string]any
	}{
		"ringing": {false, ring, box + "call_state", map[string]any{
			"type": "incoming", "from": "03023125123", "from_name": "unknown", "to": "03023125733", "to_name": "", "with": "", "with_name": "",
			"device": "SIP0", "duration": 0.0, "name": "", "number": "+493023125123", "status": "ringing", "closed": nil,
		}},
		"ringing, in German": {true, ring, box + "call_state", map[string]any{"from_name": "unknown", "status": "klingelt"}},
		"a line rings":       {true, ring, "callporter_fritzbox_493023125733 call_state", map[string]any{"from": "03023125123", "status": "klingelt"}},
		"withheld": {false, func(p *phone) { p.ring(0, "", second) }, box + "call_state",
			map[string]any{"from": "", "from_name": "unknown", "number": ""}},
		"talking": {false, func(p *phone) { ring(p); p.connect(0, "10") }, box + "call_state", map[string]any{
			"with": "03023125123", "with_name": "unknown", "extension": "10", "accepted": "2026-11-21T18:00:06+01:00",
		}},
		"dialling": {false, func(p *phone) { p.dial(0, second, "022147101234") }, box + "call_state", map[string]any{
			"type": "outgoing", "from": "03023125733", "to": "022147101234", "to_name": "unknown", "from_name": "", "with": "", "number": "+4922147101234",
		}},
		"idle": {true, func(*phone) {}, box + "call_state", map[string]any{"status": "frei", "from": "", "from_name": "", "device": "", "label": ""}},
		"last call": {false, func(p *phone) { ring(p); p.connect(0, "10"); p.hangUp(0, time.Minute) }, box + "last_call", map[string]any{
			"number": "+493023125123", "name": "", "outcome": "answered", "direction": "incoming", "duration": 60.0,
			"from": "03023125123", "to": "03023125733", "with": "03023125123", "closed": "2026-11-21T18:01:06+01:00",
		}},
		"done":           {true, func(*phone) {}, box + "last_result", map[string]any{"command": "refresh", "ok": true, "code": "ok", "message": "", "hint": ""}},
		"refused":        {false, func(p *phone) { p.result(order.Result{Command: "dial", Refusal: refused}) }, box + "last_result", map[string]any{"command": "dial", "ok": false, "code": "limit", "message": refused.Message[0], "hint": "wait"}},
		"problem, links": {true, func(p *phone) { p.link("offline", document.Part{State: "down", Reason: "refused", Hint: "warten"}) }, box + "problem", map[string]any{"monitor": map[string]any{"state": "gestört", "since": nil, "reason": "refused", "hint": "warten"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := practice()
			if c.german {
				o.Language = call.German
			}
			p := newPhone(t, o)
			p.start()
			c.play(p)
			all, got := p.attributes(c.key), map[string]any{}
			for key := range c.want {
				if value, there := all[key]; there {
					got[key] = value
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestTriggersFire: a device trigger fires when what it gets is its payload: once for a step of
// a call, on the device of its own number alone, and never before a phone rings.
func TestTriggersFire(t *testing.T) {
	const first, second = "03023125732", "03023125733"
	type fired map[string]int
	for name, c := range map[string]struct {
		play      func(p *phone)
		box, line fired
	}{
		"missed":    {func(p *phone) { p.ring(0, "03023125123", second); p.announce(); p.end(0, 20*time.Second) }, fired{"ring": 1, "missed": 1}, fired{"ring": 1, "missed": 1}},
		"barred":    {func(p *phone) { p.ring(0, "03023125123", second); p.end(0, 100*time.Millisecond) }, fired{}, fired{}},
		"elsewhere": {func(p *phone) { p.ring(0, "03023125123", first); p.announce(); p.end(0, 20*time.Second) }, fired{"ring": 1, "missed": 1}, fired{}},
		"answered": {func(p *phone) { p.ring(0, "", second); p.announce(); p.connect(0, "10"); p.hangUp(0, time.Minute) },
			fired{"ring": 1, "answered": 1, "end": 1}, fired{"ring": 1, "answered": 1, "end": 1}},
		"answering machine": {func(p *phone) { p.ring(0, "", second); p.announce(); p.connect(0, "40"); p.hangUp(0, time.Minute) },
			fired{"ring": 1, "voice_message": 1, "end": 1}, fired{"ring": 1, "voice_message": 1, "end": 1}},
		"outgoing": {func(p *phone) { p.dial(0, second, "022147101234"); p.connect(0, "10"); p.hangUp(0, time.Minute) },
			fired{"outgoing": 1, "end": 1}, fired{"outgoing": 1, "end": 1}},
		"spam": {func(p *phone) {
			p.verdict = unwanted
			p.ring(0, "03023125123", second)
			p.announce()
			p.end(0, 20*time.Second)
		}, fired{"spam_call": 1, "ring": 1, "missed": 1}, fired{"spam_call": 1, "ring": 1, "missed": 1}},
		"spam, known later": {func(p *phone) {
			p.ring(0, "03023125123", first)
			p.screened(unwanted)
			p.announce()
			p.connect(0, "10")
			p.hangUp(0, time.Minute)
		}, fired{"spam_call": 1, "ring": 1, "answered": 1, "end": 1}, fired{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPhone(t, practice())
			p.start()
			c.play(p)
			payloads := map[string]string{}
			for _, d := range documents(t, p.options) {
				for key, part := range decode(t, d.Payload)["components"].(map[string]any) {
					payloads[strings.Split(d.Topic, "/")[2]+" "+key], _ = part.(map[string]any)["payload"].(string)
				}
			}
			got := map[string]fired{"callporter_fritzbox": {}, "callporter_fritzbox_493023125733": {}}
			for _, r := range p.results("value") {
				device, key, _ := strings.Cut(r.key, " ")
				if trigger, is := strings.CutPrefix(key, "trigger_"); is && r.text == payloads[r.key] && got[device] != nil {
					got[device][trigger]++
				}
			}
			if diff := cmp.Diff(map[string]fired{"callporter_fritzbox": c.box, "callporter_fritzbox_493023125733": c.line}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
