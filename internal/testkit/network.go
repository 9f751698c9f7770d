package testkit

import (
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// Listen is a port on loopback that is closed at the end of the test.
func Listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// Serve answers each connection to a listener in a goroutine, and closes it after that.
// It ends with the listener.
func Serve(l net.Listener, answer func(net.Conn)) {
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				answer(conn)
			}()
		}
	}()
}

// Dial connects until the end of the test. Each read and write ends after the limit,
// which only a failing test reaches.
func Dial(t testing.TB, network, address string, limit time.Duration) net.Conn {
	t.Helper()
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// hosts counts the addresses given out.
var hosts atomic.Uint32

// OwnHost is a loopback address nobody else listens on: a port there stays free
// while its owner is away, also where many tests run at a time.
func OwnHost() string {
	if runtime.GOOS != "linux" { // elsewhere there is but one
		return "127.0.0.1"
	}
	n, id := hosts.Add(1), os.Getpid()
	return netip.AddrFrom4([4]byte{127, byte(1 + id%250), byte(1 + id/250%125*2 + int(n/250)), byte(1 + n%250)}).String()
}

// FreeAddress is a port on a host of its own, and nobody listens there.
func FreeAddress(t testing.TB) string { t.Helper(); return FreeAddressOn(t, OwnHost()) }

// FreeAddressOn is a port of a host that nobody had a moment ago.
func FreeAddressOn(t testing.TB, host string) string {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
