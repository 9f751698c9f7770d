package testkit

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// startLimit is how long mosquitto may take to start.
const startLimit = 20 * time.Second

// Mosquitto is the real broker, a process on a port of its own.
type Mosquitto struct {
	Address string
	t       testing.TB
	program string
	file    string // its configuration
	command *exec.Cmd
}

// NewMosquitto starts mosquitto with a listener and more lines of its configuration.
// It lets anybody in unless those lines say who may come.
func NewMosquitto(t testing.TB, lines ...string) *Mosquitto {
	t.Helper()
	m := &Mosquitto{
		Address: FreeAddress(t), t: t,
		program: Peer(t, "mosquitto", "apt-get install mosquitto"), file: filepath.Join(t.TempDir(), "mosquitto.conf"),
	}
	all := []string{MosquittoListener(m.Address) + "set_tcp_nodelay true", "max_inflight_messages 0", "max_queued_messages 0"}
	if os.Getuid() == 0 {
		all = append(all, "user root")
	}
	if more := strings.Join(lines, "\n"); !strings.Contains(more, "allow_anonymous") && !strings.Contains(more, "password_file") {
		all = append(all, "allow_anonymous true")
	}
	all = append(all, lines...)
	if err := os.WriteFile(m.file, []byte(strings.Join(all, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.Start()
	t.Cleanup(m.Kill)
	return m
}

// MosquittoListener is the line of its configuration that opens a port.
func MosquittoListener(address string) string {
	host, port, _ := net.SplitHostPort(address)
	return "listener " + port + " " + host + "\n"
}

// Start starts it, also again, and waits until it listens.
func (m *Mosquitto) Start() {
	m.t.Helper()
	m.command = exec.Command(m.program, "-c", m.file)
	if err := m.command.Start(); err != nil {
		m.t.Fatal(err)
	}
	Within(m.t, startLimit, Tick, "mosquitto listens", func() bool {
		conn, err := net.Dial("tcp", m.Address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// Kill ends it at once, without a word to anybody.
func (m *Mosquitto) Kill() {
	m.command.Process.Kill() //nolint:errcheck // it has ended before
	m.command.Wait()         //nolint:errcheck // killed
}

// Signal sends its process a signal.
func (m *Mosquitto) Signal(s os.Signal) error { return m.command.Process.Signal(s) }

// MosquittoPassword sets the password of a user in a password file, which it makes where
// there is none.
func MosquittoPassword(t testing.TB, file, name, password string) {
	t.Helper()
	arguments := []string{"-b", file, name, password}
	if _, err := os.Stat(file); err != nil {
		arguments = append([]string{"-c"}, arguments...)
	}
	if out, err := exec.Command(Peer(t, "mosquitto_passwd", "apt-get install mosquitto"), arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
