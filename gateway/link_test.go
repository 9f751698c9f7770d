package gateway_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// wantHealth waits until the health of the call monitor has this state and reason.
func wantHealth(s *gatewaytest.Site, state, reason string) (doc gatewaytest.HealthDoc) {
	h := s.House
	h.Helper()
	h.Heard.Until("health "+state+" "+reason, func() bool {
		payload := h.Heard.Newest(s.Topic("health"))
		if payload == "" {
			return false
		}
		doc = gatewaytest.Parse[gatewaytest.HealthDoc](h, payload)
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
			h := gatewaytest.Open(t)
			h.Ring(gatewaytest.Patient).Connect(10)
			a := h.WantEvents("ring", "answer")
			h.RingHome(gatewaytest.Neighbour)
			b := h.WantEvents("ring")
			h.Box.Dial(12, gatewaytest.Home, gatewaytest.Friend, fritztest.CallOptions{})
			c := h.WantEvents("dial")
			h.WantActive(3)
			h.WantState("ringing")

			mark := len(h.Heard.All())
			h.Box.Refuse()
			lose(h.Box)
			var lost []string
			for range 3 {
				e := h.NextEvent()
				if lost = append(lost, e.ID); e.EventType != "lost" || e.Outcome != "lost" || e.Ended == nil {
					t.Errorf("%+v", e)
				}
			}
			if !slices.Equal(lost, []string{a.ID, b.ID, c.ID}) {
				t.Errorf("lost %v of %v %v %v", lost, a.ID, b.ID, c.ID)
			}
			h.Heard.UntilSaid(h.Topic("link"), "offline")
			h.WantActive(0)
			var order []string
			for _, m := range h.Heard.All()[mark:] {
				switch {
				case m.Topic == h.Topic("event"):
					order = append(order, "lost")
				case m.Topic == h.Topic("link"):
					order = append(order, m.Payload)
				case m.Topic == h.Topic("state"):
					order = append(order, gatewaytest.Parse[gatewaytest.StateDoc](t, m.Payload).State)
				}
			}
			slices.Sort(order[min(3, len(order)):])
			if want := []string{"lost", "lost", "lost", "idle", "offline"}; !slices.Equal(order, want) {
				t.Errorf("told in the order %v", order)
			}
			if h.WantMissed(0).Count != 0 {
				t.Error("lost calls are no missed ones")
			}
		})
	}
}

// TestCallMonitorSwitchedOff: a box that refuses again and again wants a code
// dialled, and the hint says which.
func TestCallMonitorSwitchedOff(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Language = call.German })
	up := wantHealth(h.Site, "up", "")
	if up.Version != "1.2.3" || up.Monitor.Hint != "" || up.Monitor.Since == nil || up.TR064.State != "off" || up.SIP.State != "off" || up.Phonebooks == nil {
		t.Errorf("%+v", up)
	}
	h.Box.Refuse()
	h.Box.Reset()
	down := wantHealth(h.Site, "down", "call_monitor_off")
	if want := "Die Box weist den Anrufmonitor ab: einmal #96*5* "; len(down.Monitor.Hint) < len(want) || down.Monitor.Hint[:len(want)] != want {
		t.Errorf("%+v", down.Monitor)
	}
	h.Heard.UntilSaid(h.Topic("link"), "offline")
	if err := h.Box.Accept(); err != nil {
		t.Fatal(err)
	}
	h.Linked()
	wantHealth(h.Site, "up", "")
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
}

// TestBoxRestart: an update of FRITZ!OS needs nobody's help.
func TestBoxRestart(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.Ring(gatewaytest.Patient)
	ring := h.WantEvents("ring")
	before := h.Box.State().Accepted
	if err := h.Box.Restart(context.Background(), 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if lost := h.WantEvents("lost"); lost.ID != ring.ID {
		t.Errorf("%+v", lost)
	}
	connectedAgain(h.Site, before)
	h.Box.Missed(gatewaytest.Neighbour, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
	if n := h.Metric(`callporter_monitor_reconnects_total{box="fritzbox"}`); n < 1 {
		t.Errorf("%v reconnects counted", n)
	}
}

// TestBoxThatClosesAtOnce is dialled again and again, and found when it is well.
func TestBoxThatClosesAtOnce(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.Box.CloseAtOnce(true)
	h.Box.Reset()
	wantHealth(h.Site, "down", "closed")
	before := h.Box.State().Accepted
	h.Box.CloseAtOnce(false)
	connectedAgain(h.Site, before)
	wantHealth(h.Site, "up", "")
	h.NothingElse()
}

// TestPortThatClosesAtOnce: while a port takes connections and closes them, the link
// does not go up and down with each. It is up with the first call of the box that is
// well again.
func TestPortThatClosesAtOnce(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Options.Timing.Settled = time.Hour })
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
	mark := len(h.Heard.All())
	h.Box.CloseAtOnce(true)
	h.Box.Reset()
	wantHealth(h.Site, "down", "closed")
	before := h.Box.State().Accepted
	ctx, cancel := context.WithTimeout(t.Context(), gatewaytest.Patience)
	defer cancel()
	if err := h.Box.Wait(ctx, func(b fritztest.State) bool { return b.Accepted > before+4 }); err != nil {
		t.Fatal("the gateway does not come back")
	}
	h.Box.CloseAtOnce(false)
	before = h.Box.State().Accepted
	if err := h.Box.Wait(ctx, func(b fritztest.State) bool { return b.Accepted > before && b.Open == 1 }); err != nil {
		t.Fatal("the gateway does not come back")
	}
	h.Box.Missed(gatewaytest.Neighbour, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
	wantHealth(h.Site, "up", "")
	h.Settled()

	// The first of those connections may be told: nobody can know. A loss that is over
	// before it could be sent is not seen.
	lost, last := 0, "online"
	for _, m := range h.Heard.All()[mark:] {
		if m.Topic == h.Topic("link") {
			if m.Payload == "offline" && last == "online" {
				lost++
			}
			last = m.Payload
		}
	}
	if lost < 1 || lost > 2 || last != "online" {
		t.Errorf("lost %d times, %s in the end", lost, last)
	}
}

// TestBoxThatIsOffAtTheStart is no error, and found when it comes.
func TestBoxThatIsOffAtTheStart(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Build(t)
	h.Box.Refuse()
	h.Run()
	wantHealth(h.Site, "down", "call_monitor_off")
	h.Heard.UntilSaid(h.Topic("link"), "offline")
	h.Heard.UntilSaid("callporter/availability", "online")
	h.WantState("idle")
	if err := h.Box.Accept(); err != nil {
		t.Fatal(err)
	}
	h.Linked()
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
}

// TestStopWhileRinging leaves nothing ringing behind.
func TestStopWhileRinging(t *testing.T) {
	t.Parallel()
	gatewaytest.EachBroker(t, func(t *testing.T, b *gatewaytest.Broker) {
		h := gatewaytest.Open(t, gatewaytest.At(b))
		h.Ring(gatewaytest.Patient)
		h.WantEvents("ring")
		h.WantState("ringing")
		h.Stop()
		h.WantEvents("lost")
		kept := h.Retained()
		if doc := gatewaytest.Parse[gatewaytest.StateDoc](t, kept[h.Topic("state")]); doc.State != "idle" || doc.Active != 0 {
			t.Errorf("state is kept as %+v", doc)
		}
		if kept[h.Topic("link")] != "offline" || kept["callporter/availability"] != "offline" {
			t.Errorf("link is kept as %s, availability as %s", kept[h.Topic("link")], kept["callporter/availability"])
		}
	})
}

// TestTwoGatewaysOfOneHouse: a gateway may follow calls of a box that another
// gateway follows too, under another base topic and with other data.
func TestTwoGatewaysOfOneHouse(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.Open(t, gatewaytest.At(b))
	second := gatewaytest.Build(t, gatewaytest.At(b), func(other *gatewaytest.House) {
		other.Config.Boxes = []config.Box{h.Config.Boxes[0]}
		other.Config.MQTT.BaseTopic = "annexe/calls"
		other.Config.Discovery.Enabled = false
	})
	second.Sites = nil
	second.Run()
	second.Heard.UntilSaid("annexe/calls/fritzbox/link", "online")
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
	second.Heard.Until("the other gateway's events", func() bool { return len(second.Heard.On("annexe/calls/fritzbox/event")) == 3 })
	second.Stop()
	second.Heard.UntilSaid("annexe/calls/availability", "offline")
	h.NothingElse()
}
