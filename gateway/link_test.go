package gateway_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/config"
)

// partDoc and healthDoc are the health document of the contract.
type partDoc struct {
	State, Reason, Hint string
	Since               *time.Time
}

type healthDoc struct {
	Monitor, TR064, SIP      partDoc
	Model, Firmware, Version string
	Phonebooks               []any
}

// wantHealth waits until the health of the call monitor has this state and reason.
func (s *site) wantHealth(state, reason string) (doc healthDoc) {
	h := s.house
	h.Helper()
	h.heard.until("health "+state+" "+reason, func() bool {
		payload := h.heard.newest(s.topic("health"))
		if payload == "" {
			return false
		}
		doc = parse[healthDoc](h, payload)
		return doc.Monitor.State == state && doc.Monitor.Reason == reason
	})
	return doc
}

// TestLinkLoss: first each call is told to be lost, then that nothing goes on and
// that the link is down.
func TestLinkLoss(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*fritztest.Box){
		"reset": (*fritztest.Box).Reset, "closed": (*fritztest.Box).Drop,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			h.ring(patient).Connect(10)
			a := h.wantEvents("ring", "answer")
			h.ringHome(neighbour)
			b := h.wantEvents("ring")
			h.box.Dial(12, home, friend, fritztest.CallOptions{})
			c := h.wantEvents("dial")
			h.wantActive(3)
			h.wantState("ringing")

			mark := len(h.heard.all())
			h.box.Refuse()
			lose(h.box)
			var lost []string
			for range 3 {
				e := h.nextEvent()
				if lost = append(lost, e.ID); e.EventType != "lost" || e.Outcome != "lost" || e.Ended == nil {
					t.Errorf("%+v", e)
				}
			}
			if !slices.Equal(lost, []string{a.ID, b.ID, c.ID}) {
				t.Errorf("lost %v of %v %v %v", lost, a.ID, b.ID, c.ID)
			}
			h.heard.untilSaid(h.topic("link"), "offline")
			h.wantActive(0)
			var order []string
			for _, m := range h.heard.all()[mark:] {
				switch {
				case m.topic == h.topic("event"):
					order = append(order, "lost")
				case m.topic == h.topic("link"):
					order = append(order, m.payload)
				case m.topic == h.topic("state"):
					order = append(order, parse[stateDoc](t, m.payload).State)
				}
			}
			slices.Sort(order[min(3, len(order)):])
			if want := []string{"lost", "lost", "lost", "idle", "offline"}; !slices.Equal(order, want) {
				t.Errorf("told in the order %v", order)
			}
			if h.wantMissed(0).Count != 0 {
				t.Error("lost calls are no missed ones")
			}
		})
	}
}

// TestCallMonitorSwitchedOff: a box that refuses again and again wants a code
// dialled, and the hint says which.
func TestCallMonitorSwitchedOff(t *testing.T) {
	t.Parallel()
	h := open(t, func(h *house) { h.config.Language = call.German })
	up := h.wantHealth("up", "")
	if up.Version != "1.2.3" || up.Monitor.Hint != "" || up.Monitor.Since == nil || up.TR064.State != "off" || up.SIP.State != "off" || up.Phonebooks == nil {
		t.Errorf("%+v", up)
	}
	h.box.Refuse()
	h.box.Reset()
	down := h.wantHealth("down", "call_monitor_off")
	if want := "Die Box weist Port 1012 ab: einmal #96*5* "; len(down.Monitor.Hint) < len(want) || down.Monitor.Hint[:len(want)] != want {
		t.Errorf("%+v", down.Monitor)
	}
	h.heard.untilSaid(h.topic("link"), "offline")
	if err := h.box.Accept(); err != nil {
		t.Fatal(err)
	}
	h.linked()
	h.wantHealth("up", "")
	h.box.Missed(patient, practice, fritztest.Course{})
	h.wantEvents("ring", "miss")
}

// TestBoxRestart: an update of FRITZ!OS needs nobody's help.
func TestBoxRestart(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.ring(patient)
	ring := h.wantEvents("ring")
	before := h.box.State().Accepted
	if err := h.box.Restart(context.Background(), 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if lost := h.wantEvents("lost"); lost.ID != ring.ID {
		t.Errorf("%+v", lost)
	}
	h.connectedAgain(before)
	h.box.Missed(neighbour, practice, fritztest.Course{})
	h.wantEvents("ring", "miss")
	if n := h.metric(`callporter_monitor_reconnects_total{box="fritzbox"}`); n < 1 {
		t.Errorf("%v reconnects counted", n)
	}
}

// TestBoxThatClosesAtOnce is dialled again and again, and found when it is well.
func TestBoxThatClosesAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.box.CloseAtOnce(true)
	h.box.Reset()
	h.wantHealth("down", "closed")
	before := h.box.State().Accepted
	h.box.CloseAtOnce(false)
	h.connectedAgain(before)
	h.wantHealth("up", "")
	h.nothingElse()
}

// TestPortThatClosesAtOnce: while a port takes connections and closes them, the link
// does not go up and down with each. It is up with the first call of the box that is
// well again.
func TestPortThatClosesAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t, func(h *house) { h.options.Timing.Settled = time.Hour })
	h.box.Missed(patient, practice, fritztest.Course{})
	h.wantEvents("ring", "miss")
	mark := len(h.heard.all())
	h.box.CloseAtOnce(true)
	h.box.Reset()
	h.wantHealth("down", "closed")
	before := h.box.State().Accepted
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := h.box.Wait(ctx, func(b fritztest.State) bool { return b.Accepted > before+4 }); err != nil {
		t.Fatal("the gateway does not come back")
	}
	h.box.CloseAtOnce(false)
	before = h.box.State().Accepted
	if err := h.box.Wait(ctx, func(b fritztest.State) bool { return b.Accepted > before && b.Open == 1 }); err != nil {
		t.Fatal("the gateway does not come back")
	}
	h.box.Missed(neighbour, practice, fritztest.Course{})
	h.wantEvents("ring", "miss")
	h.wantHealth("up", "")
	h.settled()

	// The first of those connections may be told: nobody can know. A loss that is over
	// before it could be sent is not seen.
	lost, last := 0, "online"
	for _, m := range h.heard.all()[mark:] {
		if m.topic == h.topic("link") {
			if m.payload == "offline" && last == "online" {
				lost++
			}
			last = m.payload
		}
	}
	if lost < 1 || lost > 2 || last != "online" {
		t.Errorf("lost %d times, %s in the end", lost, last)
	}
}

// TestBoxThatIsOffAtTheStart is no error, and found when it comes.
func TestBoxThatIsOffAtTheStart(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.box.Refuse()
	h.run()
	h.wantHealth("down", "call_monitor_off")
	h.heard.untilSaid(h.topic("link"), "offline")
	h.heard.untilSaid("callporter/availability", "online")
	h.wantState("idle")
	if err := h.box.Accept(); err != nil {
		t.Fatal(err)
	}
	h.linked()
	h.box.Missed(patient, practice, fritztest.Course{})
	h.wantEvents("ring", "miss")
}

// TestStopWhileRinging leaves nothing ringing behind.
func TestStopWhileRinging(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		h := open(t, at(b))
		h.ring(patient)
		h.wantEvents("ring")
		h.wantState("ringing")
		h.stop()
		h.wantEvents("lost")
		kept := h.retained()
		if doc := parse[stateDoc](t, kept[h.topic("state")]); doc.State != "idle" || doc.Active != 0 {
			t.Errorf("state is kept as %+v", doc)
		}
		if kept[h.topic("link")] != "offline" || kept["callporter/availability"] != "offline" {
			t.Errorf("link is kept as %s, availability as %s", kept[h.topic("link")], kept["callporter/availability"])
		}
	})
}

// TestTwoGatewaysOfOneHouse: a gateway may follow calls of a box that another
// gateway follows too, under another base topic and with other data.
func TestTwoGatewaysOfOneHouse(t *testing.T) {
	t.Parallel()
	b := newBroker(t, nil)
	h := open(t, at(b))
	second := build(t, at(b), func(other *house) {
		other.config.Boxes = []config.Box{h.config.Boxes[0]}
		other.config.MQTT.BaseTopic = "annexe/calls"
		other.config.Discovery.Enabled = false
	})
	second.sites = nil
	second.run()
	second.heard.untilSaid("annexe/calls/fritzbox/link", "online")
	h.box.Missed(patient, practice, fritztest.Course{})
	h.wantEvents("ring", "miss")
	second.heard.until("the other gateway's events", func() bool { return len(second.heard.on("annexe/calls/fritzbox/event")) == 2 })
	second.stop()
	second.heard.untilSaid("annexe/calls/availability", "offline")
	h.nothingElse()
}
