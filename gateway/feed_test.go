package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
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

func (r *narrowRing) ResendBelow(string) {}

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

// fed makes a box for a publisher, without settings.
func fed(t *testing.T, to publisher) *box {
	t.Helper()
	b, err := newBox(config.DefaultBox(), topic.Topics{Base: "callporter"}, call.English)
	if err != nil {
		t.Fatal(err)
	}
	b.publish, b.metrics, b.log = to, newMetrics(nil), slog.New(slog.DiscardHandler)
	return b
}

func ringing(i int) call.Event {
	return call.Event{Kind: call.Ring, Connection: call.ConnectionID(i % 8), Caller: fmt.Sprintf("0171392%04d", i), Callee: "23125732", Received: time.Now()}
}

// TestFeedKeepsTheOrder, whichever way each event goes and whatever else the loop has
// to do.
func TestFeedKeepsTheOrder(t *testing.T) {
	const calls = 5000
	ring := newNarrowRing(7)
	b := fed(t, ring)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var work sync.WaitGroup
	work.Go(func() { b.loop(ctx) }) //nolint:errcheck // always nil
	work.Go(func() {
		for b.ping(ctx) {
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Microsecond):
			}
		}
	})
	f := feed{b, ctx.Done()}
	var want []string
	now, queued := 0, 0
	hand := func(ev call.Event) {
		if b.takeNow(ev) {
			now++
		} else {
			queued++
			f.put(input{event: ev})
		}
	}
	for i := range calls {
		ev := ringing(i)
		hand(ev)
		if i%3 == 0 { // a quiet moment
			b.ping(ctx)
			<-time.After(time.Duration(i%5) * 20 * time.Microsecond)
		}
		ev.Kind = call.Disconnect
		hand(ev)
		number := fmt.Sprintf("+49171392%04d", i)
		want = append(want, "begin "+number, "end "+number)
	}
	for b.turn.waiting.Load() > 0 {
		b.ping(ctx)
	}
	stop()
	work.Wait()
	if !slices.Equal(ring.told, want) {
		t.Errorf("%d events, not %d, or not in order", len(ring.told), len(want))
	}
	t.Logf("%d taken at once, %d queued", now, queued)
	if now < 5 || queued < 5 {
		t.Errorf("%d taken at once and %d queued show nothing", now, queued)
	}
}

// TestFirstRingIsTakenAtOnce, and what comes before the loop has done the rest of it
// goes the long way.
func TestFirstRingIsTakenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := newNarrowRing(2)
		b := fed(t, ring)
		ctx, stop := context.WithCancel(t.Context())
		ev := ringing(1)
		if b.takeNow(ev) {
			t.Error("taken though there is no loop")
		}
		done := make(chan error, 1)
		go func() { done <- b.loop(ctx) }()
		synctest.Wait()
		if !b.takeNow(ev) || len(ring.told) != 1 || ring.state != 0 {
			t.Errorf("not taken by an idle loop: %q, %d states", ring.told, ring.state)
		}
		if b.takeNow(ringing(2)) {
			t.Error("taken before the state of the first was published")
		}
		feed{b, ctx.Done()}.Event(ringing(2))
		if len(b.inputs) != 1 || b.takeNow(ringing(3)) {
			t.Error("taken in front of one that waits")
		}
		synctest.Wait()
		if len(ring.told) != 2 || ring.state == 0 {
			t.Errorf("%q, %d states", ring.told, ring.state)
		}
		stop()
		synctest.Wait() // the ring is full, and has room when it is asked
		if err := <-done; err != nil || b.takeNow(ringing(3)) {
			t.Errorf("%v, or taken after the end", err)
		}
	})
}

// TestRingAtTheEnd: a call that begins while the loop ends is told with its end, or not
// at all.
func TestRingAtTheEnd(t *testing.T) {
	for i := range 300 {
		ring := newNarrowRing(10)
		b := fed(t, ring)
		ctx, stop := context.WithCancel(t.Context())
		var work sync.WaitGroup
		work.Go(func() { b.loop(ctx) }) //nolint:errcheck // always nil
		b.ping(ctx)
		work.Go(stop)
		work.Go(func() { feed{b, ctx.Done()}.Event(ringing(i)) })
		work.Wait()
		if len(ring.told) != 0 && (len(ring.told) != 2 || ring.told[0][:5] != "begin" || ring.told[1][:3] != "end") {
			t.Fatalf("%q", ring.told)
		}
	}
}
