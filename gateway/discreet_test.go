package gateway_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/boxscript"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestDayIsToldInFullAndLoggedDiscreetly plays the whole day of the demo as fast as
// it goes. Each call has the events that the script declares; the log, at its most
// talkative, knows no number and no password.
func TestDayIsToldInFullAndLoggedDiscreetly(t *testing.T) {
	t.Parallel()
	const password = "hunter2-of-the-broker"
	log := new(gatewaytest.Transcript)
	b := gatewaytest.NewBroker(t, map[string]string{"porter": password, "subscriber": "subscriber-password"})
	h := gatewaytest.Open(t, gatewaytest.At(b), func(h *gatewaytest.House) {
		h.Config.MQTT.Username, h.Config.MQTT.Password = "porter", password
		h.Options.StampedTime = true
		h.Options.Log = log.Debug()
		h.Config.Boxes[0].Debounce = 500 * time.Millisecond
	})
	todo := h.PlayDay()
	day, err := boxscript.Day()
	if err != nil {
		t.Fatal(err)
	}
	expect := day.Expectations()
	plan, err := call.NewPlan("DE", "030", h.Config.Boxes[0].Numbers)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string][]string{}
	var calls []gatewaytest.CallDoc
	for range todo {
		e := h.NextEvent()
		if told[e.ID] == nil {
			calls = append(calls, e)
		}
		told[e.ID] = append(told[e.ID], e.EventType)
	}
	if len(calls) != len(expect) {
		t.Fatalf("%d calls, not %d", len(calls), len(expect))
	}
	for i, x := range expect {
		c := calls[i]
		x.Events = slices.DeleteFunc(x.Events, func(e string) bool { return e == "ringing" })
		if !slices.Equal(told[c.ID], x.Events) || c.Caller.Number != plan.Caller(x.Caller).Number.E164 || c.Callee.Number != plan.Number(x.Called).E164 {
			t.Errorf("%s: %v from %s to %s", x.Name, told[c.ID], c.Caller.Number, c.Callee.Number)
		}
	}
	h.WantState("idle")
	h.WantCode("quiet", `{"value":"ON","request":"03023125123"}`, "ok")
	h.WantCode("block", `{"number":"`+gatewaytest.Neighbour+`","where":"own"}`, "ok")
	h.WantCode("block", `{"number":"`+gatewaytest.Neighbour+`","where":"barring"}`, "not_available")
	h.WantCode("reject", gatewaytest.Neighbour, "not_available")
	for _, kind := range fritztest.BadLines() {
		if err := h.Box.Bad(kind); err != nil {
			t.Fatal(err)
		}
	}
	h.Box.Line("nonsense " + gatewaytest.Neighbour)
	h.Box.Unanswered(10, gatewaytest.Practice, gatewaytest.Friend, fritztest.Course{})
	for h.NextEvent().Callee.Number != gatewaytest.FriendE164 {
		continue // calls of the bad lines
	}
	h.Stop()
	h.Events = len(h.Heard.On(h.Topic("event")))

	log.WantNoNumber(t, boxscript.DayText()+gatewaytest.PracticeMSN+" "+gatewaytest.HomeMSN)
	for _, secret := range []string{password, "hunter2", "subscriber-password"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s stands in the log", secret)
		}
	}
	for _, message := range []string{"call ended", "connected to broker", "command", "call monitor link up", "call monitor line skipped", "callporter is running", "callporter has stopped"} {
		if !strings.Contains(log.String(), `msg="`+message) && !strings.Contains(log.String(), "msg="+message) {
			t.Errorf("the log does not say %q", message)
		}
	}
}

// TestOneLineForEachEndedCall, and one for the beginning and the end of an outage
// however long it is.
func TestOneLineForEachEndedCall(t *testing.T) {
	t.Parallel()
	log := new(gatewaytest.Transcript)
	h := gatewaytest.Open(t, func(h *gatewaytest.House) {
		h.Options.Log = slog.New(slog.NewTextHandler(log, nil))
	})
	for range 5 {
		h.Box.Answered(gatewaytest.Patient, gatewaytest.Practice, 10, fritztest.Course{})
		h.WantEvents("ring", "answer", "end")
	}
	h.Box.Refuse()
	h.Box.Reset()
	wantHealth(h.Site, "down", "call_monitor_off")
	if err := h.Box.Accept(); err != nil {
		t.Fatal(err)
	}
	h.Linked()
	h.NothingElse()
	// An event goes out before its line is written.
	gatewaytest.Eventually(t, "the last call is logged", func() bool { return strings.Count(log.String(), `msg="call ended"`) >= 6 })
	for text, want := range map[string]int{
		`msg="call ended"`: 6, "outcome=answered": 5, "peer=+491713920xxx": 5, "own=+493023125xxx": 6,
		`msg="call monitor link down"`: 1, `msg="call monitor link up"`: 2,
	} {
		if n := strings.Count(log.String(), text); n != want {
			t.Errorf("%s stands %d times in the log, not %d:\n%s", text, n, want, log)
		}
	}
}

// TestWrongPassword is no end, and no password in the log.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	log := new(gatewaytest.Transcript)
	b := gatewaytest.NewBroker(t, map[string]string{"porter": "right", "subscriber": "subscriber-password"})
	h := gatewaytest.Build(t, gatewaytest.At(b), func(h *gatewaytest.House) {
		h.Config.MQTT.Username, h.Config.MQTT.Password = "porter", "hunter2"
		h.Options.Log = log.Debug()
	})
	h.Run()
	gatewaytest.Eventually(t, "the gateway knows why", func() bool {
		_, text := h.Get("/readyz")
		return strings.Contains(text, "check mqtt username and password")
	})
	h.Served()
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	h.Stop()
	if !strings.Contains(log.String(), "bad_credentials") || strings.Contains(log.String(), "hunter2") {
		t.Errorf("the log says:\n%s", log)
	}
}
