package discovery_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/callporter/callporter/discovery"
	"github.com/callporter/callporter/mqtt/topic"
)

var house = discovery.StaleDocuments{Topics: topic.Topics{Base: "callporter"}, Boxes: []string{"fritzbox", "office"}}

const gone = "homeassistant/device/callporter_fritzbox_493023125733/config"

func TestStaleFilter(t *testing.T) {
	if got, want := house.Filter(), "homeassistant/device/+/config"; got != want {
		t.Errorf("filter %q, want %q", got, want)
	}
}

// TestStale: a number that was taken out of the configuration goes, all else stays.
func TestStale(t *testing.T) {
	current := map[string]bool{}
	o := practice()
	o.Lines = o.Lines[:1]
	for _, d := range documents(t, o) {
		current[d.Topic] = true
	}
	stale := map[string]bool{}
	for _, d := range documents(t, practice()) {
		stale[d.Topic] = house.Includes(d.Topic, d.Payload, current)
	}
	want := map[string]bool{
		"homeassistant/device/callporter_fritzbox/config":              false,
		"homeassistant/device/callporter_fritzbox_493023125732/config": true, // one number needs no device of its own
		gone: true,
	}
	if !maps.Equal(stale, want) {
		t.Errorf("stale %v, want %v", stale, want)
	}
	for name, o := range variants() {
		if name == "bare" {
			continue // lives elsewhere
		}
		for _, d := range documents(t, o) {
			if !house.Includes(d.Topic, d.Payload, nil) {
				t.Errorf("%s: %s is ours and nobody publishes it", name, d.Topic)
			}
		}
	}
}

// TestNotStale: one thing at a time is different from a document that is stale.
func TestNotStale(t *testing.T) {
	type object = map[string]any
	component := func(d object, key string) object { return d["components"].(object)[key].(object) }
	for name, spoil := range map[string]func(d object, topic *string, j *discovery.StaleDocuments){
		"another program": func(d object, _ *string, _ *discovery.StaleDocuments) {
			d["origin"].(object)["name"] = "zigbee2mqtt"
		},
		"no origin":       func(d object, _ *string, _ *discovery.StaleDocuments) { delete(d, "origin") },
		"origin a text":   func(d object, _ *string, _ *discovery.StaleDocuments) { d["origin"] = "callporter" },
		"no device":       func(d object, _ *string, _ *discovery.StaleDocuments) { delete(d, "device") },
		"a box not ours":  func(_ object, _ *string, j *discovery.StaleDocuments) { j.Boxes = []string{"fritz", "fritzbox_4930"} },
		"no boxes":        func(_ object, _ *string, j *discovery.StaleDocuments) { j.Boxes = nil },
		"another prefix":  func(_ object, _ *string, j *discovery.StaleDocuments) { j.Prefix = "ha" },
		"another base":    func(_ object, _ *string, j *discovery.StaleDocuments) { j.Topics.Base = "callporter2" },
		"base one deeper": func(_ object, _ *string, j *discovery.StaleDocuments) { j.Topics.Base = "callporter/fritzbox" },
		"another identifier": func(d object, _ *string, _ *discovery.StaleDocuments) {
			d["device"].(object)["identifiers"] = []any{"callporter_fritzbox"}
		},
		"a second identifier": func(d object, _ *string, _ *discovery.StaleDocuments) {
			d["device"].(object)["identifiers"] = []any{"callporter_fritzbox_493023125733", "x"}
		},
		"a node id": func(_ object, topic *string, _ *discovery.StaleDocuments) {
			*topic = "homeassistant/device/x/" + (*topic)[21:]
		},
		"a single component": func(_ object, topic *string, _ *discovery.StaleDocuments) {
			*topic = strings.Replace(*topic, "device", "sensor", 1)
		},
		"no config at the end": func(_ object, topic *string, _ *discovery.StaleDocuments) {
			*topic = strings.TrimSuffix(*topic, "/config")
		},
		"a foreign state topic": func(d object, _ *string, _ *discovery.StaleDocuments) {
			component(d, "ringing")["state_topic"] = "zigbee2mqtt/bell"
		},
		"a state topic of another box": func(d object, _ *string, _ *discovery.StaleDocuments) {
			component(d, "ringing")["state_topic"] = "callporter/office/state"
		},
		"a foreign trigger": func(d object, _ *string, _ *discovery.StaleDocuments) {
			component(d, "trigger_ring")["topic"] = "callporter2/fritzbox/event"
		},
		"a foreign availability": func(d object, _ *string, _ *discovery.StaleDocuments) {
			d["availability"] = append(d["availability"].([]any), object{"topic": "zigbee2mqtt/bridge/state"})
		},
		"no availability of ours": func(d object, _ *string, _ *discovery.StaleDocuments) {
			delete(d, "availability")
			for key := range d["components"].(object) {
				delete(component(d, key), "availability")
			}
		},
		"no topic at all": func(d object, _ *string, _ *discovery.StaleDocuments) {
			delete(d, "availability")
			delete(d, "components")
		},
		"a box with a longer id": func(_ object, topic *string, _ *discovery.StaleDocuments) {
			*topic = "homeassistant/device/callporter_fritzboxes/config"
		},
		"huge": func(d object, _ *string, _ *discovery.StaleDocuments) { d["x"] = strings.Repeat("x", 300<<10) },
	} {
		t.Run(name, func(t *testing.T) {
			d := decode(t, documents(t, practice())[2].Payload)
			j, topic := house, gone
			spoil(d, &topic, &j)
			payload, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			if j.Includes(topic, payload, nil) {
				t.Error("would be cleared")
			}
		})
	}
	for _, payload := range []string{"", "{}", "null", "[]", "{", `"callporter"`, "online"} {
		if house.Includes(gone, []byte(payload), nil) {
			t.Errorf("%q would be cleared", payload)
		}
	}
	if house.Includes(gone, documents(t, practice())[2].Payload, map[string]bool{gone: true}) {
		t.Error("what is published now would be cleared")
	}
}

// FuzzStale: no bytes make a StaleDocuments fail or reach for what does not name us.
func FuzzStale(f *testing.F) {
	// Short ones: whole documents keep the fuzzer busy making them shorter.
	f.Add(gone, []byte(`{"origin":{"name":"callporter"},"device":{"identifiers":["callporter_fritzbox_493023125733"]},"availability":[{"topic":"callporter/availability"}]}`))
	f.Add("homeassistant/device/x/config", []byte(`{"origin":null,"device":[]}`))
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		if !house.Includes(topic, payload, nil) {
			return
		}
		if !strings.HasPrefix(topic, "homeassistant/device/callporter_") {
			t.Errorf("%q is not ours", topic)
		}
		var d map[string]any
		if err := json.Unmarshal(payload, &d); err != nil {
			t.Fatal(err)
		}
		if origin, _ := d["origin"].(map[string]any); origin["name"] != "callporter" {
			t.Errorf("%q does not say that it is ours", payload)
		}
	})
}
