package mqtt

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/broker"
)

// dropper is a client of a broker with access rights, with its changes of status.
type dropper struct {
	*Client
	mu      sync.Mutex
	reasons []Reason
}

func newDropper(t *testing.T, addr, user string) *dropper {
	d := &dropper{}
	d.Client = newClient(t, addr, func(o *Options) {
		o.Timing.Echo = 50 * time.Millisecond
		o.Username, o.Password = user, "right"
		o.StatusTopic = "homeassistant/status"
		nothing := func(context.Context, Message) {}
		o.Subscriptions = []Subscription{{Filter: "cp/+/command/#", Handle: nothing}, {Filter: "homeassistant/device/+/config", Handle: nothing}}
		o.Publishes = []string{"cp/#", "homeassistant/#"}
		o.OnStatus = func(s Status) { d.mu.Lock(); defer d.mu.Unlock(); d.reasons = append(d.reasons, s.Reason) }
	})
	d.Announce("homeassistant/device/callporter_fritzbox/config", []byte("{}"))
	d.Retain("cp/fritzbox/state", []byte("idle"))
	return d
}

func (d *dropper) becomes(t *testing.T, want Reason) {
	t.Helper()
	eventually(t, "the reason is "+string(want), func() bool { return d.Status().Reason == want })
}

// acl runs mosquitto with an access list for its user porter. Without a limit to its
// queue (0) version 2.0 does not only drop what is forbidden, it hangs up as well.
func acl(t *testing.T, queue string, lines ...string) (m *mosquitto, change func(lines ...string)) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "acl")
	write := func(lines []string) {
		if err := os.WriteFile(file, []byte("user porter\n"+strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(lines)
	m = newMosquitto(t, "password_file "+passwords(t, "porter", "right"), "acl_file "+file, "max_queued_messages "+queue)
	return m, func(lines ...string) {
		write(lines)
		m.cmd.Process.Signal(syscall.SIGHUP)
	}
}

// TestDropsWhatIsPublished: a broker that confirms our messages and drops them is not
// well, and well as soon as it gives the right.
func TestDropsWhatIsPublished(t *testing.T) {
	const hint = "the broker takes what callporter publishes and drops it: give the user porter write rights on cp/# and homeassistant/#"
	mosquitto := func(t *testing.T, queue string) {
		m, change := acl(t, queue, "topic read #")
		d := newDropper(t, m.addr, "porter")
		run(t, d.Run)
		d.becomes(t, ReasonDropped)
		if s := d.Status(); queue != "0" && !s.Up || s.Hint(call.English) != hint || !strings.Contains(s.Hint(call.German), "porter Schreibrechte auf cp/# und homeassistant/#") {
			t.Errorf("%v: %q, %q", s.Up, s.Hint(call.English), s.Hint(call.German))
		}
		change("topic readwrite #")
		d.becomes(t, ReasonConnected)
		heard := make(chan string, 10)
		w := newClient(t, m.addr, func(o *Options) {
			o.Username, o.Password, o.Availability, o.ClientID = "porter", "right", "", "another"
			o.Subscriptions = []Subscription{{Filter: "cp/#", Handle: func(_ context.Context, m Message) { heard <- fmt.Sprintf("%s %s", m.Topic, m.Payload) }}}
		})
		run(t, w.Run)
		seen := map[string]bool{}
		for len(seen) < 2 { // what was dropped meanwhile is there now
			select {
			case line := <-heard:
				seen[line] = true
			case <-time.After(patience):
				t.Fatalf("retained: %v", seen)
			}
		}
		if !seen["cp/fritzbox/state idle"] || !seen["cp/availability online"] {
			t.Errorf("%v", seen)
		}
	}
	t.Run("mosquitto", func(t *testing.T) { mosquitto(t, "1000") })
	t.Run("mosquitto hangs up", func(t *testing.T) { mosquitto(t, "0") })
	for right, name := range map[broker.Rights]string{broker.RightsCommands: "commands", broker.RightsRead: "read"} {
		t.Run(name, func(t *testing.T) {
			b := newBroker(t, broker.Options{
				Users: map[string]string{"porter": "right"}, Rights: map[string]broker.Rights{"porter": right}, Base: "cp",
			})
			d := newDropper(t, b.Addr().String(), "porter")
			run(t, d.Run)
			d.becomes(t, ReasonDropped)
			if s := d.Status(); s.Hint(call.English) != hint {
				t.Errorf("%q", s.Hint(call.English))
			}
		})
	}
}

// TestDropsStaysKnown: a connection that breaks and comes back changes nothing about
// rights, so nothing is called well in between.
func TestDropsStaysKnown(t *testing.T) {
	m, _ := acl(t, "1000", "topic read #")
	d := newDropper(t, m.addr, "porter")
	run(t, d.Run)
	d.becomes(t, ReasonDropped)
	m.kill()
	eventually(t, "it is gone", func() bool { return !d.Status().Up })
	m.start()
	d.becomes(t, ReasonDropped)
	d.mu.Lock()
	defer d.mu.Unlock()
	well := 0
	for _, r := range d.reasons {
		if r == ReasonConnected {
			well++
		}
	}
	if well != 1 {
		t.Errorf("%v", d.reasons)
	}
}

// TestDropsIsToldOnce: what a broker drops is told of once, however often the connection
// breaks, and once more when it is over.
func TestDropsIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a drops")
		var log strings.Builder
		c.client.log = timeless(&log)
		stop := run(t, c.client.Run)
		told := func() (dropped, kept int) {
			return strings.Count(log.String(), `level=WARN msg="broker drops what is published"`), strings.Count(log.String(), `msg="broker keeps what is published"`)
		}
		pass(20 * time.Second)
		for range 4 {
			c.hangUp("a")
			pass(3 * time.Minute)
			if s := c.client.Status(); s.Reason != ReasonDropped {
				t.Errorf("%+v", s)
			}
		}
		if dropped, kept := told(); dropped != 1 || kept != 0 {
			t.Errorf("told %d times, and %d times that it is over:\n%s", dropped, kept, log.String())
		}
		c.becomes("a", "well")
		pass(3 * time.Minute)
		if dropped, kept := told(); dropped != 1 || kept != 1 {
			t.Errorf("told %d times, and %d times that it is over:\n%s", dropped, kept, log.String())
		}
		stop()
	})
	m, _ := acl(t, "1000", "topic read #")
	log := &logLines{}
	d := newDropper(t, m.addr, "porter")
	d.log = slog.New(slog.NewTextHandler(lockedWriter{&log.mu, &log.out}, nil))
	stop := run(t, d.Run)
	for range 3 {
		d.becomes(t, ReasonDropped)
		m.kill()
		eventually(t, "it is gone", func() bool { return !d.Status().Up })
		m.start()
	}
	d.becomes(t, ReasonDropped)
	stop()
	if n := strings.Count(log.String(), "broker drops what is published"); n != 1 {
		t.Errorf("told %d times:\n%s", n, log.String())
	}
}

// TestKeepsWhatCannotBeReadBack: a broker that keeps our messages and does not let us
// read them is no fault, be the subscription granted, as mosquitto does, or refused.
func TestKeepsWhatCannotBeReadBack(t *testing.T) {
	m, _ := acl(t, "1000", "topic write cp/#", "topic write homeassistant/#", "topic read cp/+/command/#", "topic read homeassistant/status")
	log := &logLines{}
	d := newDropper(t, m.addr, "porter")
	d.log = slog.New(slog.NewTextHandler(lockedWriter{&log.mu, &log.out}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	run(t, d.Run)
	eventually(t, "the broker has said so", func() bool { return strings.Contains(log.String(), "keeps what is published") })
	if s := d.Status(); s.Reason != ReasonConnected {
		t.Errorf("%+v", s)
	}
}

// TestDropsDevicesAlone: where only what is for Home Assistant is dropped, that is
// what the hint names.
func TestDropsDevicesAlone(t *testing.T) {
	m, _ := acl(t, "1000", "topic readwrite cp/#", "topic read homeassistant/#")
	d := newDropper(t, m.addr, "porter")
	run(t, d.Run)
	d.becomes(t, ReasonNotAuthorized)
	if h := d.Status().Hint(call.English); !strings.Contains(h, "Home Assistant") || !strings.Contains(h, "write rights on homeassistant/#") {
		t.Errorf("%q", h)
	}
}

// TestEchoOfSlowBroker: a broker that confirms late drops nothing.
func TestEchoOfSlowBroker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a confirms late")
		c.client.o.Timing.Echo = time.Second // from the confirmation on
		var reasons []Reason
		c.client.o.OnStatus = func(s Status) { reasons = append(reasons, s.Reason) }
		stop := run(t, c.client.Run)
		pass(time.Minute)
		c.becomes("a", "well")
		pass(time.Minute)
		stop()
		if len(reasons) != 2 || reasons[0] != ReasonConnected || len(c.tried(0)) != 1 {
			t.Errorf("%v, %v", reasons, c.tried(0))
		}
	})
}

// TestDropsWithoutAWord: of a broker that knows no MQTT 5, and can say nothing, it is
// believed when three messages in a row have not come back.
func TestDropsWithoutAWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a drops")
		stop := run(t, c.client.Run)
		pass(12 * time.Second)
		if s := c.client.Status(); s.Reason != ReasonConnected {
			t.Errorf("after 12 s: %+v", s)
		}
		pass(5 * time.Second)
		if s := c.client.Status(); s.Reason != ReasonDropped || s.Hint(call.English) == "" {
			t.Errorf("after 17 s: %+v", s)
		}
		pass(time.Hour) // it is not pestered with questions, which brokers log
		if s, n := c.client.Status(), len(c.tried(0)); s.Reason != ReasonDropped || n < 8 || n > 12 {
			t.Errorf("an hour later: %+v, %d connections", s, n)
		}
		c.becomes("a", "well")
		pass(70 * time.Second)
		if s := c.client.Status(); s.Reason != ReasonConnected {
			t.Errorf("when it keeps them: %+v", s)
		}
		stop()
	})
}

// TestForbidsToReadBack: where the subscription is refused and the broker knows no
// MQTT 5, it is not known whether it drops anything, and nobody is alarmed.
func TestForbidsToReadBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "a forbids")
		stop := run(t, c.client.Run)
		pass(5 * time.Minute)
		if s := c.client.Status(); s.Reason != ReasonConnected {
			t.Errorf("%+v", s)
		}
		if got := c.tried(0); len(got) != 2 { // with the question
			t.Errorf("%v", got)
		}
		stop()
	})
}

// TestForbiddenIsNamed: the log says which subscription is refused and what that
// means.
func TestForbiddenIsNamed(t *testing.T) {
	b := newBroker(t, broker.Options{
		Users: map[string]string{"porter": "right"}, Rights: map[string]broker.Rights{"porter": broker.RightsCommands}, Base: "cp",
	})
	log := &logLines{}
	c := newClient(t, b.Addr().String(), func(o *Options) {
		o.Log, o.Username, o.Password = slog.New(slog.NewTextHandler(lockedWriter{&log.mu, &log.out}, nil)), "porter", "right"
		o.StatusTopic = "homeassistant/status"
		o.Subscriptions = []Subscription{{Filter: "cp/+/command/#", Loss: call.Text{"commands do not arrive", "Befehle kommen nicht an"}, Handle: func(context.Context, Message) {}}}
	})
	run(t, c.Run)
	eventually(t, "it is said", func() bool { return strings.Contains(log.String(), "forbids a subscription") })
	want := `level=WARN msg="broker forbids a subscription" broker=` + b.Addr().String() +
		` topic=homeassistant/status so="a restart of Home Assistant goes unnoticed"`
	if got := log.String(); !strings.Contains(got, want) || strings.Contains(got, "commands do not arrive") {
		t.Error(got)
	}
	if h := c.Status().Hint(call.German); h != "diesem Benutzer erlauben, homeassistant/status zu lesen: ein Neustart von Home Assistant bleibt unbemerkt" && c.Status().Reason == ReasonNotAuthorized {
		t.Errorf("%q", h)
	}
}

// TestWordOfNobody: a broker that is asked and hangs up, keeps silent or talks
// nonsense says nothing about rights.
func TestWordOfNobody(t *testing.T) {
	for name, answer := range map[string]string{
		"hangs up": "", "old": "\x20\x02\x00\x01", "refuses": "\x20\x03\x00\x84\x00", "nonsense": "SSH-2.0-dropbear\r\n",
		"endless": "\x20\xff\xff\xff\x7f", "other": "\x20\x03\x00\x00\x00\x90\x03\x00\x01\x87", "short": "\x20\x03\x00\x00\x00\x40\x01\x00",
		"unasked": "\x20\x03\x00\x00\x00\x40\x03\x00\x09\x87",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				conn.Write([]byte(answer))
				conn.(*net.TCPConn).CloseWrite()
				conn.Read(make([]byte, 1<<16))
				conn.Close()
			}
		}()
		c := newClient(t, l.Addr().String())
		if got := c.ask(t.Context(), c.addresses[0], []*echo{{topic: "cp/availability", payload: []byte("online")}}); got[0] != unknown {
			t.Errorf("%s: %v", name, got)
		}
	}
}
