package monitor_test

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
	"github.com/callporter/callporter/fritz/fritztest/monitor"
)

func TestRefuse(t *testing.T) {
	b := boxtest.New(t, boxtest.Frozen())
	before := b.Addr().String()
	c := boxtest.Dial(t, b)
	b.Refuse()
	if _, err := net.Dial("tcp", before); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial says %v, want connection refused", err)
	}
	boxtest.Ring(b)
	if got := c.Line(t); got != boxtest.RingLine {
		t.Errorf("the open connection reads %q", got)
	}
	if s := b.State(); s.Listening || !cmp.Equal(s.Faults, []string{"refuse"}) {
		t.Errorf("state is %+v", s)
	}
	for range 2 {
		if err := b.Accept(); err != nil {
			t.Fatal(err)
		}
	}
	if after := b.Addr().String(); after != before {
		t.Errorf("the port moved from %s to %s", before, after)
	}
	boxtest.Dial(t, b)
}

func TestAcceptWithoutListen(t *testing.T) {
	b := fritztest.New(boxtest.Frozen())
	defer b.Close()
	if err := b.Accept(); err == nil {
		t.Error("a box that never listened accepts")
	}
}

func TestDropAndReset(t *testing.T) {
	half := boxtest.RingLine[:(len(boxtest.RingLine)-1)/2]
	for _, test := range []struct {
		name string
		do   func(b *fritztest.Box)
		read string
		want error
	}{
		{"FIN", func(b *fritztest.Box) { boxtest.Ring(b); b.Drop() }, boxtest.RingLine, nil},
		{"FIN in the middle of a line", func(b *fritztest.Box) { b.HalfLine(); b.Drop() }, half, nil},
		{"RST", func(b *fritztest.Box) { boxtest.Ring(b); b.Reset() }, boxtest.RingLine, syscall.ECONNRESET},
		{"RST in the middle of a line", func(b *fritztest.Box) { b.HalfLine(); b.Reset() }, half, syscall.ECONNRESET},
		{"close", func(b *fritztest.Box) { b.Close() }, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := boxtest.New(t, boxtest.Frozen())
			c := boxtest.Dial(t, b)
			test.do(b)
			got, err := io.ReadAll(c)
			if !errors.Is(err, test.want) {
				t.Errorf("the connection ends with %v, want %v", err, test.want)
			}
			if string(got) != test.read {
				t.Errorf("got %q, want %q", got, test.read)
			}
		})
	}
}

// TestLeftOpen holds that the box tells who does not close what it has closed.
func TestLeftOpen(t *testing.T) {
	b := boxtest.New(t, boxtest.Frozen())
	b.CloseAtOnce(true)
	one, two := boxtest.Connect(t, b), boxtest.Connect(t, b)
	for _, c := range []boxtest.Client{one, two} {
		if got := c.Rest(t); got != "" {
			t.Errorf("a closed connection reads %q", got)
		}
	}
	want := func(accepted, open, left int) {
		t.Helper()
		var s fritztest.State
		if err := b.Wait(boxtest.Within(t), func(now fritztest.State) bool {
			s = now
			return s.Accepted == accepted && s.Open == open && s.LeftOpen == left
		}); err != nil {
			t.Errorf("accepted %d, open %d, left open %d; want %d, %d, %d", s.Accepted, s.Open, s.LeftOpen, accepted, open, left)
		}
	}
	want(2, 0, 2)
	one.Close()
	want(2, 0, 1)
	two.Close()
	want(2, 0, 0)
	b.CloseAtOnce(false)
	c := boxtest.Dial(t, b)
	want(3, 1, 0)
	c.Close()
	want(3, 0, 0)
}

func TestHalfOpen(t *testing.T) {
	b := boxtest.New(t, boxtest.Frozen())
	old := boxtest.Dial(t, b)
	boxtest.Ring(b)
	b.HalfOpen(true)
	boxtest.Ring(b)
	during := boxtest.Connect(t, b)
	if err := b.Wait(boxtest.Within(t), func(s fritztest.State) bool { return s.HalfOpen == 2 }); err != nil {
		t.Fatalf("state is %+v", b.State())
	}
	b.HalfOpen(false)
	fresh := boxtest.Dial(t, b)
	b.Line("hello")
	if got := fresh.Line(t); got != "hello\n" {
		t.Errorf("the new connection reads %q", got)
	}
	if got := old.Line(t); got != boxtest.RingLine {
		t.Errorf("before it fell silent the connection reads %q", got)
	}
	for _, c := range []boxtest.Client{old, during} {
		// All has been sent to the third client, so nothing more can come here.
		c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if n, err := c.Read(make([]byte, 100)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a half-open connection reads %d bytes, %v", n, err)
		}
		c.SetReadDeadline(time.Time{})
		c.CloseWrite()
	}
	if s := b.State(); s.HalfOpen != 2 {
		t.Errorf("the box noticed that the client closed: %+v", s)
	}
	b.Reset()
	if _, err := old.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after Reset the half-open connection says %v", err)
	}
}

func TestSilenceAndGlue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, conn := boxtest.OnPipe(t)
		b.Silence(true)
		boxtest.Ring(b)
		b.Silence(false)
		b.Glue(true)
		b.Line("one")
		b.Line("two")
		b.Bytes([]byte("thr"), []byte("ee\n"))
		b.Glue(false)
		b.Barred("06990009040", "23125013", fritztest.CallOptions{})
		want := []string{
			"one\ntwo\nthree\n",
			"16.06.20 12:00:00;RING;1;06990009040;23125013;SIP0;\n16.06.20 12:00:00;DISCONNECT;1;0;\n",
		}
		if diff := cmp.Diff(want, boxtest.Segments(t, b, conn)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSegments(t *testing.T) {
	stamp := "16.06.20 12:00:00;"
	for _, test := range []struct {
		name string
		do   func(b *fritztest.Box)
		want []string
	}{
		{"cut in a field", func(b *fritztest.Box) { b.Cut(24); boxtest.Ring(b) }, []string{boxtest.RingLine[:24], boxtest.RingLine[24:]}},
		{"cut before LF", func(b *fritztest.Box) { b.Cut(-1); boxtest.Ring(b) }, []string{boxtest.RingLine[:len(boxtest.RingLine)-1], "\n"}},
		{"cut between CR and LF", func(b *fritztest.Box) { b.CRLF(true); b.Cut(-1); b.Line("a"); b.Line("b") }, []string{"a\r", "\n", "b\r", "\n"}},
		{"cut outside of the line", func(b *fritztest.Box) { b.Cut(70); b.Line("a"); b.Cut(-70); b.Line("b") }, []string{"a\n", "b\n"}},
		{"cut off again", func(b *fritztest.Box) { b.Cut(1); b.Cut(0); b.Line("abc") }, []string{"abc\n"}},
		{"cut of two lines in one", func(b *fritztest.Box) {
			b.Cut(3)
			b.Barred("1", "2", fritztest.CallOptions{})
		}, []string{"16.", "06.20 12:00:00;RING;0;1;2;SIP0;\n", "16.", "06.20 12:00:00;DISCONNECT;0;0;\n"}},
		{"chunks", func(b *fritztest.Box) { b.Bytes([]byte("a\xc3"), []byte("\xbc\r"), []byte("\n")) }, []string{"a\xc3", "\xbc\r", "\n"}},
		{"a rune split", func(b *fritztest.Box) { b.Bad("rune") }, []string{stamp + "RING;0;M\xc3", "\xbcller;23125069;SIP0;\n"}},
		{"latin1", func(b *fritztest.Box) { b.Bad("latin1") }, []string{stamp + "RING;0;M\xfcller;23125069;SIP0;\n"}},
		{"nul", func(b *fritztest.Box) { b.Bad("nul") }, []string{stamp + "RING;0;0171\x003920055;23125069;SIP0;\n"}},
		{"unknown", func(b *fritztest.Box) { b.Bad("unknown") }, []string{stamp + "PICKUP;0;1;x;\n"}},
		{"fields", func(b *fritztest.Box) { b.Bad("fields") }, []string{stamp + "RING;0;\n"}},
		{"id", func(b *fritztest.Box) { b.Bad("id") }, []string{stamp + "RING;-1;03023125456;23125069;SIP0;\n"}},
		{"seconds", func(b *fritztest.Box) { b.Bad("seconds") }, []string{stamp + "DISCONNECT;0;99999999999999999999;\n"}},
		{"stamp", func(b *fritztest.Box) { b.Bad("stamp") }, []string{"99.99.99 99:99:99;RING;0;03023125456;23125069;SIP0;\n"}},
		{"flood", func(b *fritztest.Box) { b.Bad("flood") }, []string{";;;;;;;;;;;;;;;;\n"}},
		{"empty", func(b *fritztest.Box) { b.Bad("empty") }, []string{"\n\r\n\n"}},
		{"long", func(b *fritztest.Box) { b.Bad("long") }, []string{stamp + "RING;0;" + strings.Repeat("1", 70_000) + ";23125069;SIP0;\n"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, conn := boxtest.OnPipe(t)
				test.do(b)
				if diff := cmp.Diff(test.want, boxtest.Segments(t, b, conn)); diff != "" {
					t.Errorf("segments (-want +got):\n%s", diff)
				}
			})
		})
	}
	for _, kind := range monitor.BadLines() {
		if err := fritztest.New(boxtest.Frozen()).Bad(kind); err != nil {
			t.Errorf("Bad(%s): %v", kind, err)
		}
	}
	if err := fritztest.New(boxtest.Frozen()).Bad("good"); err == nil {
		t.Error("Bad writes a line of unknown kind")
	}
}

func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, conn := boxtest.OnPipe(t)
		started := time.Now()
		b.Slow(20 * time.Millisecond)
		b.Line("abc")
		b.Slow(0)
		b.Line("def")
		if diff := cmp.Diff([]string{"a", "b", "c", "\n", "def\n"}, boxtest.Segments(t, b, conn)); diff != "" {
			t.Errorf("segments (-want +got):\n%s", diff)
		}
		if took := time.Since(started); took != 80*time.Millisecond {
			t.Errorf("four bytes took %v", took)
		}
	})
}

func TestGarbage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, conn := boxtest.OnPipe(t)
		b.Garbage(1000, 1)
		b.Garbage(1000, 1)
		b.Garbage(1000, 2)
		got := boxtest.Segments(t, b, conn)
		if len(got) != 3 || len(got[0]) != 1001 || got[0] != got[1] || got[1] == got[2] || got[0][1000] != '\n' {
			t.Errorf("garbage of %d segments: %q", len(got), got)
		}
	})
}

// TestClientTalks holds that what clients send is drained and ignored.
func TestClientTalks(t *testing.T) {
	b := boxtest.New(t, boxtest.Frozen())
	c := boxtest.Dial(t, b)
	for range 200 {
		if _, err := c.TCPConn.Write([]byte(strings.Repeat("\n", 64<<10))); err != nil {
			t.Fatalf("the box does not read: %v", err)
		}
	}
	boxtest.Ring(b)
	if got := c.Line(t); got != boxtest.RingLine {
		t.Errorf("got %q", got)
	}
}

// TestClientDoesNotRead holds that a client that does not read is reset one day, and
// holds up nobody meanwhile.
func TestClientDoesNotRead(t *testing.T) {
	b := boxtest.New(t, boxtest.Frozen())
	stuck := boxtest.Dial(t, b)
	chunk := []byte(strings.Repeat("x", 8<<20) + "\n")
	for range 12 {
		b.Bytes(chunk)
	}
	if err := b.Wait(boxtest.Within(t), func(s fritztest.State) bool { return s.Dropped == 1 && s.Open == 0 }); err != nil {
		t.Fatalf("state is %+v", b.State())
	}
	if _, err := io.Copy(io.Discard, stuck); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the deaf client's connection ends with %v", err)
	}
	c := boxtest.Dial(t, b)
	boxtest.Ring(b)
	if got := c.Line(t); got != boxtest.RingLine {
		t.Errorf("got %q", got)
	}
}

// TestResetStuck holds that Reset also ends a connection whose client does not read.
func TestResetStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, conn := boxtest.OnPipe(t)
		defer conn.Close()
		defer b.Close()
		b.Line("nobody reads this")
		b.Reset()
		if s := b.State(); s.Open != 0 {
			t.Errorf("state is %+v", s)
		}
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("the connection is still open")
		}
	})
}

func TestCloseTwice(t *testing.T) {
	b := boxtest.New(t, boxtest.Frozen())
	boxtest.Dial(t, b)
	b.Close()
	b.Close()
	if err := b.Accept(); err == nil {
		t.Error("a closed box accepts")
	}
	if err := b.Listen("127.0.0.1:0"); err == nil {
		t.Error("a closed box listens")
	}
	b.Line("nobody hears this")
}

// TestBurst holds that a burst arrives in full and in order at every client.
func TestBurst(t *testing.T) {
	const calls = 20_000
	b := boxtest.New(t, boxtest.Frozen())
	clients := []boxtest.Client{boxtest.Dial(t, b), boxtest.Dial(t, b)}
	b.Glue(true)
	for range calls {
		b.Barred("06990009040", "23125013", fritztest.CallOptions{})
	}
	b.Glue(false)
	for _, c := range clients {
		for i := range calls {
			if got, want := c.Line(t), "16.06.20 12:00:00;RING;0;06990009040;23125013;SIP0;\n"; got != want {
				t.Fatalf("call %d: got %q", i, got)
			}
			if got, want := c.Line(t), "16.06.20 12:00:00;DISCONNECT;0;0;\n"; got != want {
				t.Fatalf("call %d: got %q", i, got)
			}
		}
	}
}
