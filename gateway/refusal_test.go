package gateway

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt"
)

// TestRefusalsInGerman: every refusal of the gateway itself, as a German house gets it.
func TestRefusalsInGerman(t *testing.T) {
	config := Default()
	config.Language = call.German
	g, err := New(config, Options{})
	if err != nil {
		t.Fatal(err)
	}
	table := []struct {
		refusal       *mqtt.Refusal
		code          mqtt.Code
		message, hint string
	}{
		{refusedOff, mqtt.CodeNotEnabled, "Befehle über MQTT sind abgeschaltet", "commands.enabled in der Konfiguration einschalten"},
		{refusedQueue, mqtt.CodeBusy, "es warten schon zu viele Befehle", "den nächsten erst senden, wenn das Ergebnis von diesem da ist"},
		{refusedBox([]string{"annexe", "fritzbox"}), mqtt.CodeNotFound, "eine Box mit dieser ID gibt es nicht", "IDs: annexe fritzbox"},
		{refusedHere, mqtt.CodeNotAvailable, "das kann callporter an dieser Box nicht", "möglich: quiet refresh reset_missed"},
		{refusedPhone, mqtt.CodeNotAvailable, "an der Box ist kein Softphone angemeldet, daher lässt sich kein Anruf beenden", ""},
		{refusedSilent, mqtt.CodeNoRingingCall, "gerade klingelt kein Anruf", ""},
		{refusedCall, mqtt.CodeUnknownCall, "ein Anruf mit dieser ID klingelt nicht", "PRESS senden für den Anruf, der gerade klingelt"},
		{refusedLate, mqtt.CodeTimeout, "kein Ergebnis in der vorgesehenen Zeit; es kann noch kommen", ""},
		{refusedStopping, mqtt.CodeNotAvailable, "callporter wird gerade beendet", ""},
		{refusedSeat, mqtt.CodeBusy, "zu viele Verbindungen zum Befehlssocket", ""},
		{refusedLong, mqtt.CodeTooLarge, "die Anfrage ist größer als 8 KiB", ""},
		{refusedRequest, mqtt.CodeBadJSON, "die Anfrage ist nicht lesbar", `eine Zeile wie {"box":"fritzbox","command":"quiet","payload":"ON"}`},
	}
	for _, tc := range table {
		var doc struct {
			Error struct {
				Code          mqtt.Code
				Message, Hint string
			}
		}
		if err := json.Unmarshal(g.refused(mqtt.Command{}, tc.refusal), &doc); err != nil {
			t.Fatal(err)
		}
		if e := doc.Error; e.Code != tc.code || e.Message != tc.message || e.Hint != tc.hint {
			t.Errorf("%+v", e)
		}
		message, hint := tc.refusal.Message[call.English], tc.refusal.Hint[call.English]
		if message == "" || message == tc.message || (hint == "") != (tc.hint == "") {
			t.Errorf("%s in English: %q, %q", tc.code, message, hint)
		}
	}

	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	written := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "_test.go") {
			written += strings.Count(string(text), "mqtt.Refusal{")
		}
	}
	if written != len(table) {
		t.Errorf("%d refusals in the source, %d in the table", written, len(table))
	}
}
