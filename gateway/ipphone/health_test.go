package ipphone_test

import (
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/gateway/ipphone"
)

// TestHint: each reason says what to do, in both languages, and by which status the box refused.
func TestHint(t *testing.T) {
	for _, reason := range append([]string{ipphone.NotSetUp}, sip.Reasons...) {
		s := sip.Status{State: sip.Down, Reason: reason}
		if english, german := ipphone.Hint(s, call.English), ipphone.Hint(s, call.German); english == "" || german == "" || english == german {
			t.Errorf("%s has no hint in both languages: %q, %q", reason, english, german)
		}
	}
	refused := sip.Status{State: sip.Down, Code: 404, Reason: sip.UnknownUser}
	if got := ipphone.Hint(refused, call.English); got != refused.Hint(call.English)+" (SIP 404)" {
		t.Error(got)
	}
	if got := ipphone.Hint(sip.Status{State: sip.Registered}, call.English); got != "" {
		t.Error(got)
	}
}
