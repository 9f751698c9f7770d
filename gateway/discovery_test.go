package gateway_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/retained"
)

// component is what Home Assistant reads of an entity in these tests.
type component struct {
	Platform     string
	StateTopic   string `json:"state_topic"`
	Attributes   string `json:"json_attributes_topic"`
	CommandTopic string `json:"command_topic"`
	Press        string `json:"payload_press"`
	On           string `json:"payload_on"`
	Off          string `json:"payload_off"`
	Topic        string
	Availability []struct{ Topic string }
}

type deviceDoc struct {
	Device struct {
		Identifiers []string
		Name        string
		SWVersion   string `json:"sw_version"`
		Via         string `json:"via_device"`
	}
	Origin       struct{ Name string }
	Availability []struct{ Topic string }
	Components   map[string]component
}

const (
	boxDocument      = "homeassistant/device/callporter_fritzbox/config"
	practiceDocument = "homeassistant/device/callporter_fritzbox_" + practiceMSN + "/config"
	homeDocument     = "homeassistant/device/callporter_fritzbox_" + homeMSN + "/config"
)

// TestHomeAssistantFindsTheBox: a device for the box and one for each own number,
// whose entities ask for nothing but topics that are there.
func TestHomeAssistantFindsTheBox(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		h := open(t, at(b))
		h.box.Missed(patient, practice, fritztest.Course{})
		h.wantEvents("ring", "miss")
		h.settled()
		kept := h.retained()
		for _, topic := range []string{boxDocument, practiceDocument, homeDocument} {
			doc := parse[deviceDoc](t, kept[topic])
			if doc.Origin.Name != "callporter" || len(doc.Components) == 0 || len(doc.Device.Identifiers) != 1 ||
				(topic == boxDocument) != (doc.Device.Via == "") {
				t.Errorf("%s: %+v", topic, doc)
			}
			var asked []string
			for _, a := range doc.Availability {
				asked = append(asked, a.Topic)
			}
			for _, c := range doc.Components {
				asked = append(asked, c.StateTopic, c.Attributes, c.Topic)
				for _, a := range c.Availability {
					asked = append(asked, a.Topic)
				}
			}
			for _, ask := range asked {
				if _, there := kept[ask]; !there && ask != "" && ask != h.topic("event") {
					t.Errorf("%s asks for %s, which is not there", topic, ask)
				}
			}
		}
	})
}

// TestEveryButtonWorks: what Home Assistant sends for a button or a switch is a
// command that is carried out.
func TestEveryButtonWorks(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.heard.untilSaid("callporter/availability", "online")
	h.box.Missed(pest, practice, fritztest.Course{}) // somebody to block and to allow
	h.wantEvents("ring", "miss")
	pressed := 0
	doc := parse[deviceDoc](t, h.retained()[boxDocument])
	for _, key := range slices.Sorted(maps.Keys(doc.Components)) {
		c := doc.Components[key]
		if c.CommandTopic == "" {
			continue
		}
		for _, payload := range []string{c.Press, c.On, c.Off} {
			if payload == "" {
				continue
			}
			pressed++
			name, ok := strings.CutPrefix(c.CommandTopic, h.topic("command/"))
			if !ok {
				t.Fatalf("%s sends to %s", key, c.CommandTopic)
			}
			h.wantCode(name, payload, "ok")
		}
	}
	if pressed < 4 {
		t.Errorf("%d buttons pressed", pressed)
	}
}

// TestDiscoverySwitchedOff removes the devices from Home Assistant, and leaves
// those of others.
func TestDiscoverySwitchedOff(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		h := open(t, at(b))
		h.heard.say("homeassistant/device/stranger/config", `{"origin":{"name":"stranger"}}`, true)
		h.heard.untilSaid("callporter/availability", "online")
		if kept := h.retained(); kept[boxDocument] == "" || kept[practiceDocument] == "" {
			t.Fatalf("no documents in %v", kept)
		}
		h.stop()

		h.config.Discovery.Enabled = false
		h.run()
		h.linked()
		h.settled()
		for topic := range h.retained() {
			if strings.HasPrefix(topic, "homeassistant/") && topic != "homeassistant/device/stranger/config" {
				t.Errorf("%s is kept", topic)
			}
		}
		if h.retained()["homeassistant/device/stranger/config"] == "" {
			t.Error("the stranger's document is gone")
		}
	})
}

// TestStaleDocuments removes the device of a number that is no longer configured, and
// nothing that is not certainly ours.
func TestStaleDocuments(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		log := new(transcript)
		h := open(t, at(b), func(h *house) { h.options.Log = log.debug() })
		h.heard.untilSaid("callporter/availability", "online")
		own := h.retained()[homeDocument]
		h.stop()

		// A gateway in another house on the same broker, and somebody's own work.
		strangers := map[string]string{
			"homeassistant/device/callporter_cellar/config":                   strings.ReplaceAll(own, "fritzbox", "cellar"),
			"homeassistant/device/callporter_fritzbox_493023125111/config":    strings.NewReplacer("callporter/", "elsewhere/", homeMSN, "493023125111").Replace(own),
			"homeassistant/device/callporter_fritzbox_kitchen/config":         own,
			"homeassistant/device/zigbee_fritzbox_" + homeMSN + "/config":     own,
			"homeassistant/device/callporter_fritzbox_493023125112/config":    `{"origin":{"name":"handmade"}}`,
			"homeassistant/device/callporter_fritzbox_493023125113/config":    `no JSON`,
			"homeassistant/sensor/callporter_fritzbox_" + homeMSN + "/config": own,
		}
		for topic, text := range strangers {
			h.heard.say(topic, text, true)
		}
		h.config.Boxes[0].Numbers = []string{practice + "=Practice", "23125111=Fax"}
		strangersLine := "homeassistant/device/callporter_fritzbox_493023125111/config"
		delete(strangers, strangersLine) // its topic is ours now

		mark := len(h.heard.all())
		h.run()
		h.linked()
		h.heard.until("the device of the old number to go", func() bool {
			return slices.ContainsFunc(h.heard.all()[mark:], func(m message) bool { return m.topic == homeDocument && m.payload == "" })
		})
		h.settled()
		kept := h.retained()
		if _, there := kept[homeDocument]; there {
			t.Error("the old number's device is kept")
		}
		for topic, text := range strangers {
			if diff := cmp.Diff(text, kept[topic]); diff != "" {
				t.Errorf("%s:\n%s", topic, diff)
			}
		}
		documents, err := retained.Documents(h.config, "1.2.3")
		if err != nil || len(documents) != 3 {
			t.Fatalf("%d documents, %v", len(documents), err)
		}
		for _, d := range documents {
			if kept[d.Topic] != string(d.Payload) {
				t.Errorf("%s is not what it should be", d.Topic)
			}
		}
		log.wantNoNumber(t, homeMSN+" "+practiceMSN)
	})
}

// TestDiscoverySwitchedOffBesideAnother: a gateway on other topics whose box has the
// same id, such as one on trial, does not take the devices of the house away.
func TestDiscoverySwitchedOffBesideAnother(t *testing.T) {
	t.Parallel()
	b := newBroker(t, nil)
	h := open(t, at(b))
	h.heard.untilSaid("callporter/availability", "online")
	document := h.retained()[boxDocument]
	trial := open(t, at(b), func(h *house) {
		h.config.MQTT.BaseTopic = "trial"
		h.config.Discovery.Enabled = false
	})
	trial.heard.untilSaid("trial/availability", "online") // documents go out before it
	if now := h.retained()[boxDocument]; now != document || document == "" {
		t.Errorf("of %.80s is left %.80s", document, now)
	}
}

// TestCommandsOffRemovesTheButtons: a component with nothing but its platform is
// what removes an entity.
func TestCommandsOffRemovesTheButtons(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.heard.untilSaid("callporter/availability", "online")
	with := parse[deviceDoc](t, h.retained()[boxDocument])
	h.stop()
	h.config.Commands.Enabled = false
	h.events, h.results = 0, 0
	h.run()
	h.heard.untilSaid("callporter/availability", "online")
	without := parse[deviceDoc](t, h.retained()[boxDocument])
	gone := 0
	for key, c := range with.Components {
		switch now, there := without.Components[key]; {
		case !there:
			t.Errorf("%s is left out instead of removed", key)
		case c.CommandTopic == "" && now.StateTopic != c.StateTopic:
			t.Errorf("%s became %+v", key, now)
		case c.CommandTopic != "":
			if gone++; now.Platform != c.Platform || now.CommandTopic != "" || now.StateTopic != "" {
				t.Errorf("%s became %+v", key, now)
			}
		}
	}
	if gone < 3 {
		t.Errorf("%d entities removed", gone)
	}
}
