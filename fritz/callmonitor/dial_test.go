package callmonitor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// network is a name server and a set of addresses that answer.
type network struct {
	names   map[string][]string
	answers string
	dialled []string
}

func (n *network) lookup(_ context.Context, _, host string) ([]netip.Addr, error) {
	found, ok := n.names[host]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	var out []netip.Addr
	for _, a := range found {
		out = append(out, netip.MustParseAddr(a))
	}
	return out, nil
}

func (n *network) dial(_ context.Context, _, address string) (net.Conn, error) {
	n.dialled = append(n.dialled, address)
	host, _, _ := net.SplitHostPort(address)
	switch {
	case host == n.answers:
		near, far := net.Pipe()
		far.Close()
		return near, nil
	case strings.Contains(host, ":"):
		return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}
	}
	return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

func TestDialAddresses(t *testing.T) {
	for _, test := range []struct {
		name, host string
		found      []string
		answers    string
		dialled    []string
		reason     LinkReason
	}{
		{"home", "fritz.box", []string{"192.168.178.1"}, "192.168.178.1", []string{"192.168.178.1:1012"}, NoReason},
		{"dual stack", "fritz.box", []string{"fd00::1", "192.168.178.1"}, "192.168.178.1",
			[]string{"[fd00::1]:1012", "192.168.178.1:1012"}, NoReason},
		{"refused says more than unreachable", "fritz.box", []string{"192.168.178.1", "fd00::1"}, "",
			[]string{"192.168.178.1:1012", "[fd00::1]:1012"}, Refused},
		{"public", "fritz.box", []string{"203.0.113.7"}, "203.0.113.7", nil, PublicAddress},
		{"public, other spellings", "Fritz.Box.", []string{"203.0.113.7"}, "", nil, PublicAddress},
		{"public, mapped", "fritz.box", []string{"::ffff:203.0.113.7"}, "", nil, PublicAddress},
		{"public, below", "gate.fritz.box", []string{"2001:db8::8"}, "", nil, PublicAddress},
		{"public besides home", "fritz.box", []string{"2001:db8::1", "10.0.0.1"}, "10.0.0.1", []string{"10.0.0.1:1012"}, NoReason},
		{"other names are the user's", "gate.example", []string{"203.0.113.7"}, "203.0.113.7", []string{"203.0.113.7:1012"}, NoReason},
		{"no lookalike", "notfritz.box", []string{"203.0.113.7"}, "203.0.113.7", []string{"203.0.113.7:1012"}, NoReason},
		{"address", "203.0.113.7", nil, "203.0.113.7", []string{"203.0.113.7:1012"}, NoReason},
		{"address with zone", "fe80::1%eth0", nil, "fe80::1%eth0", []string{"[fe80::1%eth0]:1012"}, NoReason},
		{"unresolved", "fritz.box", nil, "", nil, NameUnresolved},
		{"without addresses", "fritz.box", []string{}, "", nil, NameUnresolved},
		{"unreachable", "fritz.box", []string{"fe80::1"}, "", []string{"[fe80::1]:1012"}, Unreachable},
		{"too many", "gate.example", slices.Repeat([]string{"10.0.0.1"}, 50), "", slices.Repeat([]string{"10.0.0.1:1012"}, maxAddresses), Refused},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := &network{names: map[string][]string{}, answers: test.answers}
			if test.found != nil {
				n.names[test.host] = test.found
			}
			m, err := New(Options{Host: test.host, Dial: n.dial, Lookup: n.lookup})
			if err != nil {
				t.Fatal(err)
			}
			conn, err := m.dial(t.Context())
			if conn != nil {
				conn.Close()
			}
			if got := reasonOf(err); got != test.reason {
				t.Errorf("%v (%v), want %v", got, err, test.reason)
			}
			if d := cmp.Diff(test.dialled, n.dialled); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDialRemembersWhoAnswered(t *testing.T) {
	n := &network{names: map[string][]string{"fritz.box": {"fd00::1", "fd00::2", "10.0.0.1"}}, answers: "10.0.0.1"}
	m, err := New(Options{Dial: n.dial, Lookup: n.lookup})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		conn, err := m.dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	want := []string{"[fd00::1]:1012", "[fd00::2]:1012", "10.0.0.1:1012", "10.0.0.1:1012"}
	if d := cmp.Diff(want, n.dialled); d != "" {
		t.Error(d)
	}
}

func TestHome(t *testing.T) {
	for address, want := range map[string]bool{
		"10.1.2.3": true, "172.16.0.1": true, "172.31.255.255": true, "192.168.0.1": true, "169.254.1.1": true,
		"127.0.0.1": true, "100.64.0.1": true, "fd12::1": true, "fe80::1": true, "::1": true,
		"172.32.0.1": false, "192.169.0.1": false, "8.8.8.8": false, "100.128.0.1": false, "2001:db8::1": false, "0.0.0.0": false, "::": false,
	} {
		if AtHome(netip.MustParseAddr(address)) != want {
			t.Error(address)
		}
	}
}

func TestLinkReasons(t *testing.T) {
	for err, want := range map[error]LinkReason{
		fmt.Errorf("read: %w", syscall.ECONNRESET): Reset,
		syscall.ETIMEDOUT:                          Timeout,
		context.DeadlineExceeded:                   Timeout,
		syscall.EHOSTUNREACH:                       Unreachable,
		net.ErrClosed:                              Closed,
		errors.New("strange"):                      Failed,
		&net.OpError{Err: os.ErrDeadlineExceeded}:  Timeout,
	} {
		if got := reasonOf(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
	seen := map[string]bool{"": true}
	for _, r := range LinkReasons {
		if text, _ := r.MarshalText(); seen[string(text)] {
			t.Error("twice: ", r)
		}
		seen[r.String()] = true
	}
	if len(seen) != len(linkReasonNames) {
		t.Error("a reason is missing in LinkReasons")
	}
}

func TestNewRefuses(t *testing.T) {
	for _, o := range []Options{
		{Port: -1}, {Port: 65536}, {Host: "http://fritz.box"}, {Host: "fritz box"}, {Host: "[::1]"}, {Host: "fritz.box\n"},
		{RetryMin: -1}, {RetryMin: 10, RetryMax: 5}, {DialTimeout: -1}, {Host: strings.Repeat("x", 300)},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("accepted: %+v", o)
		}
	}
}
