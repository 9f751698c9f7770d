package mqtt

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"go.uber.org/goleak"

	"github.com/callporter/callporter/mqtt/broker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

// eventually waits for a condition.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("gave up waiting until %s", what)
		case <-tick.C:
		}
	}
}

// mosquitto is the real broker, as a process on a port of its own.
type mosquitto struct {
	t    testing.TB
	path string // of the program
	addr string
	conf string
	cmd  *exec.Cmd
	read sync.WaitGroup // of its log
}

func newMosquitto(t testing.TB, lines ...string) *mosquitto {
	t.Helper()
	path := peer(t, "mosquitto", "mosquitto")
	dir := t.TempDir()
	for range 5 { // another process may take the free port first
		m := &mosquitto{t: t, path: path, addr: freeAddr(t), conf: filepath.Join(dir, "mosquitto.conf")}
		_, port, _ := net.SplitHostPort(m.addr)
		conf := append([]string{"listener " + port + " 127.0.0.1", "user root", "set_tcp_nodelay true",
			"max_inflight_messages 0", "max_queued_messages 0"}, lines...)
		if !strings.Contains(strings.Join(lines, "\n"), "password_file") {
			conf = append(conf, "allow_anonymous true")
		}
		if err := os.WriteFile(m.conf, []byte(strings.Join(conf, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if m.start() {
			t.Cleanup(m.kill)
			return m
		}
	}
	t.Fatal("mosquitto does not start")
	return nil
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start waits until mosquitto says that it runs; false = it ended instead.
func (m *mosquitto) start() bool {
	m.t.Helper()
	m.cmd = exec.Command(m.path, "-v", "-c", m.conf)
	log, err := m.cmd.StderrPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := m.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	running := make(chan bool, 1)
	m.read.Go(func() {
		lines := bufio.NewScanner(log)
		for lines.Scan() {
			if strings.HasSuffix(lines.Text(), " running") {
				running <- true
				io.Copy(io.Discard, log)
				return
			}
		}
		running <- false
	})
	select {
	case ok := <-running:
		if !ok {
			m.kill()
		}
		return ok
	case <-time.After(patience):
		m.kill()
		return false
	}
}

func (m *mosquitto) kill() {
	if m.cmd != nil {
		m.cmd.Process.Kill()
		m.read.Wait()
		m.cmd.Wait()
		m.cmd = nil
	}
}

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

// run runs something until the test ends or stop is called.
func run(t testing.TB, f func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("run: %v", err)
			}
		case <-time.After(patience):
			t.Errorf("run did not end:\n%s", stacks())
		}
	})
	t.Cleanup(stop)
	return stop
}

// stacks tells what all goroutines are doing.
func stacks() []byte {
	buf := make([]byte, 1<<20)
	return buf[:runtime.Stack(buf, true)]
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
	w.client = connect(t, addr, fmt.Sprintf("watcher%d", watchers.Add(1)))
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

func connect(t testing.TB, addr, id string) paho.Client {
	t.Helper()
	o := paho.NewClientOptions().AddBroker("tcp://" + addr).SetClientID(id).SetAutoReconnect(false)
	c := paho.NewClient(o)
	if token := c.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	t.Cleanup(func() { c.Disconnect(250) })
	return c
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

// logLines is a log that a test reads while others write.
type logLines struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
