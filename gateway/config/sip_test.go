package config

import (
	"testing"
	"time"

	"github.com/callporter/callporter/mqtt/document"
)

// TestSIPRules: what a key of the softphone may be, beside the mistakes of testdata.
func TestSIPRules(t *testing.T) {
	for _, v := range []struct {
		rule, text string
		allowed    bool
	}{
		{"hold", "while_ringing", true}, {"hold", "1s", true}, {"hold", "2m", true}, {"hold", "0s", false}, {"hold", "2m1s", false}, {"hold", "", false},
		{"sip_contact", "192.168.178.10", true}, {"sip_contact", "nas.fritz.box:5070", true}, {"sip_contact", "fd00::10", true},
		{"sip_contact", "[fd00::10]:5070", true}, {"sip_contact", "[fd00::10]", true}, {"sip_contact", "sip:nas", false}, {"sip_contact", "nas:99999", false}, {"sip_contact", ":5070", false},
		{"sip_user", "620", true}, {"sip_user", "porter 1", false}, {"sip_user", "<porter>", false}, {"sip_user", "pörter", false},
	} {
		if allowed := Rules[v.rule](v.text); (allowed == "") != v.allowed {
			t.Errorf("%s %q: %q", v.rule, v.text, allowed)
		}
	}
	for i, word := range document.RejectMethods {
		var m RejectMethod
		if err := m.UnmarshalText([]byte(word)); err != nil || int(m) != i || m.String() != word {
			t.Errorf("%s: %v, %v", word, m, err)
		}
	}
	if s := RejectMethod(99).String(); s == RejectUnknown.String() {
		t.Error("no method reads as the method unknown")
	}
}

// TestSIPByEnvironment: the phone of a container, with its password in a file.
func TestSIPByEnvironment(t *testing.T) {
	file := configFile(t, "sip", "abcde\n")
	c, err := readText("x", nil, []string{
		"CALLPORTER_BOXES_0_SIP_ENABLED=true", "CALLPORTER_BOXES_0_SIP_USERNAME=porter", "CALLPORTER_BOXES_0_SIP_PASSWORD_FILE=" + file,
		"CALLPORTER_BOXES_0_SIP_CONTACT=nas.fritz.box:5070", "CALLPORTER_BOXES_0_SIP_HOLD=20s", "CALLPORTER_BOXES_0_SIP_METHOD=unknown",
	})
	want := SIP{Enabled: true, Username: "porter", Password: "abcde", Contact: "nas.fritz.box:5070", Hold: Hold(20 * time.Second), Method: RejectUnknown}
	if err != nil || c.Boxes[0].SIP != want {
		t.Errorf("%+v, %v", c.Boxes[0].SIP, err)
	}
}
