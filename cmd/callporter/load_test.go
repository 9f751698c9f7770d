//go:build linux

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/internal/testkit"
)

// The load of TestThousandBoxes and what it may cost.
const (
	loadBoxes     = 1000
	loadCalls     = 2000 // over all boxes
	loadRate      = 100  // calls a second
	loadMemory    = 250  // MB resident
	loadCores     = 1.0
	loadStart     = time.Minute
	ticksPerSec   = 100 // of /proc/PID/stat, on every Linux
	kilobytesInMB = 1024
)

// eventually asks until the answer is yes, not too often: some conditions start a program.
var eventually = testkit.Eventually(loadStart, 50*time.Millisecond)

// TestThousandBoxes runs the program with a thousand simulated boxes and its own
// broker, at a hundred calls a second over all of them: every ring and every end
// arrives. LOADTEST=1 asks for it, since it takes half a minute.
func TestThousandBoxes(t *testing.T) {
	if os.Getenv("LOADTEST") == "" {
		t.Skip("set LOADTEST=1 to run a thousand boxes")
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "callporter")
	if out, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	boxes := make([]*fritztest.Box, loadBoxes)
	var cfg strings.Builder
	cfg.WriteString("boxes:\n")
	for i := range boxes {
		boxes[i] = fritztest.New(fritztest.Options{})
		if err := boxes[i].Listen("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		defer boxes[i].Close()
		fmt.Fprintf(&cfg, "  - {id: box%d, name: \"Box %d\", host: 127.0.0.1, monitor_port: %d, area_code: \"030\", numbers: [\"23125732\"]}\n",
			i, i, boxes[i].Addr().(*net.TCPAddr).Port)
	}
	broker := testkit.FreeAddress(t) // only now, or one of the boxes could take it
	fmt.Fprintf(&cfg, "data: %s\nbroker: {listen: %q}\nweb: {listen: \"\"}\nlog: {level: warn}\n", dir, broker)
	path := filepath.Join(dir, "gateway.yaml")
	if err := os.WriteFile(path, []byte(cfg.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	program := exec.Command(binary, "run", "--config", path)
	program.Stderr = &stderr
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		program.Process.Signal(syscall.SIGTERM)
		if err := program.Wait(); err != nil || stderr.Len() > 0 {
			t.Errorf("the program ended with %v and said: %.2000s", err, stderr.String())
		}
	}()

	var rings, ends atomic.Int64
	options := paho.NewClientOptions().AddBroker("tcp://" + broker).SetClientID("load").SetConnectRetry(true).SetConnectRetryInterval(50 * time.Millisecond)
	subscriber := paho.NewClient(options)
	if token := subscriber.Connect(); !token.WaitTimeout(loadStart) || token.Error() != nil {
		t.Fatalf("reach the broker: %v", token.Error())
	}
	defer subscriber.Disconnect(100)
	token := subscriber.Subscribe("callporter/+/event", 1, func(_ paho.Client, m paho.Message) {
		switch {
		case bytes.HasPrefix(m.Payload(), []byte(`{"event_type":"ring"`)):
			rings.Add(1)
		case bytes.Contains(m.Payload(), []byte(`"phase":"ended"`)):
			ends.Add(1)
		}
	})
	if !token.WaitTimeout(loadStart) || token.Error() != nil {
		t.Fatalf("subscribe: %v", token.Error())
	}
	eventually(t, "every box is connected", func() bool {
		for _, b := range boxes {
			if b.State().Open == 0 {
				return false
			}
		}
		return true
	})
	idle := resident(t, program.Process.Pid)

	began, cpu := time.Now(), cpuTime(t, program.Process.Pid)
	tick := time.NewTicker(time.Second / loadRate)
	defer tick.Stop()
	for i := range loadCalls {
		<-tick.C
		c := boxes[i*7919%loadBoxes].Ring("01713920055", "23125732", fritztest.CallOptions{})
		if i%2 == 0 {
			c.Connect(10)
		}
		c.Disconnect(0)
	}
	eventually(t, "every ring and every end arrived", func() bool { return rings.Load() == loadCalls && ends.Load() == loadCalls })
	cores := (cpuTime(t, program.Process.Pid) - cpu).Seconds() / time.Since(began).Seconds()
	busy := resident(t, program.Process.Pid)
	t.Logf("%d boxes: %d MB idle, %d MB after %d calls at %d calls/s, %.2f cores", loadBoxes, idle, busy, loadCalls, loadRate, cores)
	if busy > loadMemory {
		t.Errorf("%d MB resident, %d are allowed", busy, loadMemory)
	}
	if cores > loadCores {
		t.Errorf("%.2f cores, %.1f are allowed", cores, loadCores)
	}
}

// resident is the memory of a process in MB.
func resident(t *testing.T, pid int) int {
	t.Helper()
	return memoryKB(t, pid, "VmRSS") / kilobytesInMB
}

// memoryKB is a line of the status of a process: VmRSS, or RssAnon, which is without the pages of
// the program file.
func memoryKB(t *testing.T, pid int, line string) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), line+":")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kb
}

// cpuTime is the processor time a process has used.
func cpuTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return time.Duration(user+system) * time.Second / ticksPerSec
}
