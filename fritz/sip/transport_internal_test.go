package sip

import (
	"context"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/callporter/callporter/fritz/sip/internal/siptest"
	"github.com/callporter/callporter/fritz/sip/internal/socket"
	"github.com/callporter/callporter/internal/testkit"
)

var background = testkit.Background(siptest.Limit)

// phoneAt runs a phone at a registrar and returns the changes of its status.
func phoneAt(t *testing.T, r *siptest.Registrar, o Options) (*Phone, <-chan Status) {
	t.Helper()
	news := make(chan Status, 4096)
	o.Changed = func(s Status) { news <- s }
	p := newPhoneAt(r, o)
	background(t, p.Run)
	return p, news
}

func newPhoneAt(r *siptest.Registrar, o Options) *Phone {
	o.Registrar, o.Port, o.Username, o.Password = "127.0.0.1", r.Port(), siptest.Username, siptest.Password
	o.Timing.Retry, o.Timing.Remove = time.Millisecond, 20*time.Millisecond
	return New(o)
}

func waitFor(t *testing.T, news <-chan Status, want State) Status {
	t.Helper()
	late := time.After(siptest.Limit)
	for {
		select {
		case s := <-news:
			if s.State == want {
				return s
			}
		case <-late:
			t.Fatalf("the phone is never %v", want)
		}
	}
}

// A socket that fails without our doing is a fault that must not pass unseen: the library only
// stops to serve it.
func TestAFailedSocketIsOpenedAgain(t *testing.T) {
	r := siptest.NewRegistrar(t, "udp", "127.0.0.1:0", nil)
	p, news := phoneAt(t, r, Options{})
	r.Register()
	waitFor(t, news, Registered)
	pool := p.endpoint.Load().client.TransportLayer().Pool("udp")
	pool.Get(p.Addr().String()).(*sip.UDPConnection).PacketConn.Close()
	if s := waitFor(t, news, Down); s.Reason != Failed {
		t.Errorf("the reason is %q", s.Reason)
	}
	r.Register() // by another socket
	waitFor(t, news, Registered)
}

func TestConnectionsAreBounded(t *testing.T) {
	r := siptest.NewRegistrar(t, "tcp", "127.0.0.1:0", nil)
	p, news := phoneAt(t, r, Options{Transport: "tcp", Listen: "127.0.0.1:0"})
	r.Register()
	waitFor(t, news, Registered)
	closed := make(chan struct{}, 3*socket.MaxStreams)
	for range 3 * socket.MaxStreams {
		conn := testkit.Dial(t, "tcp", p.Addr().String(), siptest.Limit)
		go func() {
			if _, err := conn.Read(make([]byte, 1)); err != nil {
				closed <- struct{}{}
			}
		}()
	}
	for range 2*socket.MaxStreams + 1 { // our own is open too
		select {
		case <-closed:
		case <-time.After(siptest.Limit):
			t.Fatal("too many connections are open")
		}
	}
}

func TestAnotherAddressOfOursIsToldAtOnce(t *testing.T) {
	r := siptest.NewRegistrar(t, "udp", "127.0.0.1:0", nil)
	var moved atomic.Bool
	p := newPhoneAt(r, Options{Timing: Timing{KeepAlive: 10 * time.Millisecond}})
	p.route = func(context.Context, netip.AddrPort) (netip.Addr, error) {
		if moved.Load() {
			return netip.MustParseAddr("127.0.0.3"), nil
		}
		return netip.MustParseAddr("127.0.0.1"), nil
	}
	background(t, p.Run)
	first := r.Register()
	moved.Store(true)
	second := r.Register()
	if first.Get("Contact") == second.Get("Contact") || !strings.Contains(second.Get("Contact"), "@127.0.0.3:") {
		t.Errorf("the contact is %s, then %s", first.Get("Contact"), second.Get("Contact"))
	}
}

func TestContainersAreKnown(t *testing.T) {
	for address, want := range map[string]bool{
		"172.17.0.2": true, "172.30.33.5": true, "10.88.0.7": true, "10.0.2.100": true,
		"192.168.178.20": false, "10.1.2.3": false, "127.0.0.1": false, "2001:db8::1": false,
	} {
		if got := inContainerNetwork(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is in a network of containers: %v", address, got)
		}
	}
}
