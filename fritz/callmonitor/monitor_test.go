package callmonitor

import (
	"log/slog"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

// What kills other clients for good is one more redial here.
func TestReset(t *testing.T) {
	l := testkit.Listen(t)
	sink := start(t, fastOptions(l))
	c := accept(t, l)
	send(t, c, ring(0, "01713920055"))
	sink.event(t)
	reset(t, c)
	if s := sink.link(t, Down); s.Reason != Reset || s.Err == nil || s.Attempt != 0 {
		t.Errorf("%+v", s)
	}
	c = accept(t, l)
	if s := sink.link(t, Up); s.Attempt != 1 || s.Reason != NoReason {
		t.Errorf("%+v", s)
	}
	send(t, c, hangUp(0))
	if ev := sink.event(t); ev.Kind != call.Disconnect {
		t.Error(ev.Kind)
	}
}

func TestHalfALineThenReset(t *testing.T) {
	l := testkit.Listen(t)
	reg := prometheus.NewRegistry()
	o := fastOptions(l)
	o.Metrics = NewMetrics(reg)
	sink := start(t, o)
	c := accept(t, l)
	send(t, c, hangUp(0)+"21.11.26 10:00:00;RING;0;0171392")
	sink.event(t)
	reset(t, c)
	sink.link(t, Down)
	c = accept(t, l)
	send(t, c, "0055;23125732;SIP0;\n"+hangUp(1)) // no continuation of what was cut
	if ev := sink.event(t); ev.Kind != call.Disconnect || ev.Connection != 1 {
		t.Errorf("%+v", ev)
	}
}

// A byte that is no UTF-8, and a rune in two segments.
func TestAnyBytes(t *testing.T) {
	l := testkit.Listen(t)
	sink := start(t, fastOptions(l))
	c := accept(t, l)
	send(t, c, "21.11.26 10:00:00;RING;0;M\xfcller;23125732;SIP0;\n")
	if ev := sink.event(t); ev.Caller != "M\uFFFDller" {
		t.Errorf("%q", ev.Caller)
	}
	send(t, c, hangUp(0)+"21.11.26 10:00:00;RING;1;M\xc3")
	sink.event(t) // so the first half has been read
	send(t, c, "\xbcller;23125732;SIP0;\n")
	if ev := sink.event(t); ev.Caller != "Müller" {
		t.Errorf("%q", ev.Caller)
	}
	send(t, c, "\x00\xff\xfe\n\x00\r\n;;;;;;\n21.11.26 10:00:00;RING;2;0171\x003920055;23125732;SIP0;\n")
	if ev := sink.event(t); ev.Connection != 2 || ev.Caller != "01713920055" {
		t.Errorf("%+v", ev)
	}
	sink.quiet(t)
}

// A barred caller: both lines come in one segment, and both count.
func TestTwoLinesInOneSegment(t *testing.T) {
	l := testkit.Listen(t)
	sink := start(t, fastOptions(l))
	c := accept(t, l)
	send(t, c, ring(0, "06990009040")+hangUp(0))
	if a, b := sink.event(t), sink.event(t); a.Kind != call.Ring || b.Kind != call.Disconnect || !a.Received.Equal(b.Received) {
		t.Errorf("%+v %+v", a, b)
	}
}

func TestByteByByte(t *testing.T) {
	l := testkit.Listen(t)
	sink := start(t, fastOptions(l))
	c := accept(t, l)
	c.SetNoDelay(true)
	for _, b := range []byte("\r\n" + ring(0, "01713920055")[:50] + "\r\n" + hangUp(0)) {
		send(t, c, string(b))
	}
	if a, b := sink.event(t), sink.event(t); a.Caller != "01713920055" || b.Kind != call.Disconnect {
		t.Errorf("%+v %+v", a, b)
	}
}

func TestEndOfStream(t *testing.T) {
	l := testkit.Listen(t)
	sink := start(t, fastOptions(l))
	c := accept(t, l)
	sink.link(t, Up)
	c.Close()
	if s := sink.link(t, Connecting); s.Reason != Closed {
		t.Errorf("an idle line was closed: %+v", s)
	}
	c = accept(t, l)
	send(t, c, ring(0, "01713920055"))
	sink.event(t)
	c.Close()
	if s := sink.link(t, Down); s.Reason != Closed {
		t.Errorf("closed in the middle of a call: %+v", s)
	}
	c = accept(t, l)
	send(t, c, ring(0, "01713920055"))
	sink.event(t)
}

func TestRefusedMeansOff(t *testing.T) {
	l := testkit.Listen(t)
	sink := start(t, fastOptions(l))
	c := accept(t, l)
	send(t, c, ring(0, "01713920055"))
	sink.event(t)
	l.Close()
	c.Close()
	for _, want := range []LinkReason{Closed, Refused, Refused, CallMonitorOff, CallMonitorOff} {
		if s := sink.link(t, Down); s.Reason != want {
			t.Fatalf("%v, want %v", s.Reason, want)
		}
	}
	again, err := net.Listen("tcp", l.Addr().String())
	if err != nil {
		t.Skip("somebody took the port: ", err)
	}
	defer again.Close()
	c = accept(t, again)
	defer c.Close()
	send(t, c, hangUp(0))
	if s := sink.link(t, Up); s.Attempt < 4 {
		t.Errorf("%+v", s)
	}
	sink.event(t)
}

func TestLongLine(t *testing.T) {
	l := testkit.Listen(t)
	o, reg, log := fastOptions(l), prometheus.NewRegistry(), new(testkit.Log)
	o.Metrics, o.Log = NewMetrics(reg), log.Logger(slog.LevelDebug)
	sink := start(t, o)
	c := accept(t, l)
	for range 3 {
		send(t, c, "21.11.26 10:00:00;RING;0;"+strings.Repeat("1", 70_000)+";x;SIP0;\n")
	}
	send(t, c, hangUp(0))
	if ev := sink.event(t); ev.Kind != call.Disconnect {
		t.Error(ev.Kind)
	}
	eventually(t, "counted", func() bool { return testkit.Metric(t, reg, "callporter_monitor_lines_total") == 4 })
	if n := testkit.Metric(t, reg, "callporter_monitor_bad_lines_total", "too_long"); n != 3 {
		t.Error(n, "long lines")
	}
	if n := log.Lines("level=WARN"); n != 1 {
		t.Errorf("%d warnings:\n%s", n, log)
	}
}

// blockingSink is a sink that takes nothing until it is opened.
type blockingSink struct {
	sinkChan
	open chan struct{}
}

func (g blockingSink) Event(ev call.Event) {
	<-g.open
	g.sinkChan.Event(ev)
}

// A sink that blocks holds up the box, and nothing is lost.
func TestBackPressure(t *testing.T) {
	const calls = 20_000
	l := testkit.Listen(t)
	g := blockingSink{make(sinkChan, 3*calls), make(chan struct{})}
	runMonitor(t, fastOptions(l), g)
	c := accept(t, l)
	sent := make(chan error, 1)
	go func() {
		var all strings.Builder
		for i := range calls {
			id := i % 1000
			all.WriteString(ring(id, strconv.Itoa(i)))
			all.WriteString(hangUp(id))
		}
		_, err := c.Write([]byte(all.String()))
		sent <- err
	}()
	g.link(t, Up)
	close(g.open)
	for i := range calls {
		a, b := g.event(t), g.event(t)
		if a.Kind != call.Ring || a.Caller != strconv.Itoa(i) || b.Kind != call.Disconnect || int(b.Connection) != i%1000 {
			t.Fatal(i, a, b)
		}
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

// Whatever the box does, the next connection works.
func TestReconnectForEver(t *testing.T) {
	l := testkit.Listen(t)
	reg := prometheus.NewRegistry()
	o := fastOptions(l)
	o.Metrics = NewMetrics(reg)
	sink := start(t, o)
	const links = 60
	for i := range links {
		c := accept(t, l)
		switch i % 4 {
		case 0:
			c.Close()
			continue
		case 1:
			reset(t, c)
			continue
		case 2:
			send(t, c, "garbage\n\xff")
		}
		send(t, c, "\n"+ring(i, "01713920055"))
		if ev := sink.event(t); int(ev.Connection) != i {
			t.Fatal(i, ev)
		}
		c.Close()
	}
	// A connection that is reset early enough counts as a failed dial.
	if n := testkit.Metric(t, reg, "callporter_monitor_reconnects_total"); n < links/2 {
		t.Error(n, "reconnects")
	}
}

func TestBadLinesAreCountedAndMasked(t *testing.T) {
	l := testkit.Listen(t)
	o, reg, log := fastOptions(l), prometheus.NewRegistry(), new(testkit.Log)
	o.Metrics, o.Log = NewMetrics(reg), log.Logger(slog.LevelDebug)
	sink := start(t, o)
	for range 2 { // once a link
		c := accept(t, l)
		for range 5 {
			send(t, c, "21.11.26 10:00:00;PICKUP;0;01713920055;\n21.11.26 10:00:00;RING;-1;01713920055;23125732;SIP0;\n\r\n")
		}
		send(t, c, ring(0, "01713920055"))
		sink.event(t)
		c.Close()
	}
	sink.link(t, Down)
	eventually(t, "all counted", func() bool { return testkit.Metric(t, reg, "callporter_monitor_lines_total") == 22 })
	for _, reason := range []string{"unknown_event", "bad_connection"} {
		if n := testkit.Metric(t, reg, "callporter_monitor_bad_lines_total", reason); n != 10 {
			t.Error(reason, n)
		}
		if n := log.Lines("level=WARN", reason); n != 2 {
			t.Errorf("%s: %d warnings\n%s", reason, n, log)
		}
	}
	for _, secret := range []string{"0171392", "2312573", "0055"} {
		if log.Lines(secret) != 0 {
			t.Errorf("%s is in the log:\n%s", secret, log)
		}
	}
	if testkit.Metric(t, reg, "callporter_monitor_up") > 1 {
		t.Error("up")
	}
}

func TestStopWhileReading(t *testing.T) {
	l := testkit.Listen(t)
	o, reg := fastOptions(l), prometheus.NewRegistry()
	o.Metrics = NewMetrics(reg)
	sink := make(sinkChan, 10)
	stop := runMonitor(t, o, sink)
	c := accept(t, l)
	send(t, c, hangUp(0)+"half a line")
	sink.event(t)
	if testkit.Metric(t, reg, "callporter_monitor_up") != 1 {
		t.Error("not up")
	}
	stop()
	if testkit.Metric(t, reg, "callporter_monitor_up") != 0 || testkit.Metric(t, reg, "callporter_monitor_bad_lines_total", "cut") != 0 {
		t.Error("an orderly end counts as a fault")
	}
	c.SetReadDeadline(time.Now().Add(testTimeout))
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}

// Two monitors share the metrics of a process.
func TestMetricsAreShared(t *testing.T) {
	reg := prometheus.NewRegistry()
	NewMetrics(reg).box("a").lines.Inc()
	NewMetrics(reg).box("a").lines.Inc()
	if n := testkit.Metric(t, reg, "callporter_monitor_lines_total"); n != 2 {
		t.Error(n)
	}
}
