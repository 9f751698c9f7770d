package mqtt

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
)

// cluster is brokers in fake time.
type cluster struct {
	client *Client
	began  time.Time

	mu       sync.Mutex
	moods    map[string]string // what a broker does with a connection, see serve
	open     map[string]net.Conn
	attempts []string // each with its time since the begin
	heard    []string // payloads of events
}

// newCluster makes a client of brokers, each given as its name and its mood.
func newCluster(t *testing.T, nodes ...string) *cluster {
	t.Helper()
	c := &cluster{began: time.Now(), moods: map[string]string{}, open: map[string]net.Conn{}}
	var err error
	c.client, err = NewClient(Options{URLs: []string{"mqtt://replaced"}, ClientID: "callportertest", Availability: "cp/availability"})
	if err != nil {
		t.Fatal(err)
	}
	c.client.addresses = nil
	for _, n := range nodes {
		name, mood, _ := strings.Cut(n, " ")
		c.moods[name] = mood
		c.client.addresses = append(c.client.addresses, address{name, func(context.Context) (net.Conn, error) { return c.dial(name) }})
	}
	return c
}

func (c *cluster) dial(name string) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.attempts = append(c.attempts, fmt.Sprintf("%v %s", time.Since(c.began), name))
	mood := c.moods[name]
	if mood == "down" {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	near, far := net.Pipe()
	c.open[name] = far
	go c.serve(far, name)
	return near, nil
}

// serve is a broker that is well, or not quite.
func (c *cluster) serve(conn net.Conn, name string) {
	for {
		p, err := packets.ReadPacket(conn)
		if err != nil {
			return
		}
		c.mu.Lock()
		mood := c.moods[name]
		c.mu.Unlock()
		switch p := p.(type) {
		case *packets.ConnectPacket:
			switch mood {
			case "silent":
				continue
			case "hangs up":
				conn.Close()
				return
			case "says no":
				conn.Write([]byte{0x20, 2, 0, 5})
				return
			}
			conn.Write([]byte(connack))
			if mood == "hangs up later" {
				conn.Close()
				return
			}
		case *packets.SubscribePacket:
			if mood == "mute" {
				continue
			}
			answer := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
			answer.MessageID, answer.ReturnCodes = p.MessageID, make([]byte, len(p.Topics))
			for i, topic := range p.Topics {
				if mood == "forbids" && topic != "cp/a" {
					answer.ReturnCodes[i] = 0x80
				}
			}
			answer.Write(conn)
		case *packets.PublishPacket:
			if p.TopicName == "cp/event" {
				c.mu.Lock()
				c.heard = append(c.heard, string(p.Payload))
				n := len(c.heard)
				c.mu.Unlock()
				if pause, ok := strings.CutPrefix(mood, "pauses "); ok && n == 100 {
					d, _ := time.ParseDuration(pause)
					<-time.After(d)
				} else if mood == "slow" {
					<-time.After(20 * time.Millisecond)
				}
			}
			answer := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
			answer.MessageID = p.MessageID
			answer.Write(conn)
		case *packets.PingreqPacket:
			conn.Write([]byte{0xD0, 0})
		}
	}
}

// becomes changes the mood a broker meets its next connection with.
func (c *cluster) becomes(name, mood string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moods[name] = mood
}

// hangUp closes the connection to a broker.
func (c *cluster) hangUp(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[name].Close()
}

// silence lets a broker read and say nothing more on its connection.
func (c *cluster) silence(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[name].SetReadDeadline(time.Now())
}

// tried are the attempts behind the first n.
func (c *cluster) tried(n int) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.attempts[n:])
}

// pass lets fake time pass.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

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
		c.becomes("a", "well") // the password was corrected there
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
		c.becomes("a", "well")
		c.hangUp("d")
		pass(time.Minute)
		if d := cmp.Diff([]string{"1m0s d"}, c.tried(4)); d != "" {
			t.Error(d)
		}

		// It is left when it is down, and asked last when it falls silent.
		c.becomes("d", "down")
		pass(time.Minute)
		c.hangUp("d")
		pass(time.Minute)
		if d := cmp.Diff([]string{"3m0s d", "3m0s a"}, c.tried(5)); d != "" {
			t.Error(d)
		}
		c.becomes("b", "well")
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
	for mood, attempts := range map[string]int{"slow": 1, "pauses 4s": 1, "pauses 20s": 2} {
		n := 2500
		if attempts > 1 {
			n = ringSize // while there is no connection no more are kept
		}
		t.Run(mood, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCluster(t, "a "+mood, "b well")
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
				for _, payload := range c.heard {
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

// TestStopAfterLoss: what was being sent when the broker died does not hold up the
// end.
func TestStopAfterLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 20 {
			c := newCluster(t, "a slow")
			stop := run(t, c.client.Run)
			pass(time.Second)
			emitAll(c.client, 0, 900)
			pass(time.Second)
			c.becomes("a", "down")
			c.hangUp("a")
			pass(10 * time.Millisecond)
			from := time.Now()
			stop()
			if took := time.Since(from); took > 2*handOver {
				t.Errorf("the end took %v", took)
			}
			pass(time.Second)
		}
	})
}

// TestForbiddenSubscription is asked for again every minute: rights can be given, and
// a cluster without a leader says no as well.
func TestForbiddenSubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a forbids")
		heard := make(chan string, 10)
		for _, filter := range []string{"cp/a", "cp/b", "cp/c"} {
			c.client.o.Subscriptions = append(c.client.o.Subscriptions, Subscription{Filter: filter, Handle: func(_ context.Context, m Message) { heard <- m.Topic }})
		}
		stop := run(t, c.client.Run)
		pass(150 * time.Second)
		if s := c.client.Status(); !s.Up || s.Reason != ReasonNotAuthorized || s.Hint(call.English) == "" {
			t.Errorf("%+v", s)
		}
		c.becomes("a", "well")
		pass(time.Minute)
		if s := c.client.Status(); !s.Up || s.Reason != ReasonConnected {
			t.Errorf("%+v", s)
		}
		c.mu.Lock()
		message := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
		message.TopicName = "cp/b"
		message.Write(c.open["a"])
		c.mu.Unlock()
		if topic := <-heard; topic != "cp/b" {
			t.Error(topic)
		}
		if got := c.tried(0); len(got) != 1 {
			t.Errorf("%v", got)
		}
		stop()
	})
}

// TestOutageLog: one line for the begin of an outage and one for its end, and one
// more where a broker says no.
func TestOutageLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a well", "b down")
		var log strings.Builder
		c.client.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
		c.client.o.Username, c.client.o.Password = "porter", "s3cret"
		stop := run(t, c.client.Run)
		pass(time.Minute)
		c.becomes("a", "says no")
		c.hangUp("a")
		pass(62 * time.Second)
		c.becomes("b", "well")
		pass(time.Minute)
		stop()
		want := `level=INFO msg="connected to broker" broker=a after=0s
level=WARN msg="not connected to broker" broker=a reason=lost error=EOF
level=WARN msg="not connected to broker" broker=a reason=bad_credentials error="connect: not Authorized" hint="check mqtt username and password"
level=INFO msg="connected to broker" broker=b after=1m5s
`
		if d := cmp.Diff(want, log.String()); d != "" {
			t.Error(d)
		}
	})
}

// TestHangsUpBehindTheGreeting is an attempt in vain like any other.
func TestHangsUpBehindTheGreeting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a hangs up later")
		stop := run(t, c.client.Run)
		pass(61 * time.Second)
		before := len(c.tried(0))
		pass(time.Minute)
		if n := len(c.tried(before)); before > 241 || n > 12 || n < 11 {
			t.Errorf("%d attempts in the first minute, %d in the second", before, n)
		}
		if s := c.client.Status(); s.Up || s.Reason != ReasonRejected || s.Hint(call.English) == "" {
			t.Errorf("%+v", s)
		}
		stop()
	})
}

// TestFightIsSlow: two clients with one id do not throw each other out as fast as
// they can.
func TestFightIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a well", "b well")
		stop := run(t, c.client.Run)
		pass(time.Second)
		for range 3 {
			c.hangUp("a") // which is what a broker does to us then
			pass(9 * time.Second)
		}
		if d := cmp.Diff([]string{"0s a", "1s a", "15s a", "24s a"}, c.tried(0)); d != "" {
			t.Error(d)
		}
		if s := c.client.Status(); !s.Up || s.Reason != ReasonOtherClient || s.Hint(call.English) == "" {
			t.Errorf("%+v", s)
		}
		pass(time.Minute)
		if s := c.client.Status(); !s.Up || s.Reason != ReasonConnected {
			t.Errorf("%+v", s)
		}
		stop()
	})
}

// TestSilentBroker: one that says nothing more is gone after one and a half times
// the keepalive at the latest.
func TestSilentBroker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a well")
		lost := make(chan Status, 10)
		c.client.o.OnStatus = func(s Status) {
			if s.Reason == ReasonLost {
				s.Since = time.Now()
				lost <- s
			}
		}
		stop := run(t, c.client.Run)
		pass(10*time.Minute + 3*time.Second) // pings keep it
		if got := c.tried(0); len(got) != 1 {
			t.Fatalf("%v", got)
		}
		from := time.Now()
		c.silence("a")
		pass(time.Minute)
		s := <-lost
		took := s.Since.Sub(from)
		t.Logf("noticed after %v: %v", took, s.Err)
		if took > 22500*time.Millisecond {
			t.Errorf("noticed after %v", took)
		}
		stop()
	})
}
