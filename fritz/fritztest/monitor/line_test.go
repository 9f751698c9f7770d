package monitor_test

import (
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
)

// TestFormat holds the variants of the lines.
func TestFormat(t *testing.T) {
	for _, test := range []struct {
		name string
		set  func(b *fritztest.Box)
		want string
	}{
		{"CRLF", func(b *fritztest.Box) { b.CRLF(true) },
			"16.06.20 12:00:00;RING;0;03023125020;23125010;SIP0;\r\n16.06.20 12:00:05;DISCONNECT;0;0;\r\n"},
		{"no semicolon at the end", func(b *fritztest.Box) { b.FinalSemicolon(false) },
			"16.06.20 12:00:00;RING;0;03023125020;23125010;SIP0\n16.06.20 12:00:05;DISCONNECT;0;0\n"},
		{"no trunk", func(b *fritztest.Box) { b.TrunkField(false) },
			"16.06.20 12:00:00;RING;0;03023125020;23125010;\n16.06.20 12:00:05;DISCONNECT;0;0;\n"},
		{"cut, which changes no byte", func(b *fritztest.Box) { b.CRLF(true); b.Cut(-1) },
			"16.06.20 12:00:00;RING;0;03023125020;23125010;SIP0;\r\n16.06.20 12:00:05;DISCONNECT;0;0;\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := boxtest.New(t, boxtest.Frozen())
			c := boxtest.Dial(t, b)
			test.set(b)
			b.Missed("03023125020", "23125010", fritztest.Course{})
			b.Drop()
			if got := c.Rest(t); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	b := boxtest.New(t, boxtest.Frozen())
	c := boxtest.Dial(t, b)
	b.TrunkField(false)
	b.Unanswered(4, "23125010", "03023125020", fritztest.Course{})
	if got, want := c.Line(t), "16.06.20 12:00:00;CALL;0;4;23125010;03023125020;\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
