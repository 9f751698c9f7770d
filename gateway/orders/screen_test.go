package orders_test

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestScreen: the verdict about a number stands in the result, with everything that led to
// it, and nothing else changes by it.
func TestScreen(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t)
	for _, test := range []struct{ number, class, verdict, reason, code string }{
		{"02075 1234567", "invalid", "spam", "unassigned_area_code", ""},
		{gatewaytest.Neighbour, "fixed", "unknown", "ok", "nothing_known"},
		{"+49 (0)30 23125-999", "fixed", "unknown", "ok", "nothing_known"},
		{"", "", "", "", ""},
	} {
		if test.number == "" {
			h.WantCode("screen", `{"number":""}`, "bad_argument")
			continue
		}
		r := h.WantCode("screen", test.number, "ok")
		d := r.Data
		if d["number"] != test.number || d["class"] != test.class || d["verdict"] != test.verdict || d["class_reason"] != test.reason ||
			test.code != "" && d["reason_code"] != test.code || d["score"] == nil || d["reason"] == "" ||
			!strings.HasSuffix(d["message"].(string), d["reason"].(string)) || len(d["steps"].([]any)) == 0 || r.Call != "" {
			t.Errorf("%s: %v", test.number, d)
		}
	}
	h.WantCode("block", `{"number":"+493023125999","where":"own","name":"Pest"}`, "ok")
	if d := h.WantCode("screen", "23125999", "ok").Data; d["verdict"] != "spam" || d["score"] != 100.0 || d["e164"] != "+493023125999" || len(d["evidence"].([]any)) == 0 {
		t.Errorf("%v", d)
	}
	h.WantCode("allow", gatewaytest.Neighbour, "ok")
	if d := h.WantCode("screen", gatewaytest.Neighbour, "ok").Data; d["verdict"] != "allowed" || d["message"] != "welcome: "+d["reason"].(string) {
		t.Errorf("%v", d)
	}
	for _, own := range []string{gatewaytest.Practice, "**610"} {
		if d := h.WantCode("screen", own, "ok").Data; d["verdict"] != "unknown" || d["score"] != nil || d["message"] != "Phones of the house and own numbers are not judged" {
			t.Errorf("%s: %v", own, d)
		}
	}
	h.NothingElse()
}

// TestScreenSwitchedOff: without screening there is nothing to ask.
func TestScreenSwitchedOff(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Screening.Enabled = false })
	if r := h.WantCode("screen", gatewaytest.Neighbour, "not_available"); !strings.Contains(r.Error.Hint, "screening.enabled") {
		t.Errorf("%+v", r.Error)
	}
}
