package gateway_test

import (
	"slices"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
)

// TestStateOfOneCall follows a call through everything that is published of it.
func TestStateOfOneCall(t *testing.T) {
	t.Parallel()
	h := open(t)
	idle := h.wantState("idle")
	if idle.Active != 0 || idle.Call.ID != "" || idle.Call.Started != nil || idle.Calls == nil {
		t.Errorf("idle: %+v", idle)
	}

	c := h.ring(patient)
	ring := h.wantEvents("ring")
	ringing := h.wantState("ringing")
	if ringing.Active != 1 || ringing.Waiting || ringing.Call.ID != ring.ID || ringing.Call.Phase != "ringing" ||
		ringing.Call.Direction != "incoming" || ringing.Call.Trunk != "SIP0" || ringing.Call.Callee.Name != "Practice" ||
		ringing.Call.Callee.MSN != practiceMSN || ringing.Call.Started == nil || ringing.Call.Answered != nil {
		t.Errorf("ringing: %+v", ringing)
	}

	c.Connect(10)
	answer := h.wantEvents("answer")
	talking := h.wantState("talking")
	if talking.Call.ID != ring.ID || talking.Call.Caller != ring.Caller || talking.Call.Extension != "10" ||
		talking.Call.Device == "" || talking.Call.Answered == nil || !talking.Call.Started.Equal(*ring.Started) || answer.Outcome != "" {
		t.Errorf("talking: %+v", talking)
	}

	c.Disconnect(42)
	end := h.wantEvents("end")
	if end.ID != ring.ID || end.Outcome != "answered" || end.TalkSeconds != 42 || end.Caller != ring.Caller || end.Ended == nil || end.Phase != "ended" {
		t.Errorf("end: %+v", end)
	}
	if idle := h.wantState("idle"); idle.Call.ID != "" || idle.Active != 0 {
		t.Errorf("idle again: %+v", idle)
	}
	h.heard.until("the last call", func() bool { return h.heard.newest(h.topic("last_call")) != "" })
	if last := parse[callDoc](t, h.heard.newest(h.topic("last_call"))); last.ID != ring.ID || last.Outcome != "answered" || last.TalkSeconds != 42 {
		t.Errorf("last call: %+v", last)
	}
	h.nothingElse()
}

// TestCallWaiting is the trace after which other gateways say idle while the first
// two still talk.
func TestCallWaiting(t *testing.T) {
	t.Parallel()
	h := open(t)
	first := h.ring(patient)
	a := h.wantEvents("ring")
	first.Connect(10)
	h.wantEvents("answer")
	h.wantState("talking")

	second := h.ring(neighbour)
	b := h.wantEvents("ring")
	waiting := h.wantState("ringing")
	if waiting.Active != 2 || !waiting.Waiting || waiting.Call.ID != b.ID || len(waiting.Calls) != 1 || waiting.Calls[0].ID != a.ID {
		t.Errorf("%+v", waiting)
	}

	h.box.Advance(5e9)
	second.Disconnect(0)
	h.wantEvents("miss")
	talking := h.wantState("talking")
	if talking.Active != 1 || talking.Waiting || talking.Call.ID != a.ID || len(talking.Calls) != 0 {
		t.Errorf("%+v", talking)
	}
	first.Disconnect(9)
	if end := h.wantEvents("end"); end.ID != a.ID {
		t.Errorf("%+v", end)
	}
	h.wantState("idle")
}

// TestDiversionThatShowsTheCaller: the box passes a call on and says the outside caller
// where its own number would stand. He is the caller, and no own number.
func TestDiversionThatShowsTheCaller(t *testing.T) {
	t.Parallel()
	h := open(t)
	in := h.ring(patient)
	h.wantEvents("ring")
	h.wantLine(practiceMSN, "ringing")
	out := h.box.Dial(4, patient, friend, fritztest.CallOptions{})
	dial := h.wantEvents("dial")
	if dial.Caller.Number != patientE164 || dial.Callee.Number != friendE164 || dial.Callee.MSN != practiceMSN {
		t.Errorf("%+v", dial)
	}
	h.box.Advance(5e9)
	out.Disconnect(0)
	h.wantEvents("end")
	in.Disconnect(0)
	h.wantEvents("miss")
	h.wantLine(practiceMSN, "idle")

	h.box.Dial(4, patient, friend, fritztest.CallOptions{}).Disconnect(0) // its RING was lost
	if dial := h.wantEvents("dial", "end"); dial.Caller.Number != patientE164 || dial.Callee.MSN != "" {
		t.Errorf("%+v", dial)
	}
	h.nothingElse()
}

// TestParallelCalls: what rings is shown before what talks, and that before what
// dials; each own number shows its own calls.
func TestParallelCalls(t *testing.T) {
	t.Parallel()
	h := open(t)
	out := h.box.Dial(11, home, friend, fritztest.CallOptions{Trunk: "SIP1"})
	h.wantEvents("dial")
	h.wantState("dialing")
	in := h.ring(patient)
	h.wantEvents("ring")
	h.wantState("ringing")
	if line := h.wantLine(homeMSN, "dialing"); line.Active != 1 || line.Call.Callee.Number != friendE164 {
		t.Errorf("%+v", line)
	}
	if line := h.wantLine(practiceMSN, "ringing"); line.Active != 1 || line.Call.Caller.Number != patientE164 {
		t.Errorf("%+v", line)
	}

	in.Connect(10)
	h.wantEvents("answer")
	if s := h.wantState("talking"); s.Active != 2 || s.Call.Caller.Number != patientE164 || s.Calls[0].Callee.Number != friendE164 {
		t.Errorf("%+v", s)
	}
	in.Disconnect(1)
	h.wantEvents("end")
	h.wantState("dialing")
	h.wantLine(practiceMSN, "idle")
	out.Connect(11)
	h.wantEvents("answer")
	h.wantState("talking")
	h.wantLine(homeMSN, "talking")
	out.Disconnect(1)
	if end := h.wantEvents("end"); end.Direction != "outgoing" || end.Outcome != "answered" || end.Caller.MSN+end.Callee.MSN == "" {
		t.Errorf("%+v", end)
	}
	h.wantState("idle")
	h.wantLine(homeMSN, "idle")
}

// TestAnsweringMachine: a call it takes is none that anybody talks on.
func TestAnsweringMachine(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.ring(munich)
	h.wantEvents("ring")
	h.wantState("ringing")
	c.Connect(40)
	h.wantEvents("voicemail")
	if s := h.wantState("idle"); s.Active != 1 || s.Call.Phase != "voicemail" || s.Call.Caller.Number != munichE164 {
		t.Errorf("%+v", s)
	}
	if line := h.wantLine(practiceMSN, "idle"); line.Active != 1 {
		t.Errorf("%+v", line)
	}
	c.Disconnect(8)
	if end := h.wantEvents("end"); end.Outcome != "voicemail" || end.TalkSeconds != 8 {
		t.Errorf("%+v", end)
	}
	h.wantActive(0)
	for _, s := range h.states() {
		if s.State == "talking" {
			t.Errorf("somebody talked: %+v", s)
		}
	}
}

// TestBarredCallerNeverRings: the box turns the caller away before a phone rings,
// so no state may say that one did.
func TestBarredCallerNeverRings(t *testing.T) {
	t.Parallel()
	h := open(t, func(h *house) { h.config.Boxes[0].Debounce = 10 * time.Second })
	for range 10 {
		h.box.Barred(pest, practice, fritztest.CallOptions{})
		if block := h.wantEvents("ring", "block"); block.Outcome != "blocked" || block.Caller.Number != pestE164 {
			t.Errorf("%+v", block)
		}
	}
	// Two segments, with time between them.
	c := h.ring(pest)
	h.wantEvents("ring")
	h.settled()
	c.Disconnect(0)
	h.wantEvents("block")
	h.settled()
	h.neverRinging()
	if missed := h.wantMissed(0); len(missed.Calls) != 0 {
		t.Errorf("%+v", missed)
	}
	h.heard.until("the last call", func() bool { return h.heard.newest(h.topic("last_call")) != "" })
	if last := parse[callDoc](t, h.heard.newest(h.topic("last_call"))); last.Outcome != "blocked" {
		t.Errorf("%+v", last)
	}
}

// TestRingIsShownAfterTheDebounce and told at once.
func TestRingIsShownAfterTheDebounce(t *testing.T) {
	t.Parallel()
	const debounce = 300 * time.Millisecond
	h := open(t, func(h *house) { h.config.Boxes[0].Debounce = debounce })
	from := time.Now()
	c := h.ring(patient)
	h.wantEvents("ring")
	told := h.heard.on(h.topic("event"))[0].at
	h.wantState("ringing")
	states := h.heard.on(h.topic("state"))
	shown := states[len(states)-1].at
	if shown.Sub(from) < debounce {
		t.Errorf("shown after %v", shown.Sub(from))
	}
	if told.After(shown) {
		t.Error("shown before it was told")
	}
	// Long enough by our clock, though the box counts no second: somebody hung up.
	c.Disconnect(0)
	h.wantEvents("miss")
	h.wantState("idle")
}

// TestShortRingOfLongStampsIsMissed: a box whose lines come late all at once has
// barred nobody.
func TestShortRingOfLongStampsIsMissed(t *testing.T) {
	t.Parallel()
	h := open(t, func(h *house) { h.config.Boxes[0].Debounce = 10 * time.Second })
	h.box.Missed(patient, practice, fritztest.Course{Rings: 2 * time.Second})
	h.wantEvents("ring", "miss")
	h.wantMissed(1)
}

// TestRingWithoutEnd: a ring whose end never comes is given up.
func TestRingWithoutEnd(t *testing.T) {
	t.Parallel()
	h := open(t, func(h *house) { h.options.Timing.RingLimit = 200 * time.Millisecond })
	c := h.ring(patient)
	h.wantEvents("ring")
	h.wantState("ringing")
	if lost := h.wantEvents("lost"); lost.Outcome != "lost" {
		t.Errorf("%+v", lost)
	}
	h.wantState("idle")
	c.Disconnect(0) // late, and of no call that anybody knows
	h.nothingElse()
}

// TestMissedCalls: all are counted, the newest ten are listed, and the command
// begins anew.
func TestMissedCalls(t *testing.T) {
	t.Parallel()
	h := open(t)
	if none := h.wantMissed(0); none.Calls == nil || len(none.Calls) != 0 {
		t.Errorf("%+v", none)
	}
	var ids []string
	for i := range 13 {
		number, _ := caller(i)
		h.box.Missed(number, practice, fritztest.Course{})
		ids = append(ids, h.wantEvents("ring", "miss").ID)
	}
	missed := h.wantMissed(13)
	var listed []string
	for _, c := range missed.Calls {
		listed = append(listed, c.ID)
	}
	slices.Reverse(ids)
	if !slices.Equal(listed, ids[:10]) {
		t.Errorf("listed %v of %v", listed, ids)
	}
	h.wantCode("reset_missed", "PRESS", "ok")
	h.wantMissed(0)
	h.box.Missed(patient, practice, fritztest.Course{})
	h.wantEvents("ring", "miss")
	h.wantMissed(1)
}

// TestEveryCallIsClosedOnce: whatever lines come in whatever order, each id has one
// opening and one closing event, and no event comes behind the closing one.
func TestEveryCallIsClosedOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.box.Glue(true)
	for i := range 60 {
		number, _ := caller(i)
		c := h.ring(number)
		switch i % 6 {
		case 0:
			c.Connect(10)
			c.Connect(11) // said twice
			c.Disconnect(5)
			c.Disconnect(5)
		case 1:
			c.LoseDisconnect() // the next call gets its id
		case 2:
			h.box.StrayConnect(7, 10, number)
			h.box.StrayDisconnect(8, 3)
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
	h.box.Glue(false)
	phases := map[string]string{}
	count := 0
	for count < 60 {
		e := h.nextEvent()
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
	h.nothingElse()
	if len(phases) != 60 {
		t.Errorf("%d ids of 60 calls", len(phases))
	}
	h.wantActive(0)
}
