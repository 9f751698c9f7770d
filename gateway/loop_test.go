package gateway

import (
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt/topic"
)

// TestDebounceThatEndsMeanwhile: a ring whose debounce ends between the state being
// published and the loop going to sleep is announced at once, not with the next event.
func TestDebounceThatEndsMeanwhile(t *testing.T) {
	cfg := config.DefaultBox()
	b, err := newBox(cfg, topic.Topics{Base: "callporter"}, call.English)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	now := start
	b.now = func() time.Time { return now }
	b.publish, b.metrics, b.log = nobody{}, newMetrics(nil), slog.New(slog.DiscardHandler)
	b.take(input{event: call.Event{Kind: call.Ring, Caller: "03023125123", Callee: "23125732", Received: start}})

	now = start.Add(cfg.Debounce - time.Microsecond)
	b.publishState()
	now = start.Add(cfg.Debounce + time.Microsecond)
	if wait := b.untilNext(); wait != 0 {
		t.Errorf("the loop sleeps for %v", wait)
	}
	b.publishState()
	if wait := b.untilNext(); wait < 2*time.Minute {
		t.Errorf("the loop wakes after %v for nothing", wait)
	}
}

// TestOpenedClosesInReverse, all of it, and a task that ends by itself ends the rest.
func TestOpenedClosesInReverse(t *testing.T) {
	var order []string
	broken := errors.New("jammed")
	open := opened{fail: func(error) {}}
	for _, name := range []string{"broker", "client", "web"} {
		open.then(name, func() error {
			order = append(order, name)
			if name == "client" {
				return broken
			}
			return nil
		})
	}
	if err := open.close(); !errors.Is(err, broken) || err.Error() != "close client: jammed" {
		t.Error(err)
	}
	if !slices.Equal(order, []string{"web", "client", "broker"}) {
		t.Error(order)
	}
}
