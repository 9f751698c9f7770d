package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/callporter/callporter/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

var background = testkit.Background(patience)

// start runs a server on a free port of this computer until the test ends and
// returns its address.
func start(t *testing.T, o Options) string {
	t.Helper()
	if o.Listener == nil {
		o.Listener = listen(t, "127.0.0.1:0")
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	background(t, s.Run)
	return s.Addr().String()
}

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// request sends one request on a connection of its own, and has to be answered.
func request(t *testing.T, method, address, path, host string) (*http.Response, string) {
	t.Helper()
	answer, body, err := tryRequest(t, method, address, path, host)
	if err != nil {
		t.Fatal(err)
	}
	return answer, body
}

func tryRequest(t *testing.T, method, address, path, host string) (*http.Response, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	if host != "" {
		r.Host = host
	}
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer, string(body), err
}

func TestProbes(t *testing.T) {
	for _, test := range []struct {
		name, path   string
		alive, ready bool
		checks       []Check
		code         int
		body         string
	}{
		{name: "alive", path: "/healthz", alive: true, code: 200,
			body: `{"status":"ok","version":"1.2.3","checks":[]}`},
		{name: "stuck", path: "/healthz", code: 503,
			body: `{"status":"stuck","version":"1.2.3","checks":[]}`},
		{name: "ready with a box that is off", path: "/readyz", ready: true, code: 200,
			checks: []Check{{Name: "broker", OK: true}, {Name: "box fritzbox", Reason: "connection refused"}},
			body: `{"status":"ready","version":"1.2.3","checks":[{"name":"broker","ok":true,"reason":""},` +
				`{"name":"box fritzbox","ok":false,"reason":"connection refused"}]}`},
		{name: "no broker", path: "/readyz", code: 503,
			checks: []Check{{Name: "broker", Reason: "wrong <password>"}},
			body:   `{"status":"not ready","version":"1.2.3","checks":[{"name":"broker","ok":false,"reason":"wrong <password>"}]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			address := start(t, Options{
				Version: "1.2.3",
				Health:  func(context.Context) (bool, []Check) { return test.alive, nil },
				Ready:   func(context.Context) (bool, []Check) { return test.ready, test.checks },
			})
			answer, body := request(t, "GET", address, test.path, "")
			if answer.StatusCode != test.code {
				t.Errorf("status %d, want %d", answer.StatusCode, test.code)
			}
			if diff := cmp.Diff(test.body+"\n", body); diff != "" {
				t.Error(diff)
			}
			if kind := answer.Header.Get("Content-Type"); kind != "application/json" {
				t.Errorf("content type %q", kind)
			}
		})
	}
}

// TestStuckProbe: a loop that does not answer makes the program unhealthy in
// bounded time.
func TestStuckProbe(t *testing.T) {
	address := start(t, Options{
		Limits: Limits{Probe: 10 * time.Millisecond},
		Health: func(ctx context.Context) (bool, []Check) {
			<-ctx.Done()
			return false, []Check{{Name: "box fritzbox", Reason: "its loop does not answer"}}
		},
	})
	answer, body := request(t, "GET", address, "/healthz", "")
	if answer.StatusCode != 503 || !strings.Contains(body, "its loop does not answer") {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
}

func TestMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	o := Options{Version: "1.2.3", Gatherer: registry, Registerer: registry}
	address := start(t, o)
	_, body := request(t, "GET", address, "/metrics", "")
	for _, want := range []string{
		`callporter_build_info{goversion="` + runtime.Version() + `",version="1.2.3"} 1`,
		"go_goroutines ",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	if runtime.GOOS == "linux" && !strings.Contains(body, "process_resident_memory_bytes ") {
		t.Error("no process metrics")
	}
	start(t, o) // a second server on the same registry

	address = start(t, Options{})
	if answer, body := request(t, "GET", address, "/metrics", ""); answer.StatusCode != 200 || body != "" {
		t.Errorf("without a gatherer: %d %q", answer.StatusCode, body)
	}
}

// TestFailingCollector: what one collector cannot tell does not hide the rest.
func TestFailingCollector(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(failingCollector{}, prometheus.NewGauge(prometheus.GaugeOpts{Name: "callporter_fine"}))
	address := start(t, Options{Gatherer: registry})
	if answer, body := request(t, "GET", address, "/metrics", ""); answer.StatusCode != 200 || !strings.Contains(body, "callporter_fine 0") {
		t.Errorf("%d %q", answer.StatusCode, body)
	}
}

type failingCollector struct{}

func (failingCollector) Describe(chan<- *prometheus.Desc) {}
func (failingCollector) Collect(to chan<- prometheus.Metric) {
	to <- prometheus.NewInvalidMetric(prometheus.NewDesc("callporter_failing", "", nil, nil), errors.New("no value"))
}

func TestRequests(t *testing.T) {
	address := start(t, Options{})
	_, port, _ := net.SplitHostPort(address)
	for _, test := range []struct {
		method, path, host string
		code               int
		empty              bool
	}{
		{"GET", "/healthz", "", 200, false},
		{"HEAD", "/healthz", "", 200, true},
		{"HEAD", "/readyz", "", 200, true},
		{"HEAD", "/metrics", "", 200, true},
		{"POST", "/healthz", "", 405, false},
		{"PUT", "/metrics", "", 405, false},
		{"OPTIONS", "/readyz", "", 405, false},
		{"GET", "/", "", 404, false},
		{"GET", "/healthz/", "", 404, false},
		{"GET", "/debug/pprof/", "", 404, false},
		{"POST", "/", "", 404, false},
		{"GET", "/healthz", "localhost", 200, false},
		{"GET", "/healthz", "LocalHost:" + port, 200, false},
		{"GET", "/healthz", "127.0.0.1", 200, false},
		{"GET", "/healthz", "127.9.9.9:1", 200, false},
		{"GET", "/healthz", "[::1]:" + port, 200, false},
		{"GET", "/healthz", "[::1]", 200, false},
		{"GET", "/healthz", "attacker.example", 421, false},
		{"GET", "/metrics", "attacker.example:" + port, 421, false},
		{"GET", "/healthz", "127.0.0.1.attacker.example", 421, false},
		{"GET", "/healthz", "localhost.attacker.example", 421, false},
		{"GET", "/healthz", "192.168.178.10", 421, false},
	} {
		t.Run(test.method+" "+test.path+" "+test.host, func(t *testing.T) {
			answer, body := request(t, test.method, address, test.path, test.host)
			if answer.StatusCode != test.code {
				t.Errorf("status %d, want %d", answer.StatusCode, test.code)
			}
			if test.empty && body != "" {
				t.Errorf("a body %q", body)
			}
			for _, name := range []string{"X-Content-Type-Options", "Content-Security-Policy", "Cache-Control"} {
				if answer.Header.Get(name) == "" {
					t.Errorf("no header %s", name)
				}
			}
			if allow := answer.Header.Get("Allow"); test.code == 405 && allow != "GET, HEAD" {
				t.Errorf("Allow: %q", allow)
			}
		})
	}
}

// TestOnTheNetwork: a server that is reached from elsewhere is asked under names
// it cannot know.
func TestOnTheNetwork(t *testing.T) {
	address := start(t, Options{Listener: listen(t, "0.0.0.0:0")})
	_, port, _ := net.SplitHostPort(address)
	if answer, _ := request(t, "GET", "127.0.0.1:"+port, "/healthz", "cellar.lan"); answer.StatusCode != 200 {
		t.Errorf("status %d", answer.StatusCode)
	}
}

// TestSlowClient: whoever does not finish the request in time is cut off, and the
// server answers the next.
func TestSlowClient(t *testing.T) {
	short := Limits{Connections: 1, Header: 100 * time.Millisecond, Read: 150 * time.Millisecond, Idle: 100 * time.Millisecond}
	for name, beginning := range map[string]string{
		"nothing":     "",
		"half a line": "GET /hea",
		"half a head": "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n",
		"half a body": "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc",
		"idle":        "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			address := start(t, Options{Limits: short})
			slow := testkit.Dial(t, "tcp", address, patience)
			if _, err := io.WriteString(slow, beginning); err != nil {
				t.Fatal(err)
			}
			// The only slot is taken: this one is answered when the slow client is cut. While
			// the slow client's own request is being answered, it is asked again.
			for begun := time.Now(); ; {
				answer, _, err := tryRequest(t, "GET", address, "/healthz", "")
				if err == nil {
					if answer.StatusCode != 200 {
						t.Errorf("status %d", answer.StatusCode)
					}
					break
				}
				if time.Since(begun) > patience {
					t.Fatal(err)
				}
			}
			if _, err := io.Copy(io.Discard, slow); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the slow client is still connected")
			}
		})
	}
}

// TestManySlowClients: however many connections say nothing, or not all, whoever asks is
// answered at once.
func TestManySlowClients(t *testing.T) {
	for name, beginning := range map[string]string{
		"nothing":     "",
		"half a line": "GET /hea",
		"half a body": "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc",
		"idle":        "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			address := start(t, Options{})
			for range 300 {
				slow := testkit.Dial(t, "tcp", address, patience)
				_, _ = io.WriteString(slow, beginning) // it may be closed already
			}
			begun := time.Now()
			if answer, _ := request(t, "GET", address, "/healthz", ""); answer.StatusCode != 200 {
				t.Errorf("status %d", answer.StatusCode)
			}
			if took := time.Since(begun); took > 2*time.Second {
				t.Errorf("after %v", took)
			}
		})
	}
}

// TestDrippingClient: a header that comes byte by byte gets no more time than one
// that does not come.
func TestDrippingClient(t *testing.T) {
	address := start(t, Options{Limits: Limits{Header: 50 * time.Millisecond}})
	slow := testkit.Dial(t, "tcp", address, patience)
	cut := make(chan struct{})
	go func() {
		defer close(cut)
		_, _ = io.Copy(io.Discard, slow)
	}()
	_, _ = io.WriteString(slow, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: ")
	drip := time.NewTicker(5 * time.Millisecond)
	defer drip.Stop()
	for {
		select {
		case <-cut:
			return
		case <-drip.C:
			_, _ = io.WriteString(slow, "a") // fails once it is cut
		}
	}
}

func TestLargeHeader(t *testing.T) {
	address := start(t, Options{})
	c := testkit.Dial(t, "tcp", address, patience)
	go func() {
		_, _ = io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: "+strings.Repeat("a", 1<<20)+"\r\n\r\n")
	}()
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.Contains(line, " 431 ") {
		t.Errorf("%q %v", line, err)
	}
}

// TestStop: an open request is finished, one that takes too long is cut.
func TestStop(t *testing.T) {
	for _, test := range []struct {
		name     string
		drain    time.Duration
		finishes bool
	}{{"finished", 10 * time.Second, true}, {"cut", 10 * time.Millisecond, false}} {
		t.Run(test.name, func(t *testing.T) {
			entered, release := make(chan struct{}), make(chan struct{})
			s, err := New(Options{
				Listener: listen(t, "127.0.0.1:0"),
				Limits:   Limits{Drain: test.drain, Probe: time.Minute},
				Ready: func(context.Context) (bool, []Check) {
					close(entered)
					<-release
					return true, nil
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- s.Run(ctx) }()
			c := testkit.Dial(t, "tcp", s.Addr().String(), patience)
			if _, err := io.WriteString(c, "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			<-entered
			cancel()
			if test.finishes {
				close(release)
			}
			answer, _ := io.ReadAll(c)
			if got := strings.HasPrefix(string(answer), "HTTP/1.1 200"); got != test.finishes {
				t.Errorf("answered %v, want %v: %q", got, test.finishes, answer)
			}
			if !test.finishes {
				close(release)
			}
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if _, err := net.Dial("tcp", s.Addr().String()); err == nil {
				t.Error("still listening")
			}
		})
	}
}

func TestFailures(t *testing.T) {
	if _, err := New(Options{}); err == nil || err.Error() != "make web server: no listener" {
		t.Errorf("without listener: %v", err)
	}
	l := listen(t, "127.0.0.1:0")
	s, err := New(Options{Listener: l})
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	if err := s.Run(t.Context()); err == nil || !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed listener: %v", err)
	}
}
