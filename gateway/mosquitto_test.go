package gateway_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// peer finds the program of a real peer. Without it the test is skipped, or, where
// PEERS=required says that all peers are there, failed.
func peer(t testing.TB, program, how string) string {
	t.Helper()
	for _, name := range []string{program, "/usr/sbin/" + program} { // sbin is not on everybody's path
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, program+" is not installed: "+how)
	return ""
}

// missing ends a test that lacks a peer.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("PEERS") == "required" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// newMosquitto starts the real broker with a listener and more lines of its
// configuration.
func newMosquitto(t testing.TB, lines ...string) *broker {
	t.Helper()
	path := peer(t, "mosquitto", "apt-get install mosquitto")
	b := &broker{address: freeAddress(t)}
	more := strings.Join(lines, "\n") + "\n"
	text := mosquittoListener(b.address) + more + "set_tcp_nodelay true\nmax_inflight_messages 0\nmax_queued_messages 0\n"
	if !strings.Contains(more, "allow_anonymous") {
		text += "allow_anonymous true\n"
	}
	if os.Getuid() == 0 {
		text += "user root\n"
	}
	file := filepath.Join(t.TempDir(), "mosquitto.conf")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var process *exec.Cmd
	b.process = func() *os.Process { return process.Process }
	b.start = func() {
		t.Helper()
		process = exec.Command(path, "-c", file)
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "mosquitto listens", func() bool { return accepts(b.address) })
	}
	b.stop = func() {
		process.Process.Kill() //nolint:errcheck // it has ended before
		process.Wait()         //nolint:errcheck // killed
	}
	b.start()
	t.Cleanup(func() { b.stop() })
	return b
}

// mosquittoListener is the line of its configuration that opens a port.
func mosquittoListener(address string) string {
	host, port, _ := net.SplitHostPort(address)
	return "listener " + port + " " + host + "\n"
}

func accepts(address string) bool {
	c, err := net.Dial("tcp", address)
	if err == nil {
		c.Close()
	}
	return err == nil
}
