package callmonitor

import (
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

// probe probes the host of the options.
func probe(t *testing.T, o Options, p ProbeOptions) ProbeResult {
	t.Helper()
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return m.Probe(t.Context(), p)
}

// serve hands each connection to one of the functions given, the last one again
// and again.
func serve(t *testing.T, l net.Listener, each ...func(*net.TCPConn)) {
	t.Helper()
	go func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			each[min(n, len(each)-1)](c.(*net.TCPConn))
			c.Close()
		}
	}()
}

// silent waits until the other side goes.
func silent(c *net.TCPConn) { io.Copy(io.Discard, c) } //nolint:errcheck // it ends by an error

func TestProbe(t *testing.T) {
	says := func(text string) func(*net.TCPConn) {
		return func(c *net.TCPConn) { io.WriteString(c, text); silent(c) } //nolint:errcheck // as above
	}
	var dialled chan struct{} // gets a value when the probe is connected
	short := ProbeOptions{Listen: 50 * time.Millisecond}
	long := ProbeOptions{Listen: testTimeout, Settle: 10 * time.Millisecond}
	for _, test := range []struct {
		name       string
		box        func(*net.TCPConn)
		options    ProbeOptions
		reason     LinkReason
		lines, bad int
		head       string
	}{
		{"silent", silent, short, NoReason, 0, 0, ""},
		{"closes", func(*net.TCPConn) {}, short, Closed, 0, 0, ""},
		{"resets", func(c *net.TCPConn) { <-dialled; c.SetLinger(0) }, short, Reset, 0, 0, ""},
		{"a call ends the waiting", says(ring(0, "01713920055")), long, NoReason, 1, 0, "21.11.26 10:00:00;RING;0;01713920055;23125732;SIP0;\n"},
		{"a bad line does not", says("\nhello\n" + strings.Repeat("x", 3*MaxLine) + "\n" + ring(0, "")), long, NoReason, 3, 2, "\nhello\n" + strings.Repeat("x", headSize-7)},
		{"a banner without an end", says("SSH-2.0-dropbear"), short, NoReason, 0, 0, "SSH-2.0-dropbear"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := testkit.Listen(t)
			dialled = make(chan struct{}, 1)
			serve(t, l, test.box)
			events, bad, connected := 0, 0, 0
			test.options.Line = func(_ call.Event, err error) {
				if err != nil {
					bad++
				} else {
					events++
				}
			}
			test.options.Connected = func() { connected++; dialled <- struct{}{} }
			k := probe(t, fastOptions(l), test.options)
			if k.Reason != test.reason || (k.Err == nil) != (test.reason == NoReason) {
				t.Errorf("reason %q (%v), want %q", k.Reason, k.Err, test.reason)
			}
			if k.Lines != test.lines || k.Bad != test.bad || events != test.lines-test.bad || bad != test.bad || connected != 1 {
				t.Errorf("%d lines, %d bad; told %d and %d; connected %d times", k.Lines, k.Bad, events, bad, connected)
			}
			if string(k.Head) != test.head {
				t.Errorf("head %q", k.Head)
			}
			if want := l.Addr().String(); k.Address.String() != want {
				t.Errorf("address %s, want %s", k.Address, want)
			}
		})
	}
}

func TestProbeAsksAWebServer(t *testing.T) {
	l := testkit.Listen(t)
	answer := func(c *net.TCPConn) {
		c.Read(make([]byte, 64))                                         //nolint:errcheck // whatever was asked
		io.WriteString(c, "HTTP/1.0 404 Not Found\r\nServer: box\r\n\r") //nolint:errcheck // nobody may read it
	}
	serve(t, l, silent, answer)
	if k := probe(t, fastOptions(l), ProbeOptions{Listen: 20 * time.Millisecond, AskWeb: true}); !strings.HasPrefix(string(k.Head), "HTTP/1.0 404") {
		t.Errorf("head %q", k.Head)
	}
	l = testkit.Listen(t)
	serve(t, l, silent)
	if k := probe(t, fastOptions(l), ProbeOptions{Listen: 20 * time.Millisecond}); len(k.Head) != 0 {
		t.Errorf("asked without being told to: %q", k.Head)
	}
}

func TestProbeInVain(t *testing.T) {
	n := &network{names: map[string][]string{"fritz.box": {"203.0.113.7"}, "box.home": {"192.168.178.1"}}}
	for host, want := range map[string]LinkReason{"fritz.box": PublicAddress, "box.home": Refused, "nowhere": NameUnresolved} {
		k := probe(t, Options{Host: host, Lookup: n.lookup, Dial: n.dial}, ProbeOptions{})
		if k.Reason != want || k.Err == nil || k.Address.IsValid() {
			t.Errorf("%s: %q (%v) at %v", host, k.Reason, k.Err, k.Address)
		}
		var found []netip.Addr
		for _, a := range n.names[host] {
			found = append(found, netip.MustParseAddr(a))
		}
		if len(found) != len(k.Addresses) || len(found) == 1 && found[0] != k.Addresses[0] {
			t.Errorf("%s: addresses %v, want %v", host, k.Addresses, found)
		}
	}
	if len(n.dialled) != 1 {
		t.Errorf("dialled %q", n.dialled)
	}
}

// What is slow is given up in time, and a cancelled probe at once.
func TestProbeIsBounded(t *testing.T) {
	black := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	addresses := []string{"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"}
	n := &network{names: map[string][]string{"box.home": addresses}}
	began := time.Now()
	k := probe(t, Options{Host: "box.home", Lookup: n.lookup, Dial: black, DialTimeout: time.Second}, ProbeOptions{Dial: 30 * time.Millisecond})
	if k.Reason != Timeout || time.Since(began) > testTimeout/2 {
		t.Errorf("%q after %v", k.Reason, time.Since(began))
	}

	l := testkit.Listen(t)
	serve(t, l, silent)
	m, err := New(fastOptions(l))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	began = time.Now()
	k = m.Probe(ctx, ProbeOptions{Listen: time.Minute, Connected: cancel})
	if k.Reason != NoReason || time.Since(began) > testTimeout {
		t.Errorf("%q after %v", k.Reason, time.Since(began))
	}
}
