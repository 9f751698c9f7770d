package line_test

import (
	"slices"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestStateOfOneCall follows a call through everything that is published of it.
func TestStateOfOneCall(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	idle := h.WantState("idle")
	if idle.Active != 0 || idle.Call.ID != "" || idle.Call.Started != nil || idle.Calls == nil {
		t.Errorf("idle: %+v", idle)
	}

	c := h.Ring(gatewaytest.Patient)
	ring := h.WantEvents("ring")
	ringing := h.WantState("ringing")
	if ringing.Active != 1 || ringing.Waiting || ringing.Call.ID != ring.ID || ringing.Call.Phase != "ringing" ||
		ringing.Call.Direction != "incoming" || ringing.Call.Trunk != "SIP0" || ringing.Call.Callee.Name != "Practice" ||
		ringing.Call.Callee.MSN != gatewaytest.PracticeMSN || ringing.Call.Started == nil || ringing.Call.Answered != nil {
		t.Errorf("ringing: %+v", ringing)
	}

	c.Connect(10)
	answer := h.WantEvents("answer")
	talking := h.WantState("talking")
	if talking.Call.ID != ring.ID || talking.Call.Caller != ring.Caller || talking.Call.Extension != "10" ||
		talking.Call.Device == "" || talking.Call.Answered == nil || !talking.Call.Started.Equal(*ring.Started) || answer.Outcome != "" {
		t.Errorf("talking: %+v", talking)
	}

	c.Disconnect(42)
	end := h.WantEvents("end")
	if end.ID != ring.ID || end.Outcome != "answered" || end.TalkSeconds != 42 || end.Caller != ring.Caller || end.Ended == nil || end.Phase != "ended" {
		t.Errorf("end: %+v", end)
	}
	if idle := h.WantState("idle"); idle.Call.ID != "" || idle.Active != 0 {
		t.Errorf("idle again: %+v", idle)
	}
	h.Heard.Until("the last call", func() bool { return h.Heard.Newest(h.Topic("last_call")) != "" })
	if last := gatewaytest.Parse[gatewaytest.CallDoc](t, h.Heard.Newest(h.Topic("last_call"))); last.ID != ring.ID || last.Outcome != "answered" || last.TalkSeconds != 42 {
		t.Errorf("last call: %+v", last)
	}
	h.NothingElse()
}

// TestCallWaiting is the trace after which other gateways say idle while the first
// two still talk.
func TestCallWaiting(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	first := h.Ring(gatewaytest.Patient)
	a := h.WantEvents("ring")
	first.Connect(10)
	h.WantEvents("answer")
	h.WantState("talking")

	second := h.Ring(gatewaytest.Neighbour)
	b := h.WantEvents("ring")
	waiting := h.WantState("ringing")
	if waiting.Active != 2 || !waiting.Waiting || waiting.Call.ID != b.ID || len(waiting.Calls) != 1 || waiting.Calls[0].ID != a.ID {
		t.Errorf("%+v", waiting)
	}

	h.Box.Advance(5e9)
	second.Disconnect(0)
	h.WantEvents("miss")
	talking := h.WantState("talking")
	if talking.Active != 1 || talking.Waiting || talking.Call.ID != a.ID || len(talking.Calls) != 0 {
		t.Errorf("%+v", talking)
	}
	first.Disconnect(9)
	if end := h.WantEvents("end"); end.ID != a.ID {
		t.Errorf("%+v", end)
	}
	h.WantState("idle")
}

// TestDiversionThatShowsTheCaller: the box passes a call on and says the outside caller
// where its own number would stand. He is the caller, and no own number.
func TestDiversionThatShowsTheCaller(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	in := h.Ring(gatewaytest.Patient)
	h.WantEvents("ring")
	h.WantLine(gatewaytest.PracticeMSN, "ringing")
	out := h.Box.Dial(4, gatewaytest.Patient, gatewaytest.Friend, fritztest.CallOptions{})
	dial := h.WantEvents("dial")
	if dial.Caller.Number != gatewaytest.PatientE164 || dial.Callee.Number != gatewaytest.FriendE164 || dial.Callee.MSN != gatewaytest.PracticeMSN {
		t.Errorf("%+v", dial)
	}
	h.Box.Advance(5e9)
	out.Disconnect(0)
	h.WantEvents("end")
	in.Disconnect(0)
	h.WantEvents("miss")
	h.WantLine(gatewaytest.PracticeMSN, "idle")

	h.Box.Dial(4, gatewaytest.Patient, gatewaytest.Friend, fritztest.CallOptions{}).Disconnect(0) // its RING was lost
	if dial := h.WantEvents("dial", "end"); dial.Caller.Number != gatewaytest.PatientE164 || dial.Callee.MSN != "" {
		t.Errorf("%+v", dial)
	}
	h.NothingElse()
}

// TestParallelCalls: what rings is shown before what talks, and that before what
// dials; each own number shows its own calls.
func TestParallelCalls(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	out := h.Box.Dial(11, gatewaytest.Home, gatewaytest.Friend, fritztest.CallOptions{Trunk: "SIP1"})
	h.WantEvents("dial")
	h.WantState("dialing")
	in := h.Ring(gatewaytest.Patient)
	h.WantEvents("ring")
	h.WantState("ringing")
	if line := h.WantLine(gatewaytest.HomeMSN, "dialing"); line.Active != 1 || line.Call.Callee.Number != gatewaytest.FriendE164 {
		t.Errorf("%+v", line)
	}
	if line := h.WantLine(gatewaytest.PracticeMSN, "ringing"); line.Active != 1 || line.Call.Caller.Number != gatewaytest.PatientE164 {
		t.Errorf("%+v", line)
	}

	in.Connect(10)
	h.WantEvents("answer")
	if s := h.WantState("talking"); s.Active != 2 || s.Call.Caller.Number != gatewaytest.PatientE164 || s.Calls[0].Callee.Number != gatewaytest.FriendE164 {
		t.Errorf("%+v", s)
	}
	in.Disconnect(1)
	h.WantEvents("end")
	h.WantState("dialing")
	h.WantLine(gatewaytest.PracticeMSN, "idle")
	out.Connect(11)
	h.WantEvents("answer")
	h.WantState("talking")
	h.WantLine(gatewaytest.HomeMSN, "talking")
	out.Disconnect(1)
	if end := h.WantEvents("end"); end.Direction != "outgoing" || end.Outcome != "answered" || end.Caller.MSN+end.Callee.MSN == "" {
		t.Errorf("%+v", end)
	}
	h.WantState("idle")
	h.WantLine(gatewaytest.HomeMSN, "idle")
}

// TestAnsweringMachine: a call it takes is none that anybody talks on.
func TestAnsweringMachine(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	c := h.Ring(gatewaytest.Munich)
	h.WantEvents("ring")
	h.WantState("ringing")
	c.Connect(40)
	h.WantEvents("voicemail")
	if s := h.WantState("idle"); s.Active != 1 || s.Call.Phase != "voicemail" || s.Call.Caller.Number != gatewaytest.MunichE164 {
		t.Errorf("%+v", s)
	}
	if line := h.WantLine(gatewaytest.PracticeMSN, "idle"); line.Active != 1 {
		t.Errorf("%+v", line)
	}
	c.Disconnect(8)
	if end := h.WantEvents("end"); end.Outcome != "voicemail" || end.TalkSeconds != 8 {
		t.Errorf("%+v", end)
	}
	h.WantActive(0)
	for _, s := range h.States() {
		if s.State == "talking" {
			t.Errorf("somebody talked: %+v", s)
		}
	}
}

// TestBarredCallerNeverRings: the box turns the caller away before a phone rings,
// so no state may say that one did.
func TestBarredCallerNeverRings(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Boxes[0].Debounce = 10 * time.Second })
	for range 10 {
		h.Box.Barred(gatewaytest.Pest, gatewaytest.Practice, fritztest.CallOptions{})
		if block := h.WantEvents("ring", "block"); block.Outcome != "blocked" || block.Caller.Number != gatewaytest.PestE164 {
			t.Errorf("%+v", block)
		}
	}
	// Two segments, with time between them.
	c := h.Ring(gatewaytest.Pest)
	h.WantEvents("ring")
	h.Settled()
	c.Disconnect(0)
	h.WantEvents("block")
	h.Settled()
	h.NeverRinging()
	if missed := h.WantMissed(0); len(missed.Calls) != 0 {
		t.Errorf("%+v", missed)
	}
	h.Heard.Until("the last call", func() bool { return h.Heard.Newest(h.Topic("last_call")) != "" })
	if last := gatewaytest.Parse[gatewaytest.CallDoc](t, h.Heard.Newest(h.Topic("last_call"))); last.Outcome != "blocked" {
		t.Errorf("%+v", last)
	}
}

// TestRingIsShownAfterTheDebounce and told at once.
func TestRingIsShownAfterTheDebounce(t *testing.T) {
	t.Parallel()
	const debounce = 300 * time.Millisecond
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Boxes[0].Debounce = debounce })
	from := time.Now()
	c := h.Ring(gatewaytest.Patient)
	h.WantEvents("ring")
	told := h.Heard.On(h.Topic("event"))[0].At
	h.WantState("ringing")
	states := h.Heard.On(h.Topic("state"))
	shown := states[len(states)-1].At
	if shown.Sub(from) < debounce {
		t.Errorf("shown after %v", shown.Sub(from))
	}
	if told.After(shown) {
		t.Error("shown before it was told")
	}
	// Long enough by our clock, though the box counts no second: somebody hung up.
	c.Disconnect(0)
	h.WantEvents("miss")
	h.WantState("idle")
}

// TestShortRingOfLongStampsIsMissed: a box whose lines come late all at once has
// barred nobody.
func TestShortRingOfLongStampsIsMissed(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Boxes[0].Debounce = 10 * time.Second })
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{Rings: 2 * time.Second})
	h.WantEvents("ring", "miss")
	h.WantMissed(1)
}

// TestRingWithoutEnd: a ring whose end never comes is given up.
func TestRingWithoutEnd(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Options.Timing.RingLimit = 200 * time.Millisecond })
	c := h.Ring(gatewaytest.Patient)
	h.WantEvents("ring")
	h.WantState("ringing")
	if lost := h.WantEvents("lost"); lost.Outcome != "lost" {
		t.Errorf("%+v", lost)
	}
	h.WantState("idle")
	c.Disconnect(0) // late, and of no call that anybody knows
	h.NothingElse()
}

// TestMissedCalls: all are counted, the newest ten are listed, and the command
// begins anew.
func TestMissedCalls(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	if none := h.WantMissed(0); none.Calls == nil || len(none.Calls) != 0 {
		t.Errorf("%+v", none)
	}
	var ids []string
	for i := range 13 {
		number, _ := gatewaytest.Caller(i)
		h.Box.Missed(number, gatewaytest.Practice, fritztest.Course{})
		ids = append(ids, h.WantEvents("ring", "miss").ID)
	}
	missed := h.WantMissed(13)
	var listed []string
	for _, c := range missed.Calls {
		listed = append(listed, c.ID)
	}
	slices.Reverse(ids)
	if !slices.Equal(listed, ids[:10]) {
		t.Errorf("listed %v of %v", listed, ids)
	}
	h.WantCode("reset_missed", "PRESS", "ok")
	h.WantMissed(0)
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
	h.WantMissed(1)
}

// TestEveryCallIsClosedOnce: whatever lines come in whatever order, each id has one
// opening and one closing event, and no event comes behind the closing one.
func TestEveryCallIsClosedOnce(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.Box.Glue(true)
	for i := range 60 {
		number, _ := gatewaytest.Caller(i)
		c := h.Ring(number)
		switch i % 6 {
		case 0:
			c.Connect(10)
			c.Connect(11) // said twice
			c.Disconnect(5)
			c.Disconnect(5)
		case 1:
			c.LoseDisconnect() // the next call gets its id
		case 2:
			h.Box.StrayConnect(7, 10, number)
			h.Box.StrayDisconnect(8, 3)
			c.Disconnect(0)
		case 3:
			c.LoseConnect(10)
			c.Disconnect(4)
		case 4:
			c.Pickup(10)
			c.Connect(10)
			c.Disconnect(2)
		case 5:
			c.Connect(41)
			c.Disconnect(2)
		}
	}
	h.Box.Glue(false)
	phases := map[string]string{}
	count := 0
	for count < 60 {
		e := h.NextEvent()
		switch before := phases[e.ID]; e.EventType {
		case "ring":
			if before != "" {
				t.Errorf("%s rings again after %s", e.ID, before)
			}
		case "answer", "voicemail":
			if before != "ring" {
				t.Errorf("%s: %s after %q", e.ID, e.EventType, before)
			}
		case "end", "miss", "block", "lost":
			if count++; before == "" || before == "closed" {
				t.Errorf("%s: %s after %q", e.ID, e.EventType, before)
			}
			phases[e.ID] = "closed"
			continue
		default:
			t.Errorf("event %s", e.EventType)
		}
		phases[e.ID] = e.EventType
	}
	h.NothingElse()
	if len(phases) != 60 {
		t.Errorf("%d ids of 60 calls", len(phases))
	}
	h.WantActive(0)
}
