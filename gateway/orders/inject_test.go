package orders_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/journal"
)

// nobodys has an area code that does not exist.
const nobodys = "02075 2345678"

// inject gives the order inject by the command socket.
func inject(h *gatewaytest.House, numbers string) (r gatewaytest.ResultDoc) {
	h.Helper()
	text, err := h.Send("inject", `{"numbers":"`+numbers+`"}`)
	if err != nil || json.Unmarshal([]byte(text), &r) != nil {
		h.Fatalf("%v %s", err, text)
	}
	return r
}

// rang lets somebody call and hang up, and returns the ring.
func rang(h *gatewaytest.House, number string) gatewaytest.CallDoc {
	h.Helper()
	c := h.Ring(number)
	ring := h.WantEvents("ring")
	h.Box.Advance(5 * time.Second)
	c.Disconnect(0)
	for h.NextEvent().EventType != "miss" {
	}
	h.Box.Advance(10 * time.Second)
	return ring
}

// isMarked reports whether a call says by label and evidence that its caller is not the real one.
func isMarked(c gatewaytest.CallDoc) bool {
	return strings.HasPrefix(c.Caller.Label, "TEST: ") && len(c.Evidence) > 0 && c.Evidence[0].Source == "inject"
}

// TestInject: the next calls have the callers of a list, marked in events and journal, and
// neither lists nor what is known of callers learn of them. Then every call has its own again.
func TestInject(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, gatewaytest.ShortData, func(h *gatewaytest.House) {
		h.Config.Screening.AutoBlock.Enabled, h.Config.Screening.AutoBlock.Structure = true, true
	})
	h.WantCode("inject", nobodys, "unknown_command") // nobody on the broker may
	r := inject(h, nobodys+"; ;"+gatewaytest.Patient)
	if said, _ := r.Data["message"].(string); !r.OK || !strings.HasPrefix(said, "the next 3 calls until ") || r.Data["numbers"] != 3.0 || r.Data["until"] == nil {
		t.Fatalf("%+v", r)
	}
	if ring := rang(h, "**610"); isMarked(ring) || ring.Caller.Number != "**610" {
		t.Errorf("a phone of the house: %+v", ring)
	}
	ring := rang(h, gatewaytest.Munich)
	if !isMarked(ring) || ring.Caller.Display != strings.ReplaceAll(nobodys, " ", "") && ring.Caller.Display != nobodys || ring.Verdict != "spam" || ring.Action != "would_reject" {
		t.Errorf("%+v", ring)
	}
	if ring := rang(h, gatewaytest.Munich); !isMarked(ring) || !ring.Caller.Withheld || ring.Caller.Label != "TEST: withheld number" {
		t.Errorf("%+v", ring)
	}
	// One caller may ring at several own numbers by one call.
	one, other := h.Ring(gatewaytest.Neighbour), h.RingHome(gatewaytest.Neighbour)
	for range 2 {
		if ring := h.WantEvents("ring"); !isMarked(ring) || ring.Caller.Number != "+49"+gatewaytest.Patient[1:] {
			t.Errorf("%+v", ring)
		}
	}
	one.Connect(10)
	h.Box.Advance(90 * time.Second)
	one.Disconnect(90)
	other.Disconnect(0)
	for ended := 0; ended < 2; {
		if e := h.NextEvent(); e.EventType == "end" {
			ended++
			if !isMarked(e) {
				t.Errorf("%+v", e)
			}
		}
	}
	h.Box.Advance(10 * time.Second)
	if ring := rang(h, gatewaytest.Munich); isMarked(ring) || ring.Caller.Number != "+49"+gatewaytest.Munich[1:] {
		t.Errorf("when the list is used up: %+v", ring)
	}

	gatewaytest.WantAll(t, "own", h.Own(journal.Block))
	var page struct {
		Data struct{ Calls []gatewaytest.CallDoc }
	}
	answer := h.Ask("calls", map[string]string{"mask": "true"})
	if err := json.Unmarshal([]byte(answer), &page); err != nil {
		t.Fatal(err)
	}
	marked := 0
	for _, c := range page.Data.Calls {
		if isMarked(c) {
			marked++
		}
	}
	if marked != 4 || strings.Contains(answer, "2345678") {
		t.Errorf("%d calls are marked: %s", marked, answer)
	}
	if known := h.Ask("caller", map[string]string{"number": gatewaytest.Patient}); !strings.Contains(known, `"known":false`) || !strings.Contains(known, `"talk_seconds":0`) {
		t.Error(known)
	}

	inject(h, gatewaytest.Patient)
	if r := inject(h, "none"); r.Data["message"] != "every call has its own caller again" || r.Data["numbers"] != 0.0 {
		t.Errorf("%+v", r)
	}
	if ring := rang(h, gatewaytest.Munich); isMarked(ring) {
		t.Errorf("after none: %+v", ring)
	}
	if r := inject(h, strings.Repeat("1;", 100)+"1"); r.OK || r.Error.Code != "bad_argument" || r.Error.Hint != "at most 100" {
		t.Errorf("%+v", r)
	}
	if _, err := h.Send("inject", ""); err == nil {
		r := inject(h, "")
		if r.OK {
			t.Errorf("%+v", r)
		}
	}
}

// TestInjectInGerman: the result and the evidence speak German.
func TestInjectInGerman(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, gatewaytest.ShortData, func(h *gatewaytest.House) { h.Config.Language = call.German })
	r := inject(h, gatewaytest.Patient)
	if said, _ := r.Data["message"].(string); !strings.HasPrefix(said, "der nächste Anruf bis ") {
		t.Errorf("%+v", r)
	}
	if ring := rang(h, gatewaytest.Munich); !isMarked(ring) || ring.Evidence[0].Detail != "Ein Test: diese Nummer steht anstelle der des Anrufers" {
		t.Errorf("%+v", ring)
	}
}
