package retained_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/gateway/retained"
)

// TestForgottenTopicsAreCleared: what an earlier configuration left on the broker
// is corrected by nobody, so it goes: the line of a number, a box, another base
// topic, another discovery prefix. What others have published stays.
func TestForgottenTopicsAreCleared(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]struct {
		alter func(*config.Config)
		gone  string // what its topics contain
	}{
		"own number":       {func(c *config.Config) { c.Boxes[0].Numbers = c.Boxes[0].Numbers[1:] }, gatewaytest.PracticeMSN},
		"box":              {func(c *config.Config) { c.Boxes[0].ID = "upstairs" }, "fritzbox"},
		"base topic":       {func(c *config.Config) { c.MQTT.BaseTopic = "house" }, "callporter/"},
		"discovery prefix": {func(c *config.Config) { c.Discovery.Prefix = "ha" }, "homeassistant/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := gatewaytest.NewBroker(t, nil)
			gatewaytest.Listen(t, b.Address).Say("callporter_stranger/"+gatewaytest.PracticeMSN+"/fritzbox", "stays", true)
			h := gatewaytest.Build(t, gatewaytest.At(b))
			h.Options.Timing.Discovery = time.Millisecond
			h.Run()
			h.Linked()
			h.Settled()
			h.Stop()
			change.alter(&h.Config)
			h.Run()
			published := filepath.Join(h.Config.Data, "published.json")
			gatewaytest.Eventually(t, "the file holds nothing of it", func() bool {
				text, err := os.ReadFile(published)
				return err == nil && !strings.Contains(string(text), `"`+change.gone) && !strings.Contains(string(text), `/`+change.gone)
			})
			kept := 0
			for topic, payload := range gatewaytest.RetainedAt(t, b.Address) {
				if strings.HasPrefix(topic, "callporter_stranger/") {
					kept++
				} else if strings.HasPrefix(topic, change.gone) || strings.Contains(topic, "/"+change.gone) || strings.Contains(topic, "_"+change.gone) {
					t.Errorf("%s is left: %.80s", topic, payload)
				}
			}
			if kept != 1 {
				t.Error("a stranger's topic was cleared")
			}
		})
	}
}

// TestDamagedListOfTopicsStopsNothing: the file is a help, no condition.
func TestDamagedListOfTopicsStopsNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"{", `{"a":1}`, `["callporter/#","a\u0000b",""]`, "null"} {
		h := gatewaytest.Build(t)
		if err := os.WriteFile(filepath.Join(h.Config.Data, "published.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		h.Run()
		h.Linked()
		h.Stop()
		if topics, err := retained.Published(h.Config.Data); err != nil || len(topics) < 8 {
			t.Errorf("after %q: %v, %v", text, topics, err)
		}
	}
}

// TestDamagedListOfComponentsStopsNothing: nor is that of what Home Assistant was told of, and
// what stands in it makes no document that is refused.
func TestDamagedListOfComponentsStopsNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"{", "[]", `{"` + gatewaytest.BoxDocument + `":{"former":"sensor","bad key":"sensor","other":"teapot","` + strings.Repeat("x", 65) + `":"sensor"}}`, "null",
	} {
		h := gatewaytest.Build(t)
		announced := filepath.Join(h.Config.Data, "announced.json")
		if err := os.WriteFile(announced, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		h.Run()
		h.Linked()
		doc := gatewaytest.Parse[gatewaytest.DeviceDoc](t, h.Retained()[gatewaytest.BoxDocument])
		h.Stop()
		if _, there := doc.Components["former"]; there != strings.Contains(text, "former") || doc.Components["call_state"].StateTopic == "" {
			t.Errorf("after %q: former %t", text, there)
		}
		for key, c := range doc.Components {
			if strings.Contains(key, " ") || len(key) > 64 || c.Platform == "teapot" {
				t.Errorf("%q of %q is in the document", key, c.Platform)
			}
		}
		if text, err := os.ReadFile(announced); err != nil || !strings.Contains(string(text), `"call_state":"sensor"`) {
			t.Errorf("the file holds %.200s, %v", text, err)
		}
	}
}
