package mqtt

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"go.uber.org/goleak"

	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/broker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

var (
	eventually = testkit.Eventually(patience, testkit.Tick)
	run        = testkit.Background(patience)
	pass       = testkit.Pass
)

// newBroker runs an embedded broker on a loopback port.
func newBroker(t testing.TB, o broker.Options) *broker.Broker {
	t.Helper()
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	b, err := broker.New(o)
	if err != nil {
		t.Fatal(err)
	}
	run(t, b.Run)
	return b
}

// watcher is an independent client that remembers what it was sent.
type watcher struct {
	t      testing.TB
	client paho.Client
	mu     sync.Mutex
	all    []string // "topic payload", "retained topic payload"
}

var watchers atomic.Int64

func watch(t testing.TB, addr string, filters ...string) *watcher {
	t.Helper()
	w := &watcher{t: t}
	w.client = testkit.Connect(t, addr, fmt.Sprintf("watcher%d", watchers.Add(1)))
	for _, f := range filters {
		token := w.client.Subscribe(f, 1, func(_ paho.Client, m paho.Message) {
			line := m.Topic() + " " + string(m.Payload())
			if m.Retained() {
				line = "retained " + line
			}
			w.mu.Lock()
			w.all = append(w.all, line)
			w.mu.Unlock()
		})
		if token.Wait(); token.Error() != nil {
			t.Fatal(token.Error())
		}
	}
	return w
}

// publish sends one message and waits until the broker has it.
func (w *watcher) publish(topic, payload string, retained bool) {
	w.t.Helper()
	if token := w.client.Publish(topic, 1, retained, payload); token.Wait() && token.Error() != nil {
		w.t.Fatal(token.Error())
	}
}

func (w *watcher) seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.all...)
}

// await waits for a line and returns all lines so far.
func (w *watcher) await(line string) []string {
	w.t.Helper()
	defer func() {
		if w.t.Failed() {
			w.t.Logf("seen: %q", tail(w.seen(), 30))
		}
	}()
	eventually(w.t, fmt.Sprintf("%q arrives", line), func() bool { return index(w.seen(), line) >= 0 })
	return w.seen()
}

func tail(s []string, n int) []string { return s[max(len(s)-n, 0):] }

func index(all []string, line string) int {
	for i, s := range all {
		if s == line {
			return i
		}
	}
	return -1
}

// quick are timings for tests.
var quick = Timing{
	Retry: 20 * time.Millisecond, SlowAfter: time.Minute, SlowRetry: 60 * time.Millisecond, KeepAlive: 2 * time.Second,
	BirthDelay: func() time.Duration { return 5 * time.Millisecond },
}

// newClient makes a client of an address with quick timings.
func newClient(t testing.TB, addr string, change ...func(*Options)) *Client {
	t.Helper()
	o := Options{URLs: []string{"mqtt://" + addr}, ClientID: "callportertest", Availability: "cp/availability", Timing: quick}
	for _, f := range change {
		f(&o)
	}
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// up waits until a client has sent its birth.
func up(t testing.TB, c *Client) {
	t.Helper()
	eventually(t, "the client is up", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.live && c.retained.inFlight == 0 && len(c.retained.queue) == 0
	})
}
