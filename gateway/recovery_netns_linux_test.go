package gateway_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/internal/testkit"
)

// network is a network of its own with one end of a cable in it.
type network struct {
	testing.TB
	name, near, far string // the network, and the ends of the cable
	address         string // at the far end
	ip              func(args ...string) error
}

// newNetwork makes a network and lays the cable.
func newNetwork(t testing.TB) *network {
	t.Helper()
	program := "/usr/sbin/ip" // sbin is not on everybody's path
	if found, err := exec.LookPath("ip"); err == nil {
		program = found
	}
	if _, err := os.Stat(program); err != nil {
		testkit.Missing(t, "ip is not installed: apt-get install iproute2")
	}
	if os.Getuid() != 0 {
		testkit.Missing(t, "only root can make a network namespace")
	}
	id := os.Getpid() % 60000
	n := &network{
		TB: t, name: fmt.Sprintf("callporter%d", id), near: fmt.Sprintf("cpn%d", id), far: fmt.Sprintf("cpf%d", id),
		address: fmt.Sprintf("10.213.%d.%d", id/64%256, id%64*4+2),
	}
	n.ip = func(args ...string) error {
		out, err := exec.Command(program, args...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, out)
		}
		return nil
	}
	t.Cleanup(func() {
		n.ip("link", "del", n.near)  //nolint:errcheck // may not be there
		n.ip("netns", "del", n.name) //nolint:errcheck // the same
	})
	if err := n.ip("netns", "add", n.name); err != nil {
		testkit.Missing(t, err.Error())
	}
	nearIP := fmt.Sprintf("10.213.%d.%d/30", id/64%256, id%64*4+1)
	for _, args := range [][]string{
		{"link", "add", n.near, "type", "veth", "peer", "name", n.far, "netns", n.name},
		{"addr", "add", nearIP, "dev", n.near},
		{"link", "set", n.near, "up"},
		{"-n", n.name, "addr", "add", n.address + "/30", "dev", n.far},
		{"-n", n.name, "link", "set", n.far, "up"},
	} {
		if err := n.ip(args...); err != nil {
			testkit.Missing(t, err.Error())
		}
	}
	return n
}

// cable sets the far end of the cable up or down.
func (n *network) cable(state string) {
	n.Helper()
	if err := n.ip("-n", n.name, "link", "set", n.far, state); err != nil {
		n.Fatal(err)
	}
}

// listen opens a port within the network.
func (n *network) listen() net.Listener {
	n.Helper()
	number, known := map[string]uintptr{"amd64": 308, "arm64": 268, "riscv64": 268, "arm": 375, "386": 346}[runtime.GOARCH]
	if !known {
		testkit.Missing(n.TB, "the number of setns is not known for "+runtime.GOARCH)
	}
	setns := func(f *os.File) error {
		if _, _, errno := syscall.RawSyscall(number, f.Fd(), syscall.CLONE_NEWNET, 0); errno != 0 {
			return errno
		}
		return nil
	}
	there, err := os.Open(filepath.Join("/var/run/netns", n.name))
	if err != nil {
		n.Fatal(err)
	}
	defer there.Close()
	runtime.LockOSThread()
	here, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		n.Fatal(err)
	}
	defer here.Close()
	if err := setns(there); err != nil {
		runtime.UnlockOSThread()
		testkit.Missing(n.TB, "enter the network: "+err.Error())
	}
	listener, err := net.Listen("tcp", n.address+":1012")
	if back := setns(here); back != nil {
		n.Fatal(back) // the thread ends with this goroutine, since it stays locked
	}
	runtime.UnlockOSThread()
	if err != nil {
		n.Fatal(err)
	}
	return listener
}

// impatient hides a TCP connection, so that the call monitor does not give it its own
// keepalive, which takes 75 seconds.
type impatient struct{ net.Conn }

// TestHalfOpenBox: a box whose cable is pulled in the middle of calls says nothing,
// not even goodbye. TCP keepalive finds it out; what the box tells meanwhile is lost,
// and nothing rings on.
func TestHalfOpenBox(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	h := gatewaytest.Build(t, func(h *gatewaytest.House) {
		dialer := net.Dialer{Timeout: 2 * time.Second, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 2}}
		h.Options.DialBox = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return impatient{conn}, nil
		}
		h.Box.Close()
		h.Box = fritztest.New(fritztest.Options{Location: testkit.Berlin}) // closed with the house
		h.Box.Serve(n.listen())
		h.Config.Boxes[0].Host, h.Config.Boxes[0].MonitorPort = n.address, 1012
	})
	h.Run()
	h.Linked()
	talking, ringing := inMidCall(h.Site)

	pulled := time.Now()
	n.cable("down")
	h.Ring(gatewaytest.Friend) // the box does not know
	wantLost(h.Site, talking, ringing)
	t.Logf("noticed after %v", time.Since(pulled).Round(time.Millisecond))
	if h.Box.State().Open != 1 {
		t.Errorf("the box has seen an end: %+v", h.Box.State())
	}
	before := h.Box.State().Accepted
	n.cable("up")
	connectedAgain(h.Site, before)
	callsAreTold(h.Site)
}
