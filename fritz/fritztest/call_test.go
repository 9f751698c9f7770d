package fritztest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
)

// TestCallLines holds the bytes that each verb and each situation writes.
func TestCallLines(t *testing.T) {
	type options = fritztest.CallOptions
	for _, test := range []struct {
		name string
		do   func(b *fritztest.Box)
		want string // without the day; each line ends with LF
	}{
		{"incoming answered", func(b *fritztest.Box) {
			c := b.Ring("01713920055", "23125732", options{Trunk: "SIP1"})
			b.Advance(7 * time.Second)
			c.Connect(10)
			b.Advance(30*time.Second + 999*time.Millisecond)
			c.Disconnect(-1)
		}, `
12:00:00;RING;0;01713920055;23125732;SIP1;
12:00:07;CONNECT;0;10;01713920055;
12:00:37;DISCONNECT;0;30;`},
		{"seconds given", func(b *fritztest.Box) {
			c := b.Ring("01713920055", "23125732", options{})
			c.Connect(10)
			c.Disconnect(24)
		}, `
12:00:00;RING;0;01713920055;23125732;SIP0;
12:00:00;CONNECT;0;10;01713920055;
12:00:00;DISCONNECT;0;24;`},
		{"outgoing", func(b *fritztest.Box) {
			c := b.Dial(20, "23125111", "03023125222#", options{})
			b.Advance(time.Second)
			c.Connect(20)
			c.Disconnect(-1)
		}, `
12:00:00;CALL;0;20;23125111;03023125222#;SIP0;
12:00:01;CONNECT;0;20;03023125222#;
12:00:01;DISCONNECT;0;0;`},
		{"withheld", func(b *fritztest.Box) { b.Answered("", "23125732", 4, fritztest.Course{}) }, `
12:00:00;RING;0;;23125732;SIP0;
12:00:05;CONNECT;0;4;;
12:00:25;DISCONNECT;0;20;`},
		{"lowest free id, reused at once", func(b *fritztest.Box) {
			first := b.Ring("01713920011", "23125069", options{})
			b.Dial(11, "23125069", "03023125952", options{})
			third := b.Ring("01713920022", "23125069", options{})
			first.Disconnect(0)
			b.Ring("01713920033", "23125069", options{})
			third.Disconnect(0)
			b.Ring("01713920034", "23125069", options{})
		}, `
12:00:00;RING;0;01713920011;23125069;SIP0;
12:00:00;CALL;1;11;23125069;03023125952;SIP0;
12:00:00;RING;2;01713920022;23125069;SIP0;
12:00:00;DISCONNECT;0;0;
12:00:00;RING;0;01713920033;23125069;SIP0;
12:00:00;DISCONNECT;2;0;
12:00:00;RING;2;01713920034;23125069;SIP0;`},
		{"lost DISCONNECT, same id again", func(b *fritztest.Box) {
			c := b.Ring("01713920011", "23125069", options{})
			c.LoseDisconnect()
			b.Missed("01713920022", "23125069", fritztest.Course{Rings: time.Second})
			c.Disconnect(0) // late, and frees nobody else's id
		}, `
12:00:00;RING;0;01713920011;23125069;SIP0;
12:00:00;RING;0;01713920022;23125069;SIP0;
12:00:01;DISCONNECT;0;0;
12:00:01;DISCONNECT;0;0;`},
		{"lost CONNECT", func(b *fritztest.Box) {
			c := b.Ring("01713920011", "23125069", options{})
			c.LoseConnect(10)
			b.Advance(9 * time.Second)
			c.Disconnect(-1)
		}, `
12:00:00;RING;0;01713920011;23125069;SIP0;
12:00:09;DISCONNECT;0;9;`},
		{"lost RING: CONNECT without it", func(b *fritztest.Box) {
			c := b.Ring("01713920011", "23125069", options{Lost: true})
			c.Connect(12)
			c.Disconnect(-1)
		}, `
12:00:00;CONNECT;0;12;01713920011;
12:00:00;DISCONNECT;0;0;`},
		{"strays", func(b *fritztest.Box) {
			b.StrayConnect(3, 40, "01713920091")
			b.StrayDisconnect(1, 7)
		}, `
12:00:00;CONNECT;3;40;01713920091;
12:00:00;DISCONNECT;1;7;`},
		{"CONNECT shows the own number", func(b *fritztest.Box) {
			b.Ring("03023125345", "23125789", options{}).ConnectShowing(4, "23125789")
		}, `
12:00:00;RING;0;03023125345;23125789;SIP0;
12:00:00;CONNECT;0;4;23125789;`},
		{"missed", func(b *fritztest.Box) { b.Missed("03023125123", "23125069", fritztest.Course{}) }, `
12:00:00;RING;0;03023125123;23125069;SIP0;
12:00:05;DISCONNECT;0;0;`},
		{"answering machine, miscounted", func(b *fritztest.Box) {
			b.Answered("03023125123", "23125069", 40, fritztest.Course{Rings: 20 * time.Second, Talks: 8 * time.Second, Drift: 1})
		}, `
12:00:00;RING;0;03023125123;23125069;SIP0;
12:00:20;CONNECT;0;40;03023125123;
12:00:28;DISCONNECT;0;9;`},
		{"old ISDN firmware", func(b *fritztest.Box) {
			b.Accepted("03023125456", "23125070", 4, fritztest.Course{Rings: 3 * time.Second, Talks: 17 * time.Second, Options: options{Trunk: "ISDN"}})
		}, `
12:00:00;RING;0;03023125456;23125070;ISDN;
12:00:03;CALL;0;4;23125070;03023125456;ISDN;
12:00:03;CONNECT;0;4;03023125456;
12:00:20;DISCONNECT;0;17;`},
		{"outgoing answered", func(b *fritztest.Box) { b.Outgoing(11, "23125069", "23125952", fritztest.Course{Drift: -3}) }, `
12:00:00;CALL;0;11;23125069;23125952;SIP0;
12:00:05;CONNECT;0;11;23125952;
12:00:25;DISCONNECT;0;17;`},
		{"outgoing unanswered", func(b *fritztest.Box) { b.Unanswered(11, "23125069", "23125952", fritztest.Course{Rings: -1}) }, `
12:00:00;CALL;0;11;23125069;23125952;SIP0;
12:00:00;DISCONNECT;0;0;`},
		{"barred", func(b *fritztest.Box) { b.Barred("06990009040", "23125013", options{Trunk: "SIP13"}) }, `
12:00:00;RING;0;06990009040;23125013;SIP13;
12:00:00;DISCONNECT;0;0;`},
		{"call waiting", func(b *fritztest.Box) {
			b.Waiting("01713920011", "01713920022", "23125069", 10, fritztest.Course{Rings: 2 * time.Second})
		}, `
12:00:00;RING;0;01713920011;23125069;SIP0;
12:00:02;CONNECT;0;10;01713920011;
12:00:12;RING;1;01713920022;23125069;SIP0;
12:00:14;DISCONNECT;1;0;
12:00:24;DISCONNECT;0;22;`},
		{"in-house loop", func(b *fritztest.Box) {
			b.InHouse(13, "23125732", "23125069", 10, fritztest.Course{Rings: 3 * time.Second, Talks: 6 * time.Second})
		}, `
12:00:00;CALL;0;13;23125732;23125069;SIP0;
12:00:01;RING;1;03023125732;23125069;SIP0;
12:00:04;CONNECT;1;10;03023125732;
12:00:04;CONNECT;0;13;23125069;
12:00:10;DISCONNECT;1;6;
12:00:10;DISCONNECT;0;6;`},
		{"diverted", func(b *fritztest.Box) {
			b.Diverted("03023125456", "23125654", "01713920033", "03023125456", fritztest.Course{})
		}, `
12:00:00;RING;0;03023125456;23125654;SIP0;
12:00:00;CALL;1;4;03023125456;01713920033;SIP0;
12:00:05;DISCONNECT;1;0;
12:00:05;DISCONNECT;0;0;`},
		{"CLIP no screening", func(b *fritztest.Box) { b.Ring("04066969100(03023125900)", "23125069", options{}) }, `
12:00:00;RING;0;04066969100(03023125900);23125069;SIP0;`},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := boxtest.New(t, boxtest.Frozen())
			one, two := boxtest.Dial(t, b), boxtest.Dial(t, b)
			test.do(b)
			b.Drop()
			want := strings.ReplaceAll(test.want, "\n", "\n16.06.20 ")[1:] + "\n"
			if diff := cmp.Diff(want, one.Rest(t)); diff != "" {
				t.Errorf("the first client reads (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want, two.Rest(t)); diff != "" {
				t.Errorf("the second client reads (-want +got):\n%s", diff)
			}
		})
	}
}

// TestClock holds the stamps when the clock is wrong, and that a conversation's
// length does not depend on them.
func TestClock(t *testing.T) {
	b := boxtest.New(t, boxtest.Frozen())
	c := boxtest.Dial(t, b)
	stamp := func(want string) {
		t.Helper()
		b.Line(b.State().Clock.Format("02.01.06 15:04:05"))
		if got := strings.TrimSpace(c.Line(t)); got != want {
			t.Errorf("the clock shows %s, want %s", got, want)
		}
	}
	stamp("16.06.20 12:00:00")
	b.ShiftClock(-time.Hour)
	stamp("16.06.20 11:00:00")
	b.SetClock(time.Unix(0, 0))
	stamp("01.01.70 01:00:00")
	b.Advance(42 * time.Second)
	stamp("01.01.70 01:00:42")
	b.SyncClock()
	stamp("16.06.20 12:00:42")

	if err := b.ClockBeforeAutumn(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	stamp("25.10.20 02:59:50")
	call := b.Ring("03023125456", "23125070", fritztest.CallOptions{})
	b.Advance(8 * time.Second)
	call.Connect(10)
	b.Advance(22 * time.Second)
	call.Disconnect(-1)
	for _, want := range []string{
		"25.10.20 02:59:50;RING;0;03023125456;23125070;SIP0;\n",
		"25.10.20 02:59:58;CONNECT;0;10;03023125456;\n",
		"25.10.20 02:00:20;DISCONNECT;0;22;\n",
	} {
		if got := c.Line(t); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	b.SyncClock()
	if err := b.ClockBeforeSpring(time.Second); err != nil {
		t.Fatal(err)
	}
	stamp("28.03.21 01:59:59")
	b.Advance(time.Second)
	stamp("28.03.21 03:00:00")

	utc := fritztest.New(fritztest.Options{Location: time.UTC})
	if err := utc.ClockBeforeAutumn(0); err == nil {
		t.Error("a time zone without summer time has a change of clocks")
	}
}

// TestCallByName holds how scripts find calls.
func TestCallByName(t *testing.T) {
	b := fritztest.New(boxtest.Frozen())
	defer b.Close()
	c := b.Ring("01713920011", "23125069", fritztest.CallOptions{Name: "first"})
	b.Ring("01713920022", "23125069", fritztest.CallOptions{})
	if got, err := b.Call("first"); err != nil || got != c {
		t.Errorf("Call(first) = %v, %v", got, err)
	}
	_, err := b.Call("third")
	if want := "no active call third; active: call-1, first"; err == nil || err.Error() != want {
		t.Errorf("Call(third) says %v, want %s", err, want)
	}
}
