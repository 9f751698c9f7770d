package sip_test

import (
	"bytes"
	"cmp"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"text/template"
	"time"

	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/internal/testkit"
)

// What the tests with real peers have in common: sipp is the box and the caller, by the
// scenarios in testdata/peers.

const peerLimit = 30 * time.Second // only a failing test reaches it

// peerCall fills in a scenario.
type peerCall struct {
	Status int  // of a refusal
	After  int  // ms until the caller gives up
	Routed bool // by a proxy that stays in the dialog
	// URI and Target are whom INVITE and ACK are for; "" = user 620 at the phone's address, and the
	// Contact of its last message.
	URI, Target string
}

// newSipp is sipp with a scenario, on a host of loopback.
func newSipp(t testing.TB, host, scenario string, call peerCall, arguments ...string) *exec.Cmd {
	t.Helper()
	program := testkit.Peer(t, "sipp", "apt-get install sip-tester")
	routes := ""
	if call.Routed {
		routes = "[routes]\n      "
	}
	text, err := template.New(scenario+".xml").Funcs(template.FuncMap{
		"routes": func() string { return routes },
		"uri":    func() string { return cmp.Or(call.URI, "sip:620@[remote_ip]:[remote_port]") },
		"target": func() string { return cmp.Or(call.Target, "[next_url]") },
	}).
		ParseFiles("testdata/peers/"+scenario+".xml", "testdata/peers/messages.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	var filled bytes.Buffer
	if err := text.Execute(&filled, call); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, errors := filepath.Join(dir, scenario+".xml"), filepath.Join(dir, "errors")
	if err := os.WriteFile(file, filled.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, append(arguments, "-sf", file, "-i", host, "-nostdin", "-skip_rlimit", "-timer_resol", "1",
		"-cid_str", "%u-%p", "-deadcall_wait", "0", "-trace_err", "-error_file", errors)...)
	c.Dir = dir
	t.Cleanup(func() {
		if said, err := os.ReadFile(errors); err == nil && t.Failed() {
			t.Logf("sipp %s: %.4000s", scenario, said)
		}
	})
	return c
}

// startPeer runs a program until the end of the test, and ends it by a signal.
func startPeer(t testing.TB, c *exec.Cmd, end os.Signal) {
	t.Helper()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Signal(end) //nolint:errcheck // it has ended before
		c.Wait()              //nolint:errcheck // ended by us
	})
}

// sippRegistrar is a registrar that asks for the password, until the end of the test.
func sippRegistrar(t testing.TB) *net.TCPAddr {
	t.Helper()
	return sippServer(t, "registrar", peerCall{})
}

// sippServer waits for a phone, until the end of the test.
func sippServer(t testing.TB, scenario string, call peerCall, arguments ...string) *net.TCPAddr {
	t.Helper()
	a, err := net.ResolveTCPAddr("tcp", testkit.FreeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	startPeer(t, newSipp(t, a.IP.String(), scenario, call, append(arguments, "-p", strconv.Itoa(a.Port))...), os.Kill)
	return a
}

// sippCalls lets sipp call, and waits until all calls went as the scenario says.
func sippCalls(t testing.TB, from *net.TCPAddr, to net.Addr, scenario string, call peerCall, arguments ...string) {
	t.Helper()
	sippStarts(t, from, to, scenario, call, arguments...)()
}

// sippStarts is sippCalls, and the test goes on meanwhile.
func sippStarts(t testing.TB, from *net.TCPAddr, to net.Addr, scenario string, call peerCall, arguments ...string) (wait func()) {
	t.Helper()
	arguments = append([]string{to.String(), "-timeout", strconv.Itoa(int(peerLimit.Seconds())), "-timeout_error"}, arguments...)
	c := newSipp(t, from.IP.String(), scenario, call, arguments...)
	var said bytes.Buffer
	c.Stdout = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	t.Cleanup(func() { c.Process.Kill() }) //nolint:errcheck // it has ended before
	return func() {
		t.Helper()
		if err := <-ended; err != nil {
			t.Fatalf("sipp %s: %v\n%s", scenario, err, said.Bytes()[max(0, said.Len()-1500):])
		}
	}
}

// registered is a phone at a registrar, and what stops it.
func registered(t testing.TB, o sip.Options) (phone *sip.Phone, stop func()) {
	t.Helper()
	o.Username, o.Password, o.Listen = "620", "gurkensalat", "127.0.0.1:0"
	o.Timing.Retry = 100 * time.Millisecond // the registrar may start later
	log := &testkit.Log{}
	o.Log = log.Logger(slog.LevelInfo)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the phone says:\n%.8000s", log)
		}
	})
	phone = sip.New(o)
	stop = testkit.Background(peerLimit)(t, phone.Run)
	testkit.Within(t, peerLimit, testkit.Tick, "the phone is registered", func() bool { return phone.Status().State == sip.Registered })
	return phone, stop
}
