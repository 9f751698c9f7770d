package mqtt

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
		m := newMosquitto(t, "password_file "+passwords(t, "porter", "right"))
		t.Run("wrong password", func(t *testing.T) { reason(t, newClient(t, m.addr, user("porter", "wrong")), ReasonBadCredentials) })
		t.Run("no user", func(t *testing.T) { reason(t, newClient(t, m.addr), ReasonNotAuthorized) })
		t.Run("right", func(t *testing.T) { reason(t, newClient(t, m.addr, user("porter", "right")), ReasonConnected) })
		t.Run("in the url", func(t *testing.T) {
			reason(t, newClient(t, m.addr, func(o *Options) { o.URLs = []string{"mqtt://porter:right@" + m.addr} }), ReasonConnected)
		})
	})
	t.Run("embedded", func(t *testing.T) {
		addr := newBroker(t, BrokerOptions{Users: map[string]string{"porter": "right"}}).Addr().String()
		t.Run("wrong password", func(t *testing.T) { reason(t, newClient(t, addr, user("porter", "wrong")), ReasonBadCredentials) })
		t.Run("no user", func(t *testing.T) { reason(t, newClient(t, addr), ReasonNotAuthorized) })
		t.Run("right", func(t *testing.T) { reason(t, newClient(t, addr, user("porter", "right")), ReasonConnected) })
	})
	t.Run("refused", func(t *testing.T) { reason(t, newClient(t, freeAddr(t)), ReasonRefused) })
	t.Run("no such host", func(t *testing.T) { reason(t, newClient(t, "broker.invalid:1883"), ReasonUnreachable) })
	t.Run("no tls there", func(t *testing.T) {
		addr := newBroker(t, BrokerOptions{}).Addr().String()
		reason(t, newClient(t, addr, func(o *Options) { o.URLs = []string{"mqtts://" + addr} }), ReasonTLS)
	})
	t.Run("second of two", func(t *testing.T) {
		addr := newBroker(t, BrokerOptions{}).Addr().String()
		reason(t, newClient(t, addr, func(o *Options) { o.URLs = []string{"mqtt://" + freeAddr(t), "mqtt://" + addr} }), ReasonConnected)
	})
}

// passwords is a password file of mosquitto with one user.
func passwords(t *testing.T, name, password string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "passwd")
	setPassword(t, file, name, password)
	return file
}

func setPassword(t *testing.T, file, name, password string) {
	t.Helper()
	if out, err := exec.Command(peer(t, "mosquitto_passwd", "mosquitto"), "-c", "-b", file, name, password).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
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
			connect(t, addr, "callportertest").Disconnect(50)
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

// TestKickInFlight: the reason of a lost connection is known also while messages
// are on their way, whose own errors come first.
func TestKickInFlight(t *testing.T) {
	addr := newBroker(t, BrokerOptions{}).Addr().String()
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
	connect(t, addr, "callportertest").Disconnect(50)
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
