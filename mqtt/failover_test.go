package mqtt

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
)

// TestRetryPace: every 250 ms for a minute, then every 5 s, all brokers at a time.
func TestRetryPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a down", "b down")
		stop := run(t, c.client.Run)
		pass(600 * time.Millisecond)
		if d := cmp.Diff([]string{"0s a", "0s b", "250ms a", "250ms b", "500ms a", "500ms b"}, c.tried(0)); d != "" {
			t.Error(d)
		}
		pass(time.Minute)
		before := len(c.tried(0))
		pass(time.Minute)
		if n := len(c.tried(before)); n != 24 {
			t.Errorf("%d attempts in a minute", n)
		}
		if s := c.client.Status(); s.Reason != ReasonRefused || s.Up {
			t.Errorf("%+v", s)
		}
		stop()
	})
}

// TestBrokenProtocolPace: a broker that breaks the protocol on each connection is tried less
// and less often, and at once again after one that lasted.
func TestBrokenProtocolPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a breaks the protocol")
		stop := run(t, c.client.Run)
		pass(30 * time.Second)
		if n := len(c.tried(0)); n < 6 || n > 11 {
			t.Errorf("%d attempts in half a minute: %v", n, c.tried(0))
		}
		c.behave("a", "well")
		pass(2 * time.Minute)
		before := len(c.tried(0))
		c.behave("a", "breaks the protocol")
		c.say("a", "\xff", "", false) // what no topic is
		c.silence("a")
		pass(30 * time.Second)
		if n := len(c.tried(before)); n == 0 {
			t.Errorf("%d attempts after it", n)
		}
		stop()
	})
}

// TestNoIsNotAskedAgain so soon: who says no is left alone for 5 s, and what it said
// is what the user is told, whatever its neighbours are like.
func TestNoIsNotAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "down down", "a says no", "mute silent")
		c.client.o.Username, c.client.o.Password = "porter", "wrong"
		stop := run(t, c.client.Run)
		pass(14 * time.Second)
		if d := cmp.Diff([]string{"0s down", "0s a", "0s mute", "10s down", "10s a", "10s mute"}, c.tried(0)); d != "" {
			t.Error(d)
		}
		if s := c.client.Status(); s.Reason != ReasonBadCredentials || s.Broker != "a" || s.Hint(call.English) != "check mqtt username and password" ||
			s.Hint(call.German) != "Benutzername und Passwort unter mqtt prüfen" {
			t.Errorf("%+v", s)
		}
		c.behave("a", "well") // the password was corrected there
		pass(7 * time.Second)
		if s := c.client.Status(); !s.Up || s.Reason != ReasonConnected || s.Broker != "a" || s.Err != nil {
			t.Errorf("%+v", s)
		}
		stop()
	})
}

// TestFailover goes through the ways a broker can be away.
func TestFailover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a silent", "b hangs up", "m mute", "d well")
		stop := run(t, c.client.Run)
		pass(time.Minute)
		if d := cmp.Diff([]string{"0s a", "5s b", "5s m", "25s d"}, c.tried(0)); d != "" {
			t.Error(d)
		}
		if s := c.client.Status(); !s.Up || s.Broker != "d" {
			t.Errorf("%+v", s)
		}

		// The one that worked is asked first when it hung up, and is stayed with.
		c.behave("a", "well")
		c.hangUp("d")
		pass(time.Minute)
		if d := cmp.Diff([]string{"1m0s d"}, c.tried(4)); d != "" {
			t.Error(d)
		}

		// It is left when it is down, and asked last when it falls silent.
		c.behave("d", "down")
		pass(time.Minute)
		c.hangUp("d")
		pass(time.Minute)
		if d := cmp.Diff([]string{"3m0s d", "3m0s a"}, c.tried(5)); d != "" {
			t.Error(d)
		}
		c.behave("b", "well")
		c.silence("a")
		pass(30 * time.Second)
		if got := c.tried(7); len(got) != 1 || !strings.HasSuffix(got[0], " b") {
			t.Errorf("%v", got)
		}
		if s := c.client.Status(); !s.Up || s.Broker != "b" || s.Reason != ReasonConnected {
			t.Errorf("%+v", s)
		}
		stop()
	})
}

// TestSlowReader: a broker that reads slowly, or not at all for a while, gets every
// event once and in order. If it does not read for longer than a write may take,
// the next one gets what it has not confirmed.
func TestSlowReader(t *testing.T) {
	for behaviour, attempts := range map[string]int{"slow": 1, "pauses 4s": 1, "pauses 20s": 2} {
		n := 2500
		if attempts > 1 {
			n = ringSize // while there is no connection no more are kept
		}
		t.Run(behaviour, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCluster(t, "a "+behaviour, "b well")
				stop := run(t, c.client.Run)
				pass(time.Second)
				waits := emitAll(c.client, 0, n)
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				if err := c.client.Flush(ctx); err != nil || (waits > 0) != (n > ringSize) {
					t.Errorf("%v, %d waits", err, waits)
				}
				if got := c.tried(0); len(got) != attempts {
					t.Errorf("%v", got)
				}
				next := 0
				for _, payload := range c.received {
					i, _ := strconv.Atoi(payload)
					if i > next || i < next && attempts == 1 {
						t.Errorf("event %d where %d is due", i, next)
						break
					}
					next = max(next, i+1)
				}
				if next != n {
					t.Errorf("%d events of %d", next, n)
				}
				stop()
				pass(time.Minute)
			})
		})
	}
}

// TestForbiddenSubscription is asked for again, at last every minute: rights can be
// given, and a cluster without a leader says no as well.
func TestForbiddenSubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a forbids")
		received := make(chan string, 10)
		for _, filter := range []string{"cp/a", "cp/b", "cp/c"} {
			c.client.o.Subscriptions = append(c.client.o.Subscriptions, Subscription{Filter: filter, Handle: func(_ context.Context, m Message) { received <- m.Topic }})
		}
		stop := run(t, c.client.Run)
		pass(150 * time.Second)
		if s := c.client.Status(); !s.Up || s.Reason != ReasonNotAuthorized || s.Hint(call.English) == "" {
			t.Errorf("%+v", s)
		}
		c.behave("a", "well")
		pass(time.Minute)
		if s := c.client.Status(); !s.Up || s.Reason != ReasonConnected {
			t.Errorf("%+v", s)
		}
		c.say("a", "cp/b", "", false)
		if topic := <-received; topic != "cp/b" {
			t.Error(topic)
		}
		if got := c.tried(0); len(got) != 1 {
			t.Errorf("%v", got)
		}
		stop()
	})
}
