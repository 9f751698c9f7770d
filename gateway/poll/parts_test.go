package poll_test

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestOneActionRefused: an action that the box refuses alone, by status or by fault, is one
// that it does not have. Nobody is said to be kept out, and what else is read counts.
func TestOneActionRefused(t *testing.T) {
	t.Parallel()
	actions := []string{"GetInfo", "X_AVM-DE_GetVoIPCommonCountryCode", "X_AVM-DE_GetNumbers", "GetDECTHandsetList", "GetNumberOfEntries", "GetPhonebookList",
		"GetCallBarringList", "GetCallList", "GetDeflections", "GetList"}
	for how, trouble := range map[string]fritztest.Trouble{
		"401": {Kind: "401"}, "403": {Kind: "403"}, "fault 401": {Kind: "fail", Code: 401}, "fault 606": {Kind: "fail", Code: 606},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			for _, action := range actions {
				h := gatewaytest.Open(t, gatewaytest.Furnished, func(h *gatewaytest.House) {
					h.AddBook("Familie", gatewaytest.Contact("Anna", gatewaytest.Patient))
					trouble.At = action
					if action == "GetPhonebookList" { // from the second reading on
						return
					}
					if err := h.Box.Trouble(trouble); err != nil {
						t.Fatal(err)
					}
				})
				reason := ""
				if trouble.Code == 606 && action != "GetInfo" && action != "GetDECTHandsetList" && action != "GetNumberOfEntries" && action != "GetPhonebookList" {
					reason = "right_missing"
				}
				if doc := h.WantAccess("up", reason); doc.Model == "" {
					t.Errorf("%s: the box has no model", action)
				}
				if action == "GetPhonebookList" {
					if err := h.Box.Trouble(trouble); err != nil {
						t.Fatal(err)
					}
					h.Reread()
				}
				if action != "GetList" { // which Reread looks at
					h.Reread()
				}
				if got := h.MissedFrom(gatewaytest.Patient).Caller.Name; got != "Anna" {
					t.Errorf("%s: the caller is %q", action, got)
				}
				if payload := h.Heard.Newest(h.Topic("health")); !strings.Contains(payload, `"tr064":{"state":"up"`) ||
					strings.Contains(payload, "access_off") || strings.Contains(payload, "credentials") || strings.Contains(payload, "locked_out") {
					t.Errorf("%s: %s", action, payload)
				}
				h.Stop()
			}
		})
	}
}

// TestOneMachine: an answering machine that does not tell its messages costs these alone, and
// what it told before stays.
func TestOneMachine(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		if _, err := h.Box.AddMachine("Praxis"); err != nil {
			t.Fatal(err)
		}
	})
	leave := func(caller string, machine int) {
		t.Helper()
		h.Box.Voicemail(caller, gatewaytest.Practice, machine, fritztest.Course{})
		h.WantEvents("ring", "voicemail", "end")
	}
	leave(gatewaytest.Patient, 40)
	leave(gatewaytest.Munich, 41)
	h.WantSaid("voicemail", `"total":2`)
	if err := h.Box.Trouble(fritztest.Trouble{Kind: "html", At: "tamcalllist.lua?tamindex=0"}); err != nil {
		t.Fatal(err)
	}
	leave(gatewaytest.Pest, 40)
	leave(gatewaytest.Friend, 41)
	h.WantSaid("voicemail", `"total":3`, gatewaytest.PatientE164, gatewaytest.FriendE164)
	h.WantAccess("up", "bad_answer")
	h.Box.Heal()
	h.WantCode("refresh", "PRESS", "ok")
	h.WantSaid("voicemail", `"total":4`)
	h.WantAccess("up", "")
}
