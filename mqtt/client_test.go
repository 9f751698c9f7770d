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

	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/mqtt/topic"
	"github.com/callporter/callporter/order"

	"github.com/callporter/callporter/mqtt/broker"
)

// brokers runs a test against both brokers.
func brokers(t *testing.T, test func(t *testing.T, addr string)) {
	t.Run("embedded", func(t *testing.T) { test(t, newBroker(t, broker.Options{}).Addr().String()) })
	t.Run("mosquitto", func(t *testing.T) { test(t, testkit.NewMosquitto(t).Address) })
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
	addr := newBroker(t, broker.Options{}).Addr().String()
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

// TestBrokerRestart kills the broker in the middle of a burst. Nothing that was
// published before may stand in a state topic afterwards, and no event is lost.
func TestBrokerRestart(t *testing.T) {
	m := testkit.NewMosquitto(t, "persistence true", "persistence_location "+t.TempDir()+"/", "autosave_interval 1")
	c := newClient(t, m.Address)
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
	m.Kill()
	eventually(t, "the loss is noticed", func() bool { return !c.Status().Up })
	<-emitted
	m.Start()
	w := watch(t, m.Address, "cp/#")
	up(t, c)
	w.await("cp/event " + strconv.Itoa(n-1))
	check := watch(t, m.Address, "cp/line/#")
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
	b := newBroker(t, broker.Options{})
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
		topics := topic.Topics{Base: "cp"}
		old := watch(t, addr, "cp/fritzbox/command/reject")
		old.publish("cp/fritzbox/command/reject", "PRESS", true)
		old.await("cp/fritzbox/command/reject PRESS")
		old.client.Disconnect(250)
		w := watch(t, addr, "cp/fritzbox/result")
		c := newClient(t, addr)
		docs := document.Documents{}
		c.o.Subscriptions = []Subscription{{Filter: topics.CommandFilter(), Handle: func(_ context.Context, m Message) {
			cmd, err := ParseCommand(topics, m.Topic, m.Payload, m.Retained)
			if errors.Is(err, ErrRetained) || errors.Is(err, ErrNotCommand) {
				return
			}
			var refusal *order.Refusal
			errors.As(err, &refusal)
			c.Emit(topics.Box(cmd.Box).Result, docs.Result(order.Result{Request: cmd.Request, Command: cmd.Path(), Refusal: refusal}), time.Now())
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
