package line

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/mqtt/topic"
)

// TestDay is a day of 24 hours with 5,000 calls, 50 losses of the link and 24 of the
// broker. Every call is told in full but for what the broker was away too long for,
// which is counted, and at the end of the day nothing is more than after its first
// hour: no memory, no goroutine, no message that waits.
func TestDay(t *testing.T) {
	testkit.Long(t)
	synctest.Test(t, day)
}

func day(t *testing.T) {
	const calls, losses, outages = 5000, 50, 24
	port := testkit.NewPipes()
	house := fritztest.New(fritztest.Options{Location: testkit.Berlin, Gap: -1})
	house.Serve(port)
	broker := testkit.NewShortBroker()
	registry := prometheus.NewRegistry()
	client, err := mqtt.NewClient(mqtt.Options{Dial: broker.Dial, ClientID: "day", Availability: "callporter/availability", Registerer: registry})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := call.NewPlan("DE", "030", []string{"23125732"})
	if err != nil {
		t.Fatal(err)
	}
	topics := topic.Topics{Base: "callporter"}.Box("fritzbox")
	history := NewHistory(topics, document.Documents{}, client, func() bool { return false })
	l := New(Options{
		ID: "fritzbox", Topics: topics, Plan: plan, Debounce: 500 * time.Millisecond, Publisher: client,
		Observers: []call.Observer{history}, Metrics: NewMetrics(registry),
	})
	monitor, err := callmonitor.New(callmonitor.Options{Host: "127.0.0.1", Location: testkit.Berlin, Dial: port.Dial, Metrics: callmonitor.NewMetrics(registry)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	l.Begin()
	history.PublishAll()
	var running errgroup.Group
	running.Go(func() error { return client.Run(ctx) })
	running.Go(func() error { return l.Run(ctx) })
	running.Go(func() error { return monitor.Run(ctx, l) })

	pass := func(d time.Duration) { <-time.After(d) }
	pass(time.Minute)
	start, told, expected := time.Now(), 0, 0
	var goroutines [24]int
	var heap [24]uint64
	want := func(when, topic, word string) {
		t.Helper()
		synctest.Wait()
		if got := broker.Is(topic); got != word {
			t.Fatalf("%v, %s: %s is %q, not %q", time.Since(start), when, topic, got, word)
		}
	}
	for i := range calls {
		pass(time.Until(start.Add(time.Duration(i) * 24 * time.Hour / calls)))
		lost := i%(calls/losses) == 50
		out := i%(calls/outages) == 100 // the broker goes in the middle of this call …
		away := 6 * time.Second
		if i%(6*(calls/outages)) == 100 {
			away = 5 * time.Minute // … and every sixth time it stays away
		}
		up := !broker.Away()

		c := house.Ring(fmt.Sprintf("03023125%03d", i%1000), "23125732", fritztest.CallOptions{})
		pass(2 * time.Second)
		if up {
			want("while it rings", topics.State, "ringing")
		}
		if out {
			broker.Leave()
			time.AfterFunc(away, broker.Back)
			up = false
		}
		switch {
		case lost:
			expected += 3
			house.Reset()
			pass(2 * time.Second)
			c.Disconnect(0) // nobody is told
		case i%3 == 0:
			expected += 4
			c.Connect(10)
			pass(7 * time.Second)
			if up {
				want("while they talk", topics.State, "talking")
			}
			c.Disconnect(7)
		default:
			expected += 3
			pass(2 * time.Second)
			c.Disconnect(0)
		}
		if up {
			pass(time.Second)
			want("after the call", topics.State, "idle")
			want("after the call", topics.Line("493023125732"), "idle")
			want("after the call", "callporter/availability", "online")
		}

		// The hours are measured at a quiet moment.
		if hour := (i + 1) * 24 / calls; hour > i*24/calls {
			pass(8 * time.Second)
			house.ForgetCalls() // its call list grows, and is no memory of ours
			want("at the full hour", topics.Link, "online")
			want("at the full hour", topics.State, "idle")
			want("at the full hour", "callporter/availability", "online")
			if len(l.events.unsent) > 0 || len(l.tracker.Active()) > 0 || len(history.Missed()) > MaxMissed {
				t.Errorf("hour %d: %d messages wait, %d calls go on", hour, len(l.events.unsent), len(l.tracker.Active()))
			}
			told += broker.Events()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			goroutines[hour-1], heap[hour-1] = runtime.NumGoroutine(), m.HeapAlloc
		}
	}
	synctest.Wait()
	dropped := testkit.Metric(t, registry, "callporter_mqtt_events_dropped_total")
	if told+int(dropped) != expected || dropped == 0 || dropped > 270 {
		t.Errorf("%d events told and %v dropped of %d", told, dropped, expected)
	}
	for _, broken := range broker.Broken {
		t.Errorf("told: %s", broken)
	}
	if n := testkit.Metric(t, registry, "callporter_mqtt_queue"); n != 0 {
		t.Errorf("%v events wait", n)
	}
	if n := testkit.Metric(t, registry, "callporter_monitor_reconnects_total"); n != losses {
		t.Errorf("%v losses of the link", n)
	}
	if n := testkit.Metric(t, registry, "callporter_mqtt_reconnects_total"); n != outages {
		t.Errorf("%v losses of the broker", n)
	}
	if goroutines[23] > goroutines[0] {
		t.Errorf("goroutines by hour: %v", goroutines)
	}
	if heap[23] > heap[0]+256<<10 {
		t.Errorf("bytes of memory by hour: %v", heap)
	}
	t.Logf("goroutines %d → %d, memory %d → %d KiB, %d events, %v dropped", goroutines[0], goroutines[23], heap[0]>>10, heap[23]>>10, told, dropped)

	stop()
	if err := running.Wait(); err != nil {
		t.Error(err)
	}
	house.Close()
	broker.Leave()
	broker.Work.Wait()
	if word := broker.Is("callporter/availability"); word != "offline" {
		t.Error(word)
	}
}
