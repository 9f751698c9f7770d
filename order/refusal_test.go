package order

import (
	"errors"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
)

// TestRefusalsInGerman: whatever is wrong with a command, a German gateway says so in
// German, with the hint where English has one.
func TestRefusalsInGerman(t *testing.T) {
	seen := map[Code]bool{}
	for _, tc := range []struct {
		name, payload string
		code          Code
		message, hint string
	}{
		{"explode", "PRESS", CodeUnknownCommand, "einen Befehl dieses Namens gibt es nicht", "Namen: " + names},
		{"quiet", strings.Repeat("O", MaxPayload+1), CodeTooLarge, "die Nutzdaten sind größer als 4096 Byte", ""},
		{"quiet", "", CodeEmptyPayload, "die Nutzdaten sind leer", "ON oder OFF oder JSON mit value, request senden"},
		{"method", "\xff", CodeBadArgument, "die Nutzdaten sind kein UTF-8", "einen Wert oder JSON mit value, request senden"},
		{"refresh", "now", CodeBadArgument, "der Befehl nimmt kein Argument an", "PRESS oder JSON mit request senden"},
		{"refresh", "{\xff", CodeBadJSON, "die Nutzdaten sind kein UTF-8", "PRESS oder JSON mit request senden"},
		{"refresh", "{", CodeBadJSON, "die Nutzdaten sind kein JSON-Objekt", "PRESS oder JSON mit request senden"},
		{"refresh", `{"a":[]}`, CodeBadJSON, "Felder enthalten Texte, Zahlen, true oder false", "PRESS oder JSON mit request senden"},
		{"refresh", "{" + strings.Repeat(`"request":"",`, 16) + `"request":""}`, CodeBadJSON, "mehr als 16 Felder", "PRESS oder JSON mit request senden"},
		{"refresh", "{} {}", CodeBadJSON, "hinter dem JSON-Objekt steht noch etwas", "PRESS oder JSON mit request senden"},
		{"refresh", `{"request":7}`, CodeBadRequest, "request ist ein Text von höchstens 64 Zeichen", ""},
		{"refresh", `{"100%d":7}`, CodeUnknownField, `ein Feld "100%d" gibt es nicht`, "PRESS oder JSON mit request senden"},
		{"block", `{"number":23125123}`, CodeBadArgument, "number gehört in Anführungszeichen, sonst gehen führende Nullen verloren", ""},
		{"screen", `{"number":true}`, CodeBadArgument, "number muss ein Text von 1 bis 255 druckbaren Zeichen sein", ""},
		{"quiet", "loud", CodeBadArgument, "value muss ON oder OFF sein", "ON oder OFF oder JSON mit value, request senden"},
		{"permit_next", "-1", CodeBadArgument, "minutes muss eine ganze Zahl von 0 bis 1000000 sein", "eine ganze Zahl von 0 bis 1000000 oder JSON mit minutes, request senden"},
		{"screen", "1\x002", CodeBadArgument, "number muss ein Text von 1 bis 255 druckbaren Zeichen sein", "eine Rufnummer oder JSON mit number, request senden"},
		{"undo", "1\x002", CodeBadArgument, "id muss ein Text von 1 bis 255 druckbaren Zeichen sein", "PRESS oder eine ID oder JSON mit id, request senden"},
		{"quiet", "PRESS", CodeMissingArgument, "der Befehl braucht ein Argument", "ON oder OFF oder JSON mit value, request senden"},
		{"dial", `{"phone":"**610"}`, CodeMissingArgument, "das Feld number fehlt", "eine Rufnummer oder JSON mit number, phone, request senden"},
	} {
		_, err := Parse("fritzbox", tc.name, []byte(tc.payload))
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Code != tc.code {
			t.Errorf("%s %q: %v", tc.name, brief(tc.payload), err)
			continue
		}
		seen[tc.code] = true
		message, hint := refusal.Message.In(call.German), refusal.Hint.In(call.German)
		if message != tc.message || hint != tc.hint {
			t.Errorf("%s %q: %q, %q", tc.name, brief(tc.payload), message, hint)
		}
		english := refusal.Message[call.English]
		if english == "" || english == tc.message || (refusal.Hint[call.English] == "") != (tc.hint == "") {
			t.Errorf("%s %q in English: %q, %q", tc.name, brief(tc.payload), english, refusal.Hint[call.English])
		}
	}
	for _, code := range Codes[:8] { // those that need only a look at the message
		if !seen[code] {
			t.Errorf("%s is not in the table", code)
		}
	}
}
