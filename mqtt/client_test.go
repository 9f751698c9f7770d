package mqtt

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

// brokers runs a test against both brokers.
func brokers(t *testing.T, test func(t *testing.T, addr string)) {
	t.Run("embedded", func(t *testing.T) { test(t, newBroker(t, BrokerOptions{}).Addr().String()) })
	t.Run("mosquitto", func(t *testing.T) { test(t, newMosquitto(t).addr) })
}

func TestBirthOrder(t *testing.T) {
	brokers(t, func(t *testing.T, addr string) {
		w := watch(t, addr, "#")
		c := newClient(t, addr)
		c.Retain("cp/fritzbox/link", []byte("online"))
		c.Retain("cp/fritzbox/state", []byte("{}"))
		c.Announce("homeassistant/device/callporter_fritzbox/config", []byte("{}"))
		c.Emit("cp/fritzbox/event", []byte("1"), time.Now())
		stop := run(t, c.Run)
		w.await("cp/fritzbox/event 1")
		stop()
		// A broker may hand out a value that changes during SUBSCRIBE twice.
		got := slices.DeleteFunc(w.await("cp/availability offline"), func(line string) bool { return strings.HasPrefix(line, "retained ") })
		want := []string{
			"homeassistant/device/callporter_fritzbox/config {}",
			"cp/fritzbox/link online",
			"cp/fritzbox/state {}",
			"cp/availability online",
			"cp/fritzbox/event 1",
			"cp/availability offline",
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
}

func TestRetained(t *testing.T) {
	brokers(t, func(t *testing.T, addr string) {
		c := newClient(t, addr)
		run(t, c.Run)
		c.Retain("cp/a", []byte("1"))
		c.Retain("cp/b", []byte("1"))
		c.Emit("cp/event", []byte("x"), time.Now())
		up(t, c)
		c.Retain("cp/a", []byte("2"))
		c.Retain("cp/b", nil)
		up(t, c)
		w := watch(t, addr, "cp/#")
		w.await("retained cp/a 2")
		w.await("retained cp/availability online")
		if got := w.seen(); len(got) != 2 {
			t.Errorf("retained: %q", got)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if _, ok := c.retained.byTopic["cp/b"]; ok || len(c.retained.state) != 1 {
			t.Error("a cleared topic is still remembered")
		}
	})
}

func TestCoalesce(t *testing.T) {
	brokers(t, func(t *testing.T, addr string) {
		w := watch(t, addr, "cp/#")
		c := newClient(t, addr)
		run(t, c.Run)
		up(t, c)
		const n = 20000
		for i := range n {
			c.Retain("cp/state", []byte(strconv.Itoa(i)))
		}
		last := fmt.Sprintf("cp/state %d", n-1)
		got := w.await(last)
		if len(got) > n/4 {
			t.Errorf("%d messages for %d values: nothing was coalesced", len(got), n)
		}
		before := -1
		for _, line := range got {
			v, ok := strings.CutPrefix(line, "cp/state ")
			if i, _ := strconv.Atoi(v); ok {
				if i <= before {
					t.Fatalf("%d after %d", i, before)
				}
				before = i
			}
		}
	})
}

// TestVisitor: a client without availability topic leaves no trace.
func TestVisitor(t *testing.T) {
	addr := newBroker(t, BrokerOptions{}).Addr().String()
	w := watch(t, addr, "#")
	c := newClient(t, addr, func(o *Options) { o.Availability = "" })
	c.Emit("cp/event", []byte("1"), time.Now())
	stop := run(t, c.Run)
	w.await("cp/event 1")
	stop()
	w.publish("end", "", false)
	if d := cmp.Diff([]string{"cp/event 1", "end "}, w.await("end ")); d != "" {
		t.Error(d)
	}
}

func TestWill(t *testing.T) {
	brokers(t, func(t *testing.T, addr string) {
		w := watch(t, addr, "cp/availability")
		var conn net.Conn
		var mu sync.Mutex
		c := newClient(t, addr, func(o *Options) {
			o.URLs = nil
			o.Dial = func(ctx context.Context) (net.Conn, error) {
				mu.Lock()
				defer mu.Unlock()
				if conn != nil {
					return nil, errors.New("once only")
				}
				var err error
				conn, err = net.Dial("tcp", addr)
				return conn, err
			}
		})
		run(t, c.Run)
		w.await("cp/availability online")
		mu.Lock()
		conn.(*net.TCPConn).SetLinger(0) // a reset, as when a machine dies
		conn.Close()
		mu.Unlock()
		w.await("cp/availability offline")
	})
}

// TestOfflineIsContradicted: nobody else says that we are away while we are not, be
// it a broker that publishes an old will late.
func TestOfflineIsContradicted(t *testing.T) {
	brokers(t, func(t *testing.T, addr string) {
		w := watch(t, addr, "cp/availability")
		c := newClient(t, addr)
		stop := run(t, c.Run)
		up(t, c)
		w.await("cp/availability online")
		for n := 3; n <= 5; n += 2 {
			w.publish("cp/availability", "offline", true)
			eventually(t, "it is contradicted", func() bool { return len(w.seen()) >= n })
			if d := cmp.Diff([]string{"cp/availability offline", "cp/availability online"}, w.seen()[n-2:]); d != "" {
				t.Error(d)
			}
		}
		stop()
		w.await("cp/availability offline")
		late := watch(t, addr, "cp/availability")
		late.await("retained cp/availability offline")
		if n := len(w.seen()); n != 6 {
			t.Errorf("%q", w.seen())
		}
	})
}

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
	addr := freeAddr(t)
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
	b := newBroker(t, BrokerOptions{Listen: addr})
	w := watch(t, b.Addr().String(), "cp/#")
	run(t, c.Run)
	collect(t, w, ringSize)
}

func TestTooOld(t *testing.T) {
	b := newBroker(t, BrokerOptions{})
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
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
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

// TestBrokerRestart kills the broker in the middle of a burst. Nothing that was
// published before may stand in a state topic afterwards, and no event is lost.
func TestBrokerRestart(t *testing.T) {
	m := newMosquitto(t, "persistence true", "persistence_location "+t.TempDir()+"/", "autosave_interval 1")
	c := newClient(t, m.addr)
	run(t, c.Run)
	up(t, c)
	const n = 6000
	emitted := make(chan struct{})
	go func() {
		defer close(emitted)
		for i := range n {
			for !c.Emit("cp/event", []byte(strconv.Itoa(i)), time.Now()) {
				<-c.Room()
			}
			c.Retain("cp/state", []byte(strconv.Itoa(i)))
			c.Retain("cp/line/"+strconv.Itoa(i%8)+"/state", []byte(strconv.Itoa(i)))
		}
	}()
	eventually(t, "the burst is under way", func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.events.n > 100 })
	m.kill()
	eventually(t, "the loss is noticed", func() bool { return !c.Status().Up })
	<-emitted
	if !m.start() {
		t.Fatal("mosquitto does not start again")
	}
	w := watch(t, m.addr, "cp/#")
	up(t, c)
	w.await("cp/event " + strconv.Itoa(n-1))
	check := watch(t, m.addr, "cp/line/#")
	eventually(t, "all lines are there", func() bool { return len(check.seen()) == 8 })
	got := check.seen()
	slices.Sort(got)
	for i, line := range got {
		want := fmt.Sprintf("retained cp/line/%d/state %d", i, n-8+i)
		if line != want {
			t.Errorf("%q, not %q", line, want)
		}
	}
	// What was not confirmed came again: the ring's thousand events, in order.
	last := -1
	for _, line := range w.seen() {
		if v, ok := strings.CutPrefix(line, "cp/event "); ok {
			i, _ := strconv.Atoi(v)
			if last >= 0 && i != last+1 {
				t.Fatalf("event %d after %d", i, last)
			}
			last = i
		}
	}
}

func TestHomeAssistantBirth(t *testing.T) {
	b := newBroker(t, BrokerOptions{})
	addr := b.Addr().String()
	w := watch(t, addr, "cp/#", "homeassistant/device/#")
	w.publish("homeassistant/status", "online", true) // retained: of an earlier start
	c := newClient(t, addr, func(o *Options) { o.StatusTopic = "homeassistant/status" })
	c.Announce("homeassistant/device/x/config", []byte("{}"))
	c.Retain("cp/state", []byte("1"))
	run(t, c.Run)
	w.await("cp/availability online")
	up(t, c)
	before := len(w.seen())
	w.publish("homeassistant/status", "Online", false)
	eventually(t, "all is sent again", func() bool { return len(w.seen()) >= before+3 })
	want := []string{"homeassistant/device/x/config {}", "cp/state 1", "cp/availability online"}
	if d := cmp.Diff(want, w.seen()[before:]); d != "" {
		t.Error(d)
	}
}

func TestCommandsArrive(t *testing.T) {
	brokers(t, func(t *testing.T, addr string) {
		topics := Topics{Base: "cp"}
		old := watch(t, addr, "cp/fritzbox/command/reject")
		old.publish("cp/fritzbox/command/reject", "PRESS", true)
		old.await("cp/fritzbox/command/reject PRESS")
		old.client.Disconnect(250)
		w := watch(t, addr, "cp/fritzbox/result")
		c := newClient(t, addr)
		docs := Documents{}
		c.o.Subscriptions = []Subscription{{Filter: topics.CommandFilter(), Handle: func(_ context.Context, m Message) {
			cmd, err := topics.ParseCommand(m.Topic, m.Payload, m.Retained)
			if errors.Is(err, ErrRetained) || errors.Is(err, ErrNotCommand) {
				return
			}
			var refusal *Refusal
			errors.As(err, &refusal)
			c.Emit(topics.Box(cmd.Box).Result, docs.Result(Result{Request: cmd.Request, Command: cmd.Path(), Refusal: refusal}), time.Now())
		}}}
		run(t, c.Run)
		up(t, c)
		w.publish("cp/fritzbox/command/refresh", `{"request":"r1"}`, false)
		w.publish("cp/fritzbox/command/reject", "", false)
		w.await(`cp/fritzbox/result {"request":"r1","command":"refresh","ok":true,"error":null,"data":{},"call":""}`)
		eventually(t, "the refusal arrives", func() bool { return len(w.seen()) == 2 })
		if got := w.seen()[1]; !strings.Contains(got, `"code":"empty_payload"`) {
			t.Error(got)
		}
	})
}
