package soap

import (
	"testing"

	"github.com/callporter/callporter/call"
)

// TestMessages: every reason has its words in both languages.
func TestMessages(t *testing.T) {
	for reason, text := range reasonTexts {
		english, german := (&Error{Reason: reason}).Message(call.English), (&Error{Reason: reason}).Message(call.German)
		if english == "" || german == "" || english == german || text.In(call.English) != english {
			t.Errorf("%s: %q, %q", reason, english, german)
		}
	}
	e := &Error{Reason: RightMissing, Right: SettingsRight, Action: "GetInfo", Code: 606, Text: "said by the box"}
	if m := e.Message(call.German); m != "ein Recht fehlt (FRITZ!Box Einstellungen), Fehler 606" {
		t.Errorf("%q", m)
	}
}
