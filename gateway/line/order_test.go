package line

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/topic"
)

// narrowRing is a publisher that has room for a few events at a time.
type narrowRing struct {
	size int

	mu    sync.Mutex
	free  int
	told  []string // begin or end, and the caller, of each event
	state int      // documents
}

func newNarrowRing(size int) *narrowRing { return &narrowRing{size: size, free: size} }

func (r *narrowRing) Retain(string, []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state++
}

func (r *narrowRing) Emit(_ string, payload []byte, _ time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.free == 0 {
		return false
	}
	var e struct {
		Type   string `json:"event_type"`
		Caller struct{ Number string }
	}
	if err := json.Unmarshal(payload, &e); err != nil {
		panic(err)
	}
	r.free--
	step := "end " // barred, missed or lost, as time passes
	if e.Type == "ring" {
		step = "begin "
	}
	r.told = append(r.told, step+e.Caller.Number)
	return true
}

// Room comes a little after it is asked for.
func (r *narrowRing) Room() <-chan struct{} {
	room := make(chan struct{})
	go func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.free = r.size
		close(room)
	}()
	return room
}

// fed makes a line for a publisher.
func fed(t *testing.T, to Publisher) *Line {
	t.Helper()
	plan, err := call.NewPlan("DE", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{
		ID: "fritzbox", Topics: topic.Topics{Base: "callporter"}.Box("fritzbox"), Plan: plan, Debounce: 500 * time.Millisecond,
		Publisher: to,
	})
}

func ringing(i int) call.Event {
	return call.Event{Kind: call.Ring, Connection: call.ConnectionID(i % 8), Caller: fmt.Sprintf("0171392%04d", i), Callee: "23125732", Received: time.Now()}
}

// TestOrderIsKept, whatever else happens to the line and however often there is no room.
func TestOrderIsKept(t *testing.T) {
	const calls = 5000
	ring := newNarrowRing(7)
	l := fed(t, ring)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ping := func() { l.Do(func() {}) }
	var work sync.WaitGroup
	work.Go(func() { l.Run(ctx) }) //nolint:errcheck // always nil
	work.Go(func() {
		for ctx.Err() == nil {
			ping()
			<-time.After(100 * time.Microsecond)
		}
	})
	var want []string
	for i := range calls {
		ev := ringing(i)
		l.Event(ev)
		if i%3 == 0 { // a quiet moment
			ping()
			<-time.After(time.Duration(i%5) * 20 * time.Microsecond)
		}
		ev.Kind = call.Disconnect
		l.Event(ev)
		number := fmt.Sprintf("+49171392%04d", i)
		want = append(want, "begin "+number, "end "+number)
	}
	for left := 1; left > 0; {
		l.Do(func() { left = len(l.events.unsent) })
	}
	stop()
	work.Wait()
	if !slices.Equal(ring.told, want) {
		t.Errorf("%d events, not %d, or not in order", len(ring.told), len(want))
	}
}

// TestRingAtTheEnd: a call that begins while the line ends is told with its end, or not
// at all.
func TestRingAtTheEnd(t *testing.T) {
	for i := range 300 {
		ring := newNarrowRing(10)
		l := fed(t, ring)
		ctx, stop := context.WithCancel(t.Context())
		var work sync.WaitGroup
		work.Go(func() { l.Run(ctx) }) //nolint:errcheck // always nil
		l.Do(func() {})
		work.Go(stop)
		work.Go(func() { l.Event(ringing(i)) })
		work.Wait()
		if len(ring.told) != 0 && (len(ring.told) != 2 || ring.told[0][:5] != "begin" || ring.told[1][:3] != "end") {
			t.Fatalf("%q", ring.told)
		}
	}
}
