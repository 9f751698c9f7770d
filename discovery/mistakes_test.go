package discovery_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/callporter/callporter/discovery"
)

// TestMistakes seeds one mistake at a time into a document that is right, to see
// that the rules notice. Each of them makes Home Assistant drop something, most
// without a word.
func TestMistakes(t *testing.T) {
	type object = map[string]any
	in := func(c object, key string) object { return c[key].(object) }
	set := func(component, key string, value any) func(object) {
		return func(c object) { in(c, component)[key] = value }
	}
	drop := func(component, key string) func(object) {
		return func(c object) { delete(in(c, component), key) }
	}
	for _, m := range []struct {
		name string
		root func(doc object)        // spoils the document, or
		part func(components object) // its components
		want string
	}{
		{name: "unknown key in root", root: func(d object) { d["version"] = "1" }, want: `root: key "version" unknown`},
		{name: "tilde in root", root: func(d object) { d["~"] = "callporter" }, want: `root: key "~" unknown`},
		{name: "abbreviated key in root", root: func(d object) { d["o"] = d["origin"] }, want: `root: key "o" unknown`},
		{name: "unknown key in device", root: func(d object) { in(d, "device")["firmware"] = "8" }, want: `device: key "firmware" unknown`},
		{name: "unknown key in origin", root: func(d object) { in(d, "origin")["url"] = "x" }, want: `origin: key "url" unknown`},
		{name: "no origin", root: func(d object) { delete(d, "origin") }, want: "origin is no object"},
		{name: "origin without name", root: func(d object) { delete(in(d, "origin"), "name") }, want: "origin without name"},
		{name: "no identifiers", root: func(d object) { delete(in(d, "device"), "identifiers") }, want: "without identifiers"},
		{name: "device without name", root: func(d object) { delete(in(d, "device"), "name") }, want: "device without name"},
		{name: "address without scheme", root: func(d object) { in(d, "device")["configuration_url"] = "fritz.box" }, want: "configuration_url is no http address"},
		{name: "via a stranger", root: func(d object) { in(d, "device")["via_device"] = "hub" }, want: `via_device "hub"`},
		{name: "no components", root: func(d object) { d["components"] = object{} }, want: "no components"},
		{name: "no availability", root: func(d object) { delete(d, "availability") }, want: "no availability"},
		{name: "extra key in availability", root: func(d object) { d["availability"].([]any)[0].(object)["template"] = "x" }, want: `availability: key "template" unknown`},
		{name: "no mode", root: func(d object) { delete(d, "availability_mode") }, want: "one topic online would do"},
		{name: "impossible mode", root: func(d object) { d["availability_mode"] = "both" }, want: "availability_mode both"},
		{name: "firmware as a number", root: func(d object) { in(d, "device")["sw_version"] = 8.2 }, want: "sw_version is no text"},
		{name: "inherited command topic", root: func(d object) { d["command_topic"] = "callporter/#" }, want: "command_topic is no topic"},

		{name: "no unique_id", part: drop("ringing", "unique_id"), want: "unique_id is missing"},
		{name: "unique_id twice", part: set("caller_place", "unique_id", "callporter_fritzbox_caller_number"), want: "is there twice"},
		{name: "no platform", part: drop("ringing", "platform"), want: `platform "" unknown`},
		{name: "unknown platform", part: set("ringing", "platform", "phone"), want: `platform "phone" unknown`},
		{name: "another object_id", part: set("ringing", "object_id", "x"), want: `object_id "x"`},
		{name: "event with availability", part: drop("call", "availability"), want: "happens once more"},
		{name: "optimistic text", part: drop("block_number", "state_topic"), want: "sends the same input only once"},
		{name: "entity id without domain", part: set("ringing", "default_entity_id", "fritzbox_ringing"), want: "default_entity_id"},
		{name: "entity id of another domain", part: set("ringing", "default_entity_id", "sensor.fritzbox_ringing"), want: "default_entity_id"},
		{name: "misspelt key", part: set("ringing", "state_topik", "x"), want: `key "state_topik" unknown`},
		{name: "key of another platform", part: set("ringing", "options", []any{"a"}), want: `key "options" unknown`},
		{name: "no state topic", part: drop("call_state", "state_topic"), want: "state_topic is missing"},
		{name: "no command topic", part: drop("refresh", "command_topic"), want: "command_topic is missing"},
		{name: "wildcard in a topic", part: set("call_state", "state_topic", "callporter/+/state"), want: "state_topic is no topic"},
		{name: "both availability forms", part: set("link", "availability_topic", "callporter/availability"), want: "exclude each other"},
		{name: "sensor with category config", part: set("last_result", "entity_category", "config"), want: "entity_category config"},
		{name: "event with a category", part: set("call", "entity_category", "diagnostic"), want: "entity_category diagnostic"},
		{name: "enum with state class", part: set("call_state", "state_class", "measurement"), want: "no state_class"},
		{name: "enum with unit", part: set("call_state", "unit_of_measurement", "calls"), want: "no state_class, unit"},
		{name: "enum without options", part: drop("call_state", "options"), want: "enum and options"},
		{name: "options without enum", part: drop("call_state", "device_class"), want: "enum and options"},
		{name: "option named none", part: set("call_state", "options", []any{"idle", "None"}), want: `options: "None"`},
		{name: "empty options", part: set("call_state", "options", []any{}), want: "options is no list"},
		{name: "class of another platform", part: set("call_state", "device_class", "connectivity"), want: `device_class "connectivity" unknown`},
		{name: "unknown state class", part: set("active_calls", "state_class", "count"), want: "state_class count unknown"},
		{name: "timestamp with a unit", part: set("last_call", "unit_of_measurement", "s"), want: "timestamp goes with no"},
		{name: "duration in fortnights", part: func(c object) {
			in(c, "active_calls")["device_class"], in(c, "active_calls")["unit_of_measurement"] = "duration", "fortnights"
		}, want: "unit fortnights"},
		{name: "empty template", part: set("ringing", "value_template", ""), want: "value_template is no template"},
		{name: "open template", part: set("ringing", "value_template", "{{ value_json.state"), want: "value_template is no template"},
		{name: "boolean payload", part: set("ringing", "payload_on", true), want: "payload_on is no text"},
		{name: "equal payloads", part: set("ringing", "payload_off", "ON"), want: "are the same"},
		{name: "no event types", part: drop("call", "event_types"), want: "event_types is missing"},
		{name: "event type twice", part: set("call", "event_types", []any{"ring", "ring"}), want: `event_types: "ring"`},
		{name: "phone as a doorbell", part: func(c object) {
			in(c, "call")["device_class"], in(c, "call")["event_types"] = "doorbell", []any{"dial"}
		}, want: "doorbell needs"},
		{name: "retained command", part: set("refresh", "retain", true), want: "retain is true"},
		{name: "optimistic switch", part: set("quiet", "optimistic", true), want: "optimistic is true"},
		{name: "retain as text", part: set("refresh", "retain", "false"), want: "retain is no boolean"},
		{name: "qos 0", part: drop("ringing", "qos"), want: "qos is <nil>"},
		{name: "qos as text", part: set("ringing", "qos", "1"), want: "qos is no whole number"},
		{name: "expiring state", part: set("caller_number", "expire_after", 60), want: "expire_after"},
		{name: "name begins with the device's", part: set("ringing", "name", "FRITZ!Box 7590 ringing"), want: "begins with the device's name"},
		{name: "no name", part: drop("ringing", "name"), want: "is not short"},
		{name: "icon without mdi", part: set("ringing", "icon", "phone-ring"), want: "icon"},
		{name: "trigger without type", part: drop("trigger_ring", "type"), want: "type is missing"},
		{name: "trigger twice", part: set("trigger_missed", "type", "rings"), want: "is there twice"},
		{name: "trigger of no automation", part: set("trigger_ring", "automation_type", "action"), want: "automation_type is not trigger"},
		{name: "illegal component key", part: func(c object) { c["a b"] = c["ringing"] }, want: "illegal component key"},
	} {
		t.Run(m.name, func(t *testing.T) {
			docs := documents(t, practice())
			doc := decode(t, docs[0].Payload)
			if m.root != nil {
				m.root(doc)
			} else {
				m.part(in(doc, "components"))
			}
			var err error
			if docs[0].Payload, err = json.Marshal(doc); err != nil {
				t.Fatal(err)
			}
			if faults := strings.Join(faultsOf(docs), "\n"); !strings.Contains(faults, m.want) {
				t.Errorf("not noticed: want %q, got %q", m.want, faults)
			}
		})
	}

	for name, d := range map[string]discovery.Document{
		"not JSON":                {Topic: "homeassistant/device/x/config", Payload: []byte("{")},
		"not an object":           {Topic: "homeassistant/device/x/config", Payload: []byte("[]")},
		"not a device's topic":    {Topic: "homeassistant/devices/x/config", Payload: []byte("{}")},
		"id with a forbidden dot": {Topic: "homeassistant/device/a.b/config", Payload: []byte("{}")},
	} {
		if len(faultsOf([]discovery.Document{d})) == 0 {
			t.Errorf("%s: not noticed", name)
		}
	}
}
