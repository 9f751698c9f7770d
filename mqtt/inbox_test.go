package mqtt

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

// TestInboxes: however many messages somebody sends to one topic, those of another are
// all handled, before what is left of them.
func TestInboxes(t *testing.T) {
	brokers(t, func(t *testing.T, addr string) {
		const flood, commands = 5 * inboxSize, 100
		var order []string
		begun, goOn, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
		c := newClient(t, addr, func(o *Options) {
			o.Subscriptions = []Subscription{
				{Filter: "cp/command/+", Handle: func(_ context.Context, m Message) { order = append(order, m.Topic) }},
				{Filter: "cp/junk/#", Handle: func(_ context.Context, m Message) {
					if m.Topic == "cp/junk/0" {
						close(begun)
						<-goOn
					}
					if order = append(order, "junk"); len(order) == 1+commands+inboxSize {
						close(done)
					}
				}},
			}
		})
		run(t, c.Run)
		up(t, c)
		w := watch(t, addr)
		w.publish("cp/junk/0", "x", false)
		<-begun
		want := []string{"junk"}
		for i := range flood {
			w.publish(fmt.Sprintf("cp/junk/%d", i+1), "x", false)
			if i%(flood/commands) == 0 && len(want) <= commands {
				topic := fmt.Sprintf("cp/command/%d", i)
				w.publish(topic, "PRESS", false)
				want = append(want, topic)
			}
		}
		eventually(t, "all of it has come", func() bool { return ignored(t, c) == flood-inboxSize })
		close(goOn)
		select {
		case <-done:
		case <-time.After(patience):
			t.Fatal("the rest is not handled")
		}
		if d := cmp.Diff(want, order[:1+commands]); d != "" {
			t.Error(d)
		}
	})
}

// ignored counts the messages that were dropped.
func ignored(t *testing.T, c *Client) float64 {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(c.m.ignored)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families[0].GetMetric()[0].GetCounter().GetValue()
}

// TestLive: what is retained takes no room where it does not count.
func TestLive(t *testing.T) {
	brokers(t, func(t *testing.T, addr string) {
		w := watch(t, addr, "cp/command/+")
		for i := range 2 * inboxSize {
			w.publish(fmt.Sprintf("cp/command/%d", i), "PRESS", true)
		}
		w.await(fmt.Sprintf("cp/command/%d PRESS", 2*inboxSize-1)) // it may be confirmed before it is handed on
		received := make(chan Message, 10)
		c := newClient(t, addr, func(o *Options) {
			o.Subscriptions = []Subscription{{Filter: "cp/command/+", Messages: Live, Handle: func(_ context.Context, m Message) { received <- m }}}
		})
		run(t, c.Run)
		up(t, c)
		w.publish("cp/command/now", "PRESS", false)
		select {
		case m := <-received:
			if m.Topic != "cp/command/now" {
				t.Errorf("%+v", m)
			}
		case <-time.After(patience):
			t.Error("the command does not arrive")
		}
		if n := ignored(t, c); n != 0 {
			t.Errorf("%v messages dropped", n)
		}
	})
}

// TestRetainedSubscription: what is retained is received, what is said is not, and the broker is soon told
// that we want no more of it.
func TestRetainedSubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a well")
		var received []string
		c.client.o.Subscriptions = []Subscription{
			{Filter: "cp/+/event", Messages: Retained, Handle: func(_ context.Context, m Message) { received = append(received, string(m.Payload)) }},
			{Filter: "cp/+/command", Messages: Live},
		}
		stop := run(t, c.client.Run)
		pass(time.Second)
		c.say("a", "cp/x/event", "retained", true)
		c.say("a", "cp/x/event", "said", false)
		pass(time.Second)
		if d := cmp.Diff([]string{"retained"}, received); d != "" {
			t.Error(d)
		}
		wantForgone := func(want ...string) {
			t.Helper()
			c.mu.Lock()
			defer c.mu.Unlock()
			if d := cmp.Diff(want, c.forgone); d != "" {
				t.Error(d)
			}
		}
		wantForgone()
		pass(2 * time.Second)
		wantForgone("cp/+/event")
		c.hangUp("a")
		pass(time.Minute)
		wantForgone("cp/+/event", "cp/+/event")
		stop()
	})
}
