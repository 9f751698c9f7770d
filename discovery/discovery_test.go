package discovery_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/discovery"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/topic"
)

// practice is a box with two own numbers and everything known about it.
func practice() discovery.Options {
	return discovery.Options{
		Topics:   topic.Topics{Base: "callporter"},
		Box:      "fritzbox",
		Name:     "FRITZ!Box 7590",
		Model:    "FRITZ!Box 7590",
		Firmware: "8.20",
		Host:     "192.168.178.1",
		Lines: []discovery.Line{
			{MSN: "493023125732", Display: "030 23125732", Name: "Practice"},
			{MSN: "493023125733", Display: "030 23125733"},
		},
		TR064: true, Pictures: true, Screening: true, Softphone: true,
		Deflections: []discovery.Switch{
			{ID: 0, Name: "all calls to 030 23125069"}, {ID: 2},
		},
		AnsweringMachines: []discovery.Switch{{ID: 0, Name: "Practice"}, {ID: 1, Name: "Anrufbeantworter 2"}},
		Announced: discovery.Announced{
			"homeassistant/device/callporter_fritzbox/config":              {"deflection_0": "switch", "deflection_1": "switch"},
			"homeassistant/device/callporter_fritzbox_493023125732/config": {"former": "sensor"},
		},
		Version: "1.0.0",
		Accepts: func(string) bool { return true },
	}
}

// variants are the golden documents, one file each.
func variants() map[string]discovery.Options {
	german := practice()
	german.Language = call.German
	silent := practice()
	silent.Accepts = nil
	return map[string]discovery.Options{
		"two_numbers_en": practice(),
		"two_numbers_de": german,
		"commands_off":   silent,
		// Nothing is known but what must be; one number needs no device of its own.
		"bare": {
			Prefix: "home/ha",
			Topics: topic.Topics{Base: "house/callporter"},
			Box:    "office",
			Lines:  []discovery.Line{{MSN: "493023125732"}},
		},
	}
}

func documents(t testing.TB, o discovery.Options) []discovery.Document {
	t.Helper()
	docs, err := discovery.Documents(o)
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

func TestGolden(t *testing.T) {
	for name, o := range variants() {
		t.Run(name, func(t *testing.T) {
			var all []string // "topic": document
			for _, d := range documents(t, o) {
				all = append(all, strconv.Quote(d.Topic)+":"+string(d.Payload))
			}
			var got bytes.Buffer
			if err := json.Indent(&got, []byte("{"+strings.Join(all, ",")+"}\n"), "", "  "); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".json")
			if diff := cmp.Diff(string(testkit.Golden(t, file, got.Bytes())), got.String()); diff != "" {
				t.Errorf("an automation may depend on what changed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDocumentsAreEqualEachTime(t *testing.T) {
	first := documents(t, practice())
	rounds := 3
	if testkit.All() {
		rounds = 20
	}
	for range rounds {
		if diff := cmp.Diff(first, documents(t, practice())); diff != "" {
			t.Fatalf("Home Assistant would take it for a change:\n%s", diff)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, spoil := range map[string]func(*discovery.Options){
		"no box id":              func(o *discovery.Options) { o.Box = "" },
		"box id with a slash":    func(o *discovery.Options) { o.Box = "fritz/box" },
		"box id in capitals":     func(o *discovery.Options) { o.Box = "FritzBox" },
		"wildcard in the prefix": func(o *discovery.Options) { o.Prefix = "home/+" },
		"prefix with a slash":    func(o *discovery.Options) { o.Prefix = "homeassistant/" },
		"no base topic":          func(o *discovery.Options) { o.Topics.Base = "" },
		"wildcard in base topic": func(o *discovery.Options) { o.Topics.Base = "call+porter" },
		"newline in base topic":  func(o *discovery.Options) { o.Topics.Base = "call\nporter" },
		"wildcard as a number":   func(o *discovery.Options) { o.Lines[1].MSN = "#" },
		"quote in a number":      func(o *discovery.Options) { o.Lines[1].MSN = "' or 1" },
		"endless number":         func(o *discovery.Options) { o.Lines[1].MSN = strings.Repeat("1", 33) },
	} {
		t.Run(name, func(t *testing.T) {
			o := practice()
			spoil(&o)
			if docs, err := discovery.Documents(o); err == nil {
				t.Errorf("described as %s", docs[0].Topic)
			}
		})
	}
}

// TestNames holds what users and boxes may put into a document against the rules.
func TestNames(t *testing.T) {
	long := strings.Repeat("ü", 200)
	for _, name := range []string{"Call", "call state", "Klingelt", "a\nb\tc", "  ", long, "bad \xff bytes", `"}{{ 1/0 }}`, "<&>"} {
		for _, host := range []string{"fritz.box", "fd00::1", "[fd00::1]:8080", "no host", "http://x", "a/../b", long, "-", "fritz.box:99999999", ""} {
			for _, lang := range []call.Language{call.English, call.German} {
				o := practice()
				o.Name, o.Model, o.Firmware, o.Version, o.Host, o.Language = name, name, name, name, host, lang
				o.Lines[0].Name, o.Lines[1].Display = name, name
				for _, fault := range faultsOf(documents(t, o)) {
					t.Errorf("name %.20q, host %.20q: %s", name, host, fault)
				}
			}
		}
	}
}

// TestNamesOnce: no word stands twice, and a device of an own number is told from the home.
func TestNamesOnce(t *testing.T) {
	o := practice()
	o.Language = call.German
	o.Lines = append(o.Lines, discovery.Line{MSN: "493023125069", Display: "030 23125069", Name: "Home"},
		discovery.Line{MSN: "493023125734", Display: "030 23125734", Name: "Fax 030 23125734"})
	o.Deflections = append(o.Deflections, discovery.Switch{ID: 3, Name: "030 23125456 → 0171 3920099"}, discovery.Switch{ID: 4, Name: "030 23125456 → 0221 4710123 (Köln)"})
	docs := documents(t, o)
	components := decode(t, docs[0].Payload)["components"].(map[string]any)
	for key, want := range map[string]string{
		"answering_machine_0": "Anrufbeantworter Practice", "answering_machine_1": "Anrufbeantworter 2", "deflection_2": "Umleitung 3",
		"deflection_3": "Umleitung 030 23125456 → 0171 3920099", "deflection_4": "Umleitung 030 23125456 → 0221 4710123…",
	} {
		if got := components[key].(map[string]any)["name"]; got != want {
			t.Errorf("%s is called %q, not %q", key, got, want)
		}
	}
	for i, want := range []string{"FRITZ!Box 7590", "Practice (030 23125732)", "030 23125733", "Home (030 23125069)", "Fax 030 23125734"} {
		device := decode(t, docs[i].Payload)["device"].(map[string]any)
		if device["name"] != want {
			t.Errorf("a device is called %q, not %q", device["name"], want)
		}
		if i == 0 && device["manufacturer"] != "FRITZ!" {
			t.Errorf("manufacturer %q", device["manufacturer"])
		}
	}
}

// TestWhatIsGone: what was announced and is not described any more is removed, on the device
// that had it.
func TestWhatIsGone(t *testing.T) {
	o := practice()
	o.TR064, o.Deflections, o.AnsweringMachines = false, nil, nil
	o.Accepts = func(command string) bool { return command == "quiet" }
	docs := documents(t, o)
	box, line := decode(t, docs[0].Payload)["components"].(map[string]any), decode(t, docs[1].Payload)["components"].(map[string]any)
	for key, platform := range map[string]string{
		"deflection_0": "switch", "deflection_1": "switch", "block_number": "text", "block_last": "button", "voice_messages": "sensor",
		"voicemail_read": "button", "caller_picture": "image", "monitor": "sensor", "tr064": "sensor",
	} {
		if diff := cmp.Diff(any(map[string]any{"platform": platform}), box[key]); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	if box["former"] != nil || line["former"] == nil || box["quiet"].(map[string]any)["command_topic"] == nil {
		t.Error("the wrong component is removed")
	}
	if got := docs[0].Components; got["deflection_0"] != "" || got["quiet"] != "switch" || got["trigger_ring"] != "device_automation" {
		t.Errorf("described: %v", got)
	}
}

func TestPageURL(t *testing.T) {
	for host, want := range map[string]any{
		"fritz.box":     "http://fritz.box",
		"192.168.178.1": "http://192.168.178.1",
		"fd00::1":       "http://[fd00::1]",
		"fritz.box/x":   nil,
		"":              nil,
	} {
		o := practice()
		o.Host = host
		device := decode(t, documents(t, o)[0].Payload)["device"].(map[string]any)
		if got := device["configuration_url"]; got != want {
			t.Errorf("host %q: configuration_url %v, want %v", host, got, want)
		}
	}
}

// TestTombstones: without commands the entities that send them are removed, not
// merely left out.
func TestTombstones(t *testing.T) {
	with := decode(t, documents(t, practice())[0].Payload)["components"].(map[string]any)
	without := decode(t, documents(t, variants()["commands_off"])[0].Payload)["components"].(map[string]any)
	removed := 0
	for key, c := range with {
		c := c.(map[string]any)
		if key == "last_result" {
			continue // without commands there are no results
		}
		if c["command_topic"] == nil {
			if diff := cmp.Diff(c, without[key]); diff != "" {
				t.Errorf("%s changed: %s", key, diff)
			}
			continue
		}
		removed++
		if diff := cmp.Diff(any(map[string]any{"platform": c["platform"]}), without[key]); diff != "" {
			t.Errorf("%s is no tombstone: %s", key, diff)
		}
	}
	if removed == 0 {
		t.Error("no component takes commands")
	}
}

func decode(t testing.TB, payload []byte) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(payload, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}
