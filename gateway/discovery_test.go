package gateway_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/gateway/retained"
)

// TestHomeAssistantFindsTheBox: a device for the box and one for each own number,
// whose entities ask for nothing but topics that are there.
func TestHomeAssistantFindsTheBox(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		h := gatewaytest.Open(t, gatewaytest.At(b))
		h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
		h.WantEvents("ring", "miss")
		h.Settled()
		kept := h.Retained()
		for _, topic := range []string{gatewaytest.BoxDocument, gatewaytest.PracticeDocument, gatewaytest.HomeDocument} {
			doc := gatewaytest.Parse[gatewaytest.DeviceDoc](t, kept[topic])
			if doc.Origin.Name != "callporter" || len(doc.Components) == 0 || len(doc.Device.Identifiers) != 1 ||
				(topic == gatewaytest.BoxDocument) != (doc.Device.Via == "") {
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
				if _, there := kept[ask]; !there && ask != "" && ask != h.Topic("event") && ask != h.Topic("result") {
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
	h := gatewaytest.OpenFurnished(t)
	h.Heard.UntilSaid("callporter/availability", "online")
	h.Box.Missed(gatewaytest.Pest, gatewaytest.Practice, fritztest.Course{}) // somebody to block and to allow
	h.WantEvents("ring", "miss")
	for range 2 { // and to listen to and to delete
		h.Box.Voicemail(gatewaytest.Patient, gatewaytest.Practice, 40, fritztest.Course{Talks: time.Minute})
		h.WantEvents("ring", "voicemail", "end")
	}
	h.WantSaid("voicemail", `{"new":2,`)
	pressed := 0
	doc := gatewaytest.Parse[gatewaytest.DeviceDoc](t, h.Retained()[gatewaytest.BoxDocument])
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
			name, ok := strings.CutPrefix(c.CommandTopic, h.Topic("command/"))
			if !ok {
				t.Fatalf("%s sends to %s", key, c.CommandTopic)
			}
			h.WantCode(name, payload, "ok")
		}
	}
	if pressed < 9 {
		t.Errorf("%d buttons pressed", pressed)
	}
}

// TestDiscoverySwitchedOff removes the devices from Home Assistant, and leaves
// those of others.
func TestDiscoverySwitchedOff(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		h := gatewaytest.Open(t, gatewaytest.At(b))
		h.Heard.Say("homeassistant/device/stranger/config", `{"origin":{"name":"stranger"}}`, true)
		h.Heard.UntilSaid("callporter/availability", "online")
		if kept := h.Retained(); kept[gatewaytest.BoxDocument] == "" || kept[gatewaytest.PracticeDocument] == "" {
			t.Fatalf("no documents in %v", kept)
		}
		h.Stop()

		h.Config.Discovery.Enabled = false
		h.Run()
		h.Linked()
		h.Settled()
		for topic := range h.Retained() {
			if strings.HasPrefix(topic, "homeassistant/") && topic != "homeassistant/device/stranger/config" {
				t.Errorf("%s is kept", topic)
			}
		}
		if h.Retained()["homeassistant/device/stranger/config"] == "" {
			t.Error("the stranger's document is gone")
		}
	})
}

// TestStaleDocuments removes the device of a number that is no longer configured, and
// nothing that is not certainly ours.
func TestStaleDocuments(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		log := new(gatewaytest.Transcript)
		h := gatewaytest.Open(t, gatewaytest.At(b), func(h *gatewaytest.House) { h.Options.Log = log.Debug() })
		h.Heard.UntilSaid("callporter/availability", "online")
		own := h.Retained()[gatewaytest.HomeDocument]
		h.Stop()

		// A gateway in another house on the same broker, and somebody's own work.
		strangers := map[string]string{
			"homeassistant/device/callporter_cellar/config":                               strings.ReplaceAll(own, "fritzbox", "cellar"),
			"homeassistant/device/callporter_fritzbox_493023125111/config":                strings.NewReplacer("callporter/", "elsewhere/", gatewaytest.HomeMSN, "493023125111").Replace(own),
			"homeassistant/device/callporter_fritzbox_kitchen/config":                     own,
			"homeassistant/device/zigbee_fritzbox_" + gatewaytest.HomeMSN + "/config":     own,
			"homeassistant/device/callporter_fritzbox_493023125112/config":                `{"origin":{"name":"handmade"}}`,
			"homeassistant/device/callporter_fritzbox_493023125113/config":                `no JSON`,
			"homeassistant/sensor/callporter_fritzbox_" + gatewaytest.HomeMSN + "/config": own,
		}
		for topic, text := range strangers {
			h.Heard.Say(topic, text, true)
		}
		h.Config.Boxes[0].Numbers = []string{gatewaytest.Practice + "=Practice", "23125111=Fax"}
		strangersLine := "homeassistant/device/callporter_fritzbox_493023125111/config"
		delete(strangers, strangersLine) // its topic is ours now

		mark := len(h.Heard.All())
		h.Run()
		h.Linked()
		h.Heard.Until("the device of the old number to go", func() bool {
			return slices.ContainsFunc(h.Heard.All()[mark:], func(m gatewaytest.Message) bool { return m.Topic == gatewaytest.HomeDocument && m.Payload == "" })
		})
		h.Settled()
		kept := h.Retained()
		if _, there := kept[gatewaytest.HomeDocument]; there {
			t.Error("the old number's device is kept")
		}
		for topic, text := range strangers {
			if diff := cmp.Diff(text, kept[topic]); diff != "" {
				t.Errorf("%s:\n%s", topic, diff)
			}
		}
		documents, err := retained.Documents(h.Config, "1.2.3")
		if err != nil || len(documents) != 3 {
			t.Fatalf("%d documents, %v", len(documents), err)
		}
		for _, d := range documents {
			if kept[d.Topic] != string(d.Payload) {
				t.Errorf("%s is not what it should be", d.Topic)
			}
		}
		log.WantNoNumber(t, gatewaytest.HomeMSN+" "+gatewaytest.PracticeMSN)
	})
}

// TestDiscoverySwitchedOffBesideAnother: a gateway on other topics whose box has the
// same id, such as one on trial, does not take the devices of the house away.
func TestDiscoverySwitchedOffBesideAnother(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.Open(t, gatewaytest.At(b))
	h.Heard.UntilSaid("callporter/availability", "online")
	document := h.Retained()[gatewaytest.BoxDocument]
	trial := gatewaytest.Open(t, gatewaytest.At(b), func(h *gatewaytest.House) {
		h.Config.MQTT.BaseTopic = "trial"
		h.Config.Discovery.Enabled = false
	})
	trial.Heard.UntilSaid("trial/availability", "online") // documents go out before it
	if now := h.Retained()[gatewaytest.BoxDocument]; now != document || document == "" {
		t.Errorf("of %.80s is left %.80s", document, now)
	}
}

// TestCommandsOffRemovesTheButtons: a component with nothing but its platform is
// what removes an entity.
func TestCommandsOffRemovesTheButtons(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.Heard.UntilSaid("callporter/availability", "online")
	with := gatewaytest.Parse[gatewaytest.DeviceDoc](t, h.Retained()[gatewaytest.BoxDocument])
	h.Stop()
	h.Config.Commands.Enabled = false
	h.Events, h.Results = 0, 0
	h.Run()
	h.Heard.UntilSaid("callporter/availability", "online")
	without := gatewaytest.Parse[gatewaytest.DeviceDoc](t, h.Retained()[gatewaytest.BoxDocument])
	gone := 0
	for key, c := range with.Components {
		switch now, there := without.Components[key]; {
		case !there:
			t.Errorf("%s is left out instead of removed", key)
		case key == "last_result": // there are no results without commands
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

// TestPasswordTakenAway: what needs the box's password goes from Home Assistant with it, also
// the switches that only the box could tell of, and comes back with it.
func TestPasswordTakenAway(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.Options.Timing.Discovery = time.Millisecond
		h.Box.AddDeflection(fritztest.Deflection{Enabled: true, Type: "fromAnonymous", To: "23125069"})
	})
	components := func() map[string]gatewaytest.Component {
		return gatewaytest.Parse[gatewaytest.DeviceDoc](t, h.Retained()[gatewaytest.BoxDocument]).Components
	}
	needy := []string{"deflection_0", "answering_machine_0", "voice_messages", "voicemail_read", "block_last", "block_number"}
	h.Heard.Until("the switches", func() bool { return components()["deflection_0"].CommandTopic != "" })
	before := components()
	password := h.Config.Boxes[0].Password
	for _, now := range []config.Secret{"", password, ""} {
		h.Stop()
		h.Config.Boxes[0].Password = now
		h.Events, h.Results = 0, 0
		h.Run()
		h.Linked()
		for _, key := range needy {
			h.Heard.Until(fmt.Sprintf("%s, password %t", key, now != ""), func() bool {
				c, there := components()[key]
				works := c.CommandTopic != "" || c.StateTopic != ""
				return there && c.Platform == before[key].Platform && works == (now != "")
			})
		}
	}
}

// TestStatesGoBehindTheirEntities: Home Assistant warns of a state that is cleared while the
// entity is there. So the state of what a configuration has no more goes after a pause, also
// where the device stays.
func TestStatesGoBehindTheirEntities(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.OpenFurnished(t, gatewaytest.At(b))
	h.Heard.Until("the messages", func() bool { return h.Retained()[h.Topic("voicemail")] != "" })
	h.Stop()
	h.Config.Boxes[0].Password = ""
	again := func(pause time.Duration) {
		h.Options.Timing.Discovery = pause
		h.Run()
		h.Linked()
	}
	again(time.Hour)
	h.Heard.Until("the entity to go", func() bool {
		return gatewaytest.Parse[gatewaytest.DeviceDoc](t, h.Retained()[gatewaytest.BoxDocument]).Components["voice_messages"].StateTopic == ""
	})
	h.Settled()
	if h.Retained()[h.Topic("voicemail")] == "" {
		t.Error("the state went with its entity")
	}
	h.Stop()
	again(time.Millisecond)
	h.Heard.Until("the state to go", func() bool { return h.Retained()[h.Topic("voicemail")] == "" })
}
