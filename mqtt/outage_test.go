package mqtt

import (
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/broker"
)

func TestStatusReasons(t *testing.T) {
	reason := func(t *testing.T, c *Client, want Reason) {
		t.Helper()
		run(t, c.Run)
		eventually(t, "the reason is "+string(want), func() bool { return c.Status().Reason == want })
		if c.Status().Up != (want == ReasonConnected) {
			t.Errorf("up = %v", c.Status().Up)
		}
	}
	user := func(name, password string) func(*Options) {
		return func(o *Options) { o.Username, o.Password = name, password }
	}
	t.Run("mosquitto", func(t *testing.T) {
		m := testkit.NewMosquitto(t, "password_file "+passwords(t, "porter", "right"))
		t.Run("wrong password", func(t *testing.T) { reason(t, newClient(t, m.Address, user("porter", "wrong")), ReasonBadCredentials) })
		t.Run("no user", func(t *testing.T) { reason(t, newClient(t, m.Address), ReasonNotAuthorized) })
		t.Run("right", func(t *testing.T) { reason(t, newClient(t, m.Address, user("porter", "right")), ReasonConnected) })
		t.Run("in the url", func(t *testing.T) {
			reason(t, newClient(t, m.Address, func(o *Options) { o.URLs = []string{"mqtt://porter:right@" + m.Address} }), ReasonConnected)
		})
	})
	t.Run("embedded", func(t *testing.T) {
		addr := newBroker(t, broker.Options{Users: map[string]string{"porter": "right"}}).Addr().String()
		t.Run("wrong password", func(t *testing.T) { reason(t, newClient(t, addr, user("porter", "wrong")), ReasonBadCredentials) })
		t.Run("no user", func(t *testing.T) { reason(t, newClient(t, addr), ReasonNotAuthorized) })
		t.Run("right", func(t *testing.T) { reason(t, newClient(t, addr, user("porter", "right")), ReasonConnected) })
	})
	t.Run("refused", func(t *testing.T) { reason(t, newClient(t, testkit.FreeAddress(t)), ReasonRefused) })
	t.Run("no such host", func(t *testing.T) { reason(t, newClient(t, "broker.invalid:1883"), ReasonUnreachable) })
	t.Run("no tls there", func(t *testing.T) {
		addr := newBroker(t, broker.Options{}).Addr().String()
		reason(t, newClient(t, addr, func(o *Options) { o.URLs = []string{"mqtts://" + addr} }), ReasonNoTLS)
	})
	t.Run("second of two", func(t *testing.T) {
		addr := newBroker(t, broker.Options{}).Addr().String()
		reason(t, newClient(t, addr, func(o *Options) { o.URLs = []string{"mqtt://" + testkit.FreeAddress(t), "mqtt://" + addr} }), ReasonConnected)
	})
}

// passwords is a password file of mosquitto with one user.
func passwords(t *testing.T, name, password string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "passwd")
	testkit.MosquittoPassword(t, file, name, password)
	return file
}

// takeOver is another client with an id, which comes once and is gone: ours may be back
// before it gets its CONNACK.
func takeOver(t *testing.T, addr, id string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	connect := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	connect.ProtocolName, connect.ProtocolVersion, connect.ClientIdentifier, connect.CleanSession = "MQTT", 4, id, true
	if err := connect.Write(conn); err != nil {
		t.Fatal(err)
	}
	if _, err := packets.ReadPacket(conn); err == nil {
		packets.NewControlPacket(packets.Disconnect).Write(conn) //nolint:errcheck // it goes anyway
	}
}

func TestOtherClient(t *testing.T) {
	brokers(t, func(t *testing.T, addr string) {
		states := make(chan Status, 100)
		c := newClient(t, addr, func(o *Options) { o.OnStatus = func(s Status) { states <- s } })
		run(t, c.Run)
		next := func() Status {
			select {
			case s := <-states:
				return s
			case <-time.After(patience):
				t.Fatal("no change of status")
				return Status{}
			}
		}
		var got []string
		for range 2 {
			got = append(got, fmt.Sprint(next().Reason)) // up
			eventually(t, "the client hears commands", func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.live })
			takeOver(t, addr, "callportertest")
			s := next()
			t.Log(s.Err)
			got = append(got, fmt.Sprint(s.Reason))
		}
		s := next()
		got = append(got, fmt.Sprintf("%v %v", s.Reason, s.Up))
		want := []string{"connected", "lost", "connected", "other_client", "other_client true"}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
}

// TestTakeoverInFlight: the reason of a lost connection is known also while messages
// are on their way, whose own errors come first.
func TestTakeoverInFlight(t *testing.T) {
	addr := newBroker(t, broker.Options{}).Addr().String()
	lost := make(chan Status, 100)
	c := newClient(t, addr, func(o *Options) {
		o.OnStatus = func(s Status) {
			if !s.Up {
				lost <- s
			}
		}
	})
	stop := run(t, c.Run)
	up(t, c)
	done := make(chan struct{})
	quit := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			case <-c.Room():
				c.Emit("cp/event", []byte("x"), time.Now())
			}
		}
	}()
	takeOver(t, addr, "callportertest")
	select {
	case s := <-lost:
		if !hungUp(s.Err) {
			t.Errorf("lost by %v", s.Err)
		}
	case <-time.After(patience):
		t.Error("not noticed")
	}
	close(quit)
	<-done
	stop()
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
			c.behave("a", "down")
			c.hangUp("a")
			pass(10 * time.Millisecond)
			from := time.Now()
			stop()
			if took := time.Since(from); took > 2*publishTime {
				t.Errorf("the end took %v", took)
			}
			pass(time.Second)
		}
	})
}

// TestOutageLog: one line for the begin of an outage and one for its end, and one
// more where a broker says no.
func TestOutageLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a well", "b down")
		var log strings.Builder
		c.client.log = timeless(&log)
		c.client.o.Username, c.client.o.Password = "porter", "s3cret"
		stop := run(t, c.client.Run)
		pass(time.Minute)
		c.behave("a", "says no")
		c.hangUp("a")
		pass(62 * time.Second)
		c.behave("b", "well")
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

// TestOutageAfterTakeovers: another client with our id is one line until it has been quiet
// for a minute, and an outage within that minute is an outage like any other.
func TestOutageAfterTakeovers(t *testing.T) {
	takeovers := `level=INFO msg="connected to broker" broker=a after=0s
level=WARN msg="not connected to broker" broker=a reason=lost error=EOF
level=INFO msg="connected to broker" broker=a after=0s
level=WARN msg="not connected to broker" broker=a reason=other_client error=EOF hint="` + Status{Reason: ReasonOtherClient}.Hint(call.English) + `"
`
	const again = `level=WARN msg="not connected to broker" broker=a reason=lost error=EOF
level=INFO msg="connected to broker" broker=a after=`
	for name, test := range map[string]struct {
		then func(*cluster)
		want string
	}{
		"nothing": {func(*cluster) {}, `level=INFO msg="connected to broker, undisturbed for a minute"` + "\n"},
		"thrown out again": {func(c *cluster) {
			c.hangUp("a")
		}, `level=INFO msg="connected to broker, undisturbed for a minute"` + "\n"},
		"broker goes down": {func(c *cluster) {
			c.behave("a", "down")
			c.hangUp("a")
			pass(20 * time.Second)
			c.behave("a", "well")
		}, again + "20.25s\n"},
		"broker is silent": {func(c *cluster) {
			c.silence("a")
			pass(50 * time.Second)
		}, strings.Replace(again, "EOF", `"the broker is silent for 22.5s"`, 1) + "250ms\n"},
		"down while we pause": {func(c *cluster) {
			c.hangUp("a")
			pass(time.Second)
			c.behave("a", "down")
			pass(20 * time.Second)
			c.behave("a", "well")
		}, strings.NewReplacer("lost", "refused", "EOF", fmt.Sprintf("%q hint=%q", "dial tcp: connection refused",
			Status{Reason: ReasonRefused}.Hint(call.English))).Replace(again) + "21.25s\n"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCluster(t, "a well")
				var log strings.Builder
				c.client.log = timeless(&log)
				stop := run(t, c.client.Run)
				pass(time.Second)
				for range 2 {
					c.hangUp("a")
					pass(9 * time.Second)
				}
				test.then(c)
				pass(100 * time.Second)
				stop()
				if d := cmp.Diff(takeovers+test.want, log.String()); d != "" {
					t.Error(d)
				}
			})
		})
	}
}

// timeless is a log without times.
func timeless(to *strings.Builder) *slog.Logger {
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// TestHangsUpBehindTheGreeting: a broker that ends each connection before its answer to
// SUBSCRIBE, as one that breaks the protocol does, is tried less and less often.
func TestHangsUpBehindTheGreeting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a hangs up later")
		stop := run(t, c.client.Run)
		pass(61 * time.Second)
		before := len(c.tried(0))
		pass(time.Minute)
		if n := len(c.tried(before)); before > 20 || n > 12 || n < 11 {
			t.Errorf("%d attempts in the first minute, %d in the second", before, n)
		}
		if s := c.client.Status(); s.Up || s.Reason != ReasonRejected || s.Hint(call.English) == "" {
			t.Errorf("%+v", s)
		}
		stop()
	})
}

// TestTakeoversAreSlow: two clients with one id do not throw each other out as fast as
// they can.
func TestTakeoversAreSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a well", "b well")
		stop := run(t, c.client.Run)
		pass(time.Second)
		for range 3 {
			c.hangUp("a") // which is what a broker does to us then
			pass(9 * time.Second)
		}
		// From the second time on it is looked whether the broker is there, which is no
		// reason to come in at once.
		if d := cmp.Diff([]string{"0s a", "1s a", "10s a", "15.25s a", "19s a", "24.25s a"}, c.tried(0)); d != "" {
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

// TestRestartIsNoTakeover: a broker that restarts twice in a minute is not taken for
// another client with our id, also where it was back at once for the first time.
func TestRestartIsNoTakeover(t *testing.T) {
	for _, behaviour := range []string{"down", "goes down"} {
		t.Run(behaviour, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCluster(t, "a well")
				var reasons []Reason
				c.client.o.OnStatus = func(s Status) { reasons = append(reasons, s.Reason) }
				stop := run(t, c.client.Run)
				pass(time.Second)
				c.hangUp("a")
				pass(time.Second) // it takes us again at once, as if we had been thrown out
				for range 3 {
					c.behave("a", behaviour)
					c.hangUp("a")
					pass(time.Second)
					c.behave("a", "well")
					pass(9 * time.Second)
				}
				if s := c.client.Status(); !s.Up || s.Reason != ReasonConnected || slices.Contains(reasons, ReasonOtherClient) {
					t.Errorf("%+v, %v", s, reasons)
				}
				stop()
			})
		})
	}
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

// TestThrownOutBeforeTheAnswer: another client with our id may throw us out at any
// time, also before SUBSCRIBE is answered. That is told from a broker that hangs up on
// whoever subscribes.
func TestThrownOutBeforeTheAnswer(t *testing.T) {
	l := testkit.Listen(t)
	var all atomic.Bool
	var connects atomic.Int64
	testkit.Serve(l, func(conn net.Conn) {
		var id string
		for {
			p, err := packets.ReadPacket(conn)
			if err != nil {
				return
			}
			switch p := p.(type) {
			case *packets.ConnectPacket:
				id = p.ClientIdentifier
				connects.Add(1)
				conn.Write([]byte(connack))
			case *packets.SubscribePacket:
				if id == "callportertest" || all.Load() {
					return
				}
				answer := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
				answer.MessageID, answer.ReturnCodes = p.MessageID, make([]byte, len(p.Topics))
				answer.Write(conn)
			}
		}
	})
	for _, want := range []Reason{ReasonOtherClient, ReasonRejected} {
		all.Store(want == ReasonRejected)
		t.Run(string(want), func(t *testing.T) {
			c := newClient(t, l.Addr().String())
			run(t, c.Run)
			from := connects.Load()
			eventually(t, "it is compared", func() bool { return connects.Load() >= from+6 }) // ours and the other
			if s := c.Status(); s.Reason != want {
				t.Errorf("%+v", s)
			}
			if h := c.Status().Hint(call.English); want == ReasonOtherClient && !strings.HasPrefix(h, "another client uses this id: give each its own client_id;") {
				t.Errorf("%q", h)
			}
		})
	}
}
