package datadir_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestSettingsAreKept over a restart, by box.
func TestSettingsAreKept(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.Open(t, gatewaytest.At(b), func(h *gatewaytest.House) { h.AddBox("annexe") })
	h.WantCode("quiet", "ON", "ok")
	h.Heard.UntilSaid(h.Topic("settings"), gatewaytest.SettingsText("ON"))
	h.Stop()
	h.Heard.Say(h.Topic("settings"), "gone", true)

	h.Run()
	h.Heard.UntilSaid("callporter/availability", "online")
	h.Heard.UntilSaid(h.Topic("settings"), gatewaytest.SettingsText("ON"))
	if other := h.Heard.Newest(h.Sites[1].Topic("settings")); other != gatewaytest.SettingsText("OFF") {
		t.Errorf("settings of the other box: %s", other)
	}
	h.WantCode("quiet", "OFF", "ok")
	h.Stop()
	h.Run()
	h.Heard.UntilSaid("callporter/availability", "online")
	h.Heard.UntilSaid(h.Topic("settings"), gatewaytest.SettingsText("OFF"))
}

// TestDamagedSettingsAreSetAside, never deleted; the gateway starts without them.
func TestDamagedSettingsAreSetAside(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Build(t)
	file := filepath.Join(h.Config.Data, "settings.json")
	damaged := []string{`{"fritzbox":{"Quiet":tr`, "null", `["fritzbox"]`, strings.Repeat(" ", 1<<20) + "{}"}
	for _, text := range damaged {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		h.Results = 0
		h.Events = 0
		h.Run()
		h.Heard.UntilSaid("callporter/availability", "online")
		h.Heard.UntilSaid(h.Topic("settings"), gatewaytest.SettingsText("OFF"))
		h.WantCode("quiet", "ON", "ok")
		h.Stop()
		if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), "fritzbox") {
			t.Errorf("new settings: %s %v", text, err)
		}
	}
	var kept []string
	files, err := filepath.Glob(file + ".damaged*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, string(text))
	}
	slices.Sort(kept)
	slices.Sort(damaged)
	if !slices.Equal(kept, damaged) {
		t.Errorf("%d of %d damaged files are kept: %q", len(kept), len(damaged), files)
	}
}
