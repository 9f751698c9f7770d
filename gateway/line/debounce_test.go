package line

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/topic"
)

// TestDebounceThatEndsMeanwhile: a ring whose debounce ends between the state being
// published and Run going to sleep is announced at once, not with the next event.
func TestDebounceThatEndsMeanwhile(t *testing.T) {
	const debounce = 500 * time.Millisecond
	plan, err := call.NewPlan("DE", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	now := start
	l := New(Options{
		ID: "fritzbox", Topics: topic.Topics{Base: "callporter"}.Box("fritzbox"), Plan: plan, Debounce: debounce,
		Publisher: newNarrowRing(9), Now: func() time.Time { return now },
	})
	l.take(call.Event{Kind: call.Ring, Caller: "03023125123", Callee: "23125732", Received: start})

	now = start.Add(debounce - time.Microsecond)
	l.publishState()
	now = start.Add(debounce + time.Microsecond)
	if wait := l.untilNext(); wait != 0 {
		t.Errorf("Run sleeps for %v", wait)
	}
	l.advance(now, true)
	if wait := l.untilNext(); wait < 2*time.Minute {
		t.Errorf("Run wakes after %v for nothing", wait)
	}
}

// words is a publisher that keeps the types of events and the states, in order.
type words struct {
	said []string
	full bool          // there is no room
	room chan struct{} // for room again
}

func (w *words) Room() <-chan struct{} { return w.room }

func (w *words) Retain(topic string, payload []byte) {
	var doc struct{ State string }
	if topic == "callporter/fritzbox/state" && json.Unmarshal(payload, &doc) == nil {
		w.said = append(w.said, doc.State)
	}
}

func (w *words) Emit(_ string, payload []byte, _ time.Time) bool {
	if w.full {
		return false
	}
	var doc struct {
		Type string `json:"event_type"`
	}
	if json.Unmarshal(payload, &doc) == nil {
		w.said = append(w.said, "event "+doc.Type)
	}
	return true
}

func wording(t *testing.T, w *words, stamped bool) *Line {
	t.Helper()
	plan, err := call.NewPlan("DE", "030", []string{"23125732"})
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{
		ID: "fritzbox", Topics: topic.Topics{Base: "callporter"}.Box("fritzbox"), Plan: plan,
		Debounce: 500 * time.Millisecond, Publisher: w, Stamped: stamped,
	})
}

// TestRingAfterStampsStepBack: a ring outlives its debounce also where the stamps are
// earlier than those of the last state.
func TestRingAfterStampsStepBack(t *testing.T) {
	w := &words{}
	l := wording(t, w, true)
	_, err := l.Replay(t.Context(), strings.NewReader(`21.11.26 18:00:00;RING;0;01713920055;23125732;SIP0;
21.11.26 18:00:05;DISCONNECT;0;0;
21.11.26 15:00:00;RING;0;01713920055;23125732;SIP0;
21.11.26 15:00:08;CONNECT;0;10;01713920055;
`), testkit.Berlin, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, second, _ := strings.Cut(strings.Join(w.said, " "), "event miss")
	if !strings.Contains(second, "event ring event ringing ringing event answer talking") {
		t.Errorf("%q", w.said)
	}
}

// TestBarredWhileThereIsNoRoom: a line is read when it comes, though the event queue is
// full, or the end of a barred call would count as received too late.
func TestBarredWhileThereIsNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &words{full: true, room: make(chan struct{})}
		l := wording(t, w, false)
		go l.Run(t.Context()) //nolint:errcheck // always nil
		event := func(kind call.Kind) {
			l.Event(call.Event{Kind: kind, Caller: "03023125123", Callee: "23125732", Received: time.Now()})
		}
		event(call.Ring)
		<-time.After(3 * time.Millisecond)
		event(call.Disconnect)
		<-time.After(time.Minute)
		l.Do(func() { w.full = false })
		close(w.room)
		synctest.Wait()
		l.Do(func() {
			if !slices.Contains(w.said, "event block") || slices.Contains(w.said, "ringing") {
				t.Errorf("%q", w.said)
			}
		})
	})
}
