package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/telephony"
	"github.com/callporter/callporter/internal/testkit"
)

const (
	softphoneMemory = 2.0 // MB of its own more with a registered softphone than without one
	idlePairs       = 3   // of gateways that are compared
)

// TestIdleSoftphone: a registered phone that nobody calls needs next to no memory of its own. One
// gateway differs from the next, so the least of some counts. The pages of the program file that
// its keepalives and OPTIONS use come on top, some MB from the page cache: they are shown only.
func TestIdleSoftphone(t *testing.T) {
	testkit.Long(t)
	dir := t.TempDir()
	binary := filepath.Join(dir, "callporter")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	box := fritztest.New(fritztest.Options{})
	t.Cleanup(func() { box.Close() })
	for i := range idlePairs {
		box.SetIPPhone(telephony.IPPhone{Name: "callporter", Username: fmt.Sprintf("gateway%d", i), Password: "gurkensalat"})
	}
	for _, err := range []error{box.Listen("127.0.0.1:0"), box.ListenSIP("127.0.0.1:0")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	_, port, err := net.SplitHostPort(box.SIPAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	box.AdjustSIP(func(s *fritztest.SIPSettings) { s.Probe = 15 * time.Second }) // behind the release of what only the start needs
	broker := testkit.NewMosquitto(t).Address
	var pids [2][]int // without and with
	for i := range idlePairs {
		for with, sip := range []string{"{}", fmt.Sprintf("{enabled: true, username: gateway%d, password: gurkensalat, port: %s}", i, port)} {
			data := filepath.Join(dir, fmt.Sprint(i, with))
			cfg := fmt.Sprintf(`data: %s
boxes:
  - {host: 127.0.0.1, monitor_port: %d, area_code: "030", numbers: ["23125732=Practice"], sip: %s}
mqtt: {url: "mqtt://%s"}
web: {listen: "127.0.0.1:0"}
`, data, box.Addr().(*net.TCPAddr).Port, sip, broker)
			if err := os.WriteFile(data+".yaml", []byte(cfg), 0o600); err != nil {
				t.Fatal(err)
			}
			program := exec.Command(binary, "run", "--config", data+".yaml")
			program.Stderr = os.Stderr
			if err := program.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { program.Process.Signal(syscall.SIGTERM); program.Wait() })
			pids[with] = append(pids[with], program.Process.Pid)
		}
	}
	testkit.Within(t, time.Minute, 100*time.Millisecond, "the phones are registered", func() bool {
		return len(box.SIPState().Phones) == idlePairs
	})
	<-time.After(25 * time.Second) // the box has asked for its phones with OPTIONS
	for _, line := range []string{"RssAnon", "VmRSS"} {
		least := [2]int{1 << 30, 1 << 30}
		for with := range pids {
			for _, pid := range pids[with] {
				least[with] = min(least[with], memoryKB(t, pid, line))
			}
		}
		more := float64(least[1]-least[0]) / kilobytesInMB
		t.Logf("%s: %.1f MB, %.1f more than without the softphone", line, float64(least[1])/kilobytesInMB, more)
		if line == "RssAnon" && more > softphoneMemory {
			t.Errorf("%.1f MB more with the softphone, %.1f are allowed", more, softphoneMemory)
		}
	}
}
