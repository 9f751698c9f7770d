//go:build linux

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/callporter/callporter/internal/testkit"
)

// What TestSpeed measures and what it may cost, beside the figures of the README.
const (
	speedRuns  = 5
	speedCalls = 200
	speedGap   = 30 * time.Millisecond // between calls, so that each is alone
	speedBurst = 20_000                // calls in one write
	speedWait  = 30 * time.Second

	speedP50   = 1.3 // times the bare bridge
	speedP99   = 1.6
	speedRate  = 7000 // calls a second of the burst
	speedReady = 300 * time.Millisecond
)

// TestSpeed measures the program as its users have it, stripped and with all it does,
// between a simulated call monitor and mosquitto, and beside it the least a bridge can
// do. It prints each run and judges the medians. SPEEDTEST=1 asks for it, on a quiet
// machine: it takes two minutes, and load beside it falsifies it.
func TestSpeed(t *testing.T) {
	if os.Getenv("SPEEDTEST") == "" {
		t.Skip("set SPEEDTEST=1 to measure latency, burst and start")
	}
	binary := filepath.Join(t.TempDir(), "callporter")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("stripped binary: %.1f MB", float64(info.Size())/1e6)
	var p50, p99, rate []float64
	var ready []time.Duration
	for range speedRuns {
		t.Run("run", func(t *testing.T) {
			r := measureSpeed(t, binary)
			p50, p99 = append(p50, r.p50), append(p99, r.p99)
			rate, ready = append(rate, r.rate), append(ready, r.ready)
		})
	}
	if len(p50) < speedRuns {
		t.FailNow()
	}
	t.Logf("median: p50 %.2f x, p99 %.2f x the bare bridge, burst %.0f calls/s, ready after %v",
		median(p50), median(p99), median(rate), median(ready).Round(time.Millisecond))
	if median(p50) > speedP50 || median(p99) > speedP99 {
		t.Errorf("the bare bridge is to be missed by %.2f and %.2f at most", speedP50, speedP99)
	}
	if median(rate) < speedRate {
		t.Errorf("%.0f calls/s, %d are wanted", median(rate), speedRate)
	}
	if median(ready) > speedReady {
		t.Errorf("ready after %v, %v are allowed", median(ready), speedReady)
	}
}

type speed struct {
	p50, p99, rate float64
	ready          time.Duration
}

func measureSpeed(t *testing.T, binary string) speed {
	dir := t.TempDir()
	broker := testkit.NewMosquitto(t).Address
	subscriber := &speedSubscriber{waiting: map[string]chan time.Time{}}
	client := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + broker).SetClientID("speed").
		SetConnectRetry(true).SetConnectRetryInterval(20 * time.Millisecond))
	if token := client.Connect(); !token.WaitTimeout(speedWait) || token.Error() != nil {
		t.Fatalf("reach mosquitto: %v", token.Error())
	}
	defer client.Disconnect(100)
	client.Subscribe("#", 0, func(_ paho.Client, m paho.Message) { subscriber.receive(m.Payload(), time.Now()) }).Wait()

	box, web := testkit.Listen(t).(*net.TCPListener), testkit.FreeAddress(t)
	_, port, _ := net.SplitHostPort(box.Addr().String())
	cfg := fmt.Sprintf("data: %s\nboxes:\n  - {id: fritzbox, host: 127.0.0.1, monitor_port: %s, area_code: \"030\", numbers: [\"732100=Practice\"]}\nmqtt: {url: \"mqtt://%s\"}\nweb: {listen: %q}\nlog: {level: warn}\n",
		filepath.Join(dir, "data"), port, broker, web)
	path := filepath.Join(dir, "gateway.yaml")
	if err := os.WriteFile(path, []byte(cfg), 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	program := exec.Command(binary, "run", "--config", path)
	program.Stderr = os.Stderr
	monitor := started(t, program, box)
	eventually(t, "the program is ready", func() bool { return exec.Command(binary, "healthcheck", "--config", path).Run() == nil })
	eventually(t, "the subscriber sees it online", func() bool { return !subscriber.firstOnline().IsZero() })
	r := speed{ready: subscriber.firstOnline().Sub(began)}
	idle := resident(t, program.Process.Pid)

	bareBox := testkit.Listen(t).(*net.TCPListener)
	bare := exec.Command(os.Args[0])
	bare.Args = []string{"bare", bareBox.Addr().String(), broker}
	limit := subscriber.rings(t, started(t, bare, bareBox), "06990009")
	rings := subscriber.rings(t, monitor, "03023125")
	r.p50 = float64(quantile(rings, .5)) / float64(quantile(limit, .5))
	r.p99 = float64(quantile(rings, .99)) / float64(quantile(limit, .99))
	took := subscriber.burst(t, monitor)
	r.rate = speedBurst / took.Seconds()
	t.Logf("bare %v and %v, callporter %v and %v: %.2f x, %.2f x; burst %.0f calls/s; ready after %v; %d MB idle, %d MB after the burst",
		quantile(limit, .5), quantile(limit, .99), quantile(rings, .5), quantile(rings, .99), r.p50, r.p99, r.rate,
		r.ready.Round(time.Millisecond), idle, resident(t, program.Process.Pid))
	return r
}

// started runs a program and returns the connection it makes to the box.
func started(t *testing.T, program *exec.Cmd, box *net.TCPListener) net.Conn {
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Process.Signal(syscall.SIGTERM); program.Wait() })
	box.SetDeadline(time.Now().Add(speedWait))
	conn, err := box.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// speedSubscriber receives every message and reports when the first one with a given number
// arrived.
type speedSubscriber struct {
	mu      sync.Mutex
	waiting map[string]chan time.Time
	online  time.Time
}

var speedNumber = regexp.MustCompile(`(?:23125|90009|66969)\d{5}`)

func (s *speedSubscriber) receive(payload []byte, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.online.IsZero() && string(payload) == "online" {
		s.online = at
	}
	for _, n := range speedNumber.FindAll(payload, -1) {
		if c, ok := s.waiting[string(n)]; ok {
			c <- at
			delete(s.waiting, string(n))
		}
	}
}

// firstOnline is when callporter first published that it is online.
func (s *speedSubscriber) firstOnline() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.online
}

func (s *speedSubscriber) await(number string) chan time.Time {
	c := make(chan time.Time, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting[number] = c
	return c
}

// rings plays call after call and returns for each the time from its line to its first
// message.
func (s *speedSubscriber) rings(t *testing.T, box net.Conn, prefix string) []time.Duration {
	gap := time.NewTicker(speedGap)
	defer gap.Stop()
	var took []time.Duration
	for i := range speedCalls {
		number := fmt.Sprintf("%s%05d", prefix, i)
		heard := s.await(number[3:])
		from := time.Now()
		fmt.Fprintf(box, "%s;RING;%d;%s;732100;SIP0;\r\n", monitorStamp(), i%4, number)
		select {
		case at := <-heard:
			took = append(took, at.Sub(from))
		case <-time.After(speedWait):
			t.Fatalf("call %d of %s was lost", i, prefix)
		}
		fmt.Fprintf(box, "%s;DISCONNECT;%d;0;\r\n", monitorStamp(), i%4)
		<-gap.C
	}
	return took
}

// burst writes all calls at once and returns the time until the last one arrived.
func (s *speedSubscriber) burst(t *testing.T, box net.Conn) time.Duration {
	var lines bytes.Buffer
	heard := make([]chan time.Time, speedBurst)
	for i := range heard {
		heard[i] = s.await(fmt.Sprintf("66969%05d", i))
		fmt.Fprintf(&lines, "%s;RING;%d;04066969%05d;732100;SIP0;\r\n%s;DISCONNECT;%d;0;\r\n", monitorStamp(), i%4, i, monitorStamp(), i%4)
	}
	from, last := time.Now(), time.Time{}
	go box.Write(lines.Bytes())
	for i, c := range heard {
		select {
		case at := <-c:
			if at.After(last) {
				last = at
			}
		case <-time.After(speedWait):
			t.Fatalf("call %d of the burst was lost", i)
		}
	}
	return last.Sub(from)
}

func monitorStamp() string { return time.Now().Format("02.01.06 15:04:05") }

func median[T float64 | time.Duration](v []T) T { return quantile(v, .5) }

func quantile[T float64 | time.Duration](v []T, q float64) T {
	v = slices.Sorted(slices.Values(v))
	return v[int(q*float64(len(v)-1))]
}
