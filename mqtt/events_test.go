package mqtt

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/broker"
)

// collect checks that events 0 … n-1 come in order and once.
func collect(t *testing.T, w *watcher, n int) {
	t.Helper()
	w.await("cp/event " + strconv.Itoa(n-1))
	next := 0
	for _, line := range w.seen() {
		if v, ok := strings.CutPrefix(line, "cp/event "); ok {
			if v != strconv.Itoa(next) {
				t.Fatalf("event %s where %d is due", v, next)
			}
			next++
		}
	}
	if next != n {
		t.Fatalf("%d events of %d", next, n)
	}
}

// emitAll emits events as the gateway does: a full ring is waited for.
func emitAll(c *Client, from, to int) (waits int) {
	for i := from; i < to; i++ {
		for !c.Emit("cp/event", []byte(strconv.Itoa(i)), time.Now()) {
			waits++
			<-c.Room()
		}
		c.Retain("cp/state", []byte(strconv.Itoa(i)))
	}
	return waits
}

func TestEventsOnceInOrder(t *testing.T) {
	brokers(t, func(t *testing.T, addr string) {
		w := watch(t, addr, "cp/#")
		reg := prometheus.NewRegistry()
		c := newClient(t, addr, func(o *Options) { o.Registerer = reg })
		run(t, c.Run)
		up(t, c)
		const n = 20000
		if waits := emitAll(c, 0, n); waits == 0 {
			t.Error("the ring was never full: the test shows nothing")
		}
		collect(t, w, n)
		w.await("cp/state " + strconv.Itoa(n-1))
		if got := dropped(t, c, dropOverflow); got != 0 {
			t.Errorf("%v events dropped", got)
		}
		if got := histogramCount(t, reg, "callporter_mqtt_publish_seconds"); got != n {
			t.Errorf("%d latencies measured", got)
		}
	})
}

// dropped reads the counter of dropped events.
func dropped(t *testing.T, c *Client, reason string) float64 {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(c.m.dropped)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range families[0].GetMetric() {
		if m.GetLabel()[0].GetValue() == reason {
			return m.GetCounter().GetValue()
		}
	}
	t.Fatalf("no counter for %q", reason)
	return 0
}

func histogramCount(t *testing.T, reg *prometheus.Registry, name string) uint64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetHistogram().GetSampleCount()
		}
	}
	return 0
}

func TestRingWhileAway(t *testing.T) {
	addr := testkit.FreeAddress(t)
	c := newClient(t, addr)
	old := time.Now().Add(-31 * time.Second)
	for i := range 10 {
		c.Emit("cp/event", []byte("old"+strconv.Itoa(i)), old)
	}
	for i := range ringSize + 5 { // the ten old ones and five young ones make room
		if !c.Emit("cp/event", []byte(strconv.Itoa(i-5)), time.Now()) {
			t.Fatal("refused though the broker is away")
		}
	}
	if got := dropped(t, c, dropOverflow); got != 15 {
		t.Errorf("%v dropped, not 15", got)
	}
	select {
	case <-c.Room():
	default:
		t.Error("no room though the broker is away")
	}
	b := newBroker(t, broker.Options{Listen: addr})
	w := watch(t, b.Addr().String(), "cp/#")
	run(t, c.Run)
	collect(t, w, ringSize)
}

func TestTooOld(t *testing.T) {
	b := newBroker(t, broker.Options{})
	w := watch(t, b.Addr().String(), "cp/#")
	c := newClient(t, b.Addr().String())
	c.Emit("cp/event", []byte("old"), time.Now().Add(-31*time.Second))
	c.Emit("cp/event", []byte("young"), time.Now().Add(-29*time.Second))
	run(t, c.Run)
	w.await("cp/event young")
	if index(w.seen(), "cp/event old") >= 0 {
		t.Error("an event of 31 s ago was sent")
	}
	if got := dropped(t, c, dropTooOld); got != 1 {
		t.Errorf("%v dropped as too old", got)
	}
	// While connected age does not matter: a slow broker gets everything.
	c.Emit("cp/event", []byte("late"), time.Now().Add(-time.Hour))
	w.await("cp/event late")
}

func TestRingRefusesWhileConnected(t *testing.T) {
	// A broker that takes CONNECT and SUBSCRIBE and then never confirms anything.
	c := newClient(t, deafBroker(t))
	c.o.Timing.Drain = time.Millisecond
	run(t, c.Run)
	eventually(t, "birth sent", func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.live })
	n := 0
	for c.Emit("cp/event", []byte("x"), time.Now()) {
		n++
	}
	if n != ringSize {
		t.Errorf("%d events taken, not %d", n, ringSize)
	}
	select {
	case <-c.Room():
		t.Error("room in a full ring")
	default:
	}
	room := c.Room()
	select { // keepalive ticks find that nothing is confirmed and give up
	case <-room:
	case <-time.After(patience):
		t.Error("the waiter was not let in when the connection went")
	}
}

// deafBroker says yes to CONNECT and SUBSCRIBE, answers pings, and confirms nothing.
func deafBroker(t *testing.T) string {
	t.Helper()
	l := testkit.Listen(t)
	var work sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() { cancel(); l.Close(); work.Wait() })
	work.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			work.Go(func() {
				defer stop()
				defer conn.Close()
				buf := make([]byte, 64<<10)
				for {
					n, err := conn.Read(buf)
					if err != nil {
						return
					}
					switch {
					case n > 0 && buf[0] == 0x10: // CONNECT
						conn.Write([]byte{0x20, 2, 0, 0})
					case n == 2 && buf[0] == 0xC0: // PINGREQ
						conn.Write([]byte{0xD0, 0})
					case n > 4 && buf[0] == 0x82: // SUBSCRIBE with one filter
						conn.Write([]byte{0x90, 3, buf[2], buf[3], 1})
					}
				}
			})
		}
	})
	return l.Addr().String()
}
