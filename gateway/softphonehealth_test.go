package gateway

import (
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/mqtt/document"
)

// TestSoftphoneHealth: a registration in the words of the contract, with what to do.
func TestSoftphoneHealth(t *testing.T) {
	since := time.Date(2026, 11, 21, 18, 0, 0, 123, time.UTC)
	for _, of := range []struct {
		status sip.Status
		want   document.Part
	}{
		{sip.Status{}, document.Part{State: "off"}},
		{sip.Status{State: sip.Registering, Since: since}, document.Part{State: "connecting", Since: since.Truncate(time.Second)}},
		{sip.Status{State: sip.Registered, Since: since, Contact: "192.168.178.10:5070"}, document.Part{State: "up", Since: since.Truncate(time.Second)}},
		{sip.Status{State: sip.Down, Since: since, Code: 404, Reason: sip.UnknownUser}, document.Part{
			State: "down", Since: since.Truncate(time.Second), Reason: "unknown_user",
			Hint: sip.Status{Reason: sip.UnknownUser}.Hint(call.English) + " (SIP 404)",
		}},
	} {
		if got := softphoneHealth(of.status, call.English); got != of.want {
			t.Errorf("%+v:\n%+v\n%+v", of.status, got, of.want)
		}
	}
	for _, reason := range append([]string{noCredentials}, sip.Reasons...) {
		s := sip.Status{State: sip.Down, Reason: reason}
		if english, german := softphoneHint(s, call.English), softphoneHint(s, call.German); english == "" || german == "" || english == german {
			t.Errorf("%s has no hint in both languages: %q, %q", reason, english, german)
		}
	}
}
