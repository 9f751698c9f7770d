package gateway_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/gateway/line"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
)

// evening is a recorded log with everything in it: an answered call, a missed one,
// a barred one, two at a time, bad lines, and one that has no end.
const evening = `# recorded by callporter
21.11.26 18:00:00;RING;0;01713920055;23125732;SIP0;
21.11.26 18:00:07;CONNECT;0;10;01713920055;
21.11.26 18:00:49;DISCONNECT;0;42;
what is this
21.11.26 18:05:00;RING;0;03023125123;23125732;SIP0;
21.11.26 18:05:20;DISCONNECT;0;0;
21.11.26 18:06:00;RING;0;06990009666;23125069;SIP1;
21.11.26 18:06:00;DISCONNECT;0;0;
21.11.26 18:07:00;CALL;0;11;23125069;04066969021;SIP1;
21.11.26 18:07:02;RING;1;;23125732;SIP0;
21.11.26 18:07:03;PICKUP;1;x;
21.11.26 18:07:05;CONNECT;1;40;;
21.11.26 18:07:20;DISCONNECT;0;0;
21.11.26 18:07:30;DISCONNECT;1;25;

21.11.26 18:09:00;RING;0;08999998123;23125732;SIP0;
`

func replayConfig() config.Config {
	cfg := config.Default()
	b := &cfg.Boxes[0]
	b.AreaCode, b.Timezone = "030", "Europe/Berlin"
	b.Numbers = []string{gatewaytest.Practice + "=Practice", gatewaytest.Home + "=Home"}
	return cfg
}

// TestReplay: a recorded evening becomes the events, the calls and the sum that it
// would have been in life, and the times are those of the stamps.
func TestReplay(t *testing.T) {
	t.Parallel()
	var events, calls []string
	got, err := gateway.Replay(t.Context(), replayConfig(), strings.NewReader(evening), gateway.ReplayOptions{
		Event: func(step call.Transition, document []byte) {
			e := gatewaytest.Parse[gatewaytest.CallDoc](t, string(document))
			if e.EventType != step.Type.String() || e.ID != string(step.Call.ID) {
				t.Errorf("%s with the document %s", step.Type, document)
			}
			events = append(events, e.EventType+" "+e.Caller.Number)
		},
		Ended: func(c call.Call, document []byte) {
			doc := gatewaytest.Parse[gatewaytest.CallDoc](t, string(document))
			calls = append(calls, doc.Started.In(testkit.Berlin).Format("15:04:05")+" "+doc.Direction+" "+doc.Outcome)
			if doc.Outcome == "answered" && (doc.RingSeconds != 7 || doc.TalkSeconds != 42 || doc.Ended.In(testkit.Berlin).Format("15:04:05") != "18:00:49") {
				t.Errorf("%+v", doc)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	own := "+" + gatewaytest.HomeMSN
	wantEvents := []string{
		"ring " + gatewaytest.PatientE164, "ringing " + gatewaytest.PatientE164, "answer " + gatewaytest.PatientE164, "end " + gatewaytest.PatientE164,
		"ring " + gatewaytest.NeighbourE164, "ringing " + gatewaytest.NeighbourE164, "miss " + gatewaytest.NeighbourE164,
		"ring " + gatewaytest.PestE164, "block " + gatewaytest.PestE164,
		"dial " + own, "ring ", "ringing ", "voicemail ", "end " + own, "end ",
		"ring " + gatewaytest.MunichE164, "lost " + gatewaytest.MunichE164,
	}
	if diff := cmp.Diff(wantEvents, events); diff != "" {
		t.Errorf("events:\n%s", diff)
	}
	wantCalls := []string{
		"18:00:00 incoming answered", "18:05:00 incoming missed", "18:06:00 incoming blocked",
		"18:07:00 outgoing unanswered", "18:07:02 incoming voicemail", "18:09:00 incoming lost",
	}
	if diff := cmp.Diff(wantCalls, calls); diff != "" {
		t.Errorf("calls:\n%s", diff)
	}
	want := gateway.Replayed{
		Replayed: line.Replayed{
			Lines: 13,
			Bad:   map[callmonitor.LineReason]int{callmonitor.TooFewFields: 1, callmonitor.UnknownEvent: 1},
		},
		Calls: map[call.Outcome]int{call.Answered: 1, call.Missed: 1, call.Blocked: 1, call.Unanswered: 1, call.AnsweringMachine: 1, call.Lost: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sum:\n%s", diff)
	}
}

// TestReplayToBroker: a subscriber sees what it would have seen in life, in the
// topics of the box.
func TestReplayToBroker(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		cfg := replayConfig()
		cfg.MQTT.URL = config.BrokerURL("mqtt://" + b.Address)
		o, err := config.TemporaryClient(cfg)
		if err != nil {
			t.Fatal(err)
		}
		o.ClientID = "replay"
		client, err := mqtt.NewClient(o)
		if err != nil {
			t.Fatal(err)
		}
		stop := gatewaytest.Background(t, client.Run)
		h := &gatewaytest.House{TB: t, Heard: gatewaytest.Listen(t, b.Address)}
		h.Site = &gatewaytest.Site{House: h, ID: "fritzbox"}
		if _, err := gateway.Replay(t.Context(), cfg, strings.NewReader(evening), gateway.ReplayOptions{Client: client}); err != nil {
			t.Fatal(err)
		}
		h.WantEvents("ring", "answer", "end")
		h.WantEvents("ring", "miss")
		h.WantEvents("ring", "block")
		h.WantEvents("dial")
		for range 4 {
			h.NextEvent()
		}
		h.WantEvents("ring", "lost")
		h.WantMissed(1)
		h.WantState("idle")
		stop()
		if said := h.Heard.On("callporter/availability"); len(said) > 0 {
			t.Errorf("a replay says %v", said)
		}
		for _, s := range h.States() {
			if s.State == "ringing" && s.Call.Caller.Number == gatewaytest.PestE164 {
				t.Errorf("a barred caller rang: %+v", s)
			}
		}
	})
}

// TestReplayShowsTheStates that a dashboard would have shown, though no time passes:
// between two lines lie their stamps.
func TestReplayShowsTheStates(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) {
		h.Options.StampedTime = true
		h.Config.Boxes[0].Debounce = 0
	})
	h.Heard.UntilSaid("callporter/availability", "online")
	c := h.Ring(gatewaytest.Patient)
	h.WantEvents("ring")
	h.WantState("ringing")
	h.Box.Advance(5e9)
	c.Connect(10)
	h.WantEvents("answer")
	h.WantState("talking")
	h.Box.Advance(60e9)
	c.Disconnect(60)
	// By the stamps, which count whole seconds; the box's clock runs on meanwhile.
	end := h.WantEvents("end")
	if took := end.Ended.Sub(*end.Started); end.RingSeconds < 5 || end.RingSeconds > 15 || end.TalkSeconds != 60 || took < 65*time.Second || took > 85*time.Second {
		t.Errorf("%+v", end)
	}
	h.WantState("idle")
}

// TestReplayAtSpeed: where the next line is far away a ring outlives the debounce,
// and one without an end is given up, each when its time has come.
func TestReplayAtSpeed(t *testing.T) {
	t.Parallel()
	const log = "21.11.26 18:00:00;RING;0;01713920055;23125732;SIP0;\n21.11.26 22:00:00;RING;0;03023125123;23125732;SIP0;\n"
	b := gatewaytest.NewBroker(t, nil)
	cfg := replayConfig()
	cfg.MQTT.URL = config.BrokerURL("mqtt://" + b.Address)
	o, err := config.TemporaryClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	o.ClientID = "replay"
	client, err := mqtt.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	gatewaytest.Background(t, client.Run)
	h := &gatewaytest.House{TB: t, Heard: gatewaytest.Listen(t, b.Address)}
	h.Site = &gatewaytest.Site{House: h, ID: "fritzbox"}
	gatewaytest.Background(t, func(ctx context.Context) error {
		// Four hours take more than two minutes, three minutes less than two seconds.
		_, err := gateway.Replay(ctx, cfg, strings.NewReader(log), gateway.ReplayOptions{Client: client, Speed: 100})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the log came to its end: %v", err)
		}
		return nil
	})
	h.WantEvents("ring")
	h.WantState("ringing")
	h.WantEvents("lost")
	h.WantState("idle")
}

// TestReplayOverASetClock: years that no line of the box has seen are not waited for.
func TestReplayOverASetClock(t *testing.T) {
	t.Parallel()
	const log = "01.01.70 01:00:42;RING;0;03023125123;23125732;SIP0;\n21.11.26 18:00:00;DISCONNECT;0;0;\n"
	ctx, cancel := context.WithTimeout(t.Context(), gatewaytest.Patience)
	defer cancel()
	got, err := gateway.Replay(ctx, replayConfig(), strings.NewReader(log), gateway.ReplayOptions{Speed: 1})
	if err != nil || got.Lines != 2 || got.Calls[call.Missed] != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestReplayOfWhatLivePlays: what the box has sent live gives the same events again.
func TestReplayOfWhatLivePlays(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Options.StampedTime = true })
	var live []string
	for range h.PlayDay() {
		e := h.NextEvent()
		live = append(live, e.EventType+" "+e.Caller.Number+" "+e.Callee.Number)
	}
	var replayed []string
	_, err := gateway.Replay(t.Context(), h.Config, strings.NewReader(strings.Join(h.Sent, "\n")+"\n"), gateway.ReplayOptions{
		Event: func(_ call.Transition, document []byte) {
			e := gatewaytest.Parse[gatewaytest.CallDoc](t, string(document))
			if e.EventType == "ringing" {
				return // NextEvent passes over it
			}
			replayed = append(replayed, e.EventType+" "+e.Caller.Number+" "+e.Callee.Number)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(live, replayed); diff != "" {
		t.Error(diff)
	}
}

// TestReplayFails where it must, and says why.
func TestReplayFails(t *testing.T) {
	t.Parallel()
	cfg := replayConfig()
	if _, err := gateway.Replay(t.Context(), cfg, strings.NewReader(evening), gateway.ReplayOptions{Box: "cellar"}); err == nil || !strings.Contains(err.Error(), `"cellar"`) {
		t.Errorf("a box that is none: %v", err)
	}
	jammed := errors.New("disk jammed")
	done, err := gateway.Replay(t.Context(), cfg, io.MultiReader(strings.NewReader(evening[:200]), iotest.ErrReader(jammed)), gateway.ReplayOptions{})
	if !errors.Is(err, jammed) || done.Lines == 0 {
		t.Errorf("a disk that fails: %d lines, %v", done.Lines, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var events []string
	_, err = gateway.Replay(ctx, cfg, strings.NewReader(evening), gateway.ReplayOptions{
		Speed: 1e-6, // the next line is years away
		Event: func(step call.Transition, _ []byte) { events = append(events, step.Type.String()); cancel() },
	})
	if !errors.Is(err, context.Canceled) || !slices.Equal(events, []string{"ring"}) {
		t.Errorf("stopped: %v after %v", err, events)
	}
	done, err = gateway.Replay(t.Context(), cfg, strings.NewReader(""), gateway.ReplayOptions{})
	if err != nil || done.Lines != 0 {
		t.Errorf("an empty log: %+v %v", done, err)
	}
}
