package gateway_test

import (
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/boxscript"
	"github.com/callporter/callporter/internal/testkit"
)

// transcript is a log kept in memory.
type transcript struct{ testkit.Log }

// debug is a log of everything there is, without times: their digits would look
// like a number's.
func (t *transcript) debug() *slog.Logger {
	return slog.New(slog.NewTextHandler(t, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey && len(groups) == 0 {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// wantNoNumber fails if the log holds a telephone number in full, or anything that
// could be one.
func (t *transcript) wantNoNumber(tb testing.TB, text string) {
	tb.Helper()
	for _, digits := range regexp.MustCompile(`[0-9]{8,}`).FindAllString(text, -1) {
		number := strings.TrimLeft(digits, "0")
		for line := range strings.Lines(t.String()) {
			if strings.Contains(line, number) {
				tb.Errorf("%s stands in the log: %s", digits, line)
				break
			}
		}
	}
	for line := range strings.Lines(t.String()) {
		if long := regexp.MustCompile(`\b\+?[0-9]{7,}\b`).FindString(line); long != "" {
			tb.Errorf("%s stands in the log: %s", long, line)
		}
	}
}

// TestDayIsToldInFullAndLoggedDiscreetly plays the whole day of the demo as fast as
// it goes. Each call has the events that the script declares; the log, at its most
// talkative, knows no number and no password.
func TestDayIsToldInFullAndLoggedDiscreetly(t *testing.T) {
	t.Parallel()
	const password = "hunter2-of-the-broker"
	log := new(transcript)
	b := newBroker(t, map[string]string{"porter": password, "subscriber": "subscriber-password"})
	h := open(t, at(b), func(h *house) {
		h.config.MQTT.Username, h.config.MQTT.Password = "porter", password
		h.options.StampedTime = true
		h.options.Log = log.debug()
		h.config.Boxes[0].Debounce = 500 * time.Millisecond
	})
	todo := h.playDay()
	day, err := boxscript.Day()
	if err != nil {
		t.Fatal(err)
	}
	expect := day.Expectations()
	plan, err := call.NewPlan("DE", "030", h.config.Boxes[0].Numbers)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string][]string{}
	var calls []callDoc
	for range todo {
		e := h.nextEvent()
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
		if !slices.Equal(told[c.ID], x.Events) || c.Caller.Number != plan.Caller(x.Caller).Number.E164 || c.Callee.Number != plan.Number(x.Called).E164 {
			t.Errorf("%s: %v from %s to %s", x.Name, told[c.ID], c.Caller.Number, c.Callee.Number)
		}
	}
	h.wantState("idle")
	h.wantCode("quiet", `{"value":"ON","request":"03023125123"}`, "ok")
	h.wantCode("block", neighbour, "ok")
	h.wantCode("block", `{"number":"`+neighbour+`","where":"barring"}`, "not_available")
	h.wantCode("reject", neighbour, "unknown_call")
	for _, kind := range fritztest.BadLines() {
		if err := h.box.Bad(kind); err != nil {
			t.Fatal(err)
		}
	}
	h.box.Line("nonsense " + neighbour)
	h.box.Unanswered(10, practice, friend, fritztest.Course{})
	for h.nextEvent().Callee.Number != friendE164 {
		continue // calls of the bad lines
	}
	h.stop()
	h.events = len(h.heard.on(h.topic("event")))

	log.wantNoNumber(t, boxscript.DayText()+practiceMSN+" "+homeMSN)
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
	log := new(transcript)
	h := open(t, func(h *house) {
		h.options.Log = slog.New(slog.NewTextHandler(log, nil))
	})
	for range 5 {
		h.box.Answered(patient, practice, 10, fritztest.Course{})
		h.wantEvents("ring", "answer", "end")
	}
	h.box.Refuse()
	h.box.Reset()
	h.wantHealth("down", "call_monitor_off")
	if err := h.box.Accept(); err != nil {
		t.Fatal(err)
	}
	h.linked()
	h.nothingElse()
	// An event goes out before its line is written.
	eventually(t, "the last call is logged", func() bool { return strings.Count(log.String(), `msg="call ended"`) >= 6 })
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
	log := new(transcript)
	b := newBroker(t, map[string]string{"porter": "right", "subscriber": "subscriber-password"})
	h := build(t, at(b), func(h *house) {
		h.config.MQTT.Username, h.config.MQTT.Password = "porter", "hunter2"
		h.options.Log = log.debug()
	})
	h.run()
	eventually(t, "the gateway knows why", func() bool {
		_, text := h.get("/readyz")
		return strings.Contains(text, "check mqtt username and password")
	})
	h.box.Missed(patient, practice, fritztest.Course{})
	h.stop()
	if !strings.Contains(log.String(), "bad_credentials") || strings.Contains(log.String(), "hunter2") {
		t.Errorf("the log says:\n%s", log)
	}
}
