package gateway_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// wantVerdict checks what screening made of a call.
func wantVerdict(t *testing.T, c gatewaytest.CallDoc, verdict, code, action string) {
	t.Helper()
	if c.Verdict != verdict || c.ReasonCode != code || c.Action != action {
		t.Errorf("%s is %s because of %s (%s), action %s, not %s because of %s, %s", c.Caller.Display, c.Verdict, c.ReasonCode, c.Reason, c.Action, verdict, code, action)
	}
}

// judged lets somebody call and give up, and returns the call as it began.
func judged(s *gatewaytest.Site, caller string) gatewaytest.CallDoc {
	s.House.Helper()
	c := s.Ring(caller)
	ring := s.WantEvents("ring")
	s.Box.Advance(20e9)
	c.Disconnect(0)
	s.WantEvents("miss")
	return ring
}

// TestScreeningSettings are in force from the next call on, stand in the settings document,
// outlive a restart, and beat the configuration until they are what that says.
func TestScreeningSettings(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.Open(t, gatewaytest.At(b))
	want := func(autoReject, withheld string, threshold int) {
		t.Helper()
		h.Heard.Until("the settings", func() bool {
			if h.Heard.Newest(h.Topic("settings")) == "" {
				return false
			}
			s := h.Settings()
			return s.AutoReject == autoReject && s.Threshold == threshold && s.Withheld == withheld
		})
	}
	want("OFF", "ring", 75)
	h.WantCode("block", `{"number":"06990009666","where":"own"}`, "ok")
	wantVerdict(t, judged(h.Site, gatewaytest.Pest), "spam", "block_list", "would_reject")

	r := h.WantCode("auto_reject", "ON", "ok")
	if said, _ := r.Data["message"].(string); !strings.Contains(said, "the phones still ring, since there is no softphone") || r.Data["auto_reject"] != "ON" {
		t.Errorf("%v", r.Data)
	}
	if r := h.WantCode("threshold", "30", "ok"); r.Data["threshold"] != 30.0 {
		t.Errorf("%v", r.Data)
	}
	if r := h.WantCode("withheld", "reject", "ok"); r.Data["withheld"] != "reject" {
		t.Errorf("%v", r.Data)
	}
	want("ON", "reject", 30)
	for _, bad := range [][2]string{{"threshold", "0"}, {"threshold", "101"}, {"threshold", "high"}, {"withheld", "decline"}, {"withheld", "REJECT"}, {"auto_reject", "maybe"}, {"permit_next", "1441"}} {
		h.WantCode(bad[0], bad[1], "bad_argument")
	}
	want("ON", "reject", 30)

	h.Stop()
	h.Run()
	h.Linked()
	want("ON", "reject", 30)
	h.WantCode("auto_reject", "OFF", "ok")
	h.WantCode("threshold", "75", "ok")
	h.WantCode("withheld", "ring", "ok")
	h.Stop()
	h.Config.Screening.Threshold, h.Config.Screening.Withheld = 80, config.WithheldRejected
	h.Run()
	h.Linked()
	want("OFF", "reject", 80)
}

// TestAutoRejectIsOff until a person switches it on: by the configuration, or by an order.
func TestAutoRejectIsOff(t *testing.T) {
	t.Parallel()
	if config.Default().Screening.AutoReject {
		t.Error("it is on by default")
	}
	h := gatewaytest.Build(t, func(h *gatewaytest.House) { h.Config.Screening.AutoReject = true })
	h.Run()
	h.Linked()
	h.Heard.UntilSaid(h.Topic("settings"), strings.Replace(gatewaytest.SettingsText("OFF"), "OFF", "ON", 1))
	h.Stop()
	h.Config.Screening.Enabled = false
	h.Heard = nil
	h.Run()
	h.Linked()
	h.Heard.UntilSaid(h.Topic("settings"), gatewaytest.SettingsText("OFF"))
}

// TestSettingsOutOfRange: what no order could have set is left out of a settings file.
func TestSettingsOutOfRange(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Build(t)
	text := `{"fritzbox":{"Quiet":true,"Threshold":0,"Withheld":"shoot","AutoReject":true}}`
	if err := os.WriteFile(filepath.Join(h.Config.Data, "settings.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h.Run()
	h.Linked()
	h.Heard.UntilSaid(h.Topic("settings"), strings.Replace(gatewaytest.SettingsText("ON"), "OFF", "ON", 1))
}

// TestPermitNext: the next call is let through, whatever it is, once, unless it is one that
// would be let through anyway.
func TestPermitNext(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.WantCode("block", `{"number":"06990009666","where":"own"}`, "ok")
	h.WantCode("allow", "08999998123", "ok")
	r := h.WantCode("permit_next", "5", "ok")
	if said, _ := r.Data["message"].(string); !strings.HasPrefix(said, "the next call until ") || r.Data["until"] == nil {
		t.Errorf("%v", r.Data)
	}
	wantVerdict(t, judged(h.Site, gatewaytest.Munich), "allowed", "allow_list", "none")
	wantVerdict(t, judged(h.Site, gatewaytest.Pest), "allowed", "permit_next", "none")
	wantVerdict(t, judged(h.Site, gatewaytest.Pest), "spam", "block_list", "would_reject")

	h.WantCode("permit_next", "5", "ok")
	h.WantCode("permit_next", "0", "ok")
	wantVerdict(t, judged(h.Site, gatewaytest.Pest), "spam", "block_list", "would_reject")
}

// TestPermitNextInGerman: the result says until when, by the clock of the box.
func TestPermitNextInGerman(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Language = call.German })
	r := h.WantCode("permit_next", "5", "ok")
	if said, _ := r.Data["message"].(string); !strings.HasPrefix(said, "der nächste Anruf bis ") {
		t.Errorf("%v", r.Data)
	}
	r = h.WantCode("auto_reject", "ON", "ok")
	if said, _ := r.Data["message"].(string); !strings.HasPrefix(said, "Spam-Anrufe werden nicht mehr angekündigt; die Telefone klingeln trotzdem") {
		t.Errorf("%v", r.Data)
	}
}
