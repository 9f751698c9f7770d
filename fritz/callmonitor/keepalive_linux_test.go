package callmonitor

import (
	"context"
	"net"
	"syscall"
	"testing"

	"github.com/callporter/callporter/internal/testkit"
)

// The keepalive is ours, not the system's two hours, also on a dialled connection
// of somebody else's making.
func TestKeepAlive(t *testing.T) {
	for name, dial := range map[string]func(context.Context, string, string) (net.Conn, error){
		"default":  nil,
		"injected": (&net.Dialer{KeepAlive: -1}).DialContext,
	} {
		t.Run(name, func(t *testing.T) {
			l := testkit.Listen(t)
			o := fastOptions(l)
			o.Dial = dial
			m, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			conn, err := m.dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			raw, err := conn.(*net.TCPConn).SyscallConn()
			if err != nil {
				t.Fatal(err)
			}
			err = raw.Control(func(fd uintptr) {
				for _, want := range []struct {
					name                 string
					level, option, value int
				}{
					{"SO_KEEPALIVE", syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1},
					{"TCP_KEEPIDLE", syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, 15},
					{"TCP_KEEPINTVL", syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, 15},
					{"TCP_KEEPCNT", syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, 4},
				} {
					if got, err := syscall.GetsockoptInt(int(fd), want.level, want.option); err != nil || got != want.value {
						t.Errorf("%s is %d, want %d (%v)", want.name, got, want.value, err)
					}
				}
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
