package callmonitor

import (
	"context"
	"net"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sinkChan is a sink that keeps everything in order.
type sinkChan chan any

func (t sinkChan) Event(ev call.Event) { t <- ev }
func (t sinkChan) Link(s LinkState)    { t <- s }

const testTimeout = 10 * time.Second

var (
	eventually = testkit.Eventually(testTimeout, testkit.Tick)
	background = testkit.Background(testTimeout)
)

func (t sinkChan) next(tb testing.TB) any {
	tb.Helper()
	select {
	case v := <-t:
		return v
	case <-time.After(testTimeout):
		tb.Fatal("nothing came")
		return nil
	}
}

// event waits for an event, past changes of the link.
func (t sinkChan) event(tb testing.TB) call.Event {
	tb.Helper()
	for {
		if ev, ok := t.next(tb).(call.Event); ok {
			return ev
		}
	}
}

// link waits for a link in this state; an event on the way there is a failure.
func (t sinkChan) link(tb testing.TB, want State) LinkState {
	tb.Helper()
	for {
		switch v := t.next(tb).(type) {
		case call.Event:
			tb.Fatalf("event %s while waiting for link %s", v.Kind, want)
		case LinkState:
			if v.State == want {
				return v
			}
		}
	}
}

// quiet fails if an event is waiting.
func (t sinkChan) quiet(tb testing.TB) {
	tb.Helper()
	select {
	case v := <-t:
		tb.Fatalf("unexpected: %+v", v)
	default:
	}
}

// fastOptions are options for a box on loopback, with short waits.
func fastOptions(l net.Listener) Options {
	port := l.Addr().(*net.TCPAddr).Port
	return Options{
		Host: "127.0.0.1", Port: port, Box: "home",
		RetryMin: time.Millisecond, RetryMax: 8 * time.Millisecond, IdleClose: time.Nanosecond,
	}
}

func accept(t *testing.T, l net.Listener) *net.TCPConn {
	t.Helper()
	l.(*net.TCPListener).SetDeadline(time.Now().Add(testTimeout))
	c, err := l.Accept()
	if err != nil {
		t.Fatal("nobody dialled: ", err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	c.SetWriteDeadline(time.Now().Add(testTimeout))
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

// reset ends the connection with a RST.
func reset(t *testing.T, c *net.TCPConn) {
	t.Helper()
	if err := c.SetLinger(0); err != nil {
		t.Fatal(err)
	}
	c.Close()
}

// start runs a monitor until the test ends and returns its sink, past the first
// Connecting.
func start(t *testing.T, o Options) sinkChan {
	t.Helper()
	sink := make(sinkChan, 100_000)
	runMonitor(t, o, sink)
	return sink
}

func runMonitor(t *testing.T, o Options, sink LinkSink) (stop func()) {
	t.Helper()
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return background(t, func(ctx context.Context) error { return m.Run(ctx, sink) })
}

// ring is a RING line with this caller.
func ring(id int, caller string) string {
	return "21.11.26 10:00:00;RING;" + strconv.Itoa(id) + ";" + caller + ";23125732;SIP0;\n"
}

func hangUp(id int) string {
	return "21.11.26 10:00:04;DISCONNECT;" + strconv.Itoa(id) + ";0;\n"
}
